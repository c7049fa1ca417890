import copy

import pytest

from app.forms._answers import AS_RECORDED
from app.forms._definition import Subject
from app.forms._pages.workspace import existing_workspace, new_workspace
from app.forms._registry import find_subject
from app.forms.tumor_marker_test import TumorMarkerTest
from app.mcode.assembly import assemble
from tests.forms import entering
from tests.forms.answering import amount
from tests.forms.cases import concept
from tests.forms.entering import existing, retyped, subject_of, typed
from tests.forms.patient import PATIENT, TODAY

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
CA15_3 = f"{LOINC}|6875-9"
HER2 = f"{LOINC}|85319-2"
POSITIVE = f"{SNOMED}|10828004"


def marker(id_="marker", **more):
    return {
        "resourceType": "Observation",
        "id": id_,
        "meta": {"versionId": "4"},
        "status": "final",
        "code": concept("6875-9", "CA 15-3", LOINC),
        "subject": {"reference": "Patient/pat"},
        "effectiveDateTime": "2026-10-20",
        **more,
    }


def work_on(changes, *resources):
    return typed(TumorMarkerTest, changes, *resources)


def written(work):
    return entering.written(work)[0]


def amended(resource, changes):
    return next(iter(entering.written(retyped(TumorMarkerTest, resource, changes))), None)


def test_a_result_is_a_laboratory_observation_that_names_its_cancer():
    resource = written(work_on({}))
    del resource["identifier"]
    assert resource == {
        "resourceType": "Observation",
        "meta": {"profile": [f"{MCODE}tumor-marker-test"]},
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "laboratory",
                    }
                ]
            }
        ],
        "code": {
            "coding": [
                {
                    "system": LOINC,
                    "code": "6875-9",
                    "display": "Cancer Ag 15-3 [Units/volume] in Serum or Plasma",
                }
            ],
            "text": "Cancer Ag 15-3 [Units/volume] in Serum or Plasma",
        },
        "subject": {"reference": "Patient/pat"},
        "encounter": {"reference": "Encounter/visit"},
        "performer": [{"reference": "Practitioner/nancy", "display": "Nancy Nurse"}],
        "extension": [
            {
                "url": f"{MCODE}related-condition",
                "valueReference": {"reference": "Condition/breast"},
            }
        ],
        "effectiveDateTime": "2026-11-20",
        "valueQuantity": {
            "value": resource["valueQuantity"]["value"],
            "unit": "U/mL",
            "system": "http://unitsofmeasure.org",
            "code": "U/mL",
        },
        "interpretation": [
            {
                "coding": [
                    {
                        "system": (
                            "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
                        ),
                        "code": "H",
                        "display": "High",
                    }
                ],
                "text": "High",
            }
        ],
        "specimen": {"reference": "Specimen/core"},
        "note": [{"text": "Repeated in four weeks"}],
    }
    assert str(resource["valueQuantity"]["value"]) == "38.4"


