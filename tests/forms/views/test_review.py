"""The review says how the EHR will take the entry, and all that will be written."""

import json
import re

import pytest
import responses

from app.forms.ecog import Ecog
from app.forms.medication_request import MedicationRequest
from app.forms.primary_cancer import PrimaryCancer
from app.terminology.systems import ICD10CM, SNOMED
from tests.forms.cases import BASE

INTRATHECAL = f"{SNOMED}|72607000"
ORDERED = {
    "dose": "8000",
    "dose-unit": "mg",
    "route": INTRATHECAL,
    "basis": "",
    "dosage": "1000 mg/m2 by mouth",
}


@pytest.mark.parametrize(
    ("interactions", "how"), [(["transaction"], "all or none"), (["batch"], "one after the other")]
)
def test_a_review_promises_all_or_none_only_where_the_ehr_has_transactions(
    ehr, chart, launch, interactions, how
):
    rest = {"mode": "server", "interaction": [{"code": code} for code in interactions]}
    statement = {"resourceType": "CapabilityStatement", "rest": [rest]}
    ehr.replace(responses.GET, f"{BASE}/metadata", body=json.dumps(statement))
    nancy = launch()
    nancy.get(nancy.review(Ecog))
    assert f"1 record to Example EHR, {how}, as Nancy Nurse" in nancy.words


def test_a_dosage_text_that_its_dose_and_route_contradict_is_asked_about_and_both_are_shown(
    ehr, chart, launch
):
    nancy = launch()
    answers = nancy.answered(MedicationRequest, **ORDERED)
    assert nancy.post("forms/medication-request/new", answers).status_code == 422
    assert "says “1000 mg/m2”, and the dose is “8000 mg”" in nancy.words
    assert "says “by mouth”, and the route is “Intrathecal route”" in nancy.words
    assert "What is coded reads: “8000 mg, Intrathecal route”" in nancy.words
    ticks = re.findall(r'name="(confirm-contradiction-[a-z0-9]+)"', nancy.page.text)
    answers |= dict.fromkeys(ticks, "yes")
    # A tick for one text is none for another.
    other = {**answers, "dosage": "2000 mg/m2 by mouth"}
    assert nancy.post("forms/medication-request/new", other).status_code == 422
    review = nancy.enter("forms/medication-request/new", answers)
    nancy.get(review)
    for told in ("Dose: 8000 mg", "Route: Intrathecal", "in words: 1000 mg/m2 by mouth"):
        assert told in nancy.words
    # It stays in sight while somebody amends something else.
    nancy.saved(review)
    id_ = next(r["id"] for r in chart.stored.values() if "dosageInstruction" in r)
    shown = nancy.open(f"forms/medication-request/{id_}")
    nancy.get(nancy.enter(f"forms/medication-request/{id_}", {**shown, "note": "By phone"}))
    sight = nancy.words.partition("What stays as it is")[0]
    assert "differ: 1000 mg/m2 in words, 8000 mg coded; by mouth in words," in sight


def test_a_dosage_in_words_is_proposed_from_the_dose_and_the_route(ehr, chart, launch):
    nancy = launch()
    answers = nancy.answered(MedicationRequest, **{**ORDERED, "dosage": ""})
    sent = {**answers, "act": "compute"}
    assert nancy.post("forms/medication-request/new", sent).status_code == 200
    assert nancy.inputs("entry")["dosage"] == "8000 mg, Intrathecal"
    nancy.get(nancy.enter("forms/medication-request/new", nancy.inputs("entry")))
    assert "in words: 8000 mg, Intrathecal" in nancy.words


def test_a_code_that_is_typed_with_the_words_of_another_is_asked_about(ehr, chart, launch):
    nancy = launch()
    typed = {"disease": f"{ICD10CM}|D22.9|Malignant melanoma", "side": "", "site": ""}
    answers = nancy.answered(PrimaryCancer, **typed, histology="")
    assert nancy.post("forms/primary-cancer/new", answers).status_code == 422
    told = "“Malignant melanoma” has the code of “Melanocytic nevi, unspecified”"
    assert told in nancy.words


def test_an_amended_dose_stands_in_the_review_beside_the_old_one(ehr, chart, launch):
    nancy = launch()
    nancy.saved(nancy.review(MedicationRequest))
    id_ = next(r["id"] for r in chart.stored.values() if "dosageInstruction" in r)
    shown = nancy.open(f"forms/medication-request/{id_}")
    nancy.post(f"forms/medication-request/{id_}", {**shown, "dose": "600"})
    radios = re.findall(r'type="radio"\s+name="(confirm-[^"]+)"', nancy.page.text)
    answers = {**shown, "dose": "600", **dict.fromkeys(radios, "yes")}
    nancy.get(nancy.enter(f"forms/medication-request/{id_}", answers))
    assert "Dose: 600 mg/m² before: 60 mg/m²" in nancy.words
    assert "What stays as it is" in nancy.words
