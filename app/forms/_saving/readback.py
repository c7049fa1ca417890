"""Looking into the chart for what a save was to write: the EHR's word is not taken for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.fhir.errors import FhirError, Missing
from app.fhir.paths import codings, get, items, literal_reference, reference_id, text
from app.fhir.resource_types import resource_type
from app.fhir.search import identifier_token
from app.fhir.session import FhirSession, Query
from app.fhir.types import Resource
from app.formatting import NO_DATA
from app.forms._saving.differences import means_the_same
from app.forms._saving.meaning import compare, is_equal
from app.forms._saving.plan import ENTRY_SYSTEM, Plan, Write
from app.forms._saving.wording import elements_of, headline_of

# What the clocks of the EHR and of the app may be apart.
_SKEW = timedelta(minutes=5)
_MOST_VERSIONS = 3


def read_back(session: FhirSession, write: Write, address: str | None) -> Resource | None:
    """Return what the chart holds in the place of a write; None for nothing.

    `address` is `Type/id` as the EHR named it.
    """
    if write.before is not None:
        address = f"{write.after['resourceType']}/{write.before['id']}"
    if address:
        try:
            return session.read(*address.split("/"))
        except Missing:
            if write.before is not None:
                return None
    # What was asked by the patient, or a server that does not know the parameter, is too much.
    found = _search(session, write, _search_of(write))
    return next((resource for resource in found if _carries(resource, write)), None)


def find_by_content(
    session: FhirSession, plan: Plan, write: Write, addresses: Mapping[str, str]
) -> Resource | None:
    """Return what an EHR that keeps no identifiers has of a new write, stored since its review.

    What carries the identifier of another entry is that entry. What an EHR cannot be asked for is
    not found.
    """
    row = resource_type(write.after)
    patient = reference_id(write.after.get(row.subject or ""), "Patient")
    params = [row.patient_search(patient or "")]
    if coded := next(iter(codings(write.after.get("code"))), None):
        params.append(("code", identifier_token(coded.get("system"), str(coded.get("code")))))
    try:
        found = _search(session, write, *params)
    except FhirError:
        return None
    return next((r for r in found if _is_twin(r, plan, write, addresses)), None)


def _is_twin(resource: Resource, plan: Plan, write: Write, addresses: Mapping[str, str]) -> bool:
    stored, planned = _moment(get(resource, "meta", "lastUpdated")), _moment(plan.recorded)
    named = any(held.get("system") == ENTRY_SYSTEM for held in items(resource.get("identifier")))
    if stored is None or planned is None or stored < planned - _SKEW or named:
        return False
    return means_the_same(compare(resource, write, addresses))


def _search(session: FhirSession, write: Write, *params: tuple[str, str]) -> list[Resource]:
    found = session.search(Query(write.after["resourceType"], params, label=write.label))
    if found.error:
        raise found.error
    return found.resources


def _carries(resource: Resource, write: Write) -> bool:
    """Tell whether a resource has the identifier of a write; a server may add, such as a use."""
    own = (write.identifier or {}).items()
    return bool(own) and any(own <= held.items() for held in items(resource.get("identifier")))


def find_provenance(session: FhirSession, plan: Plan, target: str) -> str | None:
    """Return the reference of this save's Provenance about `target`; None where none is found."""
    query = Query("Provenance", (("target", target),), label="authorship")
    try:
        found = session.search(query).resources
    except FhirError:
        return None
    planned = _moment(plan.recorded)
    return next(
        (literal_reference(r) for r in found if planned and _moment(r.get("recorded")) == planned),
        None,
    )


def overwritten_by(session: FhirSession, write: Write, found: Resource) -> list[str]:
    """Return in words what others changed between the review and the save, and is overwritten.

    That is so where an EHR does not look at If-Match: the version has jumped by more than one.
    """
    before, after = (text(get(r, "meta", "versionId")) or "" for r in (write.before, found))
    if not (before.isdecimal() and after.isdecimal()) or int(after) - int(before) < 2:
        return []
    type_, id_ = found["resourceType"], found["id"]
    numbers = range(int(before) + 1, int(after))[-_MOST_VERSIONS:]
    told: list[str] = []
    for number in numbers:
        try:
            between = session.read(type_, id_, version=str(number))
        except FhirError:
            told.append(f"Version {number} cannot be read: look at its history in the EHR.")
            continue
        held = write.before or {}
        if not is_equal(between, held) and not means_the_same(compare(between, write, {})):
            told += _changes(held, between)
    return told


def _changes(before: Resource, after: Resource) -> list[str]:
    old, new = ({"Value": headline_of(r, {}), **elements_of(r, {})} for r in (before, after))
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return [f"{name}: {new.get(name, NO_DATA)}" for name in names]


def is_untouched(found: Resource, write: Write) -> bool:
    """Tell whether the chart still holds the very version, or content, that was to be replaced."""
    same_version = found.get("meta", {}).get("versionId") == write.version
    return bool(same_version or is_equal(found, write.before or {}))


def shows_change(found: Resource, write: Write) -> bool:
    """Tell whether one of the elements that an update changes is other than it was before."""
    before = write.before or {}
    changed = (n for n in {**before, **write.after} if before.get(n) != write.after.get(n))
    return any(found.get(n) != before.get(n) for n in changed if n not in {"meta", "text"})


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _search_of(write: Write) -> tuple[str, str]:
    """Return what finds a new resource: its identifier, or the patient where that is no search."""
    row = resource_type(write.after)
    if row.finds_identifier:
        identifier = write.identifier or {}
        return "identifier", identifier_token(identifier.get("system"), identifier.get("value", ""))
    patient = reference_id(write.after.get(row.subject or ""), "Patient")
    return row.patient_search(patient or "")
