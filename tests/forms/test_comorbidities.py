import pytest

from app.forms._saving.wording import elements_of, headline_of
from app.forms.comorbidities import Comorbidities
from tests.forms.cases import CONDITION, SNOMED, concept
from tests.forms.entering import existing, fresh, new, sentences, written

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
EXTENSION = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-condition"


def icd(code):
    return f"{ICD10CM}|{code}"


def present(**value):
    return {"url": EXTENSION, **value}


def absent(code, words, system=SNOMED):
    return {"url": f"{EXTENSION}-absent", "valueCodeableConcept": concept(code, words, system)}


def recorded(*extensions, **more):
    return {
        "resourceType": "Observation",
        "id": "before",
        "meta": {"versionId": "2"},
        "extension": list(extensions),
        "status": "final",
        "code": concept("398192003", "Comorbidities"),
        "subject": {"reference": "Patient/pat"},
        "focus": [{"reference": "Condition/breast"}],
        "effectiveDateTime": "2026-05-02",
        **more,
    }


def disease(id_, words, code, status="active"):
    return {
        "resourceType": "Condition",
        "id": id_,
        "subject": {"reference": "Patient/pat"},
        "clinicalStatus": {"coding": [{"code": status}]},
        "code": concept(code, words, ICD10CM),
    }


def test_present_and_absent_diseases_are_written_about_the_cancer():
    (observation,) = written(new(Comorbidities))
    profile = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-comorbidities"
    assert observation["meta"]["profile"] == [profile]
    assert observation["code"]["coding"][0]["code"] == "398192003"
    assert observation["focus"] == [{"reference": "Condition/breast"}]
    heart, diabetes, copd = observation["extension"]
    assert heart == present(valueReference={"reference": "Condition/heart"})
    assert diabetes["url"] == EXTENSION
    assert diabetes["valueCodeableConcept"]["coding"] == [
        {
            "system": ICD10CM,
            "code": "E11.9",
            "display": "Type 2 diabetes mellitus without complications",
        }
    ]
    assert copd["url"] == f"{EXTENSION}-absent"
    assert copd["valueCodeableConcept"]["coding"][0]["code"] == "J44.9"
    assert observation["effectiveDateTime"] == "2026-11-20"
    assert "valueInteger" not in observation


def test_several_diseases_of_the_chart_are_said_in_the_order_in_which_they_are_read_back():
    # By name asthma comes first, by its reference last.
    asthma = disease("z", "Asthma", "J45.909")
    (observation,) = written(new(Comorbidities, asthma, own="Condition/z\nCondition/heart"))
    again = existing(Comorbidities, {**observation, "id": "new"}, asthma)
    assert again.form.own.text == "Condition/heart\nCondition/z"
    named = [e.get("valueReference", {}).get("reference") for e in observation["extension"]]
    assert named[:2] == ["Condition/heart", "Condition/z"]


def test_a_disease_that_no_list_has_is_written_in_the_words_that_were_typed():
    (observation,) = written(new(Comorbidities, own="", present="||Frail since the fall"))
    assert observation["extension"][0] == present(
        valueCodeableConcept={"text": "Frail since the fall"}
    )


def test_the_diseases_in_the_chart_are_offered_by_name_and_the_common_ones_beside_them():
    work = fresh(Comorbidities, disease("sugar", "Diabetes", "E11.9", "resolved"))
    assert [(option.text, option.label) for option in work.form.own.options] == [
        ("Condition/sugar", "Diabetes (resolved)"),
        ("Condition/heart", "Heart failure, unspecified"),
    ]
    suggested = [option.text for option in work.form.absent.suggested]
    assert icd("I10") in suggested
    # What the chart has is offered from the chart alone.
    assert not {icd("E11.9"), icd("I50.9")} & set(suggested)


def test_a_chart_without_other_diseases_says_so():
    work = fresh(Comorbidities, chart=[CONDITION])
    assert work.form.own.options == []
    assert work.form.own.hint == "The chart holds no disease beside cancer."


def test_what_was_assessed_in_other_words_is_carried_over_as_it_was_said():
    coded = {
        "coding": [
            {"system": SNOMED, "code": "73211009", "display": "Diabetes mellitus (disorder)"}
        ],
        "text": "Diabetes",
    }
    foreign = {"coding": [{"system": "urn:local", "code": "7"}], "text": "Gout"}
    absent_ = {"url": f"{EXTENSION}-absent", "valueCodeableConcept": coded}
    before = recorded(present(valueCodeableConcept=foreign), absent_)
    work = fresh(Comorbidities, before)
    assert work.form.absent.text == f"{SNOMED}|73211009|Diabetes"
    assert work.form.present.text == "||Gout"
    given = {"date": "2026-11-20", "present": "||Gout", "absent": work.form.absent.text}
    assert written(new(Comorbidities, before, answers=given))


