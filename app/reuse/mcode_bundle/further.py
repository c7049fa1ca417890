"""Reading by its id what the bundle refers to and the record does not hold, such as encounters."""

from functools import partial

from app.fhir.budget import Budget
from app.fhir.errors import FhirError
from app.fhir.session import FhirSession
from app.fhir.types import Resource
from app.mcode.model import CancerRecord
from app.reuse.mcode_bundle.builder import gather
from app.reuse.mcode_bundle.closure import NOT_READ, Chart

_MOST = 100  # resources in a round
_ROUNDS = 3  # an encounter may name a location, and that one an organization


def read_further(session: FhirSession, record: CancerRecord) -> list[Resource]:
    """Return what `patient_bundle` takes as `further`; what the EHR does not show is not in it.

    Never raises FhirError. The record is one that was read by this session's EHR.
    """
    found: dict[str, Resource | None] = {}
    budget = session.budget()
    for _ in range(_ROUNDS):
        read = [resource for resource in found.values() if resource]
        _, unresolved = gather(record, Chart(record, session.bases, read))
        names = [each.reference for each in unresolved if each.reason == NOT_READ]
        asked = [name for name in names if name not in found][:_MOST]
        outcomes = session.run_all([partial(_attempt, session, name, budget) for name in asked])
        found.update(zip(asked, outcomes, strict=True))
    return [resource for resource in found.values() if resource]


def _attempt(session: FhirSession, name: str, budget: Budget) -> Resource | None:
    type_, _, id_ = name.partition("/")
    try:
        return session.read(type_, id_, budget=budget)
    except FhirError:
        return None
