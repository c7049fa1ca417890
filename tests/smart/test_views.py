import base64
import hashlib
import logging
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import requests

from app.store import authorizations
from app.store.database import now

APP = "https://app.example"
AUTH = "https://auth.example"
ISSUER = "https://ehr.example/fhir"


class TestLaunch:
    def test_asks_for_everything_that_smart_requires(self, ehr, begin):
        asked = begin(launch="a+b/c=?&d")
        assert asked.pop("code_challenge")
        assert asked.pop("state")
        assert asked.pop("nonce")
        assert asked == {
            "response_type": "code",
            "client_id": "oncoform",
            "redirect_uri": f"{APP}/callback",
            "scope": ehr.scope,
            "aud": ISSUER,
            "launch": "a+b/c=?&d",
            "code_challenge_method": "S256",
        }

    def test_goes_to_the_authorization_endpoint_and_keeps_its_query(self, ehr, browser):
        ehr.smart["authorization_endpoint"] = f"{AUTH}/authorize?realm=1"
        answer = browser.get("/launch", query_string={"iss": ISSUER, "launch": "xyz"})
        assert answer.location.startswith(f"{AUTH}/authorize?realm=1&")

    def test_never_repeats_state_nonce_or_challenge(self, begin):
        first, second = begin(), begin()
        for name in ("state", "nonce", "code_challenge"):
            assert first[name] != second[name]
            assert len(first[name]) >= 22  # 122 bits and more, six in each character

    def test_from_outside_a_chart_asks_for_a_patient(self, ehr, begin):
        asked = begin(launch=None)
        assert "launch" not in asked
        assert asked["scope"] == ehr.scope.replace("launch ", "launch/patient ")

    def test_speaks_version_1_where_the_ehr_knows_no_other(self, ehr, begin):
        ehr.smart["capabilities"] = ["launch-ehr"]
        assert begin()["scope"] == (
            "launch openid fhirUser online_access patient/Patient.read "
            "patient/Observation.read patient/Observation.write"
        )

    def test_sends_back_the_issuer_as_it_was_written(self, begin):
        assert begin(iss=f"{ISSUER}/")["aud"] == f"{ISSUER}/"

    @pytest.mark.parametrize(
        "issuer",
        [
            "https://evil.example/fhir",
            "http://ehr.example/fhir",
            "https://ehr.example/FHIR",
            "https://ehr.example/fhir//",
            "https://ehr.example/fhir?x",
            "https://ehr.example/fhir#",
            "https://ehr.example/fhir/../fhir",
            "https://ehr.example:443/fhir",
            "https://ehr.example@evil.example/fhir",
            "https://ehr.example/fhir\n",
            " https://ehr.example/fhir",
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
        ],
    )
    def test_of_an_unknown_issuer_is_refused_before_anything_is_sent(self, ehr, browser, issuer):
        answer = browser.get("/launch", query_string={"iss": issuer, "launch": "xyz"})
        assert answer.status_code == 403
        assert "not registered" in answer.text
        assert "Set-Cookie" not in answer.headers
        assert not ehr.http.calls

    @pytest.mark.parametrize(
        "query", ["", "iss=", "launch=xyz", f"iss={ISSUER}&iss=https://evil.example"]
    )
    def test_without_one_issuer_is_refused(self, ehr, browser, query):
        answer = browser.get(f"/launch?{query}")
        assert answer.status_code == 400
        assert "chart" in answer.text
        assert not ehr.http.calls


