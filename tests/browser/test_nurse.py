"""The nurse's whole path inside the launcher's frame, by keyboard alone."""

import re

import pytest

from tests.live import Chart

pytestmark = pytest.mark.browser


def focused(frame) -> dict[str, str]:
    """What holds the focus inside the app's frame: its id, name, value and words."""
    return frame.evaluate(
        """() => { const e = document.activeElement; return {
            id: e.id, name: e.name || "", value: e.value || "", text: e.textContent.trim(),
            tag: e.tagName.toLowerCase()}; }"""
    )


def tab_to(page, frame, wanted, presses: int = 120) -> None:
    """Press Tab until what `wanted` describes has the focus, as a person without a mouse does."""
    for _ in range(presses):
        now = focused(frame())
        if all(value in now[name] for name, value in wanted.items()):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab never reaches {wanted}; the focus is on {focused(frame())}")


def choose(page, frame, name: str, label: str) -> None:
    """Choose a radio button by Tab and arrow keys."""
    tab_to(page, frame, {"name": name})
    for _ in range(60):
        if frame().evaluate(
            "name => document.querySelector(`[name=${name}]:checked`)?.labels[0].innerText.trim()",
            name,
        ) == label:  # fmt: skip
            return
        page.keyboard.press("ArrowRight")
    pytest.fail(f"the arrow keys never reach {label}")


@pytest.fixture
def chart_page(page, running):
    """Elena's chart in the EHR with the app in its frame, opened by keyboard from the launcher."""

    def open_(patient: str, user: str):
        page.goto(running.ehr)
        page.focus(f"input[name=patient][value='{patient}']")
        page.keyboard.press("Space")
        page.focus(f"input[name=user][value='{user}']")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_selector("iframe")

        def frame():
            return next(f for f in page.frames if f.url.startswith(running.app))

        page.frame_locator("iframe").locator("#main").wait_for()
        return frame

    return open_


def test_a_nurse_stages_by_keyboard_inside_the_ehr_s_frame(
    page, running, chart_page, no_axe_findings, picture
):
    frame = chart_page("elena-martinez", "nurse-nancy")
    app = page.frame_locator("iframe")
    app.get_by_role("heading", name="Invasive ductal carcinoma, left breast").wait_for()
    no_axe_findings(page)

    tab_to(page, frame, {"tag": "a", "text": "Add stage"})
    page.keyboard.press("Enter")
    app.get_by_role("heading", name="TNM stage", level=1).wait_for()
    no_axe_findings(page)

    tab_to(page, frame, {"name": "prefix"})
    choose(page, frame, "prefix", "p pathologic")
    for name, label in (("t", "pT2"), ("n", "pN1a"), ("m", "cM0")):
        page.keyboard.press("Tab")
        choose(page, frame, name, label)
    tab_to(page, frame, {"name": "group"})
    page.keyboard.type("IIB")
    tab_to(page, frame, {"name": "edition"})
    tab_to(page, frame, {"name": "date-day"})
    page.keyboard.type("28")
    page.keyboard.press("Tab")
    page.keyboard.type("apr")
    page.keyboard.press("Tab")
    page.keyboard.type("2026")
    app.get_by_text("Draft saved").wait_for()
    picture(page, "form-in-frame")
    tab_to(page, frame, {"tag": "button", "text": "Review 4 records"})
    page.keyboard.press("Enter")

    app.get_by_role("heading", name="Review before saving").wait_for()
    no_axe_findings(page)
    picture(page, "review-in-frame")
    tab_to(page, frame, {"tag": "button", "text": "Save to chart"})
    page.keyboard.press("Enter")

    app.get_by_role("heading", name="Saved to the chart").wait_for()
    no_axe_findings(page)
    picture(page, "receipt-in-frame")
    references = re.findall(r"Observation/[\w.-]+", app.locator("table").inner_text())
    chart = Chart(running, "elena-martinez")
    t, n, m, group = (chart.read(reference) for reference in references)
    told = [r["valueCodeableConcept"]["text"] for r in (t, n, m, group)]
    assert told == ["pT2", "pN1a", "cM0", "IIB"]
    assert [member["reference"] for member in group["hasMember"]] == references[:3]
    assert {r["effectiveDateTime"] for r in (t, n, m, group)} == {"2026-04-28"}

    tab_to(page, frame, {"tag": "a", "text": "To the summary"})
    page.keyboard.press("Enter")
    app.get_by_text("pT2 pN1a cM0").first.wait_for()
    no_axe_findings(page)


def test_an_error_takes_the_focus_and_its_link_leads_to_the_field(
    page, running, chart_page, no_axe_findings, picture
):
    frame = chart_page("colm-doherty", "nurse-nancy")
    app = page.frame_locator("iframe")
    app.get_by_role("link", name="Forms").first.click()
    app.get_by_role("link", name=re.compile("TNM stage")).first.click()
    app.get_by_role("button", name="Review 4 records").click()
    app.get_by_role("heading", name="There is a problem").wait_for()
    assert "There is a problem" in focused(frame())["text"]
    assert frame().title().startswith("Error: ")
    no_axe_findings(page)
    picture(page, "error-in-frame")
    tab_to(page, frame, {"text": "Choose the T category", "tag": "a"})
    page.keyboard.press("Enter")
    assert focused(frame())["id"] == "t"


def test_two_tabs_with_two_patients_do_not_cross(chromium, running):
    context = chromium.new_context()
    elena, theo = context.new_page(), context.new_page()
    elena.goto(running.launch_address("nadia-kowalczyk", "nurse-nancy"))
    theo.goto(running.launch_address("theo-lindgren", "nurse-nancy"))
    elena.reload()
    assert "KOWALCZYK" in elena.locator(".banner").inner_text()
    assert "LINDGREN" in theo.locator(".banner").inner_text()
    for tab in (elena, theo):
        tab.get_by_role("link", name="Forms", exact=True).click()
        tab.get_by_role("link", name=re.compile("TNM stage")).first.click()
    tabs = {"KOWALCZYK": elena, "LINDGREN": theo}
    for family, tab in tabs.items():
        assert family in tab.locator(".banner").inner_text()
    patients = [tab.locator("#entry [name=patient]").input_value() for tab in tabs.values()]
    assert patients == ["nadia-kowalczyk", "theo-lindgren"]
    # The form of one patient, sent from the other's tab, is refused.
    action = theo.locator("#entry").get_attribute("action")
    elena.locator("#entry").evaluate("(form, action) => { form.action = action; }", action)
    elena.get_by_role("button", name="Review 4 records").click()
    elena.get_by_role("heading", name="This page belongs to another patient").wait_for()
    context.close()
