"""Where an EHR answers: at the shared callback, or at its own, and never for another EHR."""

import json

import pytest

from app import create_app

APP = "https://app.example"
ISSUER = "https://ehr.example/fhir"
OTHER = "https://other.example/fhir"


@pytest.fixture
def own(registration):
    registration["callback"] = "own"


@pytest.fixture
def app(settings, registration, tmp_path):
    """The app with a second EHR that answers at the shared callback."""
    other = {
        **registration,
        "key": "other",
        "name": "Other EHR",
        "issuer": OTHER,
        "callback": "shared",
    }
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
def test_an_ehr_of_the_shared_callback_is_answered_nowhere_else(ehr, begin, answer_at, path):
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
