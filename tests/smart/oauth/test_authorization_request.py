"""By which method a browser asks for authorization, and that it asks for the same by either."""

import html
import re

import pytest

from app.smart.oauth.authorization_request import AuthorizationRequest
from tests.smart.conftest import AUTH, ISSUER

ENDPOINT = f"{AUTH}/authorize"
LONG = "x" * 2000
QUERY = {"iss": ISSUER, "launch": 'xyz&"<>+ é'}


@pytest.mark.parametrize(
    ("method", "launch", "advertised", "by_post"),
    [
        ("auto", "", True, False),
        ("auto", LONG, True, True),
        ("auto", LONG, False, False),
        ("get", LONG, True, False),
        ("post", "", True, True),
        ("post", "", False, True),
    ],
)
def test_a_long_request_is_posted_where_the_ehr_takes_it(method, launch, advertised, by_post):
    request = AuthorizationRequest.of(
        ENDPOINT,
        f"{ENDPOINT}?launch={launch}",
        method=method,
        capabilities={"authorize-post"} if advertised else set(),
    )
    assert request.by_post == by_post


def test_the_boundary_is_at_2000_characters():
    def by_post(length):
        address = f"{ENDPOINT}?a=".ljust(length, "x")
        return AuthorizationRequest.of(
            ENDPOINT, address, method="auto", capabilities=["authorize-post"]
        ).by_post

    assert (by_post(2000), by_post(2001)) == (False, True)


class TestPost:
    @pytest.fixture
    def registration(self, registration):
        return {**registration, "authorize": "post"}

    def fields(self, page) -> dict[str, str]:
        pairs = re.findall(r'<input type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', page.text)
        return {name: html.unescape(value) for name, value in pairs}

    @pytest.mark.parametrize("endpoint", [ENDPOINT, f"{ENDPOINT}?realm=1&tenant=a%20b"])
    def test_sends_what_a_redirect_would(self, ehr, browser, app, endpoint):
        ehr.smart["authorization_endpoint"] = endpoint
        page = browser.get("/launch", query_string=QUERY)
        assert page.status_code == 200
        assert f'action="{html.escape(endpoint)}"' in page.text
        fields = self.fields(page)
        assert fields.keys() == {
            *("response_type", "client_id", "redirect_uri", "scope", "state", "aud", "launch"),
            *("nonce", "code_challenge", "code_challenge_method"),
        }
        assert fields["launch"] == QUERY["launch"]
        assert fields["scope"] == ehr.scope

    def test_is_answered_at_the_callback_as_ever(self, ehr, browser, answer):
        ehr.launched = self.fields(browser.get("/launch", query_string=QUERY))
        opened = answer(code="code-1", state=ehr.launched["state"])
        assert (opened.status_code, opened.location[:3]) == (303, "/l/")

    def test_opens_form_action_for_this_page_alone(self, ehr, browser):
        page = browser.get("/launch", query_string=QUERY)
        policy = page.headers["Content-Security-Policy"]
        assert f"form-action 'self' https: {AUTH};" in policy
        assert "script-src 'self';" in policy
        assert "form-action 'self';" in browser.get("/").headers["Content-Security-Policy"]
        assert "Set-Cookie" in page.headers

    def test_works_without_a_script(self, ehr, browser):
        page = browser.get("/launch", query_string=QUERY).text
        assert '<button type="submit"' in page
