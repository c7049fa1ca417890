"""Several Conditions that record one cancer: forms offer it once and refer to the problem."""

import pytest

from app.forms.secondary_cancer import SecondaryCancer
from app.forms.tumor import Tumor
from tests.forms.cases import CONDITION
from tests.forms.entering import existing, fresh

RELATED = "http://hl7.org/fhir/StructureDefinition/condition-related"


def visit(id_="visit-1", **more):
    category = [{"coding": [{"code": "encounter-diagnosis"}]}]
    kept = {name: CONDITION[name] for name in ("resourceType", "subject", "code")}
    return {**kept, "id": id_, "category": category, "recordedDate": "2026-06-01", **more}


def bone(about):
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C79.51"}]}
    named = [{"url": RELATED, "valueReference": {"reference": f"Condition/{about}"}}]
    kept = {name: CONDITION[name] for name in ("resourceType", "subject")}
    return {**kept, "id": "bone", "code": code, "extension": named}


@pytest.mark.parametrize("form_class", [SecondaryCancer, Tumor])
def test_a_new_entry_is_offered_the_cancer_once(form_class):
    work = fresh(form_class, visit(), visit("visit-2"))
    item = work.form.origin if form_class is SecondaryCancer else work.form.disease
    assert [option.text for option in item.options] == ["Condition/breast"]


def test_an_entry_that_names_a_visit_s_diagnosis_keeps_it_and_is_offered_the_cancer_once():
    work = existing(SecondaryCancer, bone("visit-1"), visit())
    assert [option.text for option in work.form.origin.options] == ["Condition/visit-1"]
    assert work.form.origin.text == "Condition/visit-1"


def test_a_new_entry_about_a_visit_s_diagnosis_refers_to_the_problem(nancy, chart):
    chart.stored["Condition/visit-1"] = visit()
    assert nancy.get("forms/disease-status/new").status_code == 200
    page = nancy.get("forms/disease-status/new?about=visit-1")
    assert 'value="new:breast"' in page.text


def test_a_draft_that_was_begun_about_another_entry_of_the_cancer_is_found(nancy, chart, store):
    chart.stored["Condition/visit-1"] = visit()
    owner = nancy.owner
    store.drafts.start(owner, "disease-status", "new:visit-1", {"note": "typed before"})
    for about in ("visit-1", "breast"):
        page = nancy.get(f"forms/disease-status/new?about={about}")
        assert "typed before" in page.text
        assert 'value="new:visit-1"' in page.text


def test_the_retraction_of_a_visit_s_diagnosis_counts_what_names_it_alone(nancy, chart):
    chart.stored["Condition/visit-1"] = visit()
    assert nancy.get("forms/primary-cancer/visit-1/retract").status_code == 200
    assert "this diagnosis, such as stages" not in nancy.words