class TestCallback:
    def test_opens_the_summary_of_a_new_launch_each_time(self, launch):
        assert launch() != launch()

    @pytest.mark.parametrize(
        ("said", "page"),
        [
            ({}, ""),
            ({"intent": "disease-status"}, "arrive"),
            ({"fhirContext": [{"reference": "Condition/1"}]}, "arrive"),
            ({"fhirContext": [], "intent": ""}, ""),
        ],
    )
    def test_leads_to_what_the_ehr_opened_the_app_for(self, ehr, begin, answer, said, page):
        ehr.token = said
        opened = answer(code="code-1", state=begin()["state"])
        assert re.fullmatch(rf"/l/[\w-]{{32}}/{page}", opened.location)

    def test_sends_the_code_with_the_verifier_of_the_challenge(self, ehr, begin, answer):
        asked = begin()
        answer(code="code-1", state=asked["state"])
        (sent,) = ehr.forms("/token")
        verifier = sent.pop("code_verifier")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        assert challenge.decode().rstrip("=") == asked["code_challenge"]
        assert sent == {
            "grant_type": "authorization_code",
            "code": "code-1",
            "redirect_uri": f"{APP}/callback",
            "client_id": "oncoform",
        }

    @pytest.mark.parametrize("code", ["a b+c/d=&e%20f", "ä", "x" * 4000])
    def test_sends_any_code_unchanged(self, ehr, begin, answer, code):
        assert answer(code=code, state=begin()["state"]).status_code == 303
        assert ehr.forms("/token")[0]["code"] == code

    @pytest.mark.parametrize("rest", [{"code": "code-1"}, {"error": "access_denied"}, {}])
    @pytest.mark.parametrize("state", [{}, {"state": ""}, {"state": "forged"}])
    def test_looks_at_the_state_first(self, ehr, begin, answer, rest, state):
        begin()
        refused = answer(**rest, **state)
        assert refused.status_code == 400
        assert "This sign-in cannot be continued" in refused.text
        assert not ehr.requests("/token")

    @pytest.mark.parametrize("first", [{"code": "code-1"}, {"error": "access_denied"}, {}])
    def test_takes_a_state_once(self, ehr, begin, answer, first):
        asked = begin()
        answer(**first, state=asked["state"])
        sent = len(ehr.requests("/token"))
        refused = answer(code="code-1", state=asked["state"])
        assert refused.status_code == 400
        assert len(ehr.requests("/token")) == sent

    def test_refuses_the_state_of_another_browser_and_uses_it_up(
        self, ehr, begin, answer, open_browser
    ):
        victim, attacker = open_browser(), open_browser()
        begin(victim)
        state = begin(attacker)["state"]
        assert answer(victim, code="code-1", state=state).status_code == 400
        assert answer(attacker, code="code-1", state=state).status_code == 400
        assert not ehr.requests("/token")

    def test_offers_a_new_window_where_the_cookie_is_lost(self, ehr, begin, answer, browser):
        state = begin()["state"]
        browser.delete_cookie("__Host-oncoform", domain="app.example")
        page = answer(code="code-1", state=state)
        assert page.status_code == 400
        assert "needs a cookie" in page.text
        (link,) = re.findall(r"<a class=.button primary[^>]*>", page.text)
        assert f'href="/launch?{urlencode({"iss": ISSUER}, safe=":/")}"' in link
        assert 'target="_blank"' in link
        assert 'rel="noopener"' in link
        assert not ehr.requests("/token")

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            ("access_denied", "did not allow the app"),
            ("invalid_scope", "does not allow the app what it asks for"),
            ("<script>alert(1)</script>", "no reason that is known"),
        ],
    )
    def test_says_why_the_ehr_refused(self, ehr, begin, answer, error, words):
        page = answer(error=error, error_description="<b>x</b>", state=begin()["state"])
        assert page.status_code == 403
        assert words in page.text
        assert "<script>alert" not in page.text
        assert "<b>x" not in page.text
        assert not ehr.requests("/token")

    def test_an_error_beside_a_code_is_an_error(self, ehr, begin, answer):
        assert answer(error="x", code="code-1", state=begin()["state"]).status_code == 403
        assert not ehr.requests("/token")

    def test_without_a_code_is_refused(self, begin, answer):
        assert answer(state=begin()["state"]).status_code == 400

    def test_with_two_states_is_refused(self, begin, browser):
        state = begin()["state"]
        assert browser.get(f"/callback?code=1&state={state}&state={state}").status_code == 400

    @pytest.mark.parametrize(
        ("promised", "issuer", "status"),
        [
            (False, {}, 303),
            (False, {"iss": AUTH}, 303),
            (False, {"iss": "https://evil.example"}, 400),
            (False, {"iss": ""}, 400),
            (True, {"iss": AUTH}, 303),
            (True, {}, 400),
        ],
    )
    def test_compares_the_issuer_of_the_answer(self, ehr, begin, answer, promised, issuer, status):
        ehr.smart["authorization_response_iss_parameter_supported"] = promised
        assert answer(code="code-1", state=begin()["state"], **issuer).status_code == status
        assert len(ehr.requests("/token")) == (1 if status == 303 else 0)

    def test_old_states_are_refused(self, begin, answer, monkeypatch):
        state = begin()["state"]
        later = now() + timedelta(minutes=11)
        monkeypatch.setattr(authorizations, "now", lambda: later)
        assert answer(code="code-1", state=state).status_code == 400


