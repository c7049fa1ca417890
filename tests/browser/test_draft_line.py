"""What the draft line says where anything but the app's own "saved" comes, and in two tabs."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

EXPECTED = re.compile(r"status of [45]|htmx:error: timeout")
CASE = Path(__file__).parents[3] / "shared" / "cases" / "autosave-413.json"
SIGN_IN = (
    "<!DOCTYPE html><title>Sign in</title><p>Draft saved <time data-stamp='x.1'>now</time></p>"
)
STATUSES = (200, 201, 204, 400, 403, 404, 407, 408, 409, 413, 422, 429, 500, 502, 503, 511)
NOT_SAVED = "The draft is not saved: in the app's place something else has answered ({status})"


@pytest.fixture
def form(open_form):
    """The form of a new ECOG status, without a draft of an earlier test."""
    return open_form("ecog", "ingrid-halvorsen")


def line(page):
    return page.locator("#draft-line")


def note(page):
    return page.locator("[name=note]")


@pytest.fixture
def answer(form):
    """Let something else answer in the app's place from now on; without a word, the app again."""
    given = {}

    def answer(**reply):
        given.clear()
        given.update(reply)

    def handle(route):
        route.fulfill(**given) if given else route.continue_()

    form.route("**/draft", handle)
    return answer


def test_nothing_but_the_app_s_own_word_is_taken_for_saved(form, answer):
    note(form).fill("kept")
    expect(line(form)).to_contain_text("Draft saved")
    for status in STATUSES:
        answer(status=status, body="" if status == 204 else SIGN_IN, content_type="text/html")
        line(form).dispatch_event("again")
        expect(line(form)).to_contain_text(NOT_SAVED.format(status=status))
        assert "Draft saved" not in line(form).inner_text()
    for reply in ({"status": 200, "body": ""}, {"status": 302, "headers": {"Location": "/"}}):
        answer(**reply)
        with form.expect_response("**/draft"):
            line(form).dispatch_event("again")
        expect(line(form)).to_contain_text("The draft is not saved")


def test_a_proxy_that_refuses_the_draft_is_told_and_asked_again(form, answer):
    note(form).fill("kept")
    expect(line(form)).to_contain_text("Draft saved")
    statuses = {413}
    if CASE.exists():
        statuses.add(int(json.loads(CASE.read_text())["server"]["browser"].split()[-1]))
    for status in statuses:
        answer(status=status, body=SIGN_IN, content_type="text/html")
        note(form).press_sequentially(".")
        expect(line(form)).to_contain_text(NOT_SAVED.format(status=status), timeout=8_000)
    answer()
    expect(line(form)).to_contain_text("Draft saved", timeout=15_000)
    form.reload()
    assert note(form).input_value() == "kept."


def test_silence_is_told_after_five_seconds_and_nothing_typed_is_lost(form):
    form.route("**/draft", lambda _route: None)
    note(form).fill("said to nobody")
    expect(line(form)).to_contain_text("the app does not answer", timeout=8_000)
    form.unroute_all(behavior="ignoreErrors")
    expect(line(form)).to_contain_text("Draft saved", timeout=15_000)
    form.reload()
    assert note(form).input_value() == "said to nobody"


def test_who_leaves_what_is_not_saved_is_asked(form, answer):
    asked = []
    form.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    answer(status=413)
    note(form).press_sequentially("too much")
    expect(line(form)).to_contain_text("(413)")
    form.goto(form.url)
    assert asked == ["beforeunload"]


def test_a_search_shows_no_other_page_than_the_app_s(form):
    form.goto(form.url.partition("forms/")[0] + "forms/tumor-marker-test/new")
    form.route("**/find/*", lambda route: route.fulfill(body=SIGN_IN, content_type="text/html"))
    form.locator("input[name=test-find]").press_sequentially("psa")
    hits = form.locator("#test-hits")
    expect(hits).to_have_text("The search was not answered. Type on to try it again.")
    form.unroute_all()
    form.locator("input[name=test-find]").press_sequentially(" ")
    expect(hits.locator("label").first).to_contain_text("in Serum or Plasma")


def test_the_countdown_heeds_no_other_page_than_the_app_s(form):
    form.route("**/time-left", lambda route: route.fulfill(body=SIGN_IN, content_type="text/html"))
    with form.expect_response("**/time-left"):
        form.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    form.wait_for_timeout(1_500)
    assert form.locator("#idle").is_hidden()
    assert form.locator("#over").is_hidden()


def test_the_later_of_two_tabs_is_told_before_it_overwrites(form, no_axe_findings, picture):
    other = form.context.new_page()
    other.goto(form.url)
    note(form).fill("in the first tab")
    expect(line(form)).to_contain_text("Draft saved")
    note(other).fill("in the second tab")
    expect(line(other)).to_contain_text("The draft is not saved. Another tab changed this draft.")
    with form.expect_response("**/draft"):
        note(form).fill("in the first tab, and on")
    other.get_by_role("button", name="Compare and choose").click()
    told = "Note: in the second tab on this page, in the first tab, and on in the other tab"
    expect(other.get_by_text(told)).to_be_visible()
    no_axe_findings(other)
    picture(other, "behind")
    # Enter in a field, and what is typed on, choose nothing.
    other.locator("[name=date-day]").press("Enter")
    expect(other.get_by_text(told)).to_be_visible()
    other.get_by_role("button", name="Keep the answers of this page").click()
    expect(other.get_by_text("The answers of this page are kept as the draft.")).to_be_visible()
    note(other).fill("and on in the second")
    expect(line(other)).to_contain_text("Draft saved")
    note(form).press_sequentially("!")
    expect(line(form)).to_contain_text("Another tab changed this draft")
    form.get_by_role("button", name="Compare and choose").click()
    form.get_by_role("link", name="Take the answers of the other tab").click()
    expect(note(form)).to_have_value("and on in the second")


def test_without_scripts_the_page_says_when_a_draft_is_kept(chromium, running):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(running.launch_address("desmond-clarke", "oncologist-owen"))
    page.goto(f"{page.url}forms/ecog/new")
    said = "becomes a draft when you press Review or Leave the form, and not before"
    assert said in " ".join(page.locator(".actions").inner_text().split())
    note(page).fill("typed")
    page.get_by_role("button", name="Leave the form").click()
    page.goto(page.url.rstrip("/") + "/forms/ecog/new")
    assert note(page).input_value() == "typed"
    context.close()
