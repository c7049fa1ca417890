"""Diseases beside a cancer, however a release of mCODE lists them."""

from app.mcode.profiles import EXTENSION, STRUCTURES
from app.summary.assessments import assessment
from tests.summary.resources import (
    CANCER,
    ICD10CM,
    SNOMED,
    coded,
    concept_value,
    condition,
    observation,
    record,
)

CHECKLIST = (
    "http://hl7.org/fhir/us/mcode/CodeSystem/loinc-requested-cs",
    "comorbidities-elixhauser",
)


def told(*resources):
    found = record(condition(), *resources)
    (item,) = found.primaries[0].assessments
    return assessment(found, item).detail


def category(words, answer, **more):
    code = {"Present": "52101004", "Absent": "2667000"}.get(answer, "0")
    return {"code": {"text": words}, **concept_value(answer, SNOMED, code), **more}


def test_comorbidities_are_named_and_so_are_those_that_were_ruled_out():
    pressure = {
        "resourceType": "Condition",
        "id": "i",
        "subject": {"reference": "Patient/p"},
        "code": coded(ICD10CM, "I10", "High blood pressure"),
    }
    extension = [
        {"url": EXTENSION["related-condition"], "valueReference": {"reference": "Condition/i"}},
        {"url": EXTENSION["related-condition"], "valueCodeableConcept": {"text": "Asthma"}},
        {
            "url": f"{STRUCTURES}mcode-related-condition-absent",
            "valueCodeableConcept": {"text": "Diabetes"},
        },
    ]
    panel = observation("o", coded(SNOMED, "398192003"), focus=[CANCER], extension=extension)
    assert told(panel, pressure) == "High blood pressure, Asthma · not: Diabetes · 20-Mar-2026"


def test_the_checklist_of_the_second_release_is_told_by_its_components():
    of_category = {
        "url": f"{STRUCTURES}mcode-comorbid-condition-code",
        "valueCodeableConcept": {"text": "Chronic diastolic heart failure"},
    }
    parts = [
        category("Heart failure", "Present", extension=[of_category]),
        category("Depression", "Present"),
        category("Arthropathy", "Absent"),
        category("Renal disease", "Grade 2"),
    ]
    checklist = observation("o", coded(*CHECKLIST), focus=[CANCER], component=parts)
    assert told(checklist) == (
        "Chronic diastolic heart failure, Depression, Renal disease: Grade 2"
        " · not: Arthropathy · 20-Mar-2026"
    )


def test_an_index_is_told_with_its_method():
    index = observation(
        "o", coded(SNOMED, "398192003"), 3, focus=[CANCER], method={"text": "Charlson"}
    )
    assert told(index) == "index 3 · Charlson · 20-Mar-2026"


def test_a_deauville_score_keeps_its_value():
    score = observation("o", coded(SNOMED, "708895006", "Deauville score"), 4, focus=[CANCER])
    assert told(score) == "4 · 20-Mar-2026"


def test_uptake_that_has_no_score_is_told_in_words():
    beside = {
        "dataAbsentReason": {"text": "Not applicable"},
        "interpretation": [{"text": "New uptake, unlikely lymphoma"}],
    }
    score = observation("o", coded(SNOMED, "708895006", "Deauville"), beside, focus=[CANCER])
    assert told(score) == "New uptake, unlikely lymphoma · 20-Mar-2026"
