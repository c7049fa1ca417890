import copy

import pytest

from app.forms._definition import Subject
from app.forms._pages.workspace import existing_workspace, new_workspace
from app.forms._registry import find_subject
from app.forms._saving.plan import plan_entry
from app.forms.lymphoma_stage import LymphomaStage
from app.mcode.assembly import assemble
from app.mcode.conformance import problems
from tests.forms.cases import CONDITION, SNOMED, concept, observation
from tests.forms.patient import AUTHOR, PATIENT, TODAY
from tests.forms.sending import sent

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
A, B, E, S = (f"{SNOMED}|{code}" for code in ("420969009", "421211000", "282436004", "282437008"))
LUGANO = f"{NCIT}|C141158"
ANSWERS = {
    "method": LUGANO,
    "value": f"{SNOMED}|56944001",
    "modifiers": f"{B}\n{S}",
    "bulk": f"{SNOMED}|2667000",
    "nature": f"{SNOMED}|261023001",
    "date": "2026-03-18",
}


def subject_of(*resources, code="C83.30", words="Large B-cell lymphoma", amend=None):
    cancer = {**CONDITION, "code": concept(code, words, ICD10CM)}
    record = assemble(copy.deepcopy(PATIENT), copy.deepcopy([cancer, *resources]))
    originals = find_subject(LymphomaStage, record, amend)[1] if amend else {}
    return Subject(record, "pat", record.primary("breast"), TODAY, originals)


def opened(subject, **changes):
    form = LymphomaStage()
    form.prepare(subject)
    ticks = {name: value for name, value in changes.items() if name.startswith("confirm")}
    return new_workspace(
        LymphomaStage, subject, None, {**sent(form, {**ANSWERS, **changes}), **ticks}
    )


def component(code, words, value):
    return {
        "code": {
            "coding": [{"system": SNOMED, "code": code, "display": words}],
            "text": words[:-1],
        },
        "valueCodeableConcept": value,
    }


def test_a_stage_has_its_method_and_a_component_for_each_modifier():
    work = opened(subject_of())
    assert work.validate(), work.problems()
    (write,) = plan_entry(work.form, work.subject, AUTHOR, "draft-1").writes
    resource = write.after
    assert problems(resource) == []
    assert resource["meta"]["profile"][0].endswith("/mcode-lymphoma-stage")
    assert resource["code"]["coding"][0] == {
        "system": SNOMED,
        "code": "385388004",
        "display": "Lymphoma stage (observable entity)",
    }
    assert resource["method"]["coding"][0]["code"] == "C141158"
    assert resource["valueCodeableConcept"]["coding"][0]["code"] == "56944001"
    assert resource["focus"] == [{"reference": "Condition/breast"}]
    assert resource["category"][0]["coding"][0]["code"] == "exam"
    told = [
        (part["code"]["coding"][0]["code"], part["valueCodeableConcept"]["coding"][0]["code"])
        for part in resource["component"]
    ]
    assert told == [
        ("106252000", "421211000"),
        ("106252000", "282437008"),
        ("260873006", "2667000"),
        ("277366005", "261023001"),
    ]
    # The profile's patterns hold the displays too.
    assert resource["component"][0]["code"]["coding"][0]["display"] == (
        "Staging classification for lymphoma (tumor staging)"
    )


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"method": ""}, "method", "Choose the staging system"),
        ({"value": ""}, "value", "Choose the stage"),
        ({"date": ""}, "date", "Enter the date of staging"),
        ({"modifiers": f"{A}\n{B}"}, "modifiers", "Choose either A, no symptoms, or B, symptoms"),
        (
            {"value": f"{NCIT}|C171157"},
            "bulk",
            "Choose the bulk again: stage II bulky is bulky",
        ),
    ],
)
def test_a_bad_answer_gets_a_sentence_at_its_field(changes, field, sentence):
    work = opened(subject_of(), **changes)
    assert not work.validate()
    assert sentence in work.form[field].errors


def earlier(method, system):
    stage = observation("old", "385388004", concept("76422004", "Lymphoma stage II"))
    return {**stage, "method": concept(method, "system", system)}


