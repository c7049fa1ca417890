"""What is asked of the EHR to read a patient's cancer record.

No reliance on meta.profile, and on no category: diagnoses, observations and reports are asked for
as a whole, since those without a category, or with one of the site's own, are found in no other
way. Not every server offers that. So they are asked for by the searches of US Core too: diagnoses
and reports by category, observations by category and by the codes of staging and disease status;
where observations cannot be had as a whole, by the 513 codes of tumor markers as well. What comes
back is recognised by the app. Types outside US Core are probed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.fhir.needs import Need
from app.fhir.paths import references
from app.fhir.resource_types import RESOURCE_TYPES, ResourceType
from app.fhir.search import Query
from app.fhir.types import Resource
from app.mcode.codes import HEIGHT_CODES, TNM_CODES, WEIGHT_CODES
from app.mcode.kinds import Kind
from app.mcode.plan_reviews import CARE_PLAN_CATEGORY
from app.mcode.recognise import kind_of

MOST_CODES = 40  # in one search, so that its address stays short
PAGE = "200"  # resources asked for at a time; a server may give fewer
MOST_READS = 60  # references that are resolved at a time

_CONDITION_CATEGORIES = ("problem-list-item", "health-concern", "encounter-diagnosis")
_OBSERVATION_CATEGORIES = {
    "laboratory": "laboratory results",
    "survey": "survey results",
    "exam": "examination findings",
    "imaging": "imaging findings",
    "procedure": "findings of procedures",
    "social-history": "social history",
}
# Laboratory and genetics of HL7 v2; pathology and radiology as US Core has them, of LOINC.
_REPORT_CATEGORIES = ("LAB", "GE", "LP7839-6", "LP29684-5")
_INTENTS = "order,plan,proposal,original-order,reflex-order,filler-order,instance-order,option"


@dataclass(frozen=True)
class Search:
    """A planned search.

    `simpler` is asked where the server refuses the search, or finds nothing by parameters that it
    does not claim to know. The refusal of an `optional` search leaves no gap. The search for a
    `whole` type finds what the other searches of that type divide, and more.
    """

    query: Query
    simpler: Query | None = None
    optional: bool = False
    whole: bool = False

    def shorter(self, most: int) -> "tuple[Search, ...]":
        """Return the same search for lists of `most` codes; none for one without such a list."""
        codes = dict(self.query.params).get("code", "").split(",")
        if len(codes) <= most:
            return ()
        return tuple(
            replace(self, query=replace(self.query, params=_with_codes(self.query, chunk)))
            for chunk in _chunks(codes, most)
        )


def first_wave(patient_id: str) -> tuple[Search, ...]:
    """Return the searches that need nothing but the patient's id."""
    types = (row for row in RESOURCE_TYPES.values() if row.search)
    return tuple(
        search
        for row in types
        for search in _SEARCHES.get(row.name, _whole)(_Asking(row, patient_id))
    )


def marker_searches(patient_id: str) -> tuple[Search, ...]:
    """Return the searches for tumor markers by their codes, whatever their category."""
    asking = _Asking(RESOURCE_TYPES["Observation"], patient_id)
    codes = [code for _, code in Kind.TUMOR_MARKER.row.codes]
    return tuple(asking.coded(codes, "tumor markers"))


def authorship(patient_id: str) -> Query:
    """Return the search for who recorded the TNM stages, by Provenance.

    Only for a server that says it offers the `_revinclude`.
    """
    codes = ",".join(code for _, code in TNM_CODES)
    params = (("patient", patient_id), ("code", codes), ("_revinclude", "Provenance:target"))
    return Query("Observation", params, "the authors of the stages")


def reading_needs() -> tuple[Need, ...]:
    """Return what reading a record needs of the EHR: the searches, and what is read by its id."""
    rows = RESOURCE_TYPES.values()
    return (
        Need("Patient", "r"),
        *(Need(row.name, "s") for row in rows if row.search),
        *(Need(row.name, "r") for row in rows if row.followed),
        # Comes with the search for the stages, by `_revinclude`.
        Need("Provenance", "s"),
    )


