"""The content of single resources: values for presenters and forms, None for what is missing.

Every function takes a resource as the EHR wrote it and never fails on a malformed element.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from app.fhir.paths import (
    choice,
    codes,
    codings,
    extension_value,
    get,
    items,
    local_reference,
    text,
)
from app.fhir.patterns import Pattern
from app.fhir.resource_types import resource_type
from app.fhir.types import Element, Resource
from app.mcode.codes import TNM_CODES
from app.mcode.kinds import Kind
from app.mcode.profiles import value_named
from app.mcode.values import absent_reason, observation_value
from app.terminology import tnm
from app.terminology.concept import concept_text
from app.terminology.displays import roman
from app.terminology.systems import DATA_ABSENT, canonical, known_codes

ASSERTED_DATE = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"

# "American Joint Committee on Cancer stage IIIC", "Stage IIIC", "ypT2", "T2 category"
_LONG_FORM = Pattern(
    r"(?i)^(?:American Joint Committee on Cancer )?(?:stage (?=[0IV1-4]))?(.+?)(?: category)?$"
)

PROBLEM_LIST, AT_VISIT = "problem-list-item", "encounter-diagnosis"
_VISIT_WORDS = Pattern(r"(?i)\b(?:encounter|visit|billing|admi\w+|discharge) diagnos[ei]s")


def stage_value_label(observation: Resource) -> str | None:
    """Return the value of a staging Observation in short form: "cT3", "IIIC", "FIGO Stage IIIA"."""
    concept = observation.get("valueCodeableConcept")
    group = _is_stage_group(observation)
    words = None
    for coding in codings(concept):
        system, code = text(coding.get("system")) or "", text(coding.get("code")) or ""
        if canonical(system) == DATA_ABSENT:
            return absent_reason({"dataAbsentReason": concept})
        if code and (group or not roman(code)):
            words = words or tnm.label(system, code)
    if words is None:
        value = observation_value(observation)
        words = value.display or value.absent
    match = _LONG_FORM.match(words or "")
    label = match[1] if match else words
    return (roman(label) if label and group else None) or label


def _is_stage_group(observation: Resource) -> bool:
    """Tell whether an Observation or component has a TNM stage group, which is a Roman figure.

    Other systems keep Arabic ones, as INSS does, and so do T, N and M.
    """
    code = observation.get("code")
    if known := known_codes(code) & TNM_CODES.keys():
        return any(TNM_CODES[one][0] == "group" for one in known)
    name = concept_text(code) or ""
    return Kind.TNM_GROUP.row.is_named_by(name) and not Kind.STAGE.row.is_named_by(name)


def edition(observation: Resource) -> str | None:
    """Return the staging method in short form, as "AJCC 8", else in its own words."""
    method = observation.get("method")
    for coding in codings(method):
        system, code = text(coding.get("system")) or "", text(coding.get("code")) or ""
        if found := tnm.edition_label(system, code):
            return found
    return concept_text(method)


def effective(resource: Resource) -> str | None:
    """Return when a resource's content holds true: a FHIR date of any precision.

    Of a period the start; without any, when it was issued or recorded.
    """
    for path in resource_type(resource).dates:
        *way, name = path.split(".")
        holder = get(resource, *way)
        if not isinstance(holder, dict):
            continue
        stem = name.removesuffix("[x]")
        value = holder.get(name) if stem == name else choice(holder, stem)[1]
        if found := text(value) or text(get(value, "start")) or text(get(value, "end")):
            return found
    return None


def newest_first(resource: Resource) -> tuple[str, str]:
    """Return a sort key for `reverse=True`: the date, then when the EHR stored it."""
    stored = text(get(resource, "meta", "lastUpdated"))
    return moment(effective(resource)), moment(stored)


def moment(value: str | None) -> str:
    """Return a sort key of a FHIR date: a time by the clock of UTC, whatever its zone.

    A day without a time stands at its noon: so it is never after an hour of the next day, nor
    before one of the day before, wherever that clock stood.
    """
    said = value or ""
    if len(said) == len("2026-03-12"):
        return f"{said}T12"
    try:
        when = datetime.fromisoformat(said) if "T" in said else None
        return when.astimezone(UTC).isoformat() if when and when.tzinfo else said
    except (ValueError, OverflowError):
        return said


def is_later(one: str, other: str) -> bool:
    """Tell whether a FHIR date is later than another for sure, at the precision that both have."""
    length = min(len(one[:10]), len(other[:10]))
    return one[:length] > other[:length]


def performers(resource: Resource) -> list[str]:
    """Return `Type/id` of who did, asked for, recorded or asserted it, without repetition."""
    found: dict[str, None] = {}
    for author in _authors(resource):
        if reference := local_reference(author):
            found[reference] = None
    return list(found)


def performer_display(resource: Resource) -> str | None:
    """Return the name that the resource itself gives for who did it."""
    named = (text(author.get("display")) for author in _authors(resource))
    return next((words for words in named if words), None)


def _authors(resource: Resource) -> Iterator[Element]:
    for path in resource_type(resource).authors:
        for entry in items(resource.get(path.partition("[]")[0])):
            # Odd data have the reference in place of the entry that holds it.
            yield entry
            yield from items(entry.get("actor"))


def name_of(resource: Resource) -> str | None:
    """Return in words what a resource is: its code, its type, its drug."""
    values = (get(resource, name) for name in resource_type(resource).names)
    words = (concept_text(value) or text(get(value, "display")) for value in values)
    return next(filter(None, words), None)


def condition_title(condition: Resource) -> str:
    """Return the diagnosis in words, with its side: "Malignant neoplasm of breast, left"."""
    words = concept_text(condition.get("code")) or "Cancer without a name"
    side = laterality(condition)
    known = side is None or side.lower() in words.lower()
    return words if known else f"{words}, {str(side).lower()}"


def histology(condition: Resource) -> str | None:
    """Return the histology that the Condition carries in words."""
    return concept_text(value_named(condition, "histology"))


def body_site(condition: Resource) -> str | None:
    """Return where the disease sits in words."""
    return concept_text(get(condition, "bodySite"))


def laterality(condition: Resource) -> str | None:
    """Return the side in words: "Left", "Right"; None where it is not said."""
    for site in [*items(condition.get("bodySite")), *items(condition.get("location"))]:
        if side := concept_text(value_named(site, "laterality")):
            return side
    return None


def asserted_date(condition: Resource) -> str | None:
    """Return when the diagnosis was made: asserted, else onset, else recorded unless at a visit."""
    return diagnosis_date([condition])


def diagnosis_date(conditions: Sequence[Resource], *, recorded: bool = True) -> str | None:
    """Return when a diagnosis was made of which several Conditions tell; the first comes first.

    An asserted date says more than an onset, which says more than when it was `recorded`. A visit
    records what was diagnosed long before.
    """
    for condition in conditions:
        if asserted := text(extension_value(condition, ASSERTED_DATE)):
            return asserted
    known = [*map(onset, conditions)]
    if recorded:
        listed = (condition for condition in conditions if not is_of_a_visit(condition))
        known += [text(condition.get("recordedDate")) for condition in listed]
    return next(filter(None, known), None)


def is_of_a_visit(condition: Resource) -> bool:
    """Tell whether a Condition is the diagnosis of a visit, and none of a problem list."""
    categories = items(condition.get("category"))
    coded = {code for category in categories for _, code in codes(category)}
    said = " ".join(filter(None, map(concept_text, categories)))
    return PROBLEM_LIST not in coded and (AT_VISIT in coded or bool(_VISIT_WORDS.search(said)))


def onset(condition: Resource) -> str | None:
    """Return when the disease began, as a FHIR date, or in the EHR's words."""
    _, value = choice(condition, "onset")
    return text(value) or text(get(value, "start"))


