import pytest

from app.mcode.assembly import assemble
from app.mcode.kinds import Kind
from app.mcode.tissue import (
    is_number,
    member_of,
    panel_of,
    sites_of,
    tumor_identifiers,
    tumor_title,
)

LOINC = "http://loinc.org"
SUBJECT = {"reference": "Patient/p"}
TYPE = {"coding": [{"system": "http://hl7.org/fhir/resource-types", "code": "BodyStructure"}]}
OWN = {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}
NUMBER = {"use": "usual", "type": TYPE, "system": "urn:radiology", "value": "Tumor 1"}


def finding(id_, system, code, **more):
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": SUBJECT,
        **more,
    }


@pytest.mark.parametrize(
    ("tumor", "words"),
    [
        (
            {"identifier": [OWN, NUMBER], "location": {"text": "Left breast"}},
            "Tumor 1, Left breast",
        ),
        (
            {"location": {"text": "Lung"}, "locationQualifier": [{"text": "Left"}]},
            "Lung, Left",
        ),
        ({"identifier": [OWN], "description": "index lesion"}, "index lesion"),
        ({}, "Tumor"),
    ],
)
def test_a_tumor_is_called_by_its_number_and_place(tumor, words):
    assert tumor_title(tumor) == words


def test_a_number_that_people_go_by_comes_before_the_identifiers_of_computers():
    typed = {**OWN, "type": TYPE}
    tumor = {"identifier": [OWN, typed, {"value": "7"}, NUMBER, {"system": "urn:x"}]}
    assert list(tumor_identifiers(tumor)) == [
        ("urn:radiology", "Tumor 1"),
        ("urn:ietf:rfc:3986", "urn:uuid:1"),
        ("urn:ietf:rfc:3986", "urn:uuid:1"),
        ("", "7"),
    ]
    assert [is_number(entry) for entry in (OWN, typed, NUMBER)] == [False, False, True]


def test_a_panel_and_its_members_find_each_other():
    histology = finding("h", LOINC, "31206-6")
    grade = finding("g", "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl", "C18000")
    withdrawn = finding("w", LOINC, "31206-6", status="entered-in-error")
    members = [{"reference": f"Observation/{id_}"} for id_ in ("missing", "w", "h")]
    panel = finding("panel", LOINC, "77753-2", hasMember=members)
    record = assemble({"resourceType": "Patient", "id": "p"}, [histology, grade, withdrawn, panel])
    assert member_of(record, panel, Kind.HISTOLOGY) == histology
    assert member_of(record, panel, Kind.GRADE) is None
    assert panel_of(record, histology) == panel
    assert panel_of(record, grade) is None


def test_body_sites_are_given_in_words():
    sites = [{"text": "Breast"}, {"coding": [{"code": "1"}]}, {}]
    assert sites_of({"bodySite": sites}) == ["Breast", "1"]
    assert sites_of({}) == []