NOTHING = {"number": "", "number-unit": ""}


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        (
            {"number": "<0.10", "number-unit": "ng/mL", "test": f"{LOINC}|2039-6"},
            "valueQuantity",
            {"comparator": "<", "value": "0.10", "unit": "ng/mL", "code": "ng/mL"},
        ),
        ({**NOTHING, "finding": POSITIVE, "test": HER2}, "valueCodeableConcept", None),
        ({**NOTHING, "words": "Too little tissue"}, "valueString", "Too little tissue"),
        (
            {**NOTHING, "ratio": "1:40"},
            "valueRatio",
            {"numerator": {"value": 1}, "denominator": {"value": 40}},
        ),
    ],
)
def test_a_result_may_be_a_number_a_finding_words_or_a_ratio(changes, name, value):
    resource = written(work_on(changes))
    assert [element for element in resource if element.startswith("value")] == [name]
    if name == "valueQuantity":
        value = {**value, "system": "http://unitsofmeasure.org"}
        assert {**resource[name], "value": str(resource[name]["value"])} == value
    elif name == "valueCodeableConcept":
        assert resource[name]["coding"][0]["display"] == "Positive (qualifier value)"
        assert resource[name]["text"] == "Positive"
    else:
        assert resource[name] == value


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"test": ""}, "test", "Choose the test"),
        (
            NOTHING,
            "number",
            "Enter the result, as a number, as a finding, as a ratio or in words",
        ),
        ({"finding": POSITIVE}, "finding", "Remove all results but one"),
        ({**NOTHING, "ratio": "1:2", "words": "x"}, "words", "Remove all results but one"),
        ({"number-unit": ""}, "number", "Enter the unit of the result, such as U/mL"),
        (
            {"number-unit": "", "test": f"{LOINC}|2532-0"},
            "number",
            "Enter the unit of the result, such as U/L",
        ),
        (
            {"number-unit": "", "test": "||Local marker"},
            "number",
            "Enter the unit of the result, such as ng/mL",
        ),
        ({"date-day": ""}, "date", "Enter the day and month too"),
        ({"date-year": "2027"}, "date", "Enter a date of the specimen that is not in the future"),
        (
            {"date-year": "1950"},
            "date",
            "Enter a date of the specimen after the birth, 14-Feb-1964",
        ),
        ({**NOTHING, "ratio": "1 to 40"}, "ratio", None),
    ],
)
def test_what_cannot_be_gets_a_sentence_at_its_field(changes, field, sentence):
    work = work_on(changes)
    assert not work.validate()
    told = [str(error) for error in work.form[field].errors]
    assert told == [sentence or "Enter two numbers with a colon between, such as 1:40"]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"test": HER2, "number": "3", "number-unit": "%"}, "number-of-a-finding"),
        ({"number": "38.4", "number-unit": "ng/mL"}, "unit"),
    ],
)
def test_an_unlikely_result_is_asked_about_and_may_be_confirmed(changes, key):
    work = work_on(changes)
    assert not work.validate()
    assert [(question.key, question.field) for question in work.questions] == [(key, "number")]
    assert work_on({**changes, f"confirm-{key}": "yes"}).validate()


def test_a_second_result_of_a_test_and_day_is_asked_about():
    same = marker(effectiveDateTime="2026-11-20T09:30:00Z", valueQuantity={"value": 31})
    work = work_on({}, same)
    assert not work.validate()
    assert [question.key for question in work.questions] == ["second-result"]
    assert "(31)" in work.questions[0].text
    assert work_on({"confirm-second-result": "yes"}, same).validate()
    assert work_on({"date-day": "19"}, same).validate()


def test_what_goes_with_the_cancer_is_in_sight_the_tests_on_record_first():
    subject = subject_of(TumorMarkerTest, marker(valueQuantity={"value": 31, "unit": "U/mL"}))
    form = new_workspace(TumorMarkerTest, subject, None, None).form
    offered = [option.text for option in form.test.suggested]
    assert offered[0] == CA15_3
    assert HER2 in offered
    assert len(offered) == len(set(offered)) == 8
    assert form.chart_context(subject) == [("CA 15-3", "31 U/mL", "20-Oct-2026")]
    assert form.test.sets(form.test.concepts.find(CA15_3)) == {"number-unit": "U/mL"}
    assert form.test.sets(form.test.concepts.find(HER2)) == {}
    assert [option.text for option in form.specimen.options] == ["Specimen/core"]
    assert form.specimen.options[0].label == "Tissue"


def test_a_marker_of_no_list_opens_in_its_own_words_and_its_result_can_be_amended():
    local = marker(
        code={"coding": [{"system": "urn:lab", "code": "X1", "display": "X"}], "text": "Marker X"},
        category=concept("250724005", "marker"),
        referenceRange=[{"high": {"value": 30}}],
        valueQuantity={"value": 31, "unit": "U/mL", "extension": [{"url": "urn:x"}]},
    )
    work = existing(TumorMarkerTest, local)
    assert work.form.test.data == AS_RECORDED
    assert work.form.display("test") == "Marker X (as in the chart)"
    assert work.form.number.data == amount(31, "U/mL")
    assert amended(local, {}) is None
    after = amended(local, {"number": "40"})
    assert after["valueQuantity"] == {**local["valueQuantity"], "value": 40}
    changed = {name for name in after if after[name] != local.get(name)}
    assert changed == {"valueQuantity", "status"}