def test_what_was_assessed_before_is_there_to_be_confirmed():
    before = recorded(
        present(valueReference={"reference": "Condition/heart"}),
        present(valueReference={"reference": "Condition/gone"}),
        absent("E11.9", "Diabetes", ICD10CM),
    )
    work = fresh(Comorbidities, before)
    assert work.form.own.text == "Condition/heart"
    assert work.form.absent.text == icd("E11.9")
    assert work.origins["own"] == "as assessed 02-May-2026"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"own": "", "present": "", "absent": ""},
            {"own": "Choose the diseases that the patient has, or say which are absent"},
        ),
        ({"date": ""}, {"date": "Enter the date of assessment"}),
        ({"date": "2027"}, {"date": "Enter a date of assessment that is not in the future"}),
        (
            {"absent": icd("E11.9")},
            {
                "absent": "Remove “Type 2 diabetes mellitus without complications” here or above: "
                "it is said to be present too"
            },
        ),
        (
            {"absent": icd("I50.9")},
            {
                "absent": "Remove “Heart failure, unspecified” here or above: "
                "it is said to be present too"
            },
        ),
        (
            {"absent": f"{ICD10CM}|E11|Diabetes of any kind"},
            {"absent": "Remove “Diabetes of any kind” here or above: it is said to be present too"},
        ),
        (
            {"absent": "||heart failure, unspecified"},
            {
                "absent": "Remove “heart failure, unspecified” here or above: "
                "it is said to be present too"
            },
        ),
    ],
)
def test_what_is_impossible_is_told_at_its_field(changes, told):
    assert sentences(new(Comorbidities, **changes)) == told


def test_another_kind_of_the_same_disease_may_be_absent():
    work = new(Comorbidities, present=icd("E11.9"), absent=icd("E11.65"))
    assert work.validate(), work.problems()


def test_a_second_assessment_of_one_day_has_to_be_confirmed():
    asked = sentences(new(Comorbidities, recorded(effectiveDateTime="2026-11-20")))
    assert asked["another-of-the-day"].startswith("An assessment of this day is on record already.")


def test_an_amendment_keeps_what_the_form_cannot_say_and_the_diseases_that_were_left():
    elsewhere = {"reference": "https://other.example/fhir/Condition/9", "display": "Gout"}
    before = recorded(
        {"url": "urn:ward", "valueString": "7B"},
        present(valueReference={"reference": "Condition/heart"}),
        present(valueReference=elsewhere),
        present(valueCodeableConcept=concept("414916001", "Obesity")),
        absent("19829001", "Disorder of lung"),
        valueInteger=3,
    )
    work = existing(Comorbidities, before)
    assert work.origins["own"] == "in the chart: Gout"
    (after,) = written(existing(Comorbidities, before, own=""))
    assert after["extension"] == [e for e in before["extension"] if e != before["extension"][1]]
    assert after["valueInteger"] == 3
    (after,) = written(existing(Comorbidities, before, absent=icd("J44.9")))
    kept = before["extension"][:4]
    assert after["extension"][: len(kept)] == kept
    assert icd("J44.9").endswith(
        after["extension"][-1]["valueCodeableConcept"]["coding"][0]["code"]
    )


def test_a_disease_that_the_chart_does_not_show_stays_an_answer():
    before = recorded(present(valueReference={"reference": "Condition/gone"}))
    work = existing(Comorbidities, before)
    assert work.form.own.text == "Condition/gone"
    assert work.form.display("own") == "Condition/gone (as in the chart)"
    assert written(existing(Comorbidities, before, own="Condition/gone")) == []


def test_the_review_counts_the_diseases_and_names_them():
    (observation,) = written(new(Comorbidities))
    assert headline_of(observation, {}) == "2 present, 1 absent"
    names = {"Condition/heart": "Heart failure"}
    assert elements_of(observation, names)["Related condition"] == (
        "Heart failure, Type 2 diabetes mellitus without complications"
    )
    assert headline_of(recorded(valueInteger=3), {}) == "3"