def test_a_second_stage_of_the_same_system_is_asked_about():
    lugano, ann_arbor = earlier("C141158", NCIT), earlier("254374001", SNOMED)
    work = opened(subject_of(lugano))
    assert not work.validate()
    assert [question.key for question in work.questions] == ["second-stage"]
    assert opened(subject_of(lugano), **{"confirm-second-stage": "yes"}).validate()
    assert opened(subject_of(ann_arbor)).validate()


def test_a_stage_before_the_diagnosis_is_asked_about():
    work = opened(subject_of(), date="2026-03-11")
    assert not work.validate()
    assert [question.key for question in work.questions] == ["before-diagnosis"]


@pytest.mark.parametrize(
    ("code", "words", "first"),
    [
        ("C81.10", "Hodgkin lymphoma", {"Hodgkin"}),
        ("C83.30", "Large B-cell lymphoma", {"non-Hodgkin"}),
        ("C85.90", "Non-Hodgkin lymphoma", {"non-Hodgkin"}),
        ("C50.9", "Breast", {"Hodgkin", "non-Hodgkin"}),
    ],
)
def test_the_systems_for_the_kind_of_lymphoma_come_first(code, words, first):
    form = LymphomaStage()
    form.prepare(subject_of(code=code, words=words))
    shown = [option.label.split(", ")[1] for option in form.method.options if not option.folded]
    assert set(shown) == first
    assert len(form.method.options) == 7


def test_the_stages_on_record_are_told_by_their_system():
    lugano = {**earlier("C141158", NCIT), "id": "lugano"}
    local = {**earlier("1", "urn:local"), "id": "local"}
    figo = observation("figo", "385361009", concept("C96256", "FIGO Stage IIIA", NCIT))
    rows = LymphomaStage().chart_context(subject_of(lugano, local, figo))
    assert {(name, value) for name, value, _ in rows} == {
        ("Lugano, non-Hodgkin, adult", "Lymphoma stage II"),
        ("system", "Lymphoma stage II"),
        ("FIGO", "FIGO Stage IIIA"),
    }


def test_a_cancer_that_is_no_lymphoma_is_told():
    told = LymphomaStage().notices(subject_of(code="C50.9", words="Breast"))
    assert told == ["For this cancer there is the form “TNM stage”."]
    assert LymphomaStage().notices(subject_of()) == []


def test_an_amendment_changes_one_modifier_and_leaves_the_others_as_they_are():
    words = "Staging classification for lymphoma (tumor staging)"
    kept = [
        component("106252000", words, concept("421211000", "B")),
        component("106252000", words, concept("1", "bone marrow involved")),
        {"code": concept("1", "local factor"), "valueString": "yes"},
    ]
    stage = {**earlier("C141158", NCIT), "component": copy.deepcopy(kept)}
    subject = subject_of(stage, amend="old")
    shown = existing_workspace(LymphomaStage, subject, "old", None, None)
    assert shown.form.modifiers.text == B
    assert shown.origins["modifiers"] == "in the chart: bone marrow involved"
    answers = sent(shown.form, {name: item.text for name, item in shown.form.asked.items()})
    answers |= {"modifiers": f"{B}\n{E}", "seen": shown.seen.text()}
    work = existing_workspace(LymphomaStage, subject, "old", None, answers)
    assert work.validate(), work.problems()
    (write,) = plan_entry(work.form, subject, AUTHOR, "draft").writes
    assert write.after["component"][:3] == kept
    assert write.after["component"][3]["valueCodeableConcept"]["coding"][0]["code"] == "282436004"
    changed = {k for k in write.after if write.after[k] != write.before.get(k)}
    assert changed == {"component", "status"}


def test_stages_of_other_systems_are_left_to_their_form():
    figo = observation("figo", "385361009", concept("C96256", "FIGO Stage IIIA", NCIT))
    record = subject_of(figo).record
    assert not LymphomaStage.matches(record, figo)
    lymphoma = earlier("C141158", NCIT)
    assert LymphomaStage.matches(subject_of(lymphoma).record, lymphoma)