def clinical_status(condition: Resource) -> str | None:
    """Return the code of the clinical status: "active", "remission", "resolved" ..."""
    return _code_of_fhir(condition, "clinicalStatus", "condition-clinical")


def verification_status(condition: Resource) -> str | None:
    """Return the code of the verification status: "confirmed", "unconfirmed" ..."""
    return _code_of_fhir(condition, "verificationStatus", "condition-ver-status")


def _code_of_fhir(condition: Resource, name: str, system: str) -> str | None:
    """Return the code of FHIR's own system, else of the first coding, else the text."""
    concept = get(condition, name)
    stated = [coding for coding in codings(concept) if text(coding.get("code"))]
    stated.sort(key=lambda coding: not (text(coding.get("system")) or "").endswith(f"/{system}"))
    return text(stated[0]["code"]) if stated else text(get(concept, "text"))


_YEAR = 4


def is_at_least(patient: Resource, years: int, on: date) -> bool | None:
    """Tell whether a patient has completed so many years on a day; None where it is not known.

    A birthday on 29 February counts from 1 March in other years.
    """
    born = text(patient.get("birthDate")) or ""
    if not born[:_YEAR].isdigit():
        return None
    birthday = f"{int(born[:_YEAR]) + years:04}{born[_YEAR:10]}"
    day = on.isoformat()[: len(birthday)]
    # Within the very month or year of the birthday, the precision does not tell.
    return None if day == birthday and len(birthday) < len("2026-03-12") else day >= birthday


def is_deceased(patient: Resource) -> bool:
    """Tell whether the chart says that the patient has died."""
    return patient.get("deceasedBoolean") is True or bool(patient.get("deceasedDateTime"))
