"""Staging end to end: real OAuth, real FHIR server, real store, without a browser."""

import re
import threading

import pytest

from tests.flow.answers import PATHOLOGIC, key
from tests.live import Chart, Clinician

pytestmark = pytest.mark.server

NURSE = "nurse-nancy"
REFERENCE = re.compile(r"Observation/[\w.-]+")


def enter(clinician, patient_id="elena-martinez", about=None, *, sure=False, **changes):
    """Send a pathologic stage; `sure` confirms whatever the form asks about it."""
    clinician.launch(patient_id, NURSE)
    clinician.open("forms/tnm-stage/new" + (f"?about={about}" if about else ""))
    clinician.send(**{**PATHOLOGIC, **changes})
    questions = re.findall(r'name="(confirm-[\w-]+)"', clinician.page.text)
    return clinician.send(**dict.fromkeys(questions, "yes")) if sure and questions else clinician


def group_ids(clinician):
    clinician.open("")
    return re.findall(r'forms/tnm-stage/([\w.-]+)"', clinician.page.text)


def test_a_kind_of_staging_that_is_prefilled_says_what_in_the_chart_suggests_it(clinician):
    clinician.launch("elena-martinez", NURSE).open("forms/tnm-stage/new")
    assert clinician.inputs()["prefix"] == "p"
    assert "the chart has a clinical stage and an operation" in clinician.text


def test_a_stage_is_reviewed_saved_receipted_and_in_the_chart(running, clinician):
    enter(clinician)
    assert clinician.page.status_code == 200
    assert "Review before saving" in clinician.text
    before = Chart(running, "elena-martinez").search("Observation?code=399588009")
    assert before == []
    clinician.send("save")
    assert "Saved to the chart" in clinician.text
    references = REFERENCE.findall(clinician.text)
    chart = Chart(running, "elena-martinez")
    t, n, m, group = (chart.read(reference) for reference in references)
    assert [member["reference"] for member in group["hasMember"]] == references[:3]
    assert group["focus"] == [{"reference": "Condition/elena-martinez-breast-cancer"}]
    assert [r["valueCodeableConcept"]["text"] for r in (t, n, m, group)] == [
        "pT2",
        "pN1a",
        "cM0",
        "IIB",
    ]
    assert {r["performer"][0]["reference"] for r in (t, n, m, group)} == {f"Practitioner/{NURSE}"}
    provenance = chart.read(re.search(r"Provenance/[\w.-]+", clinician.text)[0])
    assert {target["reference"] for target in provenance["target"]} == set(references)
    assert provenance["agent"][0]["who"]["reference"] == f"Practitioner/{NURSE}"
    clinician.open("")
    assert "Pathologic · AJCC 8 · 28-Apr-2026 IIB pT2 pN1a cM0" in clinician.text
    clinician.open("receipts/")
    assert "TNM stage" in clinician.text


def test_a_bad_answer_keeps_what_was_typed_and_writes_nothing(running, clinician):
    enter(clinician, "colm-doherty", t="", **{"date-day": "41", "note": "kept <b>words</b>"})
    assert clinician.page.status_code == 422
    assert "Choose the T category" in clinician.text
    assert "Enter a day from 1 to 30" in clinician.text
    typed = clinician.inputs()
    assert typed["date-day"] == "41"
    assert typed["note"] == "kept <b>words</b>"
    assert "<b>words</b>" not in clinician.page.text
    found = Chart(running, "colm-doherty").search("Observation?code=399588009")
    assert all(r["meta"]["versionId"] == "1" for r in found)


def test_a_draft_survives_a_new_launch_and_is_that_patient_s_alone(running, clinician):
    enter(clinician, "ruth-abernathy", about="ruth-abernathy-melanoma", n="")
    again = Clinician(running).launch("ruth-abernathy", NURSE)
    again.open("forms/")
    assert "Drafts that wait" in again.text
    again.open("forms/tnm-stage/new?about=ruth-abernathy-melanoma")
    assert again.inputs()["t"] == PATHOLOGIC["t"]
    other = Clinician(running).launch("samuel-adeyemi", NURSE).open("forms/")
    assert "Drafts that wait" not in other.text
    colleague = Clinician(running).launch("ruth-abernathy", "oncologist-owen").open("forms/")
    assert "Drafts that wait" not in colleague.text


def test_with_several_primaries_one_has_to_be_chosen(clinician):
    clinician.launch("ruth-abernathy", NURSE).open("forms/tnm-stage/new")
    assert "several primary cancers" in clinician.text
    clinician.open("forms/tnm-stage/new?about=elena-martinez-breast-cancer")
    assert clinician.page.status_code == 404
    assert "not among this patient" in clinician.text


