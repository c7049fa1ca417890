"""Reading a patient's cancer record: waves of concurrent searches, and what could not be read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from app.fhir.budget import Budget
from app.fhir.capability import Capability
from app.fhir.errors import Expired, FhirError, Forbidden, Missing, PatientMissing, Refused
from app.fhir.paths import literal_reference, unique
from app.fhir.resource_types import resource_type
from app.fhir.search import Answer, Query
from app.fhir.session import FhirSession, run_all
from app.fhir.types import Resource
from app.mcode.assembly import assemble
from app.mcode.model import CancerRecord, Gap
from app.mcode.plan import Search, authorship, first_wave, missing_references
from app.mcode.sorting import belongs

_ROUNDS = 2  # a member found in the first round may name its author, to be found in the second

_REASONS: dict[type[FhirError], str] = {
    Forbidden: "Your permissions in the EHR do not include them.",
    Missing: "The EHR's server does not offer them.",
    Refused: "The EHR's server does not accept the search.",
    Expired: "The session with the EHR ended while they were read.",
}


@dataclass
class Reading:
    """What was read of a patient.

    `unreadable` holds `Type/id` of what is referred to and the EHR will not show in this chart.
    """

    patient: Resource
    resources: list[Resource] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)


def read_resources(session: FhirSession, patient_id: str) -> Reading:
    """Read the patient and all that the plan asks for; raises FhirError only for the patient."""
    searches = first_wave(patient_id)
    budget = session.budget()
    calls: list[Callable[[], object]] = [
        partial(_attempt, session, "Patient", patient_id, budget=budget),
        session.capability,
        *(partial(session.try_search, search.query, budget) for search in searches),
    ]
    patient, capability, *answers = run_all(calls)
    if isinstance(patient, Missing):
        raise PatientMissing.of(patient)
    if isinstance(patient, FhirError):
        raise patient
    assert isinstance(patient, dict)
    assert isinstance(capability, Capability)
    found = {answer.query: answer for answer in answers if isinstance(answer, Answer)}
    reading = Reading(patient)
    _ask_simpler(session, capability, searches, found, budget)
    if "Provenance:target" in capability.revincludes("Observation"):
        query = authorship(patient_id)
        found[query] = session.try_search(query, budget)
    for answer in found.values():
        reading.resources += [*answer.resources, *answer.included]
    reading.resources = unique(reading.resources)
    reading.gaps = list(dict.fromkeys(_gaps(searches, found, capability)))
    for _ in range(_ROUNDS):
        _resolve(session, reading, patient_id, budget)
    return reading


def _ask_simpler(
    session: FhirSession,
    capability: Capability,
    searches: Iterable[Search],
    found: dict[Query, Answer],
    budget: Budget,
) -> None:
    simpler = {
        search.simpler: None
        for search in searches
        if search.simpler
        and search.simpler not in found
        and _is_doubtful(found[search.query], capability)
    }
    for answer in session.search_all(list(simpler), budget):
        found[answer.query] = answer


def _is_doubtful(answer: Answer, capability: Capability) -> bool:
    """Tell whether a search has to be asked in another way.

    It was refused, or it found nothing by parameters that the server does not claim to know: some
    servers answer an unknown parameter with nothing found.
    """
    if isinstance(answer.error, (Refused, Missing)):
        return True
    if answer.error or answer.resources:
        return False
    listed = capability.search_params(answer.query.type)
    asked = {name for name, _ in answer.query.params if not name.startswith("_")}
    return listed is None or not asked <= listed


def _gaps(
    searches: Iterable[Search], found: dict[Query, Answer], capability: Capability
) -> Iterable[Gap]:
    for search in searches:
        error = found[search.query].error
        if error is None:
            continue
        refused = isinstance(error, (Refused, Missing))
        if refused and search.simpler and search.simpler in found:
            error = found[search.simpler].error
        elif refused and search.optional and not _is_promised(search, capability):
            error = None
        if error is not None:
            forbidden = search.query.type if isinstance(error, Forbidden) else None
            yield Gap(search.query.label, _REASONS.get(type(error), error.message), forbidden)


def _is_promised(search: Search, capability: Capability) -> bool:
    """Tell whether a server offers a type that it need not have: then it may hold some of it."""
    type_ = search.query.type
    optional = resource_type(type_).search == "optional"
    return optional and capability.supports(type_, "search-type") is True


def _resolve(session: FhirSession, reading: Reading, patient_id: str, budget: Budget) -> None:
    """Read what the patient's cancer data refer to and the searches did not find."""
    own = [r for r in reading.resources if belongs(r, patient_id, session.base)]
    known = {name for resource in reading.resources if (name := literal_reference(resource))}
    missing = missing_references(own, known | reading.unreadable, session.base)
    outcomes = run_all(
        [partial(_attempt, session, *name.split("/"), budget=budget) for name in missing]
    )
    for name, outcome in zip(missing, outcomes, strict=True):
        if isinstance(outcome, dict):
            reading.resources.append(outcome)
        elif isinstance(outcome, (Missing, Forbidden)):
            reading.unreadable.add(name)


def _attempt(session: FhirSession, type_: str, id_: str, *, budget: Budget) -> Resource | FhirError:
    try:
        return session.read(type_, id_, budget=budget)
    except FhirError as error:
        return error


def read_record(session: FhirSession, patient_id: str) -> CancerRecord:
    """Return the record of the patient `patient_id`.

    What the EHR refuses to show becomes a gap of the record. Raises FhirError only where the
    patient cannot be read.
    """
    reading = read_resources(session, patient_id)
    return assemble(
        reading.patient,
        reading.resources,
        gaps=reading.gaps,
        base=session.base,
        unreadable=reading.unreadable,
    )
