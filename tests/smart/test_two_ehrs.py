"""Two EHRs open the app in one browser: each launch is its own EHR's, patient's and user's."""

import html
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.smart.cookies import NAME
from app.smart.gate import current_launch, launch_blueprint
from tests.smart.conftest import AUTH, ISSUER, FakeEhr

SECOND = "https://other.example/fhir"
SECOND_AUTH = "https://login.other.example"


@pytest.fixture
def registrations(registration):
    return [
        registration,
        {
            **registration,
            "key": "other",
            "name": "Other EHR",
            "issuer": SECOND,
            "frame_ancestors": ["https://other.example", "https://portal.other.example"],
        },
    ]


@pytest.fixture
def second(http, ehr_key):
    return FakeEhr(http, ehr_key, SECOND, SECOND_AUTH)


@pytest.fixture
def probe(app):
    pages = launch_blueprint("probe", __name__)

    @pages.get("/probe")
    def page():
        launch = current_launch()
        return f"{launch.ehr.name} {launch.patient_id} {launch.user.reference}"

    app.register_blueprint(pages)


@pytest.fixture
def open_launch(app, browser):
    """Launch from one of the EHRs; the launch as the app has it open."""

    def open_launch(ehr):
        asked = browser.get("/launch", query_string={"iss": ehr.issuer, "launch": "xyz"}).location
        assert asked.startswith(f"{ehr.auth}/authorize?")
        ehr.launched = dict(parse_qsl(urlsplit(asked).query))
        back = urlsplit(ehr.launched["redirect_uri"]).path
        opened = browser.get(back, query_string={"code": "code-1", "state": ehr.launched["state"]})
        assert opened.status_code == 303, opened.text
        key = browser.get_cookie(NAME, domain="app.example").value
        return app.extensions["smart"].find_launch(opened.location.split("/")[2], key)

    return open_launch


def test_each_launch_stays_its_own(probe, ehr, second, open_launch, browser):
    second.token = {"patient": "bob", "access_token": "access-of-other"}
    first, other = open_launch(ehr), open_launch(second)
    for _ in range(2):
        page = browser.get(f"/l/{first.id}/probe").text
        assert page == "Example EHR elena Practitioner/owen"
        assert browser.get(f"/l/{other.id}/probe").text == "Other EHR bob Practitioner/owen"
    sent = {
        call.request.url.partition("/fhir")[0]: call.request.headers["Authorization"]
        for call in ehr.http.calls
        if "Practitioner" in call.request.url
    }
    assert sent == {
        "https://ehr.example": "Bearer access-1",
        "https://other.example": "Bearer access-of-other",
    }


def test_the_same_ids_at_two_ehrs_are_two_people_and_two_patients(ehr, second, open_launch):
    first, other = open_launch(ehr), open_launch(second)
    assert first.patient_id == other.patient_id
    assert first.user.reference == other.user.reference
    assert first.owner != other.owner
    assert open_launch(ehr).owner == first.owner


def test_an_answer_of_one_ehr_does_not_end_the_launch_of_the_other(ehr, second, browser, answer):
    begun = browser.get("/launch", query_string={"iss": ISSUER, "launch": "xyz"}).location
    state = dict(parse_qsl(urlsplit(begun).query))["state"]
    refused = answer(code="code-1", state=state, iss=SECOND_AUTH)
    assert refused.status_code == 400
    assert not ehr.requests("/token")


def test_only_the_ehr_of_a_launch_may_frame_its_pages(probe, ehr, second, open_launch, browser):
    first, other = open_launch(ehr), open_launch(second)

    def framers(path):
        policy = browser.get(path).headers["Content-Security-Policy"]
        return policy.partition("frame-ancestors ")[2].split()

    assert framers(f"/l/{first.id}/probe") == ["https://ehr.example"]
    assert framers(f"/l/{first.id}/no-such-page") == framers("/signed-out")
    of_other = ["https://other.example", "https://portal.other.example"]
    assert framers(f"/l/{other.id}/probe") == of_other
    assert framers("/signed-out") == ["https://ehr.example", *of_other]


def test_both_can_be_signed_in_to_without_a_chart(registrations, ehr, second, browser):
    page = browser.get("/").text
    links = [html.unescape(link) for link in re.findall(r'<a href="(/launch[^"]*)"', page)]
    assert len(links) == 2
    for link, of in zip(links, (ehr, second), strict=True):
        asked = browser.get(link).location
        assert asked.startswith(f"{of.auth}/authorize?")
        assert "launch=" not in asked


def test_signing_out_of_one_leaves_the_other_open(probe, ehr, second, open_launch, browser):
    first, other = open_launch(ehr), open_launch(second)
    browser.post(f"/l/{first.id}/sign-out")
    assert browser.get(f"/l/{first.id}/probe").status_code == 404
    assert browser.get(f"/l/{other.id}/probe").status_code == 200
    revoked = {urlsplit(request.url).netloc for request in ehr.requests("/revoke")}
    assert revoked == {"auth.example"}


def test_the_keys_that_one_brings_for_an_issuer_say_nothing_at_the_other(
    ehr, second, rsa_key, open_launch, browser
):
    # Relative to the base of whoever names the issuer, as SMART has its endpoints.
    ehr.openid["jwks_uri"] = "jwks"
    forged = {**rsa_key.as_dict(private=False), "kid": "ehr-1"}
    second.http.get(f"{SECOND}/jwks", json={"keys": [forged]})
    ehr.http.get(f"{ISSUER}/jwks", json=ehr.jwks)
    second.smart["issuer"] = AUTH
    second.key, second.claims = rsa_key, {"iss": AUTH}
    open_launch(second)
    assert open_launch(ehr).user.reference == "Practitioner/owen"
    ehr.key = rsa_key
    begun = browser.get("/launch", query_string={"iss": ISSUER, "launch": "xyz"}).location
    ehr.launched = dict(parse_qsl(urlsplit(begun).query))
    query = {"code": "code-1", "state": ehr.launched["state"]}
    refused = browser.get(urlsplit(ehr.launched["redirect_uri"]).path, query_string=query)
    assert refused.status_code == 502
    assert "signature is not right" in refused.text