class TestSignOut:
    def test_revokes_both_tokens_and_closes_the_launch(self, ehr, launch, browser):
        address = f"/l/{launch()}"
        assert browser.post(f"{address}/sign-out").location == "/signed-out"
        assert [form["token"] for form in ehr.forms("/revoke")] == ["refresh-1", "access-1"]
        assert browser.post(f"{address}/extend").status_code == 404
        assert browser.get("/signed-out").status_code == 200

    @pytest.mark.parametrize(
        "revocation",
        [
            None,
            requests.ConnectTimeout(),
            requests.ReadTimeout(),
            requests.ConnectionError(),
            (200, {"Content-Type": "text/html"}, "<html>"),
            (200, {}, "x" * 1_100_000),
            (302, {"Location": "https://evil.example/revoke"}, ""),
            (307, {"Location": "https://evil.example/revoke"}, ""),
            (400, {}, '{"error": "unsupported_token_type"}'),
            (401, {}, '{"error": "invalid_client"}'),
            (500, {}, ""),
            (503, {"Retry-After": "3600"}, ""),
        ],
    )
    def test_closes_the_launch_even_where_the_ehr_does_not_help(
        self, ehr, launch, browser, revocation
    ):
        if revocation is None:
            del ehr.smart["revocation_endpoint"]
        ehr.revocation = revocation
        address = f"/l/{launch()}"
        assert browser.post(f"{address}/sign-out").location == "/signed-out"
        assert browser.post(f"{address}/extend").status_code == 404
        assert len(ehr.requests("/revoke")) == (0 if revocation is None else 2)
        assert not [call for call in ehr.http.calls if "evil" in call.request.url]

    def test_is_a_write(self, launch, browser):
        assert browser.get(f"/l/{launch()}/sign-out").status_code == 405

    def test_is_refused_from_a_foreign_page(self, launch, browser):
        address = f"/l/{launch()}/sign-out"
        refused = browser.post(address, headers={"Sec-Fetch-Site": "cross-site"})
        assert refused.status_code == 403
        assert browser.post(address).status_code == 303


class TestExtend:
    def test_gets_a_new_token_and_goes_back(self, ehr, launch, browser):
        address = f"/l/{launch()}/"
        ehr.token = {"access_token": "access-2"}
        back = f"{address}forms/tnm/new?primary=1"
        answer = browser.post(f"{address}extend", data={"back": back})
        assert (answer.status_code, answer.location) == (303, back)
        assert ehr.forms("/token")[-1]["refresh_token"] == "refresh-1"

    @pytest.mark.parametrize(
        "back",
        [
            *("https://evil.example", "//evil.example", "/l/other/", "", "{home}/evil"),
            *("{home}../../x", "{home}\\evil.example", "{home}..\\x", "{home}a\nb"),
        ],
    )
    def test_goes_nowhere_else(self, launch, browser, back):
        home = f"/l/{launch()}/"
        answer = browser.post(f"{home}extend", data={"back": back.format(home=home)})
        assert answer.location == home

    def test_says_so_when_the_ehr_gives_no_more_time(self, ehr, launch, browser):
        home = f"/l/{launch()}/"
        ehr.token = (400, {}, '{"error": "invalid_grant"}')
        answer = browser.post(f"{home}extend")
        assert answer.status_code == 409
        assert "kept as a draft" in answer.text


class TestKeys:
    def test_none_are_published_by_a_public_client(self, browser):
        answer = browser.get("/.well-known/jwks.json")
        assert answer.json == {"keys": []}
        assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_nothing_secret_is_logged(ehr, begin, answer, browser, caplog):
    caplog.set_level(logging.DEBUG)
    asked = begin(launch="launch-secret")
    home = answer(code="code-secret", state=asked["state"]).location
    browser.post(f"{home}sign-out")
    ehr.token = (400, {}, '{"error": "invalid_grant", "error_description": "code-secret"}')
    answer(code="code-secret", state=begin()["state"])
    secrets = ("launch-secret", "code-secret", "access-1", "refresh-1", "elena", asked["state"])
    for secret in secrets:
        assert secret not in caplog.text
