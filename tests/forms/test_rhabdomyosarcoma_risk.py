import copy

import pytest

from app.forms._definition import Subject
from app.forms._pages.workspace import new_workspace
from app.forms._saving.plan import plan_entry
from app.forms.rhabdomyosarcoma_risk import RhabdomyosarcomaRisk
from app.mcode.assembly import assemble
from app.mcode.conformance import problems
from tests.forms.cases import CONDITION, SNOMED, concept
from tests.forms.patient import AUTHOR, PATIENT, TODAY
from tests.forms.sending import sent

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"


def subject_of(words):
    cancer = {**CONDITION, "code": concept("C49.0", words, ICD10CM)}
    record = assemble(copy.deepcopy(PATIENT), [cancer])
    return Subject(record, "pat", record.primary("breast"), TODAY)


@pytest.mark.parametrize(
    ("group", "coding"),
    [
        (
            f"{SNOMED}|723505004",
            {"system": SNOMED, "code": "723505004", "display": "Low risk (qualifier value)"},
        ),
        (
            f"{NCIT}|C102402",
            {"system": NCIT, "code": "C102402", "display": "Intermediate Risk"},
        ),
        (
            f"{SNOMED}|723509005",
            {"system": SNOMED, "code": "723509005", "display": "High risk (qualifier value)"},
        ),
    ],
)
def test_each_group_has_the_code_of_the_guide(group, coding):
    subject = subject_of("Alveolar rhabdomyosarcoma")
    answers = sent(RhabdomyosarcomaRisk(), {"group": group, "date": "2026-03-18"})
    work = new_workspace(RhabdomyosarcomaRisk, subject, None, answers)
    assert work.validate(), work.problems()
    (write,) = plan_entry(work.form, subject, AUTHOR, "draft-1").writes
    assert problems(write.after) == []
    assert write.after["meta"]["profile"][0].endswith("/mcode-rhabdomyosarcoma-risk-assessment")
    assert write.after["code"]["coding"] == [{"system": NCIT, "code": "C148010"}]
    assert write.after["valueCodeableConcept"]["coding"] == [coding]


def test_another_sarcoma_is_told():
    (told,) = RhabdomyosarcomaRisk().notices(subject_of("Leiomyosarcoma"))
    assert told.startswith("For this cancer there is the form ")
    assert RhabdomyosarcomaRisk().notices(subject_of("Rhabdomyosarcoma")) == []
