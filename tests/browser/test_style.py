"""Pages in the style of the EHR: as readable as in the app's own, and on a screen only."""

from importlib import import_module

import pytest

from app.fhir.addresses import AddressRule
from app.smart.style import Styles

pytestmark = pytest.mark.browser

STYLE = {
    "color_background": "#fff8ee",
    "color_error": "#b00020",
    "color_highlight": "#1b4fa0",
    "color_success": "#0b6b2f",
    "color_text": "#111111",
    "dim_border_radius": "12px",
    "dim_font_size": "16px",
    "dim_spacing_size": "8px",
    "font_family_body": "'DejaVu Serif', serif",
    "font_family_heading": "'DejaVu Sans Mono', sans-serif",
}
OWN = {
    "action": "#0a5d6b",
    "corner": "6px",
    "gap": "1rem",
    "body-font": "system-ui, sans-serif",
}


@pytest.fixture
def other_style(monkeypatch, running):
    """Another style of the sandbox's, and an app that has asked for none yet."""
    # By its name: the package gives the name of the module to the function in it.
    monkeypatch.setattr(import_module("app.sandbox.launcher"), "_STYLE", STYLE)
    fresh = Styles(AddressRule(demo=True), timeout=3)
    monkeypatch.setattr(running.flask.extensions["smart"], "styles", fresh)


def properties(page) -> dict[str, str]:
    return page.evaluate(
        """names => Object.fromEntries(names.map(name => [
            name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
        ]))""",
        list(OWN),
    )


def font_size(page) -> str:
    return page.evaluate("getComputedStyle(document.documentElement).fontSize")


def open_summary(page, running, patient="elena-martinez") -> None:
    page.goto(running.launch_address(patient, "oncologist-owen"))
    page.get_by_role("heading", name="Cancer summary").wait_for(state="attached")


def test_the_sandbox_s_style_is_the_app_s_own(page, running):
    open_summary(page, running)
    assert page.locator("link[href$='/ehr-style.css']").count() == 1
    assert properties(page) == OWN
    assert font_size(page) == "14px"


def test_pages_look_right_in_another_style(page, running, other_style, looks_right):
    open_summary(page, running)
    assert properties(page) == {
        "action": "#1b4fa0",
        "corner": "12px",
        "gap": "0.571rem",
        "body-font": '"DejaVu Serif", serif, system-ui, sans-serif',
    }
    assert font_size(page) == "16px"
    looks_right(page, "styled-summary")
    page.goto(f"{page.url}forms/tnm-stage/new")
    page.locator("#entry").wait_for()
    looks_right(page, "styled-form")
    page.get_by_role("button", name="Review 4 records").click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    looks_right(page, "styled-form-errors")


def test_paper_and_a_person_s_own_colours_stay_as_they_are(page, running, other_style):
    open_summary(page, running)
    assert properties(page)["action"] == "#1b4fa0"
    page.emulate_media(media="print")
    assert properties(page) == OWN
    assert font_size(page) == "13.3333px"  # 10pt
    page.emulate_media(media="screen", forced_colors="active")
    assert properties(page) == OWN
    assert font_size(page) == "14px"
