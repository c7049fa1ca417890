"""Each kind of cancer data is one row: findable, recognised, with a home in the record."""

import itertools
import re

import pytest

from app.fhir.resource_types import RESOURCE_TYPES
from app.mcode.assembly import assemble
from app.mcode.kinds import Kind
from app.mcode.model import LINKED_HOMES, PATIENT_HOMES, CancerRecord
from app.mcode.plan import first_wave
from app.mcode.profiles import EXTENSION
from app.mcode.recognise import kind_of

KINDS = pytest.mark.parametrize("kind", Kind)
BREAST = {
    "resourceType": "Condition",
    "id": "breast",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "363346000"}]},
    "subject": {"reference": "Patient/pat"},
}
PROFILES = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
# A profile of each kind that has one, as it is called.
NAMES = {
    Kind.STAGE: "lymphoma-stage",
    Kind.TNM_T: "tnm-primary-tumor-category",
    Kind.TNM_N: "tnm-regional-nodes-category",
    Kind.TNM_M: "tnm-distant-metastases-category",
    Kind.TNM_GROUP: "tnm-stage-group",
    Kind.RISK: "all-risk-assessment",
    Kind.COMORBIDITIES: "comorbidities",
    Kind.PERFORMANCE: "ecog-performance-status",
    Kind.VARIANT: "genomic-variant",
    Kind.GENOMICS_REPORT: "genomics-report",
    Kind.TUMOR_MARKER: "tumor-marker-test",
    Kind.MEDICATION: "cancer-related-medication-request",
    Kind.RADIOTHERAPY: "radiotherapy-course-summary",
}


def resources(kind):
    """Yield a resource for each way in which the row says that the kind is recognised."""
    row = kind.row
    for type_ in row.types:
        patient = {RESOURCE_TYPES[type_].subject: {"reference": "Patient/pat"}}
        base = {"resourceType": type_, "id": "x", **patient}
        if row.whole_type:
            yield base
        for system, code in itertools.islice(row.codes, 3):
            coded = {"system": system, "code": code} if system else {"code": code}
            yield base | {"code": {"coding": [coded]}}
        for code in row.categories:
            yield base | {"category": [{"coding": [{"code": code}]}]}
        if row.profiles:
            yield base | {"meta": {"profile": [PROFILES + NAMES.get(kind, row.profiles)]}}
        for system, code in row.morphologies:
            yield base | {"morphology": {"coding": [{"system": system, "code": code}]}}
        for name in row.extensions:
            yield base | {"extension": [{"url": EXTENSION[name], "valueBoolean": True}]}


def places(record):
    """Return the places of the record in which the resource `x` stands."""
    found = {home for home in PATIENT_HOMES if has(getattr(record, home))}
    found |= {"others"} & {"others" if "x" in {r["id"] for r in record.others.values()} else ""}
    for one in (*record.primaries, record.unlinked):
        found |= {home for home in LINKED_HOMES if has(getattr(one, home))}
        found |= {"stages"} if has(r for s in one.stages for r in s.resources) else set()
    return found | ({"primaries"} if has(p.condition for p in record.primaries) else set())


def has(found):
    return any(resource["id"] == "x" for resource in found)


@KINDS
def test_its_row_is_complete(kind):
    row = kind.row
    homes = {"primaries", "stages", "others", *LINKED_HOMES, *PATIENT_HOMES}
    assert kind == row.name
    assert row.home in homes
    assert all(type_ in RESOURCE_TYPES and RESOURCE_TYPES[type_].search for type_ in row.types)
    assert set(row.extensions) <= set(EXTENSION)
    assert re.compile(row.profiles)
    assert re.compile(row.text)


@KINDS
def test_it_is_recognised_by_each_of_its_signs_and_stands_in_its_home(kind):
    tried = list(resources(kind))
    assert tried
    for resource in tried:
        assert kind_of(resource) == kind
        own = kind == Kind.PRIMARY
        record = assemble({"id": "pat"}, [resource, *([] if own else [BREAST])])
        assert places(record) == {kind.row.home}
        assert resource in record.facts()
        assert record.of_kinds(kind)[0] is resource or own


def test_a_code_and_a_category_are_of_one_kind():
    for of in ("codes", "categories"):
        for one, other in itertools.combinations(Kind, 2):
            if set(one.row.types) & set(other.row.types):
                assert not set(getattr(one.row, of)) & set(getattr(other.row, of)), (one, other)


def test_only_findings_are_searched_for_by_their_codes():
    asked = {
        c for s in first_wave("p") for n, v in s.query.params if n == "code" for c in v.split(",")
    }
    for kind in Kind:
        codes = {code for _, code in kind.row.codes}
        if codes and kind.row.types == ("Observation",):
            assert (codes <= asked) is kind.row.searched, kind


def test_every_type_that_a_kind_may_have_is_read():
    assert {type_ for kind in Kind for type_ in kind.row.types} <= {
        search.query.type for search in first_wave("p")
    }


def test_facts_are_what_counts_and_each_once():
    def finding(id_, **more):
        return {
            "resourceType": "Observation",
            "id": id_,
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
            "subject": {"reference": "Patient/pat"},
            **more,
        }

    given = [
        BREAST,
        finding("counts"),
        finding("stage", code={"coding": [{"system": "http://loinc.org", "code": "21908-9"}]}),
        finding("retracted", status="entered-in-error"),
        finding("another", subject={"reference": "Patient/other"}),
        finding("unreadable", code={}),
        {"resourceType": "Practitioner", "id": "doctor"},
        {"resourceType": "Provenance", "id": "authorship"},
        {"resourceType": "Medication", "id": "drug", "code": {"text": "x"}},
    ]
    record = assemble({"resourceType": "Patient", "id": "pat"}, given)
    assert isinstance(record, CancerRecord)
    assert sorted(fact["id"] for fact in record.facts()) == ["breast", "counts", "stage"]


def test_an_adverse_event_is_the_patients_and_newest_first():
    def event(id_, **more):
        return {
            "resourceType": "AdverseEvent",
            "id": id_,
            "actuality": "actual",
            "event": {"text": "Nausea"},
            "subject": {"reference": "Patient/pat"},
            **more,
        }

    given = [
        event("old", date="2026-01-01"),
        event("new", date="2026-02-01"),
        event("another", subject={"reference": "Patient/other"}),
        event("group", subject={"reference": "Group/g"}),
    ]
    record = assemble({"resourceType": "Patient", "id": "pat"}, given)
    assert [found["id"] for found in record.adverse_events] == ["new", "old"]
    assert [found["id"] for found in record.misfiled] == ["another", "group"]