def test_amending_changes_one_element_and_keeps_the_rest(running, clinician):
    clinician.launch("colm-doherty", NURSE)
    group = group_ids(clinician)[0]
    chart = Chart(running, "colm-doherty")
    before = {
        r["id"]: r
        for r in chart.search("Observation?code=399588009,384625004,371494008,399387003,371497001")
    }
    clinician.open(f"forms/tnm-stage/{group}").send()
    assert "Nothing is changed" in clinician.text
    clinician.send(note="read again at the tumor board").send("save")
    assert "Saved to the chart" in clinician.text, clinician.text
    after = chart.read(f"Observation/{group}")
    assert after["meta"]["versionId"] == "2"
    expected = {
        **before[group],
        "status": "amended",
        "note": [{"text": "read again at the tumor board"}],
        "meta": after["meta"],
    }
    assert after == expected
    for id_, resource in before.items():
        if id_ != group:
            assert chart.read(f"Observation/{id_}") == resource


def test_a_change_by_somebody_else_is_shown_and_never_overwritten(running, clinician):
    clinician.launch("samuel-adeyemi", NURSE)
    group = group_ids(clinician)[0]
    clinician.open(f"forms/tnm-stage/{group}").send(note="mine")
    chart = Chart(running, "samuel-adeyemi")
    theirs = chart.read(f"Observation/{group}")
    theirs["note"] = [{"text": "theirs"}]
    assert chart.put(theirs, **{"If-Match": 'W/"1"'}).status_code == 200
    clinician.send("save")
    assert clinician.page.status_code == 409
    assert "nothing of yours was saved" in clinician.text
    assert "Compare and choose" in clinician.text
    assert chart.read(f"Observation/{group}")["note"] == [{"text": "theirs"}]
    clinician.open(f"forms/tnm-stage/{group}")
    assert "The chart changed since you opened this form" in clinician.text
    assert "In the chart: theirs" in clinician.text
    assert clinician.inputs()["note"] == "mine"
    clinician.send()
    assert clinician.page.status_code == 422
    assert "Choose between your answer and the chart's: Note" in clinician.text
    clinician.send(resolve__note="mine").send("save")
    assert "Saved to the chart" in clinician.text
    assert chart.read(f"Observation/{group}")["note"] == [{"text": "mine"}]


def test_leaving_a_form_keeps_what_was_typed_and_starting_again_forgets_it(clinician):
    clinician.launch("theo-lindgren", "oncologist-owen").open("forms/tnm-stage/new")
    clinician.send(note="half a thought", act="leave")
    assert "/forms/" not in clinician.page.url
    clinician.open("forms/")
    assert "TNM stage, new" in clinician.text
    clinician.open("forms/tnm-stage/new")
    assert "You are continuing a draft" in clinician.text
    assert clinician.inputs()["note"] == "half a thought"
    clinician.send("discard")
    assert "/forms/tnm-stage/new" in clinician.page.url
    assert clinician.inputs()["note"] == ""


def test_a_discarded_draft_is_told_on_the_list(clinician):
    clinician.launch("nadia-kowalczyk", "oncologist-owen").open("forms/tnm-stage/new")
    clinician.send(act="leave").open("forms/tnm-stage/new")
    clinician.send("discard", again="https://evil.example/")
    assert clinician.page.url == f"{clinician.home}forms/?discarded=1"
    assert "The draft is discarded" in clinician.text


def test_going_back_after_a_save_says_that_it_is_saved(clinician):
    enter(clinician, "samuel-adeyemi", sure=True)
    review = clinician.page.url
    clinician.send("save")
    clinician.open(review)
    assert clinician.page.status_code == 410
    assert "This entry is saved already" in clinician.text
    clinician.open("forms/tnm-stage/new")
    assert "You are continuing a draft" not in clinician.text


def test_an_entry_in_error_is_marked_and_leaves_the_facts(running, clinician):
    clinician.launch("ingrid-halvorsen", NURSE)
    groups = group_ids(clinician)
    clinician.open(f"forms/tnm-stage/{groups[0]}/retract").send(reason="another patient's report")
    assert "Saved to the chart" in clinician.text, clinician.text
    chart = Chart(running, "ingrid-halvorsen")
    references = REFERENCE.findall(clinician.text)
    assert f"Observation/{groups[0]}" in references
    for reference in references:
        assert chart.read(reference)["status"] == "entered-in-error"
    assert groups[0] not in group_ids(clinician)


