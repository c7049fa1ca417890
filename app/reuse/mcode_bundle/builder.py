"""Making the mCODE patient bundle of a record, by mCODE 4.0.0's profile mcode-patient-bundle.

The resources are those of the chart. A copy differs from the chart in the profiles that it claims
and in how it refers to others (app.reuse.mcode_bundle.closure).
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.fhir.paths import codes, is_subsetted, items, literal_reference
from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.types import Resource
from app.fhir.wire import dumps
from app.mcode.conformance import problems
from app.mcode.definitions import profile_url
from app.mcode.model import CancerRecord
from app.mcode.recognise import kind_of
from app.mcode.retraction import caveat
from app.mcode.sorting import did_not_happen
from app.mcode.vitals import is_vital
from app.reuse.mcode_bundle.claims import FHIR, Fault, kinds_of_mcode, with_claims
from app.reuse.mcode_bundle.closure import Chart, Unresolved, closed

PROFILE = "patient-bundle"
_RANKS = {name: rank for rank, name in enumerate(("Patient", *RESOURCE_TYPES))}
_VITAL_SIGNS = "vital-signs"


@dataclass(frozen=True)
class Note:
    """What has to be said of a resource, `Type/id`."""

    reference: str
    says: str


@dataclass(frozen=True)
class PatientBundle:
    """The bundle, and all that a person has to know of it.

    `left_out` are cancer data of the record that are not in it. `unresolved` are references to what
    is not in it: they became logical. `faults` are why a resource claims no profile of mCODE, or
    lost a claim that the chart makes. `cautions` are resources of it that are easily
    misunderstood: an order not to give a drug, a part of an entry.
    """

    resource: Resource
    left_out: tuple[Note, ...]
    unresolved: tuple[Unresolved, ...]
    faults: tuple[Fault, ...]
    cautions: tuple[Note, ...]

    @property
    def conforms(self) -> bool:
        """Whether it is an mCODE Patient Bundle: it then claims that profile."""
        return "meta" in self.resource


def patient_bundle(
    record: CancerRecord,
    bases: Sequence[str],
    timestamp: datetime,
    further: Iterable[Resource] = (),
) -> PatientBundle:
    """Return the mCODE patient bundle of a record; of the same record always the same.

    `bases` are the addresses that mean the EHR's FHIR server (`FhirSession.bases`), the first of
    which the entries' `fullUrl` begin with. `timestamp` is when the record was read. `further` are
    resources that were read by their ids since (app.reuse.mcode_bundle.further).
    """
    chart = Chart(record, bases, further)
    copies, unresolved = gather(record, chart)
    entries: list[Resource] = []
    faults: list[Fault] = []
    for name in sorted(copies, key=_place):
        resource, found = with_claims(copies[name], record.kinds.get(name))
        entries.append({"fullUrl": f"{chart.bases[0]}/{name}", "resource": resource})
        faults += found
    bundle: Resource = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": timestamp.astimezone(UTC).isoformat(timespec="seconds"),
        "entry": entries,
    }
    if not problems(bundle, PROFILE) and not any(fault.profile == FHIR for fault in faults):
        bundle = {
            "resourceType": "Bundle",
            "meta": {"profile": [profile_url(PROFILE)]},
            **{name: value for name, value in bundle.items() if name != "resourceType"},
        }
    return PatientBundle(
        bundle,
        tuple(_left_out(record, chart, copies)),
        tuple(unresolved),
        tuple(faults),
        tuple(_cautions(copies)),
    )


def gather(record: CancerRecord, chart: Chart) -> tuple[dict[str, Resource], list[Unresolved]]:
    """Return the copies that make the bundle, by `Type/id`, and what they refer to beside these."""
    return closed(chart, [chart.patient, *(chart.holder(name) for name in _mcode_names(record))])


def ndjson(bundle: Resource) -> dict[str, str]:
    """Return the resources of a bundle as FHIR Bulk Data has them: by type, one in each line."""
    lines: dict[str, list[str]] = {}
    for entry in bundle["entry"]:
        resource = entry["resource"]
        lines.setdefault(resource["resourceType"], []).append(dumps(resource).decode())
    return {type_: "".join(f"{line}\n" for line in found) for type_, found in lines.items()}


def _mcode_names(record: CancerRecord) -> Iterator[str]:
    """Yield the names of what mCODE has: facts of its kinds, and vital signs, which it lists."""
    for resource in record.facts():
        if record.kind(resource) in kinds_of_mcode() or _is_vital_sign(resource):
            yield str(literal_reference(resource))


def _is_vital_sign(resource: Resource) -> bool:
    if resource["resourceType"] != "Observation":
        return False
    categories = (code for item in items(resource.get("category")) for _, code in codes(item))
    return (
        _VITAL_SIGNS in categories or is_vital(resource, "height") or is_vital(resource, "weight")
    )


def _left_out(record: CancerRecord, chart: Chart, copies: Container[str]) -> Iterator[Note]:
    """Yield the cancer data that are not in the bundle."""
    for resource in (*record.retracted, *record.misfiled, *record.not_interpreted):
        name = literal_reference(resource)
        if name is None:
            yield Note(str(resource.get("resourceType")), "has no id")
        elif resource in record.not_interpreted or kind_of(resource) or name in record.astray:
            yield Note(name, chart.reason(name))
    for resource in record.facts():
        name, kind = str(literal_reference(resource)), record.kind(resource)
        if kind and chart.holder(name) not in copies:
            yield Note(name, f"mCODE has no profile for it: {kind}")


def _cautions(copies: dict[str, Resource]) -> Iterator[Note]:
    for name, resource in sorted(copies.items()):
        if is_subsetted(resource):
            yield Note(name, "the EHR gave out only a part of it")
        if did_not_happen(resource):
            yield Note(name, caveat(resource) or "not done")


def _place(name: str) -> tuple[int, str, str]:
    type_, _, id_ = name.partition("/")
    return _RANKS.get(type_, len(_RANKS)), type_, id_
