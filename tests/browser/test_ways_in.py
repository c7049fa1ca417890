"""The pages on the way in, where nobody comes from a chart."""

import pytest

from tests.live import demo
from tests.open_door import PATIENT, unprotected

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("no-picker"), picks_patient=False) as servers:
        yield servers


def test_a_patient_is_looked_up_with_the_keyboard_alone(page, running, looks_right):
    page.goto(running.app)
    looks_right(page, "home")
    page.get_by_role("link", name="Sign in to Sandbox EHR").press("Enter")
    page.locator("[name=user][value=oncologist-owen]").check(force=True)
    page.get_by_role("button", name="Allow", exact=True).press("Enter")
    page.get_by_role("heading", name="Choose the patient").wait_for()
    looks_right(page, "choose-patient")
    page.get_by_role("button", name="Search").press("Enter")
    page.locator(".error-summary:focus").wait_for()
    looks_right(page, "choose-patient-error")
    page.get_by_role("link", name="Enter a name").press("Enter")
    page.locator("#name:focus").wait_for()
    page.keyboard.type("mar")
    page.keyboard.press("Tab")
    page.keyboard.type("1964")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Patients found").wait_for()
    looks_right(page, "patients-found")
    page.get_by_role("button", name="Choose MARTINEZ").press("Enter")
    page.get_by_role("heading", name="Is this the patient?").wait_for()
    looks_right(page, "confirm-patient")
    page.set_viewport_size({"width": 320, "height": 800})
    opens, searches = (
        page.get_by_role(role, name=name).bounding_box()
        for role, name in (("button", "Open this patient"), ("link", "Search for another"))
    )
    assert searches["y"] - (opens["y"] + opens["height"]) >= 6, "wrapped buttons touch"
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(page.url.replace("patient/confirm", "forms/"))
    looks_right(page, "no-patient-yet")
    page.get_by_role("link", name="Choose the patient").click()
    page.locator("#name").fill("mar")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Choose MARTINEZ").click()
    page.get_by_role("button", name="Open this patient's record").press("Enter")
    page.get_by_text("MARTINEZ, Elena").first.wait_for()
    home = page.url
    page.goto(f"{home}patient/")
    looks_right(page, "patient-chosen-already")


def test_a_server_without_a_sign_in_is_marked_on_every_page(page, looks_right, tmp_path):
    with unprotected(tmp_path) as servers:
        page.goto(servers.launch_address())
        page.get_by_role("complementary", name="Warning").wait_for()
        looks_right(page, "choose-patient-without-sign-in")
        page.goto(servers.launch_address(patient=PATIENT))
        page.get_by_role("complementary", name="Warning").wait_for()
        looks_right(page, "summary-without-sign-in")
