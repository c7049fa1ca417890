"""The end of a launch in a real browser: the countdown before it, and what is typed after it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.store.database import now

pytestmark = pytest.mark.browser

PATIENT, USER, COLLEAGUE = "elena-martinez", "oncologist-owen", "nurse-nancy"
FORM = "forms/ecog/new"
LOOKED_AT = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def form(page, running):
    """The form of an ECOG status, and the id of its launch."""
    page.goto(running.launch_address(PATIENT, USER))
    page.goto(f"{home_of(page)}{FORM}")
    return page


def home_of(page) -> str:
    return re.match(r".*?/l/[^/]+/", page.url)[0]


def launches_of(running):
    return running.flask.extensions["store"].launches


def leave(running, page, seconds: float) -> None:
    """Let nobody have used the launch until so many seconds before its end."""
    launch_id = home_of(page).split("/")[-2]
    launches_of(running).use(launch_id, now() + timedelta(seconds=seconds))
    page.evaluate(LOOKED_AT)


def test_the_page_counts_down_says_so_a_few_times_and_goes_on(
    form, running, no_axe_findings, picture
):
    bar, said = form.locator("#idle"), form.locator("[data-idle-said]")
    assert bar.is_hidden()
    assert said.get_attribute("role") == "status"
    form.evaluate(
        """() => {
          window.heard = [];
          const said = document.querySelector("[data-idle-said]");
          new MutationObserver(() => heard.push(said.textContent)).observe(said, {childList: true});
        }"""
    )
    leave(running, form, 119)
    bar.wait_for()
    assert "closes in 1:5" in bar.inner_text()
    form.wait_for_timeout(3_000)
    no_axe_findings(form)
    picture(form, "idle")
    assert form.evaluate("heard") == [
        "This page closes in 2 minutes, because nobody uses it. Press Go on to stay."
    ]
    bar.get_by_role("button", name="Go on").click()
    bar.wait_for(state="hidden")
    launch_id = home_of(form).split("/")[-2]
    assert launches_of(running).idle_at(launch_id) > now() + timedelta(minutes=19)
    leave(running, form, 3)
    over = form.locator("#over")
    over.wait_for(timeout=15_000)
    assert "nobody used it" in over.inner_text()
    assert over.evaluate("panel => panel === document.activeElement")
    assert bar.is_hidden()
    no_axe_findings(form)


def test_typing_is_activity_and_keeps_the_page_from_closing(form, running):
    leave(running, form, 60)
    form.locator("#idle").wait_for()
    form.locator("[name=note]").press_sequentially("still here")
    form.locator("#idle").wait_for(state="hidden", timeout=15_000)


def test_what_is_typed_after_the_end_is_offered_and_taken_up_by_the_next_launch(
    form, running, no_axe_findings, picture
):
    form.locator("[name=note]").fill("kept before the end")
    form.get_by_text("Draft saved").wait_for()
    other = form.context.new_page()
    other.goto(home_of(form))
    other.get_by_role("button", name="Sign out").click()
    other.get_by_role("heading", name="You are signed out").wait_for()
    # What is typed is saved twice, a moment apart: only now is there no later draft.
    kept_at = form.locator("#draft-line time").inner_text()
    form.locator("[name=note]").press_sequentially(", and typed after it")
    over = form.locator("#over")
    over.wait_for(timeout=15_000)
    told = over.inner_text()
    assert "You have signed out" in told
    assert f"Kept as a draft {kept_at}. Not kept is what you typed since:" in told
    assert (
        over.locator("textarea").input_value().endswith(": kept before the end, and typed after it")
    )
    assert "Draft saved" not in form.locator("#draft-line").inner_text()
    no_axe_findings(form)
    picture(form, "over")
    over.get_by_role("button", name="Go on there with it").click()
    over.get_by_text("Not taken up").wait_for()
    other.goto(running.launch_address(PATIENT, USER))
    assert "kept before the end" in _note(other)
    over.get_by_role("button", name="Go on there with it").click()
    form.wait_for_url(lambda address: address.startswith(home_of(other)))
    assert form.locator("[name=note]").input_value() == "kept before the end, and typed after it"
    assert form.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_closed_page_no_longer_says_that_somebody_is_signed_in(form, running):
    user = form.locator(".banner-user")
    assert "signed in for" in user.inner_text()
    other = form.context.new_page()
    other.goto(home_of(form))
    other.get_by_role("button", name="Sign out").click()
    other.get_by_role("heading", name="You are signed out").wait_for()
    form.locator("[name=note]").fill("typed after it")
    over = form.locator("#over")
    over.wait_for(timeout=15_000)
    expect(form.locator("#draft-line .error")).to_contain_text("Open the app again")
    assert user.is_hidden()
    assert "MARTINEZ" in form.locator(".banner-name").inner_text()
    assert over.locator("textarea").input_value() == "Note: typed after it"


def test_a_page_that_is_looked_at_again_says_that_somebody_else_signed_in(form, running):
    other = form.context.new_page()
    other.goto(running.launch_address(PATIENT, COLLEAGUE))
    form.evaluate(LOOKED_AT)
    form.locator("#over").wait_for()
    assert "only they may go on" in form.locator("#over").inner_text()
    assert form.locator("#entry").evaluate("entry => entry.inert")


def _note(page) -> str:
    page.goto(f"{home_of(page)}{FORM}")
    return page.locator("[name=note]").input_value()
