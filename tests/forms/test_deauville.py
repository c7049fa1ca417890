import pytest

from app.forms.deauville import Deauville
from tests.forms.cases import CONDITION, concept
from tests.forms.entering import existing, fresh, new, sentences, written

NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
LYMPHOMA = concept("C83.30", "Diffuse large B-cell lymphoma", "http://hl7.org/fhir/sid/icd-10-cm")


def recorded(**more):
    return {
        "resourceType": "Observation",
        "id": "pet",
        "meta": {"versionId": "2"},
        "status": "final",
        "code": concept("708895006", "Deauville"),
        "subject": {"reference": "Patient/pat"},
        "focus": [{"reference": "Condition/breast"}],
        "effectiveDateTime": "2026-05-02",
        **more,
    }


def point(code):
    return {"coding": [{"system": NCIT, "code": code}]}


def test_a_score_is_written_about_the_cancer_as_a_finding_of_imaging():
    (observation,) = written(new(Deauville))
    profile = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-deauville-scale"
    assert observation["meta"]["profile"] == [profile]
    assert observation["code"]["coding"][0]["code"] == "708895006"
    assert observation["category"][0]["coding"][0]["code"] == "imaging"
    assert observation["focus"] == [{"reference": "Condition/breast"}]
    assert observation["valueInteger"] == 2
    assert [c["coding"][0]["code"] for c in observation["interpretation"]] == ["C99747"]
    assert observation["effectiveDateTime"] == "2026-11-20"


def test_uptake_that_is_no_lymphoma_has_no_score():
    (observation,) = written(new(Deauville, points="C136879"))
    assert "valueInteger" not in observation
    assert [c["coding"][0]["code"] for c in observation["interpretation"]] == ["C136879"]
    assert observation["dataAbsentReason"]["coding"][0]["code"] == "not-applicable"


def test_uptake_that_is_no_lymphoma_may_stand_beside_a_score_and_stays_there():
    before = recorded(valueInteger=2, interpretation=[point("C99747"), point("C136879")])
    (after,) = written(existing(Deauville, before, points="3"))
    assert after["valueInteger"] == 3
    codes = [c["coding"][0]["code"] for c in after["interpretation"]]
    assert codes == ["C136879", "C99748"]


def test_the_form_asks_once_where_the_cancer_is_no_lymphoma():
    work = fresh(Deauville)
    assert work.form.notices(work.subject) == []
    (question,) = work.questions
    assert question.text == (
        f"“Deauville score” is for lymphomas, and the diagnosis is “{work.subject.title}”. "
        "Tick to record it all the same"
    )
    assert fresh(Deauville, chart=[{**CONDITION, "code": LYMPHOMA}]).questions == []


def test_the_scores_before_stand_beside_the_form():
    work = fresh(Deauville, recorded(valueInteger=4, interpretation=[point("C99749")]))
    assert work.form.chart_context(work.subject) == [("Deauville score", "4", "02-May-2026")]


def test_a_score_that_names_no_cancer_of_the_patient_can_be_amended():
    loose = recorded(focus=[{"reference": "Condition/elsewhere"}], valueInteger=4)
    work = existing(Deauville, loose)
    assert work.subject.primary is None
    assert work.form.chart_context(work.subject) == []
    (after,) = written(existing(Deauville, loose, points="5"))
    assert after["valueInteger"] == 5
    assert after["focus"] == loose["focus"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"points": ""}, {"points": "Choose the Deauville score"}),
        ({"date": ""}, {"date": "Enter the date of the PET"}),
        ({"date": "2026"}, {"date": "Enter the day and month too"}),
    ],
)
def test_what_is_missing_is_told_at_its_field(changes, told):
    assert sentences(new(Deauville, **changes)) == told
