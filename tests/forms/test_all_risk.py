import copy

import pytest

from app.forms._definition import Subject
from app.forms._pages.workspace import new_workspace
from app.forms._registry import form_for
from app.forms._saving.plan import plan_entry
from app.forms.all_risk import AllRisk
from app.forms.rhabdomyosarcoma_risk import RhabdomyosarcomaRisk
from app.mcode.assembly import assemble
from app.mcode.conformance import problems
from tests.forms.cases import CONDITION, concept, observation
from tests.forms.patient import AUTHOR, PATIENT, TODAY
from tests.forms.sending import sent

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
RISK = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-cancer-risk-assessment"
HIGH = {"group": f"{NCIT}|C122458", "date": "2026-03-18"}


def subject_of(*resources, code="C91.00", words="Acute lymphoblastic leukemia"):
    cancer = {**CONDITION, "code": concept(code, words, ICD10CM)}
    record = assemble(copy.deepcopy(PATIENT), copy.deepcopy([cancer, *resources]))
    return Subject(record, "pat", record.primary("breast"), TODAY)


def opened(data, subject=None):
    return new_workspace(AllRisk, subject or subject_of(), None, sent(AllRisk(), data))


def risk(id_="risk", code="C167435", words="Standard risk"):
    found = observation(id_, code, concept("C122457", words, NCIT))
    return {**found, "code": concept(code, "Risk", NCIT)}


def test_the_risk_is_an_observation_about_the_leukemia():
    work = opened(HIGH)
    assert work.validate(), work.problems()
    (write,) = plan_entry(work.form, work.subject, AUTHOR, "draft-1").writes
    assert problems(write.after) == []
    assert write.after["meta"]["profile"][0].endswith("/mcode-ALL-risk-assessment")
    assert write.after["code"] == {
        "coding": [{"system": NCIT, "code": "C167435"}],
        "text": "ALL risk group",
    }
    assert write.after["valueCodeableConcept"]["coding"] == [
        {"system": NCIT, "code": "C122458", "display": "High Risk Acute Leukemia"}
    ]
    assert write.after["category"][0]["coding"][0]["code"] == "exam"
    assert write.after["focus"] == [{"reference": "Condition/breast"}]
    assert write.after["effectiveDateTime"] == "2026-03-18"


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"group": ""}, "group", "Choose the risk group"),
        ({"date": ""}, "date", "Enter the date of assessment"),
        ({"date": "2027-01-01"}, "date", "Enter a date of assessment that is not in the future"),
    ],
)
def test_a_bad_answer_gets_a_sentence_at_its_field(changes, field, sentence):
    work = opened({**HIGH, **changes})
    assert not work.validate()
    assert work.form[field].errors == [sentence]


def test_a_day_before_the_diagnosis_is_asked_about():
    work = opened({**HIGH, "date": "2026-03-11"})
    assert not work.validate()
    (question,) = work.questions
    assert question.text == (
        "The date of assessment is before the diagnosis, 12-Mar-2026. "
        "Tick to confirm that it is right"
    )


def test_earlier_groups_of_the_same_kind_stand_beside_the_form():
    other = risk("rhabdo", code="C148010", words="Low risk")
    assert AllRisk().chart_context(subject_of(risk(), other)) == [
        ("ALL risk group", "Standard risk", "20-Mar-2026")
    ]


def test_another_cancer_is_told():
    (told,) = AllRisk().notices(subject_of(code="C90.00", words="Multiple myeloma"))
    assert told == (
        "For this cancer there is the form “Stage other than TNM (Myeloma ISS, Myeloma R-ISS)”."
    )
    assert AllRisk().notices(subject_of()) == []


def test_each_kind_of_risk_opens_in_its_own_form_and_any_other_in_none():
    found = [
        risk(),
        risk("rhabdo", code="C148010"),
        {**risk("other", code="C0"), "meta": {"profile": [RISK]}},
    ]
    record = subject_of(*found).record
    forms = [form_for(record, resource) for resource in found]
    assert forms == [AllRisk, RhabdomyosarcomaRisk, None]
