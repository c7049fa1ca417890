"""A patient's resources, closed under references: each reference leads to one of them.

What cannot be in a bundle is referred to logically, by its address as an identifier: nobody who
reads the bundle looks for it there.
"""

import copy
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.fhir.paths import (
    address_reference,
    get,
    is_contained,
    items,
    literal_reference,
    local_reference,
    objects,
    text,
)
from app.fhir.types import Element, Resource
from app.mcode.model import CancerRecord
from app.mcode.profiles import DATA_ABSENT_REASON
from app.mcode.retraction import caveat
from app.mcode.sorting import sort_out

NOT_READ = "not read"
_OF_ANOTHER = "about another patient"
_UNCLEAR = "not understood by the app"
_ELSEWHERE = "on another server"
_NOWHERE = "leads nowhere"
_ADDRESS = "urn:ietf:rfc:3986"  # the system of an identifier that is an address


@dataclass(frozen=True)
class Unresolved:
    """A reference to what is not in the bundle, `Type/id` or an address: why, and who has it."""

    reference: str
    reason: str
    named_by: tuple[str, ...]


class Chart:
    """What may stand in a bundle about the patient of a record, and why the rest may not."""

    def __init__(
        self, record: CancerRecord, bases: Sequence[str], further: Iterable[Resource] = ()
    ) -> None:
        """`bases` are the addresses that mean the EHR's FHIR server, the one that was asked first.

        `further` are resources that were read by their ids because the record refers to them.
        """
        self._record = record
        self.bases = tuple(base.rstrip("/") for base in bases)
        self.patient = str(literal_reference(record.patient))
        more = sort_out(further, str(record.patient.get("id")), self.bases)
        self._further = {str(literal_reference(found)): found for found in more.own}
        self._reasons = {
            **_named((*record.not_interpreted, *more.unclear), _UNCLEAR),
            **{
                str(literal_reference(found)): caveat(found) or "withdrawn"
                for found in (*record.retracted, *more.retracted)
            },
            **_named((*record.misfiled, *more.misfiled), _OF_ANOTHER),
        }
        holders = (*record.facts(), *record.others.values(), *record.not_interpreted)
        self._holders = {
            f"{text(part.get('resourceType'))}/{resource.get('id')}#{_own_id(part)}": name
            for resource in holders
            if (name := literal_reference(resource)) and not is_contained(name)
            for part in items(resource.get("contained"))
        }

    def holder(self, name: str) -> str:
        """Return the `Type/id` of what contains a resource, or of the resource itself."""
        return self._holders.get(name, name)

    def find(self, name: str) -> Resource | None:
        """Return a resource as the EHR wrote it, None for one that may not be in the bundle."""
        if name in self._reasons:
            return None
        found = self._record.find(name)
        return self._record.as_stored(found) if found else self._further.get(name)

    def provenances_of(self, name: str) -> list[Resource]:
        """Return each Provenance that was read of a resource."""
        found = self._record.provenances_of(name)
        return [each for each in found if not is_contained(str(literal_reference(each)))]

    def reason(self, name: str) -> str:
        """Return why `find` has nothing."""
        other = name.startswith("Patient/") and name != self.patient
        return _OF_ANOTHER if other else self._reasons.get(name, NOT_READ)


def closed(chart: Chart, roots: Iterable[str]) -> tuple[dict[str, Resource], list[Unresolved]]:
    """Return copies of the resources `roots` (`Type/id`), of all that they refer to, and of each
    Provenance that was read of one of these.

    References among them are relative in the copies; what a reference says beside that stays as it
    is. A Provenance names as its targets only what is among them.
    """
    walk = _Walk(chart)
    walk.follow({name: found for name in roots if (found := chart.find(name))})
    walk.follow(
        {
            str(literal_reference(provenance)): _trimmed(provenance, walk.found)
            for name in [*walk.found]
            for provenance in chart.provenances_of(name)
        }
    )
    return walk.found, [
        Unresolved(target, reason, tuple(sorted(by)))
        for (target, reason), by in sorted(walk.unresolved.items())
    ]


class _Walk:
    """Goes from resource to resource; `found` has the copies by their `Type/id`."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self.found: dict[str, Resource] = {}
        self.unresolved: dict[tuple[str, str], set[str]] = {}

    def follow(self, waiting: dict[str, Resource]) -> None:
        """Copy these resources and all that they refer to."""
        while waiting:
            name, original = waiting.popitem()
            if name in self.found:
                continue
            self.found[name] = resource = copy.deepcopy(original)
            for named, target, reason in _resolve(self._chart, resource):
                if target:
                    waiting[named] = target
                else:
                    self.unresolved.setdefault((named, reason), set()).add(name)


def _trimmed(provenance: Resource, found: Container[str]) -> Resource:
    """Return a Provenance that has only those targets that are found, whatever their host."""
    targets = []
    for target in items(provenance.get("target")):
        name, version = address_reference(text(target.get("reference")))
        if name in found:
            address = f"{name}/_history/{version}" if version else name
            targets.append({**target, "reference": address})
    return {**provenance, "target": targets}


def _resolve(chart: Chart, resource: Resource) -> Iterator[tuple[str, Resource | None, str]]:
    """Settle each reference of a resource; yield where it leads, with what is there, or why not."""
    held = {_own_id(part) for part in items(resource.get("contained"))}
    for node in [node for node in objects(resource) if isinstance(node.get("reference"), str)]:
        reference = node["reference"]
        if reference == "#" or (reference.startswith("#") and reference[1:] in held):
            continue
        name = local_reference(reference, chart.bases)
        target = chart.find(name) if name else None
        reason = ""
        if name and target:
            _lead_to(node, name, reference, target, chart)
        else:
            reason = chart.reason(name) if name else _why_unknown(reference)
            _make_logical(node, reference, name, chart, is_secret=reason == _OF_ANOTHER)
        yield name or reference, target, reason


def _why_unknown(reference: str) -> str:
    return _ELSEWHERE if reference.startswith(("http", "urn:")) else _NOWHERE


def _lead_to(node: Element, name: str, reference: str, target: Resource, chart: Chart) -> None:
    """Make a reference relative; an address of another version stays as an identifier."""
    _, version = address_reference(reference)
    node["reference"] = name
    if version and version != get(target, "meta", "versionId"):
        address = f"{chart.bases[0]}/{name}/_history/{version}"
        node.setdefault("identifier", {"system": _ADDRESS, "value": address})


def _make_logical(
    node: Element, reference: str, name: str | None, chart: Chart, *, is_secret: bool
) -> None:
    """Replace a reference by an identifier; of another patient nothing but the type is kept."""
    type_ = (name or address_reference(reference)[0] or "").partition("/")[0]
    if is_secret:
        node.clear()
        node["extension"] = [{"url": DATA_ABSENT_REASON, "valueCode": "masked"}]
    else:
        del node["reference"]
        address = f"{chart.bases[0]}/{name}" if name else reference
        node.setdefault("identifier", {"system": _ADDRESS, "value": address})
    if type_:
        node.setdefault("type", type_)


def _named(resources: Iterable[Resource], reason: str) -> dict[str, str]:
    return {name: reason for found in resources if (name := literal_reference(found))}


def _own_id(part: Resource) -> str:
    return str(part.get("id")).removeprefix("#")
