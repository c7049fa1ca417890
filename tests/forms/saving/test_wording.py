import pytest

from app.forms._elements.single import TUMOR_IDENTIFIER
from app.forms._saving.wording import elements_of, headline_of
from app.forms.adverse_event import AdverseEvent
from app.forms.disease_status import DiseaseStatus
from app.mcode.profiles import EXTENSION
from tests.forms.cases import SNOMED, concept

NUMBER = {**TUMOR_IDENTIFIER, "system": "urn:radiology", "value": "Tumor 1"}
OWN = {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ({"component": [{"valueQuantity": {"value": 28, "unit": "mm"}}] * 2}, "28 mm, 28 mm"),
        ({"hasMember": [{"reference": "Observation/h"}]}, "1 finding"),
        ({"hasMember": [{"reference": "Observation/h"}] * 2}, "2 findings"),
        ({"dataAbsentReason": {"text": "Not known"}, "component": [{}]}, "Not known"),
        ({}, "No data"),
    ],
)
def test_what_has_no_value_of_its_own_is_told_by_what_it_is_made_of(resource, words):
    assert headline_of({"resourceType": "Observation", **resource}, {}) == words


def test_of_identifiers_only_the_number_of_a_tumor_is_told():
    specimen = {
        "resourceType": "Specimen",
        "identifier": [OWN, {**TUMOR_IDENTIFIER, **OWN}, NUMBER],
        "type": concept("TISS", "Tissue"),
    }
    assert elements_of(specimen, {}) == {"Number of the tumor": "Tumor 1"}


def test_a_volume_is_told_by_its_name():
    volume = {
        "resourceType": "BodyStructure",
        "identifier": [OWN, {"use": "usual", "value": "PTV 50"}],
        "location": concept("76752008", "Breast"),
    }
    assert headline_of(volume, {}) == "Breast"
    assert elements_of(volume, {}) == {"Name": "PTV 50"}
    del volume["location"]
    assert headline_of(volume, {}) == "PTV 50"


def test_a_code_that_stands_behind_other_words_is_told_with_its_term():
    def event(term, text):
        concept = {"coding": [{"system": SNOMED, "code": "1", "display": term}], "text": text}
        return {"resourceType": "AdverseEvent", "event": concept}

    said = event("Peripheral sensory neuropathy", "Numb fingertips")
    assert headline_of(said, {}) == "Numb fingertips"
    assert elements_of(said, {}) == {"Coded as": "Peripheral sensory neuropathy"}
    assert elements_of({**event("Nausea", "nausea"), "date": "2026-03-12"}, {}) == {
        "Began": "12-Mar-2026"
    }
    assert elements_of(event("Lumpectomy (procedure)", "Lumpectomy"), {}) == {}


def test_each_of_several_doses_is_told_apart():
    def dose(number, volume):
        parts = (
            ("totalDoseDelivered", {"valueQuantity": {"value": number, "unit": "cGy"}}),
            ("volume", {"valueReference": {"reference": volume}}),
        )
        return {
            "url": EXTENSION["volume"],
            "extension": [{"url": url, **value} for url, value in parts],
        }

    left = {"url": EXTENSION["laterality"], "valueCodeableConcept": concept("7771000", "Left")}
    breast = {**concept("1", "Breast"), "extension": [left]}
    course = {
        "resourceType": "Procedure",
        "bodySite": [breast, concept("2", "Axillary lymph node")],
        "extension": [dose(5000, "BodyStructure/a"), dose(1000, "BodyStructure/b")],
    }
    names = {"BodyStructure/a": "PTV 50", "BodyStructure/b": "Boost"}
    assert elements_of(course, names) == {
        "Body site": "Breast, Left; Axillary lymph node",
        "Dose delivered": "dose 5000 cGy, volume PTV 50; dose 1000 cGy, volume Boost",
    }


def test_answers_that_are_one_thing_each_stand_with_commas():
    report = {"resourceType": "Specimen", "note": [{"text": "Small"}, {"text": "Fixed"}]}
    assert elements_of(report, {}) == {"Note": "Small, Fixed"}


def test_when_a_report_was_issued_is_told_as_every_moment_is():
    report = {"resourceType": "DiagnosticReport", "issued": "2026-11-20T14:30:00-05:00"}
    assert elements_of(report, {}) == {"Issued": "20-Nov-2026 19:30 UTC"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "Progressing"),
        ("Patient's condition worsened", "Progressing"),
        ("New lesion in the liver", "New lesion in the liver"),
    ],
)
def test_a_code_is_called_as_its_form_calls_it_where_the_chart_says_no_more(text, words):
    worse = "Patient's condition worsened (finding)"
    coding = {"system": "http://snomed.info/sct", "code": "271299001", "display": worse}
    value = {"coding": [coding], "text": text} if text else {"coding": [coding]}
    status = {"resourceType": "Observation", "valueCodeableConcept": value}
    assert headline_of(status, DiseaseStatus.names()) == words


def test_the_elements_of_an_adverse_event_are_called_as_its_form_calls_them():
    serious = {"coding": [{"system": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"}]}
    serious["coding"][0] |= {"code": "C41335", "display": "Serious Adverse Event"}
    event = {"resourceType": "AdverseEvent", "seriousness": serious}
    assert elements_of(event, AdverseEvent.names()) == {"Seriousness": "Serious"}
