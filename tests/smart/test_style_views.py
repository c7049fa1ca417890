"""The style sheet of a launch: fetched from the EHR's own hosts, sent to the launch's browser."""

import json
import re

import pytest
import requests
import responses

from app.smart.oauth import cache
from tests.smart.conftest import AUTH

STYLE = {"color_highlight": "#1b4fa0", "dim_border_radius": "2px"}
ADDRESS = "https://ehr.example/style/7.json"
FOREIGN = (
    "https://elsewhere.example/style/",
    "https://ehr.example.elsewhere.example/style/",
    "https://ehr.example:8443/style/",
    "http://ehr.example/style/",
    "https://ehr.example@elsewhere.example/style/",
    "https://user@ehr.example/style/",
    "https://127.0.0.1/style/",
    "//ehr.example/style/",
    "/style/",
    "style",
    "file:///style/",
    "https://ehr.example\\@elsewhere.example/style/",
    "https://[/style/",
)


class StyleHost:
    """Serves styles at every host; a test may bend its answer, as those of FakeEhr."""

    def __init__(self, http) -> None:
        self.asked: list[requests.PreparedRequest] = []
        self.content: object = STYLE
        http.add_callback(responses.GET, re.compile(r".*style.*"), callback=self._answer)

    def _answer(self, request):
        self.asked.append(request)
        if isinstance(self.content, Exception):
            raise self.content
        if isinstance(self.content, tuple):
            return self.content
        return 200, {}, json.dumps(self.content)


@pytest.fixture
def host(http, ehr):
    ehr.token = {"smart_style_url": ADDRESS}
    return StyleHost(http)


@pytest.fixture
def style_of(browser):
    """Fetch the style sheet of a launch."""

    def style_of(launch_id: str, client=browser):
        return client.get(f"/l/{launch_id}/ehr-style.css")

    return style_of


def test_a_launch_looks_as_its_ehr_says(host, launch, style_of):
    sheet = style_of(launch())
    assert sheet.status_code == 200
    assert sheet.mimetype == "text/css"
    assert "--action: #1b4fa0;" in sheet.text
    assert "--corner: 2px;" in sheet.text
    assert "style-src 'self';" in sheet.headers["Content-Security-Policy"]
    assert sheet.headers["Cache-Control"] == "private, max-age=300"


def test_the_pages_of_a_launch_name_its_style_sheet_after_the_app_s(host, launch, browser):
    launch_id = launch()
    page = browser.get(f"/l/{launch_id}/forms/tnm-stage/nothing").text
    sheets = re.findall(r'<link rel="stylesheet"\s+href="([^"]+)">', page)
    assert sheets == ["/static/app.css", f"/l/{launch_id}/ehr-style.css"]


def test_pages_without_a_style_or_without_a_launch_name_none(ehr, launch, browser):
    launch_id = launch()
    for address in (f"/l/{launch_id}/forms/tnm-stage/nothing", "/", "/signed-out"):
        assert "ehr-style.css" not in browser.get(address).text


def test_without_a_style_the_sheet_is_empty(ehr, launch, style_of):
    sheet = style_of(launch())
    assert (sheet.status_code, sheet.text) == (200, "")


def test_a_launch_without_a_patient_has_its_style_too(host, ehr, begin, answer, browser):
    ehr.smart["capabilities"].remove("context-standalone-patient")
    scope = "openid fhirUser user/Patient.rs user/Observation.crus"
    ehr.token |= {"scope": scope, "patient": None}
    pending = answer(code="code-1", state=begin(launch=None)["state"]).location
    sheet = pending.replace("/patient/", "/ehr-style.css")
    assert f'href="{sheet}"' in browser.get(pending).text
    assert "--action: #1b4fa0;" in browser.get(sheet).text


def test_the_style_is_the_launch_s_browser_s_only(host, launch, open_browser, style_of):
    owner, stranger = open_browser(), open_browser()
    launch_id = launch(owner)
    launch(stranger)
    refused = style_of(launch_id, stranger)
    assert refused.status_code == 404
    assert "--action" not in refused.text
    assert style_of(launch_id, open_browser()).status_code == 404
    assert host.asked == []


def test_a_launch_that_is_closed_has_no_style(host, launch, browser, style_of):
    launch_id = launch()
    browser.post(f"/l/{launch_id}/sign-out")
    assert style_of(launch_id).status_code == 404


def test_the_host_of_the_sign_in_may_serve_the_style(host, ehr, launch, style_of):
    ehr.token = {"smart_style_url": f"{AUTH}/style/7.json"}
    assert "--action: #1b4fa0;" in style_of(launch()).text


@pytest.mark.parametrize("address", FOREIGN)
def test_no_other_host_is_asked(host, ehr, launch, style_of, address):
    ehr.token = {"smart_style_url": address}
    sheet = style_of(launch())
    assert (sheet.status_code, sheet.text) == (200, "")
    assert host.asked == []


def test_it_is_asked_for_without_token_and_cookie(host, launch, style_of):
    style_of(launch())
    [asked] = host.asked
    assert asked.url == ADDRESS
    assert not {"Authorization", "Cookie", "Referer"} & set(asked.headers)


@pytest.mark.parametrize(
    "content",
    [
        (404, {}, ""),
        (500, {}, json.dumps(STYLE)),
        (302, {"Location": "https://ehr.example/style/8.json"}, ""),
        (200, {}, ""),
        (200, {}, "<html></html>"),
        (200, {}, json.dumps([STYLE])),
        (200, {}, b"\xff\xfe"),
        (200, {}, '{"color_highlight": "#1b4fa0", "color_highlight": "#1b4fa1"}'),
        (200, {}, json.dumps({"color_highlight": {"value": "#1b4fa0"}})),
        requests.ConnectionError(),
        requests.Timeout(),
    ],
)
def test_a_style_that_cannot_be_read_leaves_the_app_as_it_is(host, launch, style_of, content):
    host.content = content
    launch_id = launch()
    for _ in range(2):
        sheet = style_of(launch_id)
        assert (sheet.status_code, sheet.text) == (200, "")
    assert len(host.asked) == 1  # nobody waits for the failure again


def test_a_failure_is_logged_without_the_address(host, launch, style_of, caplog):
    host.content = (404, {}, "")
    style_of(launch())
    assert "style of EHR example not used: HTTP status 404" in caplog.text
    assert "7.json" not in caplog.text


def test_an_address_is_asked_once_and_a_new_one_anew(host, ehr, launch, style_of, monkeypatch):
    first = launch()
    for launch_id in (first, first, launch()):
        assert "--corner: 2px;" in style_of(launch_id).text
    assert len(host.asked) == 1
    host.content = {"dim_border_radius": "9px"}
    ehr.token = {"smart_style_url": "https://ehr.example/style/8.json"}
    assert "--corner: 9px;" in style_of(launch()).text
    assert "--corner: 2px;" in style_of(first).text
    assert len(host.asked) == 2
    monkeypatch.setattr(cache, "KEPT_SECONDS", -1)
    assert "--corner: 9px;" in style_of(first).text


def test_styles_that_are_kept_are_bounded_in_number(host, ehr, launch, style_of, monkeypatch):
    monkeypatch.setattr(cache, "MOST_KEPT", 1)
    first = launch()
    style_of(first)
    ehr.token = {"smart_style_url": "https://ehr.example/style/8.json"}
    style_of(launch())
    style_of(first)
    assert len(host.asked) == 3


def test_no_page_waits_long_for_a_style(app):
    assert app.config["HTTP_TIMEOUT"] > 3
    assert app.extensions["smart"].styles._web.timeout == 3
