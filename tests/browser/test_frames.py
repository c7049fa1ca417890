"""Inside the pages of another site, where browsers send only partitioned cookies."""

import re
from urllib.parse import urlencode, urljoin

import pytest
import requests

from tests.live import demo

pytestmark = pytest.mark.browser


def in_frame(page, portal: str, address: str):
    """Open a page of the portal that shows `address` in a frame."""
    page.goto(f"{portal}/?{urlencode({'frame': address})}")
    return page.frame_locator("iframe")


def test_the_app_works_in_a_frame_of_another_site(page, running):
    address = running.launch_address("elena-martinez", "nurse-nancy")
    app = in_frame(page, running.portal, address)
    app.get_by_role("link", name="Forms", exact=True).click()
    app.get_by_role("link", name=re.compile("TNM stage")).click()
    app.get_by_role("heading", name="TNM stage", level=1).wait_for()
    app.get_by_role("button", name="Review 4 records").click()
    app.get_by_role("heading", name="There is a problem").wait_for()
    kept = {cookie["name"]: cookie for cookie in page.context.cookies()}["__Host-oncoform"]
    assert kept["sameSite"] == "None"
    assert kept["secure"]
    assert kept["httpOnly"]
    assert kept["partitionKey"].startswith("http://localhost")


@pytest.fixture(scope="module")
def posting(tmp_path_factory):
    """The app registered so that it asks for authorization by POST."""
    with demo(tmp_path_factory.mktemp("post"), registration={"authorize": "post"}) as servers:
        yield servers


def test_authorization_is_asked_for_by_post_without_a_click(page, posting):
    asked = []
    page.on("request", lambda sent: "/auth/authorize" in sent.url and asked.append(sent))
    app = in_frame(page, posting.portal, posting.launch_address("elena-martinez", "nurse-nancy"))
    app.get_by_role("heading", name="Cancer summary").wait_for(state="attached")
    assert [(sent.method, "?" in sent.url) for sent in asked] == [("POST", False)]
    assert "code_challenge=" in asked[0].post_data


def test_authorization_by_post_needs_no_script(chromium, posting, picture):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(posting.launch_address("elena-martinez", "nurse-nancy"))
    picture(page, "signing-in")
    page.get_by_role("button", name="Continue to the EHR").click()
    page.get_by_role("heading", name="Cancer summary").wait_for(state="attached")
    context.close()


def test_a_site_that_is_no_registered_ehr_cannot_show_the_app(chromium, running):
    context = chromium.new_context()
    page = context.new_page()
    foreign = running.portal.replace("localhost", "127.0.0.1")
    address = running.launch_address("elena-martinez", "nurse-nancy")
    with page.expect_event("console", lambda message: "frame-ancestors" in message.text):
        in_frame(page, foreign, address)
    assert "MARTINEZ" not in "".join(frame.content() for frame in page.frames)
    context.close()


def test_where_the_cookie_does_not_come_back_the_page_says_so_and_offers_a_window(
    page, running, no_axe_findings, picture
):
    address = running.launch_address("elena-martinez", "nurse-nancy")
    while "/callback?" not in address:
        answer = requests.get(address, allow_redirects=False, timeout=30)
        address = urljoin(address, answer.headers["Location"])
    page.goto(address)
    link = page.get_by_role("link", name="Open in a new window")
    link.wait_for()
    assert link.get_attribute("target") == "_blank"
    assert "noopener" in link.get_attribute("rel")
    no_axe_findings(page)
    picture(page, "no-cookie")
