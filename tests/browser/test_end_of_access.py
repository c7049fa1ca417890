"""Access to the chart near its end and after it, in a frame of the EHR, while somebody types."""

import re
import time

import pytest

from tests.browser.test_frames import in_frame
from tests.live import demo

pytestmark = pytest.mark.browser

PATIENT, USER = "elena-martinez", "oncologist-owen"
WARNED = "Access to the chart ends within 5 minutes. Extend it now."


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Both servers; the five minutes of the warning begin a little after the sign-in."""
    with demo(tmp_path_factory.mktemp("demo"), token_seconds=320) as servers:
        yield servers


@pytest.fixture
def opened(page, running):
    """The form of a stage in the EHR's frame."""
    app = in_frame(page, running.portal, running.launch_address(PATIENT, USER))
    app.get_by_role("link", name="Forms", exact=True).click()
    app.get_by_role("link", name=re.compile("Enter TNM stage")).click()
    app.get_by_role("heading", name="TNM stage", level=1).wait_for()
    return app


def launch_of(page) -> str:
    (address,) = (frame.url for frame in page.frames if "/l/" in frame.url)
    return re.search(r"/l/([^/]+)/", address)[1]


def end_access(running, launch_id: str) -> None:
    """Let the token be past its end, and no other to be had."""
    launches = running.flask.extensions["store"].launches
    row = launches.tokens(launch_id)
    past = int(time.time()) - 1
    ended = {**row.tokens, "refresh_token": None, "expires_at": past, "renew_at": past}
    assert launches.finish_renewal(launch_id, launches.begin_renewal(launch_id, row.version), ended)


def test_the_warning_comes_by_itself_and_extending_keeps_what_is_typed(
    page, opened, no_axe_findings
):
    warning = opened.locator("[data-warning]")
    assert WARNED not in warning.inner_text()
    note = opened.locator("[name=note]")
    note.fill("typed before the warning")
    opened.get_by_text(WARNED).wait_for(timeout=60_000)
    assert note.evaluate("field => field === document.activeElement")
    assert warning.get_attribute("role") == "status"
    no_axe_findings(page)
    note.press_sequentially(", and after it")
    opened.get_by_role("button", name="Extend").click()
    opened.get_by_text(WARNED).wait_for(state="hidden", timeout=30_000)
    assert opened.locator("[name=note]").input_value() == "typed before the warning, and after it"


def test_what_is_typed_when_access_ends_waits_for_the_next_launch(page, opened, running):
    opened.locator("[name=note]").fill("typed at the end")
    end_access(running, launch_of(page))
    opened.locator("[name=note]").press_sequentially(" of access")
    opened.get_by_role("button", name="Review 4 records").click()
    opened.get_by_text("open the app again from the chart", exact=False).first.wait_for()
    assert "Saved to the chart" not in opened.locator("body").inner_text()
    again = in_frame(page, running.portal, running.launch_address(PATIENT, USER))
    again.get_by_role("link", name="Forms", exact=True).click()
    again.get_by_role("link", name=re.compile("Continue")).first.click()
    assert again.locator("[name=note]").input_value() == "typed at the end of access"
