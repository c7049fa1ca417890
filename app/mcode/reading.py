"""Reading a patient's cancer record: waves of concurrent searches, and what could not be read."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import NoneType

from app.fhir.budget import Budget
from app.fhir.capability import Capability
from app.fhir.errors import (
    BadAnswer,
    Expired,
    FhirError,
    Forbidden,
    Missing,
    PatientMissing,
    Refused,
)
from app.fhir.paths import literal_reference, unique
from app.fhir.resource_types import resource_type
from app.fhir.search import Answer, Query
from app.fhir.session import FhirSession
from app.fhir.types import Resource
from app.mcode.assembly import assemble
from app.mcode.model import CancerRecord, Decision, Gap
from app.mcode.plan import Search, authorship, first_wave, marker_searches, missing_references
from app.mcode.sorting import belongs

_SHORTER = (10, 3, 1)  # codes in a search, where a server refuses longer lists
_MOST_SHORTER = 200
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

    `divided` names what the EHR lists by category or code only. `unreadable` holds `Type/id` of
    what is referred to and the EHR will not show in this chart.
    """

    patient: Resource
    resources: list[Resource] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    divided: tuple[str, ...] = ()
    unreadable: set[str] = field(default_factory=set)


def read_resources(session: FhirSession, patient_id: str) -> Reading:
    """Read the patient and all that the plan asks for; raises FhirError only for the patient."""
    searches = list(first_wave(patient_id))
    budget = session.budget()
    calls: list[Callable[[], object]] = [
        partial(_attempt, session, "Patient", patient_id, budget=budget),
        partial(session.capability, budget),
        *(partial(session.try_search, search.query, budget) for search in searches),
    ]
    patient, capability, *answers = session.run_all(calls)
    if isinstance(patient, Missing):
        raise PatientMissing.of(patient)
    if isinstance(patient, FhirError):
        raise patient
    assert isinstance(patient, dict)
    assert isinstance(capability, Capability)
    found = {answer.query: answer for answer in answers if isinstance(answer, Answer)}
    reading = Reading(patient)
    _ask_simpler(session, capability, searches, found, budget)
    reading.divided = tuple(s.query.label for s in searches if s.whole and _is_refused(s, found))
    if "Observation" not in _wholes(searches, found, capability):
        _ask_markers(session, patient_id, searches, found, budget)
        _ask_shorter(session, searches, found, budget)
    if "Provenance:target" in capability.revincludes("Observation"):
        query = authorship(patient_id)
        found[query] = session.try_search(query, budget)
    for answer in found.values():
        reading.resources += [*answer.resources, *answer.included]
    reading.resources = unique(reading.resources)
    reading.gaps = list(dict.fromkeys(_gaps(searches, found, capability)))
    for _ in range(_ROUNDS):
        _resolve(session, reading, patient_id, budget)
    named = (name.partition("/")[0] for name in _missing(session, reading, patient_id))
    if any(not resource_type(type_).person for type_ in named):
        reading.gaps.append(Gap("entries that others refer to", "Some of them could not be read."))
    return reading


def _ask_simpler(
    session: FhirSession,
    capability: Capability,
    searches: Iterable[Search],
    found: dict[Query, Answer],
    budget: Budget,
) -> None:
    wholes = _wholes(searches, found, capability)
    simpler = {
        search.simpler: None
        for search in searches
        if search.simpler
        and search.query.type not in wholes
        and search.simpler not in found
        and _is_doubtful(found[search.query], capability)
    }
    for answer in session.search_all(list(simpler), budget):
        found[answer.query] = answer


def _ask_markers(
    session: FhirSession,
    patient_id: str,
    searches: list[Search],
    found: dict[Query, Answer],
    budget: Budget,
) -> None:
    """Ask for tumor markers by their codes where observations were not found as a whole."""
    (whole,) = (s for s in searches if s.whole and s.query.type == "Observation")
    errors = [answer.error for answer in _answers(whole, found)]
    if all(isinstance(error, (Refused, Missing, BadAnswer, NoneType)) for error in errors):
        markers = marker_searches(patient_id)
        searches += markers
        for answer in session.search_all([search.query for search in markers], budget):
            found[answer.query] = answer


