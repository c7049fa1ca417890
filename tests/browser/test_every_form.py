"""Every form as a person meets it: axe finds nothing at any width, with nothing folded away."""

from urllib.parse import urljoin

import pytest

from app.forms._registry import all_forms

pytestmark = pytest.mark.browser

# Prefilled answers too: a form may have nothing to object to otherwise.
TAKE_ANSWERS_AWAY = """() => {
    for (const one of document.querySelectorAll('#entry [type=text]')) one.value = '';
    for (const one of document.querySelectorAll('#entry :checked')) one.checked = false;
    for (const one of document.querySelectorAll('#entry select')) one.value = '';
}"""
OPEN_ALL = "for (const fold of document.querySelectorAll('details')) fold.open = true"


@pytest.mark.parametrize("slug", list(all_forms()))
def test_a_form_and_its_errors(page, running, looks_right, no_axe_findings, slug):
    page.goto(running.launch_address("elena-martinez", "oncologist-owen"))
    page.goto(urljoin(page.url, f"forms/{slug}/new"))
    page.evaluate(OPEN_ALL)
    looks_right(page, f"{slug}-new")
    page.evaluate(TAKE_ANSWERS_AWAY)
    page.locator("button[form=entry]").first.click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    page.evaluate(OPEN_ALL)
    page.set_viewport_size({"width": 320, "height": 800})
    no_axe_findings(page)
    for link in page.locator(".error-summary a").all():
        link.click()
        focused = page.evaluate("document.activeElement.closest('.field, fieldset') !== null")
        assert focused, link.inner_text()