@pytest.mark.parametrize(
    "old",
    [
        {"valueQuantity": {"value": 31, "unit": "U/mL"}},
        {"valueString": "high"},
        {"valueBoolean": True, "_valueBoolean": {"extension": []}},
        {"dataAbsentReason": concept("unknown", "Unknown", "urn:absent")},
        {"valueQuantity": {"comparator": "<"}},
    ],
)
def test_a_new_kind_of_result_leaves_nothing_of_the_old_one(old):
    changes = {**NOTHING, "words": "", "finding": POSITIVE}
    after = amended(marker(**old), changes)
    assert after["valueCodeableConcept"]["text"] == "Positive"
    of_result = {name for name in after if "value" in name or name == "dataAbsentReason"}
    assert of_result == {"valueCodeableConcept"}


def test_a_result_of_another_type_is_shown_and_stays():
    odd = marker(valueBoolean=True)
    work = existing(TumorMarkerTest, odd)
    assert work.form.finding.data == AS_RECORDED
    assert work.form.display("finding") == "Yes (as in the chart)"
    after = amended(odd, {"note": "as told"})
    assert after["valueBoolean"] is True


def test_an_old_result_without_a_value_may_be_amended_elsewhere():
    pending = marker(status="registered")
    after = amended(pending, {"specimen": "Specimen/core"})
    assert after["specimen"] == {"reference": "Specimen/core"}
    assert after["status"] == "registered"


def test_a_specimen_that_the_chart_does_not_show_stays():
    elsewhere = marker(
        valueString="high", specimen={"reference": "Specimen/away", "display": "Core biopsy"}
    )
    work = existing(TumorMarkerTest, elsewhere)
    assert work.form.display("specimen") == "Core biopsy (as in the chart)"
    assert amended(elsewhere, {"words": "low"})["specimen"] == elsewhere["specimen"]


def test_a_marker_that_names_no_cancer_of_the_patient_can_be_opened():
    lone = marker(valueString="high")
    record = assemble(copy.deepcopy(PATIENT), [lone])
    primary, originals = find_subject(TumorMarkerTest, record, "marker")
    subject = Subject(record, "pat", primary, TODAY, originals)
    work = existing_workspace(TumorMarkerTest, subject, "marker", None, None)
    assert primary is None
    assert work.form.chart_context(subject) == []
    assert work.form.headline(subject) == (
        "Tumor marker test, Cancer Ag 15-3 [Units/volume] in Serum or Plasma, 20-Oct-2026"
    )


def test_a_unit_that_is_no_ucum_code_is_refused_and_the_chart_s_own_stays():
    held = marker(valueQuantity={"value": 4, "unit": "drops"})
    refused = retyped(TumorMarkerTest, held, {"number": "4", "number-unit": "banana/wk"})
    assert not refused.validate()
    assert refused.form.number.errors == ["Enter the unit as a UCUM code, such as ng/mL"]
    after = amended(held, {"number": "5", "number-unit": "drops"})
    assert after["valueQuantity"] == {"value": 5, "unit": "drops"}
    assert amended(held, {"note": "Hemolyzed"})["valueQuantity"] == held["valueQuantity"]


@pytest.mark.parametrize(
    ("inputs", "box"),
    [
        ({"number-unit": "banana/wk"}, "#number-unit"),
        ({"number-unit": ""}, "#number-unit"),
        ({"number": "many"}, "#number"),
    ],
)
def test_an_error_leads_to_the_box_that_it_is_about(inputs, box):
    work = work_on(inputs)
    assert not work.validate()
    assert [address for _, address in work.problems()] == [box]