def _ask_shorter(
    session: FhirSession, searches: list[Search], found: dict[Query, Answer], budget: Budget
) -> None:
    """Ask again for the codes of searches that were refused, with fewer of them at a time.

    In `searches` the shorter ones take the place of those that were refused.
    """
    for most in _SHORTER:
        refused = {s: s.shorter(most) for s in searches if _is_refused(s, found)}
        asked = [piece for pieces in refused.values() for piece in pieces][:_MOST_SHORTER]
        if not asked:
            continue
        tried = session.try_search(asked[0].query, budget)
        if isinstance(tried.error, (Refused, Missing)):
            continue
        rest = session.search_all([piece.query for piece in asked[1:]], budget)
        found.update({answer.query: answer for answer in (tried, *rest)})
        for search, pieces in refused.items():
            if pieces and all(piece.query in found for piece in pieces):
                place = searches.index(search)
                searches[place : place + 1] = pieces
        return


def _answers(search: Search, found: dict[Query, Answer]) -> list[Answer]:
    return [found[query] for query in (search.query, search.simpler) if query in found]


def _is_refused(search: Search, found: dict[Query, Answer]) -> bool:
    return all(isinstance(answer.error, (Refused, Missing)) for answer in _answers(search, found))


def _wholes(
    searches: Iterable[Search], found: dict[Query, Answer], capability: Capability
) -> set[str]:
    """Return the types of which all was found in one search."""
    return {
        search.query.type
        for search in searches
        if search.whole
        for answer in _answers(search, found)
        if answer.complete
        and (answer.resources or not (answer.notes or _is_doubtful(answer, capability)))
    }


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
    for answer in found.values():
        for note in answer.notes:
            yield Gap(answer.query.label, f"The EHR's answer: {note}")
        if answer.empty:
            yield Gap(answer.query.label, "An entry of the EHR's answer came without its content.")
    wholes = _wholes(searches, found, capability)
    for search in searches:
        error = found[search.query].error
        if error is None or (search.query.type in wholes and isinstance(error, (Refused, Missing))):
            continue
        refused = isinstance(error, (Refused, Missing))
        if refused and search.whole:
            error = None  # told as `divided`
        elif refused and search.simpler and search.simpler in found:
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
    missing = _missing(session, reading, patient_id)
    outcomes = session.run_all(
        [partial(_attempt, session, *name.split("/"), budget=budget) for name in missing]
    )
    for name, outcome in zip(missing, outcomes, strict=True):
        if isinstance(outcome, dict):
            reading.resources.append(outcome)
        elif isinstance(outcome, (Missing, Forbidden)):
            reading.unreadable.add(name)


def _missing(session: FhirSession, reading: Reading, patient_id: str) -> list[str]:
    own = [r for r in reading.resources if belongs(r, patient_id, session.bases)]
    known = {name for resource in reading.resources if (name := literal_reference(resource))}
    return missing_references(own, known | reading.unreadable, session.bases)


def _attempt(session: FhirSession, type_: str, id_: str, *, budget: Budget) -> Resource | FhirError:
    try:
        return session.read(type_, id_, budget=budget)
    except FhirError as error:
        return error


def read_record(
    session: FhirSession, patient_id: str, decisions: Sequence[Decision] = ()
) -> CancerRecord:
    """Return the record of the patient `patient_id`.

    `decisions` are what people said of which diagnoses are one cancer, the oldest first.
    What the EHR refuses to show becomes a gap of the record. Raises FhirError only where the
    patient cannot be read.
    """
    reading = read_resources(session, patient_id)
    return assemble(
        reading.patient,
        reading.resources,
        gaps=reading.gaps,
        divided=reading.divided,
        base=session.bases,
        unreadable=reading.unreadable,
        decisions=decisions,
    )
