"""Every page as a person meets it: axe finds nothing, nothing overflows, nothing needs a mouse."""

import re

import pytest

from tests.flow.answers import PATHOLOGIC

pytestmark = pytest.mark.browser

PATIENTS = (
    "elena-martinez",
    "linh-tran",
    "samuel-adeyemi",
    "ingrid-halvorsen",
    "desmond-clarke",
    "nadia-kowalczyk",
    "theo-lindgren",
    "ruth-abernathy",
    "jonah-pereira",
    "colm-doherty",
)


def fill(page, **changes) -> None:
    for name, value in {**PATHOLOGIC, **changes}.items():
        control = page.locator(f"#entry [name='{name}']").first
        if control.get_attribute("type") == "radio":
            page.locator(f"#entry [name='{name}'][value='{value}']").check(force=True)
        elif control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)


@pytest.mark.parametrize("patient", PATIENTS)
def test_the_summary_of_each_patient(page, running, looks_right, patient):
    page.goto(running.launch_address(patient, "oncologist-owen"))
    page.get_by_role("heading", name="Cancer summary").wait_for(state="attached")
    looks_right(page, f"summary-{patient}")


def test_the_pages_of_an_entry_from_the_list_to_the_retraction(page, running, looks_right):
    page.goto(running.launch_address("elena-martinez", "oncologist-owen"))
    page.get_by_role("link", name="Forms", exact=True).click()
    looks_right(page, "forms")
    page.get_by_role("link", name=re.compile("TNM stage")).click()
    looks_right(page, "form")
    page.get_by_role("button", name="Review 4 records").click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    looks_right(page, "form-errors")
    fill(page, **{"date-month": "feb"})
    page.get_by_role("button", name="Review 4 records").click()
    page.get_by_role("checkbox").wait_for()
    looks_right(page, "form-question")
    fill(page)
    page.get_by_role("button", name="Review 4 records").click()
    page.get_by_role("heading", name="Review before saving").wait_for()
    looks_right(page, "review")
    page.get_by_text("The FHIR resources as they will be sent").click()
    page.get_by_role("button", name="Save to chart").click()
    page.get_by_role("heading", name="Saved to the chart").wait_for()
    looks_right(page, "receipt")
    page.get_by_role("link", name="My entries").click()
    looks_right(page, "receipts")
    page.get_by_role("link", name="Summary", exact=True).click()
    page.locator("a[href*='/forms/tnm-stage/']", has_text="Amend").first.click()
    looks_right(page, "amend")
    page.get_by_role("link", name="Entered in error").click()
    looks_right(page, "retract")
    page.get_by_role("button", name=re.compile("as entered in error")).click()
    page.get_by_role("heading", name="Saved to the chart").wait_for()


def test_the_pages_of_refusal(page, running, looks_right):
    page.goto(running.launch_address("ruth-abernathy", "reader-rita"))
    home = page.url
    page.goto(f"{home}forms/tnm-stage/new")
    looks_right(page, "choose")
    page.get_by_role("link", name=re.compile("elanoma")).click()
    looks_right(page, "form-without-scope")
    page.goto(f"{home}forms/tnm-stage/nothing")
    looks_right(page, "no-such-entry")
    page.goto(f"{running.app}/launch?iss=https://unknown.example/fhir&launch=1")
    looks_right(page, "unknown-issuer")
    page.goto(home)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="You are signed out").wait_for()
    looks_right(page, "signed-out")
    page.goto(home)
    looks_right(page, "launch-over")


def test_the_pages_of_the_sandbox(page, running, looks_right):
    page.goto(running.ehr)
    looks_right(page, "launcher")
    page.goto(f"{running.app}/launch?iss={running.fhir}")
    looks_right(page, "standalone-picker")
    page.goto(f"{running.ehr}/launch?patient=nobody&user=nurse-nancy")
    looks_right(page, "launcher-no-patient")


def test_a_draft_saves_itself_while_one_types_and_a_reload_brings_it_back(page, running):
    page.goto(running.launch_address("colm-doherty", "nurse-nancy"))
    page.goto(f"{page.url}forms/tnm-stage/new")
    fill(page, note="half a thought")
    page.get_by_text("Draft saved").wait_for()
    page.reload()
    assert page.locator("[name=note]").input_value() == "half a thought"
    assert page.locator("[name=t]:checked").get_attribute("value") == PATHOLOGIC["t"]