def test_sending_the_save_twice_makes_one_entry(running, clinician):
    enter(clinician, "linh-tran", sure=True)
    review = clinician.page
    first, second = (
        Clinician(running, clinician.http, review),
        Clinician(running, clinician.http, review),
    )
    threads = [threading.Thread(target=one.send, args=("save",)) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    words = sorted(one.text for one in (first, second))
    assert sum("Saved to the chart" in text for text in words) >= 1
    clinician.page = review
    clinician.send("save")
    assert "Saved to the chart" in clinician.text
    assert len(Chart(running, "linh-tran").search("Observation?code=399588009")) == 1


def test_a_page_of_one_patient_is_refused_under_another_patient_s_launch(running, clinician):
    enter(clinician, "nadia-kowalczyk", patient="elena-martinez")
    assert clinician.page.status_code == 409
    assert "belongs to another patient" in clinician.text
    assert Chart(running, "nadia-kowalczyk").search("Observation?code=399588009") == []


def test_two_launches_in_one_browser_do_not_cross(running, clinician):
    enter(clinician, "desmond-clarke", sure=True)
    review = clinician.page
    clinician.launch("theo-lindgren", NURSE)
    theo = clinician.home
    clinician.page = review
    clinician.send("save")
    assert "Saved to the chart" in clinician.text
    assert "CLARKE" in clinician.text
    assert Chart(running, "theo-lindgren").search("Observation?code=399588009") == []
    assert len(Chart(running, "desmond-clarke").search("Observation?code=399588009")) == 1
    stolen = re.sub(r"/l/[^/]+/", f"/l/{theo.split('/l/')[1]}", review.url)
    clinician.open(stolen)
    assert clinician.page.status_code == 404


def test_a_launch_of_another_browser_is_not_shown(running, clinician):
    clinician.launch("jonah-pereira", NURSE)
    stranger = Clinician(running)
    stranger.page = clinician.page
    stranger.open("")
    assert stranger.page.status_code in {401, 403, 404}
    assert "PEREIRA" not in stranger.text


def test_a_write_from_a_foreign_page_is_refused(running, clinician):
    enter(clinician, "jonah-pereira", sure=True)
    form = re.search(r'action="([^"]*/save)"', clinician.page.text)[1]
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": running.app},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = clinician.http.post(
            running.app + form, clinician.inputs("save"), headers=headers, timeout=30
        )
        assert answer.status_code == 403
    assert Chart(running, "jonah-pereira").search("Observation?code=399588009") == []


def test_a_reader_is_told_before_typing_and_cannot_write(running, clinician):
    clinician.launch("elena-martinez", "reader-rita").open("forms/tnm-stage/new")
    assert "This cannot be saved from here" in clinician.text
    assert "Review 4 records" not in clinician.text
    clinician.send(**PATHOLOGIC)
    assert clinician.page.status_code == 403


def test_what_was_reviewed_is_what_is_saved(running, clinician):
    """Another tab that goes on typing after the review cannot slip its answers into the save."""
    enter(clinician, "theo-lindgren", sure=True)
    review = clinician.page
    clinician.open("forms/tnm-stage/new").send(t=key("t", "pT4", "p"))
    clinician.page = review
    clinician.send("save")
    assert clinician.page.status_code == 409
    assert "changed after you reviewed it" in clinician.text


@pytest.mark.parametrize("entry", ["", "new:", "a/b", "x" * 65, "retract:x"])
def test_a_draft_is_only_kept_for_something_that_can_be_in_a_chart(clinician, entry):
    clinician.launch("colm-doherty", "oncologist-owen").open("forms/tnm-stage/new")
    sent = {**clinician.inputs(), "entry": entry}
    answer = clinician.http.post(f"{clinician.home}forms/tnm-stage/draft", sent, timeout=30)
    assert answer.status_code == 404


def test_to_withdraw_a_diagnosis_tells_what_else_names_it(clinician):
    clinician.launch("samuel-adeyemi", "oncologist-owen")
    diagnosis = re.search(r'forms/primary-cancer/([\w.-]+)"', clinician.page.text)[1]
    clinician.open(f"forms/primary-cancer/{diagnosis}/retract")
    told = re.search(r"(\d+) other entries of the chart name this diagnosis", clinician.text)
    assert int(told[1]) > 3
    clinician.open(f"forms/primary-cancer/{diagnosis}")
    assert "other entries of the chart name" not in clinician.text
