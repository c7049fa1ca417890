"""What is asked of the EHR to read a patient's cancer record.

Only searches that a US Core server has to offer, and no reliance on meta.profile: staging and
disease status by their codes (they may have no category), tumor markers by the category
laboratory (their 513 codes are too many), conditions by category and without one. What comes back
is recognised by the app. Types outside US Core are probed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.fhir.needs import Need
from app.fhir.paths import references
from app.fhir.search import Query
from app.fhir.types import Resource
from app.mcode.codes import TNM_CODES, searched_codes
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
_INTENTS = "order,plan,proposal,original-order,reflex-order,filler-order,instance-order"


# What the record needs of the resources that others refer to; people come last.
_RESOLVED = (
    "Condition",
    "Observation",
    "Medication",
    "BodyStructure",
    "Specimen",
    "MedicationRequest",
    "PractitionerRole",
    "Practitioner",
    "Organization",
)


@dataclass(frozen=True)
class Search:
    """A planned search.

    `simpler` is asked where the server refuses the search, or finds nothing by parameters that it
    does not claim to know. The refusal of an `optional` search leaves no gap.
    """

    query: Query
    simpler: Query | None = None
    optional: bool = False


def first_wave(patient_id: str) -> tuple[Search, ...]:
    """Return the searches that need nothing but the patient's id."""
    return tuple(_first_wave(patient_id))


def authorship(patient_id: str) -> Query:
    """Return the search for who recorded the TNM stages, by Provenance.

    Only for a server that says it offers the `_revinclude`.
    """
    codes = ",".join(code for _, code in TNM_CODES)
    params = (("patient", patient_id), ("code", codes), ("_revinclude", "Provenance:target"))
    return Query("Observation", params, "the authors of the stages")


def reading_needs() -> tuple[Need, ...]:
    """Return what reading a record needs of the EHR: the searches, and what is read by its id."""
    searched = [search.query.type for search in first_wave("any")]
    return (
        Need("Patient", "r"),
        *(Need(type_, "s") for type_ in dict.fromkeys(searched)),
        *(Need(type_, "r") for type_ in _RESOLVED),
        # Comes with the search for the stages, by `_revinclude`.
        Need("Provenance", "s"),
    )


def _first_wave(patient_id: str) -> Iterator[Search]:
    def simple(type_: str, label: str) -> Query:
        return Query(type_, (("patient", patient_id),), label)

    def query(type_: str, label: str, *params: tuple[str, str]) -> Query:
        return Query(type_, (("patient", patient_id), *params, ("_count", PAGE)), label)

    diagnoses = simple("Condition", "diagnoses")
    yield Search(diagnoses, optional=True)
    for category in _CONDITION_CATEGORIES:
        yield Search(query("Condition", "diagnoses", ("category", category)), simpler=diagnoses)

    findings = simple("Observation", "observations")
    codes = searched_codes()
    for start in range(0, len(codes), MOST_CODES):
        chunk = ",".join(codes[start : start + MOST_CODES])
        label = "stages, disease status and performance status"
        yield Search(query("Observation", label, ("code", chunk)), simpler=findings)
    for category, label in _OBSERVATION_CATEGORIES.items():
        yield Search(query("Observation", label, ("category", category)), simpler=findings)

    reports = simple("DiagnosticReport", "diagnostic reports")
    for category in _REPORT_CATEGORIES:
        named = query("DiagnosticReport", "diagnostic reports", ("category", category))
        yield Search(named, simpler=reports)

    yield Search(query("Procedure", "procedures"), simpler=simple("Procedure", "procedures"))
    orders = simple("MedicationRequest", "medication orders")
    yield Search(
        query(
            "MedicationRequest",
            "medication orders",
            ("intent", _INTENTS),
            ("_include", "MedicationRequest:medication"),
        ),
        simpler=orders,
    )
    yield Search(query("MedicationAdministration", "medication given"), optional=True)
    yield Search(query("MedicationStatement", "medication taken"), optional=True)
    yield Search(query("BodyStructure", "tumors"), optional=True)
    yield Search(query("Specimen", "specimens"), optional=True)
    yield Search(query("FamilyMemberHistory", "family history"), optional=True)


def missing_references(resources: Iterable[Resource], known: set[str], base: str) -> list[str]:
    """Return `Type/id` of what the cancer data refer to and was not found by the searches.

    Only cancer data are followed: the authors of a thousand laboratory results are not wanted.
    """
    wanted: dict[str, None] = {}
    for resource in resources:
        if kind_of(resource) is not None:
            found: Iterable[str] = references(resource, base)
        else:
            # The drug decides whether a medication is cancer data.
            found = references(resource.get("medicationReference"), base)
        wanted.update(dict.fromkeys(found))
    missing = [name for name in wanted if name not in known and _rank(name) < len(_RESOLVED)]
    return sorted(missing, key=_rank)[:MOST_READS]


def _rank(reference: str) -> int:
    type_ = reference.partition("/")[0]
    return _RESOLVED.index(type_) if type_ in _RESOLVED else len(_RESOLVED)
