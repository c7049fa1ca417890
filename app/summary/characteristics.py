"""What a primary cancer is: its histology, grade, site and size, for the head of its card."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple

from app.fhir.paths import codings, extension_value, extensions, get, items, literal_reference, text
from app.fhir.types import Element, Resource
from app.formatting import first_day, join, number, partial_date
from app.mcode.content import asserted_date, effective, histology, laterality
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.profiles import EXTENSION
from app.mcode.recognise import kind_of
from app.mcode.sites import is_solid
from app.mcode.tissue import sites_of
from app.mcode.values import result, with_caveat
from app.summary.display import author, day_of
from app.summary.stages import grade_group
from app.terminology import systems
from app.terminology.concept import concept_text
from app.terminology.systems import canonical, known_codes

_SYSTEMS = {
    systems.SNOMED: "SNOMED CT",
    systems.ICD10CM: "ICD-10-CM",
    systems.ICD10: "ICD-10",
    systems.ICDO3: "ICD-O-3",
    systems.NCIT: "NCIt",
}
# ICD-O-3 behavior after the stroke: 6 is metastatic.
_METASTATIC = "/6"
# A size measured this long after the diagnosis was still that of the untreated tumor, as a rule.
_AT_DIAGNOSIS = timedelta(days=92)


class Characteristic(NamedTuple):
    """`source` says when or by whom it was found; `key` is the finding, None for the diagnosis.

    One that `repeats` stands on the card a second time, as a stage.
    """

    label: str
    value: str
    source: str = ""
    key: str | None = None
    repeats: bool = False


def characteristics(record: CancerRecord, primary: PrimaryCancer) -> tuple[Characteristic, ...]:
    """Return all with a value, and those that every such cancer should have."""
    rows = [
        _diagnosed(record, primary),
        _histology(primary),
        _grade(primary),
        Characteristic("Site", _stated(primary, _site)),
        Characteristic("Side", _stated(primary, laterality)),
        *_size(primary),
        Characteristic("Codes", join(_codes(primary.code), ", ")),
    ]
    expected = {"Histology", "Grade", "Site"} if is_solid(primary) else {"Histology"}
    return tuple(row for row in rows if row.value or row.label in expected)


def _diagnosed(record: CancerRecord, primary: PrimaryCancer) -> Characteristic:
    """Return the date of diagnosis; other entries may have another one, or visits alone are dated.

    The name is that of who entered the diagnosis.
    """
    named = author(record, primary.condition)
    days = dict.fromkeys(map(asserted_date, primary.conditions))
    if primary.diagnosed is None:
        return Characteristic("Diagnosed", partial_date(None), join([primary.dated, named]))
    others = [partial_date(day) for day in days if day and day != primary.diagnosed]
    source = join([named, others and f"another entry says {join(others, ', ')}"])
    return Characteristic("Diagnosed", partial_date(primary.diagnosed), source)


def _stated(primary: PrimaryCancer, read: Callable[[Resource], str | None]) -> str:
    """Return what the first Condition of a cancer says that says anything."""
    return next(filter(None, map(read, primary.conditions)), "")


def size_display(observation: Resource) -> str:
    """Return a tumor's dimensions, the longest first: "28 x 21 mm"."""
    sizes = [
        part["valueQuantity"]
        for part in items(observation.get("component"))
        if "valueQuantity" in part
    ]
    units = {text(size.get("unit")) or text(size.get("code")) or "" for size in sizes}
    if len(units) != 1:
        return result(observation)
    sizes.sort(key=lambda size: float(size.get("value") or 0), reverse=True)
    measures = join((number(size.get("value")) for size in sizes), " × ")
    return with_caveat(f"{measures} {units.pop()}", observation)


def findings_of(primary: PrimaryCancer) -> list[Resource]:
    """Return the findings that the characteristics show."""
    sizes = _sizes(primary)
    shown = sizes[:1]
    if sizes and size_display(sizes[0]) != size_display(sizes[-1]):
        shown.append(sizes[-1])
    found = [_histology_finding(primary), _newest(primary, Kind.GRADE), *shown]
    return [item for item in found if item]


def _newest(primary: PrimaryCancer, kind: Kind) -> Resource | None:
    return next((item for item in primary.morphology if kind_of(item) == kind), None)


def _histology_finding(primary: PrimaryCancer) -> Resource | None:
    """Return the newest histology of the primary itself, else that of whatever has spread."""
    found = [item for item in primary.morphology if kind_of(item) == Kind.HISTOLOGY]
    return next((item for item in found if not _is_metastatic(item)), found[0] if found else None)


def _is_metastatic(observation: Resource) -> bool:
    coded = known_codes(observation.get("valueCodeableConcept"))
    return any(system == systems.ICDO3 and code.endswith(_METASTATIC) for system, code in coded)


def _histology(primary: PrimaryCancer) -> Characteristic:
    """Return the histology of pathology; the diagnosis' own where there is none or it differs."""
    observation = _histology_finding(primary)
    stated = _stated(primary, histology)
    if observation is None:
        return Characteristic("Histology", stated)
    observed = result(observation)
    concepts = (extension_value(each, EXTENSION["histology"]) for each in primary.conditions)
    stated_codes = {code for concept in concepts for code in known_codes(concept)}
    same = stated_codes & known_codes(observation.get("valueCodeableConcept"))
    display = f"{observed}; diagnosis says {stated}" if stated and not same else observed
    return _found("Histology", display, observation)


def _grade(primary: PrimaryCancer) -> Characteristic:
    if grade := _newest(primary, Kind.GRADE):
        return _found("Grade", result(grade), grade)
    if group := grade_group(primary):
        return _found("Grade", result(group), group)._replace(repeats=True)
    return Characteristic("Grade", "")


def _found(label: str, value: str, finding: Resource) -> Characteristic:
    return Characteristic(label, value, day_of(finding), literal_reference(finding))


def _site(condition: Resource) -> str:
    site = get(condition, "bodySite")
    qualifiers = (
        concept_text(q.get("valueCodeableConcept")) for q in extensions(site, EXTENSION["location"])
    )
    return join([*sites_of(condition), *qualifiers], ", ")


def _sizes(primary: PrimaryCancer) -> list[Resource]:
    """Return the measurements that have a date, newest first; without any, the others."""
    found = [item for item in primary.tumors if kind_of(item) == Kind.TUMOR_SIZE]
    return [item for item in found if effective(item)] or found


def _size(primary: PrimaryCancer) -> Iterator[Characteristic]:
    """Yield the size at diagnosis and the latest: treatment comes between the two."""
    sizes = _sizes(primary)
    if not sizes:
        return
    latest, first = sizes[0], sizes[-1]
    when = _when(primary, first)
    if size_display(first) == size_display(latest):
        source = join([when, day_of(latest)], ", ")
        yield Characteristic("Tumor size", size_display(latest), source, literal_reference(latest))
        return
    yield _found(f"Tumor size {when or 'first'}", size_display(first), first)
    yield _found("Tumor size, latest", size_display(latest), latest)


def _when(primary: PrimaryCancer, size: Resource) -> str:
    diagnosed = first_day(primary.diagnosed)
    measured = first_day(effective(size))
    near = diagnosed and measured and abs(measured - diagnosed) <= _AT_DIAGNOSIS
    return "at diagnosis" if near else ""


def _codes(code: Element) -> list[str]:
    found = []
    for coding in codings(code):
        system = canonical(text(coding.get("system")) or "")
        if named := text(coding.get("code")):
            found.append(f"{_SYSTEMS.get(system, system or 'local code')} {named}")
    return list(dict.fromkeys(found))
