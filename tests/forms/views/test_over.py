"""A launch is over while its page is open: nothing is lost in silence, and nothing is saved."""

import html
import re
from urllib.parse import urlsplit

import pytest

from app.forms.ecog import Ecog
from app.store.launches import StoredLaunch
from tests.forms.views.clinician import answers_in, assert_not_saved

NOT_KEPT = "What was typed since is not kept"


def sign_out(nancy, launch, store):
    nancy.post("sign-out", {})


def inactivity(nancy, launch, store):
    held: StoredLaunch = store.launches.find(nancy.launch_id, nancy.key)
    store.launches.use(nancy.launch_id, held.expires.replace(year=2020))


def past_its_time(nancy, launch, store):
    store.launches.end(nancy.launch_id, "time")


def somebody_else(nancy, launch, store):
    launch(user="Practitioner/olga", browser=nancy)


@pytest.fixture(params=[sign_out, inactivity, past_its_time, somebody_else])
def end(request, nancy, launch, store):
    return lambda: request.param(nancy, launch, store)


def test_what_is_typed_afterwards_is_not_called_kept_and_what_was_kept_waits(
    nancy, launch, store, chart, end
):
    typed = nancy.answered(Ecog, note="before")
    assert nancy.post("forms/ecog/draft", typed).status_code == 200
    end()
    later = {**typed, "note": "after"}
    line = nancy.client.post(
        nancy.address("forms/ecog/draft"),
        data=later,
        base_url="https://app.example",
        headers={"HX-Request": "true"},
    )
    assert line.status_code == 404
    assert line.headers["X-Oncoform-Over"]
    assert "Draft saved" not in line.text
    assert NOT_KEPT in line.text
    for path in ("forms/ecog/new", "forms/ecog/draft"):
        assert_not_saved(nancy.post(path, later))
        assert NOT_KEPT in nancy.words
        assert "note: after" in nancy.words
        assert answers_in(nancy.inputs("again")) == answers_in(later)
    assert [draft["note"] for draft in nancy.drafts(store)] == ["before"]
    again = launch(browser=nancy)
    assert again.open("forms/ecog/new")["note"] == "before"
    assert "continuing a draft" in again.words
    assert chart.sent == []


def test_a_save_after_the_end_sends_nothing(nancy, launch, store, chart, end):
    review = nancy.review(Ecog)
    nancy.get(review)
    shown, action = nancy.inputs("save"), nancy.action("save")
    end()
    assert_not_saved(nancy.post(action, shown))
    assert nancy.page.status_code == 404
    assert "closed" in nancy.words or "Somebody else" in nancy.words
    assert chart.sent == []
    assert len(nancy.drafts(store)) == 1


@pytest.mark.parametrize("path", ["forms/ecog/new", "forms/ecog/draft"])
def test_what_is_sent_after_the_end_is_taken_up_by_the_launch_that_follows(
    nancy, launch, store, chart, end, path
):
    typed = nancy.answered(Ecog, note="typed after the end")
    end()
    nancy.post(path, typed)
    action = html.unescape(nancy.action("again"))
    held = nancy.inputs("again")
    again = launch(browser=nancy)
    led = nancy.post(action, held)
    assert led.status_code == 307
    assert urlsplit(led.location).path == f"{again.home}{path}"
    assert again.post(led.location, held).status_code in {200, 303}
    assert [draft["note"] for draft in again.drafts(store)] == ["typed after the end"]


def test_it_is_led_on_to_no_other_person_and_no_other_patient(nancy, launch, store, chart):
    typed = nancy.answered(Ecog, note="nancy's")
    launch("eve", browser=nancy)
    store.launches.end(nancy.launch_id, "time")
    assert nancy.post("forms/ecog/draft", typed).status_code == 404
    olga = launch(user="Practitioner/olga", browser=nancy)
    assert nancy.post("forms/ecog/draft", typed).status_code == 404
    assert olga.drafts(store) == nancy.drafts(store) == []


def test_only_an_entry_is_led_on(nancy, launch, store, chart):
    """A sign-out on an old page must not sign out the new launch."""
    store.launches.end(nancy.launch_id, "time")
    again = launch(browser=nancy)
    assert nancy.post("sign-out", {}).status_code == 404
    assert nancy.get("forms/ecog/new").status_code == 404
    assert again.get("forms/").status_code == 200


def test_somebody_else_s_sign_in_is_named_on_each_page_and_writes_in_nobody_s_name(
    nancy, launch, store, chart
):
    nancy.answered(Ecog)
    olga = launch(user="Practitioner/olga", browser=nancy)
    for path in ("", "forms/", "forms/ecog/new", "receipts/"):
        assert nancy.get(path).status_code == 404
        assert "Somebody else has signed in at this browser" in nancy.words
    olga.saved(olga.review(Ecog))
    signed = [r for sent in chart.sent for r in re.findall(r"Practitioner/[\w-]+", str(sent))]
    assert set(signed) == {"Practitioner/olga"}


def test_the_line_of_a_form_says_kept_only_of_what_is(nancy, store):
    nancy.open("forms/ecog/new")
    assert "No draft is kept yet" in nancy.words
    assert "kept as a draft" not in nancy.words
    nancy.post("forms/ecog/draft", nancy.answered(Ecog))
    assert re.search(r"Draft saved <time", nancy.page.text)


def test_every_page_of_a_launch_counts_its_inactivity(nancy, chart):
    for path in ("", "forms/", "forms/ecog/new", "receipts/", "forms/ecog/unknown"):
        nancy.get(path)
        assert f'data-idle="{nancy.home}time-left"' in nancy.page.text, path
        assert 'data-seconds="1200"' in nancy.page.text