@dataclass(frozen=True)
class _Asking:
    """Makes the searches of a type for one patient."""

    row: ResourceType
    patient_id: str

    def query(self, *params: tuple[str, str], label: str = "") -> Query:
        patient = self.row.patient_search(self.patient_id)
        asked = (patient, *params, ("_count", PAGE))
        return Query(self.row.name, asked, label or self.row.label)

    @property
    def simple(self) -> Query:
        """What every server understands that has the type."""
        patient = self.row.patient_search(self.patient_id)
        return Query(self.row.name, (patient,), self.row.label)

    def whole(self) -> Search:
        """Return the search for all of a type that the other searches divide."""
        return Search(self.query(), simpler=self.simple, optional=True, whole=True)

    def coded(self, codes: Sequence[str], label: str) -> Iterator[Search]:
        """Yield the searches for these codes, as few as their number allows."""
        for chunk in _chunks(codes, MOST_CODES):
            query = self.query(("code", ",".join(chunk)), label=label)
            yield Search(query, simpler=self.simple)


def _chunks(codes: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    return (codes[start : start + most] for start in range(0, len(codes), most))


def _with_codes(query: Query, codes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    joined = ",".join(codes)
    return tuple((name, joined if name == "code" else value) for name, value in query.params)


def _whole(asking: _Asking) -> Iterator[Search]:
    if asking.row.search == "optional":
        yield Search(asking.query(), optional=True)
    else:
        yield Search(asking.query(), simpler=asking.simple)


def _conditions(asking: _Asking) -> Iterator[Search]:
    yield asking.whole()
    for category in _CONDITION_CATEGORIES:
        yield Search(asking.query(("category", category)), simpler=asking.simple)


def _observations(asking: _Asking) -> Iterator[Search]:
    yield asking.whole()
    yield from asking.coded(_searched_codes(), "stages, disease status and performance status")
    for category, label in _OBSERVATION_CATEGORIES.items():
        yield Search(asking.query(("category", category), label=label), simpler=asking.simple)


def _reports(asking: _Asking) -> Iterator[Search]:
    yield asking.whole()
    for category in _REPORT_CATEGORIES:
        yield Search(asking.query(("category", category)), simpler=asking.simple)


def _orders(asking: _Asking) -> Iterator[Search]:
    params = (("intent", _INTENTS), ("_include", "MedicationRequest:medication"))
    yield Search(asking.query(*params), simpler=asking.simple)


def _care_plans(asking: _Asking) -> Iterator[Search]:
    yield asking.whole()
    # The category by which US Core has them searched, and that a new review has.
    category = asking.query(("category", CARE_PLAN_CATEGORY))
    yield Search(category, simpler=asking.simple, optional=True)


_SEARCHES: dict[str, Callable[[_Asking], Iterator[Search]]] = {
    "Condition": _conditions,
    "Observation": _observations,
    "DiagnosticReport": _reports,
    "MedicationRequest": _orders,
    "CarePlan": _care_plans,
}
"""How types are searched that US Core lets servers divide; the others are asked for as a whole."""


def _searched_codes() -> list[str]:
    """Return the codes of the Observations that no category search is sure to find.

    Heights and weights are among them, since their category holds every blood pressure too.
    """
    kinds = (kind.row for kind in Kind if "Observation" in kind.row.types and kind.row.searched)
    found = (code for row in kinds for _, code in row.codes)
    measured = (code for _, code in sorted(HEIGHT_CODES | WEIGHT_CODES))
    return list(dict.fromkeys((*found, *measured)))


def missing_references(
    resources: Iterable[Resource], known: set[str], base: str | Sequence[str]
) -> list[str]:
    """Return `Type/id` of what the cancer data refer to and was not found by the searches.

    Only cancer data are followed: nobody needs the authors of a thousand laboratory results.
    """
    referred: dict[str, None] = {}
    for resource in resources:
        if kind_of(resource) is not None:
            found: Iterable[str] = references(resource, base)
        else:
            # The drug decides whether a medication is cancer data.
            found = references(resource.get("medicationReference"), base)
        referred.update(dict.fromkeys(found))
    # The rows end with people.
    ranks = {row.name: rank for rank, row in enumerate(RESOURCE_TYPES.values()) if row.followed}
    missing = [n for n in referred if n not in known and n.partition("/")[0] in ranks]
    return sorted(missing, key=lambda name: ranks[name.partition("/")[0]])[:MOST_READS]
