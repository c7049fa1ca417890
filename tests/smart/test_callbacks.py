"""Where an EHR answers: at the shared callback, or at its own, and never for another EHR."""

import json
import re

import pytest

from app import create_app
from app.config import ConfigError
from app.smart.ehrs.launch_file import load_registry

APP = "https://app.example"
ISSUER = "https://ehr.example/fhir"
OTHER = "https://other.example/fhir"


@pytest.fixture
def own(registration):
    registration["callback"] = "own"


@pytest.fixture
def shared(registration):
    registration["callback"] = "shared"


@pytest.fixture
def other(registration):
    """A second EHR, which answers at the shared callback."""
    return {
        **registration,
        "key": "other",
        "name": "Other EHR",
        "issuer": OTHER,
        "callback": "shared",
    }


@pytest.fixture
def app(settings, registration, other, tmp_path):
    """The app with both EHRs."""
    (tmp_path / "launch.json").write_text(json.dumps({"ehrs": [registration, other]}))
    made = create_app({"TESTING": True, **settings})
    yield made
    made.extensions["store"].close()


@pytest.fixture
def answer_at(browser):
    """Send the browser back from an EHR to a callback."""
    return lambda path, **query: browser.get(path, query_string={"code": "code-1", **query})


def test_an_ehr_with_its_own_callback_is_answered_there(own, ehr, begin, answer_at):
    asked = begin()
    assert asked["redirect_uri"] == f"{APP}/callback/example"
    opened = answer_at("/callback/example", state=asked["state"])
    assert opened.status_code == 303
    (form,) = ehr.forms("/token")
    assert form["redirect_uri"] == f"{APP}/callback/example"


@pytest.mark.parametrize("path", ["/callback", "/callback/other", "/callback/EXAMPLE"])
def test_an_answer_at_another_callback_is_refused(own, ehr, begin, answer_at, path):
    state = begin()["state"]
    refused = answer_at(path, state=state)
    assert refused.status_code == 400
    assert "another EHR" in refused.text
    assert not ehr.forms("/token")
    again = answer_at("/callback/example", state=state)
    assert again.status_code == 400, "the state was used up"
    assert not ehr.forms("/token")


@pytest.mark.parametrize("path", ["/callback/example", "/callback/other"])
def test_an_ehr_of_the_shared_callback_is_answered_nowhere_else(
    shared, ehr, begin, answer_at, path
):
    asked = begin()
    assert asked["redirect_uri"] == f"{APP}/callback"
    assert answer_at(path, state=asked["state"]).status_code == 400
    assert not ehr.forms("/token")


def test_an_error_answer_is_held_to_the_same_callback(own, ehr, begin, browser):
    query = {"error": "access_denied", "state": begin()["state"]}
    refused = browser.get("/callback", query_string=query)
    assert refused.status_code == 400
    assert "another EHR" in refused.text


def test_a_mixed_up_answer_gives_no_code_to_the_other_ehr(own, ehr, begin, answer_at):
    """The other EHR was launched, and sent the browser on to this one with the other's state."""
    smart = {**ehr.smart, "token_endpoint": "https://other.example/token"}
    ehr._serve("GET", f"{OTHER}/.well-known/smart-configuration", lambda: smart)
    ehr._serve("POST", "https://other.example/token", ehr.token_answer)
    state = begin(iss=OTHER)["state"]
    assert answer_at("/callback/example", state=state).status_code == 400
    assert not [call for call in ehr.http.calls if call.request.url.endswith("/token")]


class TestByDefault:
    """Neither registration says anything of its callback."""

    @pytest.fixture
    def other(self, other):
        del other["callback"]
        return other

    @pytest.mark.parametrize(
        ("promised", "path"), [(True, ""), (False, "/example"), ("no", "/example")]
    )
    def test_an_ehr_that_promises_no_iss_has_its_own(self, ehr, begin, answer_at, promised, path):
        ehr.smart["authorization_response_iss_parameter_supported"] = promised
        asked = begin()
        assert asked["redirect_uri"] == f"{APP}/callback{path}"
        sent_by = {"iss": ehr.auth} if promised is True else {}
        opened = answer_at(f"/callback{path}", state=asked["state"], **sent_by)
        assert opened.status_code == 303
        assert ehr.forms("/token")[0]["redirect_uri"] == f"{APP}/callback{path}"

    @pytest.mark.parametrize("path", ["/callback", "/callback/example"])
    @pytest.mark.parametrize("promised", [True, False])
    def test_a_mixed_up_answer_gives_no_code_to_the_other_ehr(
        self, ehr, begin, answer_at, path, promised
    ):
        smart = {
            **ehr.smart,
            "token_endpoint": "https://other.example/token",
            "authorization_response_iss_parameter_supported": promised,
        }
        ehr._serve("GET", f"{OTHER}/.well-known/smart-configuration", lambda: smart)
        ehr._serve("POST", "https://other.example/token", ehr.token_answer)
        state = begin(iss=OTHER)["state"]
        assert answer_at(path, state=state).status_code == 400
        assert not [call for call in ehr.http.calls if call.request.url.endswith("/token")]

    @pytest.mark.parametrize("token", ["https://other.example/token", "/token", "token"])
    def test_an_ehr_that_calls_itself_by_the_issuer_of_another_gets_no_code(
        self, ehr, begin, answer_at, token
    ):
        ehr.smart["authorization_response_iss_parameter_supported"] = True
        ehr._serve(
            "GET",
            f"{OTHER}/.well-known/smart-configuration",
            lambda: {**ehr.smart, "token_endpoint": token},
        )
        ehr.http.add("POST", re.compile(r"https://other\.example/.*"), json={})
        asked = begin(iss=OTHER)
        assert asked["redirect_uri"] == f"{APP}/callback/other"
        assert answer_at("/callback", state=asked["state"], iss=ehr.auth).status_code == 400
        assert not [call for call in ehr.http.calls if call.request.method == "POST"]


def test_a_demo_only_ehr_gives_no_hospital_an_own_callback(registration, other, tmp_path):
    del other["callback"]
    path = tmp_path / "launch.json"
    path.write_text(json.dumps({"ehrs": [registration, {**other, "demo_only": True}]}))
    (found,) = load_registry(str(path), demo=False).registrations
    assert found.own_callback is None
    first, _ = load_registry(str(path), demo=True).registrations
    assert first.settle_callback(sends_iss=False).callback_path == "/callback/example"
    assert first.settle_callback(sends_iss=True).callback_path == "/callback"


def test_a_key_that_fits_no_address_is_refused_if_there_are_two(registration, other, tmp_path):
    path = tmp_path / "launch.json"
    path.write_text(json.dumps({"ehrs": [{**registration, "key": "a/b"}, other]}))
    with pytest.raises(ConfigError, match="the key has letters, digits and - only"):
        load_registry(str(path), demo=False)
    path.write_text(json.dumps({"ehrs": [{**registration, "key": "a/b"}]}))
    assert load_registry(str(path), demo=False).registrations
