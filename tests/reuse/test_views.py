"""The pages of the uses: what is missing leads to its form, and a file is on record."""

import io
import json
import zipfile
from hashlib import sha256

import pytest

from app.store import EventFilter

BUNDLE = "reuse/mcode-bundle/record"


def test_each_use_stands_on_the_list_and_on_the_summary(nancy):
    for page in ("reuse/", ""):
        assert nancy.get(page).status_code == 200
        assert "mCODE patient bundle" in nancy.words
        assert "1 required missing, 3 expected missing" in nancy.words
        assert f"{nancy.home}{BUNDLE}" in nancy.page.text


def test_what_is_missing_leads_to_the_form_that_fills_it(nancy, chart):
    nancy.get(BUNDLE)
    assert "Missing and expected" in nancy.words
    for form in ("ecog", "disease-status"):
        assert f"{nancy.home}forms/{form}/new" in nancy.page.text


def test_what_no_form_fills_is_said(nancy, chart):
    del chart.stored["Patient/pat"]["gender"]
    nancy.get(BUNDLE)
    assert "Missing and required" in nancy.words
    assert "Gender It stands in the EHR's registration of the patient" in nancy.words


def test_who_may_enter_nothing_is_led_to_no_form(launch, chart):
    reader = launch(scope="launch patient/*.rs")
    reader.get(BUNDLE)
    assert "Disease status Your sign-in has no form for it" in reader.words
    assert "/forms/disease-status/new" not in reader.page.text


def test_what_was_not_read_is_said_on_each_page(launch, chart):
    partly = launch(scope="launch patient/Patient.rs patient/Condition.rs")
    for page in ("reuse/", BUNDLE):
        partly.get(page)
        assert "Not all of the chart could be read" in partly.words


def downloaded(clinician, name, path=BUNDLE, patient="pat"):
    return clinician.post(f"{path}/{name}", {"patient": patient})


def test_a_file_is_handed_out_and_its_hash_is_on_record(nancy, store, person):
    answer = downloaded(nancy, "bundle.json")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/fhir+json"
    assert "mcode-bundle-bundle.json" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(answer.data)["resourceType"] == "Bundle"
    (event,) = store.audit.find(EventFilter(user=person, type="product-downloaded"))
    assert event.event.patient == "pat"
    assert event.event.details["sha256"] == sha256(answer.data).hexdigest()


def test_the_lines_by_type_are_those_of_the_bundle(nancy):
    bundle = json.loads(downloaded(nancy, "bundle.json").data)
    with zipfile.ZipFile(io.BytesIO(downloaded(nancy, "ndjson.zip").data)) as archive:
        lines = [line for name in archive.namelist() for line in archive.read(name).splitlines()]
    found = sorted(json.loads(line)["id"] for line in lines)
    assert found == sorted(entry["resource"]["id"] for entry in bundle["entry"])


def test_a_page_of_another_patient_hands_out_nothing(nancy, store, person):
    assert downloaded(nancy, "bundle.json", patient="eve").status_code == 409
    assert not list(store.audit.find(EventFilter(user=person, type="product-downloaded")))


def test_what_cannot_be_recorded_is_not_handed_out(nancy, store, monkeypatch):
    def fail(*_):
        raise OSError

    nancy.get("")
    monkeypatch.setattr(store.audit, "add", fail)
    answer = downloaded(nancy, "bundle.json")
    assert answer.status_code == 503
    assert b'"Bundle"' not in answer.data


@pytest.mark.parametrize(
    "path",
    [
        "reuse/none/record",
        "reuse/mcode-bundle/breast",
        "reuse/mcode-bundle/../x",
        f"{BUNDLE}/x.json",
    ],
)
def test_what_there_is_not_is_not_found(nancy, path):
    answer = downloaded(nancy, "bundle.json", path) if path.endswith("json") else nancy.get(path)
    assert answer.status_code in (404, 405)
