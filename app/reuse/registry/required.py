"""The patient and the primary cancer as the guide wants them, and what it requires and they lack.

Nothing is invented: what the chart does not have is sent as absent where the profile allows that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.fhir.paths import codes, extension_value, extensions, get, items, text
from app.fhir.types import Element, Resource
from app.mcode.content import ASSERTED_DATE
from app.mcode.model import PrimaryCancer
from app.mcode.profiles import DATA_ABSENT_REASON, EXTENSION, extensions_named
from app.reuse.registry.choosing import LeftOut
from app.reuse.registry.guide import GUIDES, STRUCTURES, Guide
from app.terminology.concept import concept_text

_ONE_SITE = "The registry's guide takes one body site."
_ONE_EVIDENCE = "The registry's guide takes one kind of evidence of the diagnosis."
MASKED, UNKNOWN = "masked", "unknown"
_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
CANCER_PROFILE = f"{STRUCTURES}central-cancer-registry-primary-cancer-condition"

_PATIENT = frozenset(
    {
        *("resourceType", "id", "meta", "extension", "identifier", "active", "name", "telecom"),
        *("gender", "birthDate", "deceasedBoolean", "deceasedDateTime", "address"),
        *("maritalStatus", "multipleBirthBoolean", "multipleBirthInteger", "communication"),
    }
)


@dataclass(frozen=True)
class Missing:
    """Something that the guide requires and nobody has recorded.

    `where` is its path in the resource. `sent_as` is the reason for its absence that is sent in its
    place; None where the report does not conform without it.
    """

    what: str
    where: str
    sent_as: str | None = None


@dataclass(frozen=True)
class Fitted:
    """A copy as the guide wants it, what is missing in it, and what it has no room for."""

    resource: Resource
    missing: tuple[Missing, ...]
    left_out: tuple[LeftOut, ...] = ()


def absent(reason: str) -> Element:
    """Return the elements that say in place of a value why there is none."""
    return {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": reason}]}


def registry_patient(copied: Resource, guide: Guide) -> Fitted:
    """Return a copied Patient with what a registry takes.

    Contacts, photos, links and the general practitioner stay behind.
    """
    found = {n: v for n, v in copied.items() if n.removeprefix("_") in _PATIENT}
    missing = [*_identity(found)]
    if guide.needs_background:
        missing += _background(found)
    return Fitted(found, tuple(missing))


def _identity(patient: Resource) -> Iterator[Missing]:
    """Yield what is missing of who the patient is, and put in its place that it is masked."""
    parts: dict[str, tuple[str, Element]] = {
        "identifier": ("identifier", {"_system": absent(MASKED), "_value": absent(MASKED)}),
        "name": ("name", {"_family": absent(MASKED), "_given": [absent(MASKED)]}),
        # FHIR binds the system to its codes and takes no reason in its place.
        "telecom": ("telephone or e-mail", {"system": "other", "_value": absent(MASKED)}),
        "address": ("address", {"_state": absent(MASKED)}),
    }
    for name, (what, inside) in parts.items():
        if not (held := items(patient.get(name))):
            held = [{**absent(MASKED), **inside}]
            yield Missing(what, f"Patient.{name}", MASKED)
        patient[name] = held
    for name, what in {"birthDate": "date of birth", "gender": "gender"}.items():
        if not text(patient.get(name)) and not patient.get(f"_{name}"):
            patient[f"_{name}"] = absent(MASKED)
            yield Missing(what, f"Patient.{name}", MASKED)
    wanted = (("name", "family", "family name"), ("name", "given", "given name"))
    for name, part, what in (*wanted, ("address", "state", "state of the address")):
        lacking = [one for one in patient[name] if not one.get(part) and not one.get(f"_{part}")]
        patient[name] = [_without(one, part) if one in lacking else one for one in patient[name]]
        if lacking:
            yield Missing(what, f"Patient.{name}.{part}", UNKNOWN)


def _without(element: Element, part: str) -> Element:
    said: Any = [absent(UNKNOWN)] if part == "given" else absent(UNKNOWN)
    return {**element, f"_{part}": said}


def _background(patient: Resource) -> Iterator[Missing]:
    """Yield what is missing of what the ballot asks for beside the identity."""
    for name in ("race", "ethnicity"):
        url = f"{_US_CORE}us-core-{name}"
        if not extensions(patient, url):
            said = {"url": "text", "_valueString": absent(MASKED)}
            reason = {"url": DATA_ABSENT_REASON, "valueCode": MASKED}
            added = {"url": url, "extension": [said, reason]}
            patient["extension"] = [*items(patient.get("extension")), added]
            yield Missing(name, f"Patient.extension:{name}", MASKED)
    if "deceasedBoolean" not in patient and not text(patient.get("deceasedDateTime")):
        patient["_deceasedBoolean"] = absent(UNKNOWN)
        yield Missing("whether the patient is alive", "Patient.deceased[x]", UNKNOWN)
    if not items(patient.get("communication")):
        patient["communication"] = [{"language": absent(MASKED)}]
        yield Missing("language", "Patient.communication", MASKED)


def registry_cancer(
    copied: Resource, further: list[Resource], primary: PrimaryCancer, guide: Guide
) -> Fitted:
    """Return the copied Condition of a primary cancer as the guide wants it.

    What it does not say itself is taken from `further`, which record the same diagnosis. It has the
    codes of all of them.
    """
    found = {name: value for name, value in copied.items() if name != "extension"}
    if primary.code:
        found["code"] = primary.code
    conditions = [copied, *further]
    dated = _first(conditions, lambda each: extensions(each, ASSERTED_DATE))
    typed = _first(conditions, lambda each: extensions_named(each, "histology"))
    known = (ASSERTED_DATE, EXTENSION["histology"], *(g.evidence for g in GUIDES.values()))
    evidence = _first(conditions, _evidence)
    others = [e for e in items(copied.get("extension")) if e.get("url") not in known]
    others = [e for e in others if e not in evidence]
    said = [{**e, "url": guide.evidence} for e in evidence]
    if extended := [*dated[:1], *typed[:1], *said[:1], *others]:
        found["extension"] = extended
    sites = _first(conditions, lambda each: items(each.get("bodySite")))
    found["bodySite"] = sites[:1] or [absent(UNKNOWN)]
    found["category"] = _categorised(items(copied.get("category")), guide)
    surplus = [(concept_text(site), _ONE_SITE) for site in sites[1:]]
    surplus += [(concept_text(e.get("valueCodeableConcept")), _ONE_EVIDENCE) for e in evidence[1:]]
    left_out = (LeftOut(primary.reference, what or "", reason) for what, reason in surplus)
    return Fitted(found, tuple(_missing_of(found)), tuple(left_out))


def _missing_of(condition: Resource) -> Iterator[Missing]:
    if not text(extension_value(condition, ASSERTED_DATE)):
        yield Missing("date of diagnosis", "Condition.extension:assertedDate")
    if not get(extension_value(condition, EXTENSION["histology"]), "coding"):
        where = "Condition.extension:histologyMorphologyBehavior"
        yield Missing("histology and behavior", where)
    if condition["bodySite"] == [absent(UNKNOWN)]:
        yield Missing("body site", "Condition.bodySite", UNKNOWN)


def _first(conditions: list[Resource], find: Any) -> list[Element]:
    """Return what the first of several Conditions has that has any."""
    return next((found for each in conditions if (found := find(each))), [])


def _evidence(condition: Resource) -> list[Element]:
    """Return the evidence of the diagnosis, under whichever address."""
    own = (found for g in GUIDES.values() for found in extensions(condition, g.evidence))
    return list({str(e): e for e in (*own, *extensions_named(condition, "evidence"))}.values())


def _categorised(categories: list[Element], guide: Guide) -> list[Element]:
    """Return categories of which one is of those that the guide asks for."""
    if any(codes(category).intersection(guide.categories) for category in categories):
        return categories
    system, code = guide.categories[0]
    return [*categories, {"coding": [{"system": system, "code": code}]}]
