"""What the chart holds and no other panel claims: nothing is dropped silently."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.fhir.paths import choice, codes, get, items, literal_reference, local_reference, text
from app.fhir.patterns import cut
from app.fhir.resource_types import resource_type
from app.fhir.types import Element, Resource
from app.formatting import join, quantity
from app.mcode.conditions import is_comorbid
from app.mcode.content import (
    body_site,
    clinical_status,
    effective,
    newest_first,
    verification_status,
)
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.mcode.retraction import caveat
from app.mcode.treated import drug_name
from app.mcode.treatments import dosage_text, status_reason
from app.mcode.values import observation_value, result, with_caveat
from app.summary.biomarkers import reading
from app.summary.characteristics import size_display
from app.summary.display import (
    MOST_NAMED,
    Row,
    day_of,
    short_name,
    specimen_display,
    spoken,
    structure_display,
    unnamed,
)
from app.summary.panels._panel import Panel, nothing
from app.summary.treatment import FORBIDDEN
from app.terminology.concept import concept_text

_OF_CANCERS = "Pathology and tumors"
_LABS = "Laboratory results"
_BACKGROUND = "Background and family history"
# The first ones in this order, others after them.
_TITLES = (
    _OF_CANCERS,
    _LABS,
    "Reports",
    "Procedures",
    _BACKGROUND,
    "Other findings",
    "Specimens",
    "Other conditions",
)
_REMARKABLE = frozenset({"warning", "danger"})
_CONFIRMED = "confirmed"


def also(record: CancerRecord, unclaimed: Iterable[Resource]) -> dict[str, tuple[Row, ...]]:
    """Return what is left, by kind; of each test one row with its newest result."""
    groups: dict[str, list[Resource]] = {title: [] for title in _TITLES}
    # By identity: to compare each with all others takes the square of their number.
    homes = {id(item): _BACKGROUND for item in record.background}
    homes |= {id(item): _LABS for item in record.labs}
    for item in unclaimed:
        groups.setdefault(_title(record, item, homes), []).append(item)
    return {title: _rows(record, found) for title, found in groups.items() if found}


def _title(record: CancerRecord, item: Resource, homes: Mapping[int, str]) -> str:
    if record.primary_of(item):
        return _OF_CANCERS
    if home := homes.get(id(item)):
        return home
    if record.kind(item) == Kind.VOLUME:
        return "Radiotherapy volumes"
    if is_comorbid(item):
        return "Comorbidities"
    return resource_type(item).group


def _rows(record: CancerRecord, found: Iterable[Resource]) -> tuple[Row, ...]:
    tests: dict[str, list[Resource]] = {}
    for item in sorted(found, key=newest_first, reverse=True):
        coded = codes(item.get("code")) if item["resourceType"] == "Observation" else None
        name = _name(record, item)
        test = f"{sorted(coded)} {name}" if coded else str(literal_reference(item))
        tests.setdefault(test, []).append(item)
    grouped = (tuple(_row(record, item) for item in found) for found in tests.values())
    return tuple(replace(newest, earlier=tuple(older)) for newest, *older in grouped)


def _row(record: CancerRecord, item: Resource) -> Row:
    return Row(_name(record, item), _value(record, item), _date(item), literal_reference(item))


def _name(record: CancerRecord, resource: Resource) -> str:
    """Return what a resource is called; one that names only its code, by its kind."""
    row, kind = resource_type(resource), record.kind(resource)
    type_ = str(resource["resourceType"])
    if type_ in Kind.MEDICATION.row.types:
        return drug_name(record, resource) or "Drug without a name"
    if type_ in Kind.FAMILY_HISTORY.row.types:
        relationship = concept_text(resource.get("relationship")) or "Relative"
        return join([relationship.capitalize(), text(resource.get("name"))], ", ")
    if type_ in Kind.TUMOR.row.types:
        return str(kind or "body structure").capitalize()
    # A code of a history is no question but says it all.
    asks = kind and kind != Kind.METASTASIS_HISTORY and "code" in row.names
    if asks and not spoken(resource.get("code")):
        return str(kind).capitalize()
    for name in row.names:
        if concept_text(first := get(resource, name)):
            return short_name(first, type_)[0]
    return str(kind).capitalize() if kind else type_


def _value(record: CancerRecord, resource: Resource) -> str:
    """Return what a resource says; empty where its name says it all."""
    match resource["resourceType"]:
        case "Observation":
            return _finding(record, resource)
        case "Specimen":
            return specimen_display(resource)
        case "BodyStructure":
            return structure_display(resource)
        case "Condition":
            doubt = verification_status(resource)
            return join([clinical_status(resource), doubt if doubt != _CONFIRMED else None])
        case "DiagnosticReport":
            coded = (concept_text(code) for code in items(resource.get("conclusionCode")))
            said = join([text(resource.get("conclusion")), *coded])
            count = len(items(resource.get("result")))
            results = f"{count} result" if count == 1 else f"{count} results"
            return with_caveat(said or f"no conclusion in words, {results}", resource)
        case "FamilyMemberHistory":
            return with_caveat(_family(resource), resource)
    values = (resource.get(name) for name in resource_type(resource).says)
    stated = [concept_text(value) or text(value) for value in values]
    return join([_status(resource), *stated, dosage_text(resource), body_site(resource)])


def _date(resource: Resource) -> str:
    """Return when it was so; empty for what has no date by nature."""
    is_dated = resource_type(resource).dated or effective(resource)
    return day_of(resource) if is_dated else ""


def _finding(record: CancerRecord, observation: Resource) -> str:
    kind = record.kind(observation)
    if kind == Kind.TUMOR_SIZE:
        return size_display(observation)
    value = observation_value(observation)
    if not (value.text or value.absent or observation.get("component")):
        if members := items(observation.get("hasMember")):
            return _members(record, members)
        if kind == Kind.METASTASIS_HISTORY:  # the question itself is the answer
            return caveat(observation) or ""
    return join([result(observation), _flag(observation)])


def _members(record: CancerRecord, members: list[Element]) -> str:
    """Return what the members of a panel say, each by its kind."""
    findings = []
    for member in members[:MOST_NAMED]:
        found = record.find(local_reference(member) or "")
        if found is None:
            findings.append(text(member.get("display")) or "a finding that is not in this chart")
        elif literal_reference(found) in record.withdrawn:
            findings.append("a finding that was withdrawn")
        else:
            findings.append(cut(f"{_name(record, found)}: {result(found)}"))
    return join([*findings, *unnamed(members)], "; ")


def _flag(observation: Resource) -> str | None:
    """Return what the laboratory says of a result that is not as it should be."""
    flag = reading(observation)
    return flag.text if flag and flag.tone in _REMARKABLE else None


def _status(resource: Resource) -> str:
    """Return the status in words, with its reason."""
    status = (text(resource.get("status")) or "").replace("-", " ")
    if resource.get("doNotPerform") is True:
        status = FORBIDDEN
    return join([status, status_reason(resource)], ": ")


def _family(history: Resource) -> str:
    """Return which diseases a relative had, and whether he or she has died."""
    _, died = choice(history, "deceased")
    diseases = [_disease(item) for item in items(history.get("condition"))]
    return join([join(diseases, "; ") or "no disease named", died and "deceased"])


def _disease(condition: Element) -> str:
    _, onset = choice(condition, "onset")
    age = quantity(onset, "") if isinstance(onset, dict) else text(onset)
    return join([concept_text(condition.get("code")), age and f"at {age}"], ", ")


PANEL = Panel("main", 90, rows=lambda page: also(page.record, page.unclaimed), claims=nothing)
