"""Launches by role: each has a launch address of its own, and asks for what its forms need."""

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from app import create_app
from app.config import ConfigError
from tests.smart.conftest import ISSUER


@pytest.fixture
def registration(registration):
    del registration["scopes"]
    roles = {
        "nurse": {"forms": ["ecog"]},
        "reader": {"forms": []},
        "fixed": {"scopes": ["launch", "patient/*.read"]},
    }
    return {**registration, "roles": roles}


@pytest.fixture
def asked_by(ehr, browser):
    """Return the authorization request of a launch by an address below /launch."""

    def asked_by(path, **query):
        answer = browser.get(f"/launch{path}?{urlencode({'iss': ISSUER, 'launch': 'x', **query})}")
        assert answer.status_code == 302, answer.text
        found = parse_qs(urlsplit(answer.location).query)
        ehr.launched = {name: values[0] for name, values in found.items()}
        return ehr.launched

    return asked_by


@pytest.fixture
def opened_by(asked_by, answer, app, browser):
    """Return the launch that is opened by an address below /launch."""

    def opened_by(path):
        state = asked_by(path)["state"]
        launch_id = answer(code="code-1", state=state).location.split("/")[2]
        key = browser.get_cookie("__Host-oncoform", domain="app.example").value
        return app.extensions["smart"].find_launch(launch_id, key)

    return opened_by


def test_each_role_asks_for_what_its_forms_write(asked_by):
    everybody = asked_by("")["scope"].split()
    assert {"patient/Observation.crus", "patient/Procedure.crus"} <= set(everybody)
    nurse = asked_by("/nurse")["scope"].split()
    assert {"patient/Observation.crus", "patient/Procedure.s", "patient/Provenance.cs"} <= set(
        nurse
    )
    reader = asked_by("/reader")["scope"].split()
    written = [s for s in reader if "/" in s and set(s.partition(".")[2]) & set("cud")]
    assert written == []
    assert everybody[:4] == nurse[:4] == ["launch", "openid", "fhirUser", "online_access"]


def test_scopes_that_the_file_fixes_are_asked_for_as_they_stand(asked_by):
    assert asked_by("/fixed")["scope"] == "launch patient/*.read"


def test_version_1_is_asked_for_where_the_ehr_knows_no_other(ehr, asked_by):
    ehr.smart["capabilities"] = ["launch-ehr", "permission-v1"]
    asked = asked_by("/nurse")["scope"].split()
    assert {"patient/Observation.read", "patient/Observation.write"} <= set(asked)
    assert "patient/Procedure.read" in asked
    assert "patient/Procedure.write" not in asked
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("path", ["/stranger", "/Nurse", "/nurse%2F", "/%2e"])
def test_an_unknown_role_is_refused_before_anything_is_sent(ehr, browser, path):
    answer = browser.get(f"/launch{path}", query_string={"iss": ISSUER, "launch": "x"})
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers
    assert not ehr.http.calls


def test_the_launch_remembers_its_role_and_what_was_asked(opened_by, asked_by):
    launch = opened_by("/nurse")
    assert launch.role.key == "nurse"
    assert launch.role.enables("ecog")
    assert not launch.role.enables("tnm-stage")
    assert launch.requested == asked_by("/nurse")["scope"]
    assert opened_by("").role.key == ""


def test_what_was_asked_for_and_not_granted_is_told(ehr, opened_by):
    ehr.token = {"scope": "launch openid fhirUser patient/*.rs user/*.rs"}
    assert opened_by("/nurse").withheld == [
        "online_access",
        "patient/Observation.cu",
        "patient/Provenance.c",
    ]


def test_a_launch_ends_with_its_role(ehr, opened_by, settings, registration, tmp_path, browser):
    launch = opened_by("/nurse")
    key = browser.get_cookie("__Host-oncoform", domain="app.example").value
    del registration["roles"]["nurse"]
    (tmp_path / "launch.json").write_text(json.dumps({"ehrs": [registration]}))
    later = create_app({"TESTING": True, **settings})
    later.test_client_class = type(browser)
    again = later.test_client()
    again.set_cookie("__Host-oncoform", key, domain="app.example", secure=True)
    assert again.get(f"/l/{launch.id}/").status_code == 404
    later.extensions["store"].close()


def test_a_lost_cookie_leads_back_to_the_same_role(asked_by, answer, browser):
    state = asked_by("/nurse")["state"]
    browser.delete_cookie("__Host-oncoform", domain="app.example")
    page = answer(code="code-1", state=state)
    assert 'href="/launch/nurse?' in page.text


def test_a_role_with_a_form_that_does_not_exist_stops_the_start(settings, registration, tmp_path):
    registration["roles"]["nurse"]["forms"] = ["tnm"]
    (tmp_path / "launch.json").write_text(json.dumps({"ehrs": [registration]}))
    with pytest.raises(ConfigError, match="there is no form tnm"):
        create_app({"TESTING": True, **settings})
