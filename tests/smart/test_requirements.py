"""What SMART App Launch asks of a client that no other test of this folder holds already.

docs/smart.md names the test of each requirement by its number.
"""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from app import create_app
from app.config import ROOT, ConfigError
from app.forms import needs
from app.smart.ehrs.launch_file import load_registry
from app.smart.ehrs.roles import Role
from app.smart.oauth.requested_scopes import requested_scopes

APP = "https://app.example"
ISSUER = "https://ehr.example/fhir"


def sources(*folders: str) -> str:
    return "\n".join(
        path.read_text(encoding="utf-8")
        for folder in folders
        for path in sorted((ROOT / "app" / folder).rglob("*.py"))
    )


def test_every_type_of_client_uses_pkce(any_client, ehr, launch):
    launch()
    assert ehr.launched["code_challenge_method"] == "S256"
    assert len(ehr.launched["code_challenge"]) == 43
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", ehr.forms("/token")[0]["code_verifier"])


def test_tokens_are_asked_for_by_a_urlencoded_form(any_client, ehr, launch, browser):
    browser.post(f"/l/{launch()}/extend")
    asked = ehr.requests("/token")
    assert [parse_qs(request.body)["grant_type"] for request in asked] == [
        ["authorization_code"],
        ["refresh_token"],
    ]
    for request in asked:
        assert request.method == "POST"
        assert urlsplit(request.url).query == ""
        kind = request.headers["Content-Type"].partition(";")[0]
        assert kind == "application/x-www-form-urlencoded"


def test_the_configuration_is_asked_for_as_json_below_the_fhir_base(ehr, begin):
    begin()
    first = ehr.http.calls[0].request
    assert (first.method, first.url) == ("GET", f"{ISSUER}/.well-known/smart-configuration")
    assert first.headers["Accept"] == "application/json"


@pytest.mark.parametrize("name", ["next", "redirect_uri", "url", "iss", "session_state"])
def test_the_callback_leads_into_the_app_alone(ehr, begin, answer, name):
    query = {name: "https://evil.example/"} if name != "iss" else {}
    opened = answer(code="code-1", state=begin()["state"], **query)
    assert re.fullmatch(r"/l/[\w-]{32}/", opened.location)


def test_no_token_is_in_a_cookie_or_a_page(ehr, app, launch, browser):
    seen = []
    app.after_request(lambda answer: seen.append(answer) or answer)
    page = browser.get(f"/l/{launch()}/")
    cookies = [answer.headers.getlist("Set-Cookie") for answer in seen]
    assert any(cookies)
    held = page.text + str(page.headers) + str(cookies)
    for token in ("access-1", "refresh-1", ehr.id_token().partition(".")[0]):
        assert token not in held


def test_launch_and_redirect_addresses_are_fixed_and_in_full():
    client = json.loads((ROOT / "launch.json").read_text())["client"]
    base = "${ONCOFORM_BASE_URL:-http://127.0.0.1:8000}"
    assert client["launch_uris"] == [f"{base}/launch"]
    assert client["redirect_uris"] == [f"{base}/callback"]
    assert client["jwks_uri"] == f"{base}/.well-known/jwks.json"


def test_the_app_is_at_a_tls_address(settings):
    with pytest.raises(ConfigError, match="https"):
        create_app({**settings, "BASE_URL": "http://app.example"})


def test_the_key_set_needs_no_authentication(browser):
    answer = browser.get("/.well-known/jwks.json")
    assert answer.status_code == 200
    assert re.fullmatch(r"public, max-age=[1-9]\d*", answer.headers["Cache-Control"])
    assert answer.mimetype == "application/json"


def test_no_other_context_is_asked_for(ehr, begin):
    for launch in ("xyz", None):
        words = begin(launch=launch)["scope"].split()
        about_launch = [word for word in words if word.startswith("launch")]
        assert about_launch == ["launch" if launch else "launch/patient"]


@pytest.fixture
def asked():
    """What the app as it is shipped asks the sandbox for."""
    registry = load_registry(str(ROOT / "launch.json"), demo=True, environment={})
    return requested_scopes(registry.registrations[0], Role(), needs())


def test_nothing_is_ever_deleted(asked):
    assert not [word for word in asked if "d" in word.partition(".")[2]]
    assert "DELETE" not in sources("smart", "fhir", "forms")


def test_access_is_asked_for_while_the_user_is_there(asked):
    assert "online_access" in asked
    assert "offline_access" not in asked


def test_the_app_acts_for_its_user_alone(ehr, begin):
    assert "system/" not in begin()["scope"]
    assert "client_credentials" not in sources("smart", "fhir")


def test_no_list_of_brands_is_read():
    assert "brand" not in sources("smart", "fhir", "summary").lower()