def test_a_draft_that_cannot_be_saved_says_so(page, running):
    page.goto(running.launch_address("linh-tran", "nurse-nancy"))
    page.goto(f"{page.url}forms/tnm-stage/new")
    page.context.clear_cookies()
    page.locator("[name=note]").fill("lost?")
    page.locator("#draft-line .error").wait_for()
    assert "Open the app again from the chart" in page.locator("#draft-line").inner_text()


def test_a_changed_prefix_shows_the_categories_that_go_with_it(page, running):
    page.goto(running.launch_address("colm-doherty", "nurse-nancy"))
    page.goto(f"{page.url}forms/tnm-stage/new")
    page.locator("[name=prefix][value=c]").check(force=True)
    labels = page.locator("#t .box")
    shown = [text for text in labels.all_inner_texts() if text.strip()]
    visible = [
        labels.nth(i).inner_text() for i in range(labels.count()) if labels.nth(i).is_visible()
    ]
    assert "cT2" in visible
    assert not any(text.startswith(("p", "y", "r", "a")) for text in visible)
    assert shown


@pytest.fixture
def plain(chromium):
    context = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_an_entry_works_without_javascript(plain, running):
    plain.goto(running.launch_address("desmond-clarke", "nurse-nancy"))
    plain.goto(f"{plain.url}forms/tnm-stage/new")
    fill(plain)
    # A myeloma is not staged by TNM: the form asks whether it is meant.
    plain.locator("[name^=confirm-]").check()
    plain.get_by_role("button", name="Review 4 records").click()
    plain.get_by_role("button", name="Save to chart").click()
    plain.get_by_role("heading", name="Saved to the chart").wait_for()


def test_what_was_typed_last_survives_leaving_the_page_at_once(page, running):
    page.goto(running.launch_address("samuel-adeyemi", "nurse-nancy"))
    home = page.url
    page.goto(f"{home}forms/tnm-stage/new")
    page.locator("[name=note]").fill("typed and gone")
    page.get_by_role("button", name="Extend").click()
    page.wait_for_load_state()
    assert page.locator("[name=note]").input_value() == "typed and gone"
    page.locator("[name=note]").fill("typed, gone and back")
    page.goto(home)
    page.wait_for_timeout(500)
    page.goto(f"{home}forms/tnm-stage/new")
    assert page.locator("[name=note]").input_value() == "typed, gone and back"


def test_a_draft_is_saved_again_when_the_network_is_back(page, running):
    page.goto(running.launch_address("ingrid-halvorsen", "nurse-nancy"))
    page.goto(f"{page.url}forms/tnm-stage/new")
    page.route("**/draft", lambda route: route.abort())
    page.locator("[name=note]").fill("held")
    page.get_by_text("The draft is not saved").wait_for()
    page.unroute("**/draft")
    page.get_by_text("Draft saved").wait_for(timeout=15_000)


def test_what_was_given_now_is_dated_by_one_press(page, running):
    page.goto(running.launch_address("elena-martinez", "oncologist-owen"))
    page.goto(f"{page.url.rstrip('/')}/forms/medication-administration/new")
    assert page.get_by_role("button", name="Today").count() == 1
    page.get_by_role("button", name="Today").click()
    boxes = {
        side: [
            page.locator(f"[name=when-{side}-{part}]").input_value()
            for part in ("day", "month", "year")
        ]
        for side in ("from", "to")
    }
    now = page.evaluate("new Date().toLocaleDateString('en-GB', {dateStyle: 'medium'})").split()
    assert boxes == {"from": now, "to": ["", "", ""]}


@pytest.mark.parametrize(
    ("user", "first"), [("reader-rita", "warning"), ("oncologist-owen", "facts")]
)
def test_in_a_narrow_panel_an_obstacle_comes_before_the_facts(page, running, user, first):
    page.set_viewport_size({"width": 420, "height": 800})
    page.goto(running.launch_address("elena-martinez", user, intent="tnm-stage"))
    facts = page.get_by_role("heading", name="From the chart").bounding_box()
    form = page.get_by_role("heading", name="TNM stage", exact=True).first.bounding_box()
    obstacle = page.get_by_role("heading", name="This cannot be saved from here")
    assert obstacle.count() == (first == "warning")
    if first == "warning":
        assert form["y"] < obstacle.bounding_box()["y"] < facts["y"]
    else:
        assert facts["y"] < form["y"]
