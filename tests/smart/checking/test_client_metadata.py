import json

import pytest

from app.config import ConfigError
from app.smart.checking.client_metadata import Requested, as_page, metadata
from app.smart.ehrs.launch_file import load_planned

APP = "https://app.example"


@pytest.fixture
def planned(registration, tmp_path):
    """Read an EHR, with changes, with which the app is not registered yet."""

    def planned(client=None, **changes):
        path = tmp_path / "launch.json"
        del registration["client_id"]
        path.write_text(json.dumps({"client": client or {}, "ehrs": [{**registration, **changes}]}))
        return load_planned(str(path), "example", demo=False, environment={})

    return planned


ASKED = Requested(
    (
        "launch",
        "openid",
        "fhirUser",
        "online_access",
        "patient/Patient.rs",
        "patient/Observation.crus",
    )
)


def _metadata(planned, asked=ASKED):
    return metadata(planned.registration, planned.client, APP, asked)


def test_a_public_app_says_where_it_answers_and_what_it_asks_for(planned):
    assert _metadata(planned()) == {
        "client_name": "Oncoform",
        "application_type": "web",
        "redirect_uris": [f"{APP}/callback"],
        "launch_uris": [f"{APP}/launch"],
        "initiate_login_uri": f"{APP}/launch",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": "launch openid fhirUser online_access patient/Patient.rs "
        "patient/Observation.crus launch/patient",
    }


def test_a_login_that_others_begin_is_offered_over_https_only(planned):
    """OpenID Connect Dynamic Client Registration has `initiate_login_uri` with https."""
    client = {"launch_uris": ["http://127.0.0.1:8000/launch"]}
    said = metadata(planned(client).registration, client, "http://127.0.0.1:8000", ASKED)
    assert "initiate_login_uri" not in said
    assert said["launch_uris"] == client["launch_uris"]


@pytest.mark.parametrize(
    ("changes", "method", "has_keys"),
    [
        ({"client_auth": "symmetric"}, "client_secret_basic", False),
        ({"client_auth": "symmetric", "quirks": ["secret-in-body"]}, "client_secret_post", False),
        ({"client_auth": "asymmetric"}, "private_key_jwt", True),
    ],
)
def test_a_confidential_app_says_how_it_proves_itself(planned, changes, method, has_keys):
    said = _metadata(planned(client_secret_env="S", private_key_env="K", **changes))
    assert said["token_endpoint_auth_method"] == method
    assert said.get("jwks_uri") == (f"{APP}/.well-known/jwks.json" if has_keys else None)


def test_neither_client_id_nor_secret_need_be_known_before(planned):
    found = planned(client_auth="symmetric", client_secret_env="EXAMPLE_SECRET")
    assert found.registration.client_id == ""
    assert found.registration.client_secret is None
    assert found.secret_variable == "EXAMPLE_SECRET"


def test_an_own_callback_is_the_only_one_that_is_registered(planned):
    said = _metadata(planned({"redirect_uris": [f"{APP}/callback"]}, callback="own"))
    assert said["redirect_uris"] == [f"{APP}/callback/example"]


def test_what_the_launch_file_says_of_the_app_is_passed_on(planned):
    client = {
        "client_name": "Oncoform at St. Anna",
        "contacts": ["ann@app.example"],
        "policy_uri": f"{APP}/policy",
        "redirect_uris": [f"{APP}/callback", "https://second.example/callback"],
        "launch_uris": ["https://second.example/launch", f"{APP}/launch"],
    }
    said = _metadata(planned(client))
    assert {name: said[name] for name in client} == client


@pytest.mark.parametrize("name", ["redirect_uris", "launch_uris"])
def test_addresses_at_which_the_app_does_not_answer_are_not_registered(planned, name):
    with pytest.raises(ConfigError, match="ONCOFORM_BASE_URL"):
        _metadata(planned({name: ["https://old.example/callback"]}))


def test_every_launch_address_is_registered(planned):
    asked = Requested(ASKED.scopes, ("/launch", "/launch/nurse"))
    said = _metadata(planned({"launch_uris": [f"{APP}/launch", "https://b.example/launch"]}), asked)
    assert said["launch_uris"] == [
        f"{APP}/launch",
        "https://b.example/launch",
        f"{APP}/launch/nurse",
    ]


def test_scopes_are_told_in_both_versions():
    assert "patient/Observation.crus" in ASKED.scopes_of_every_launch(version_2=True)
    version_1 = ASKED.scopes_of_every_launch(version_2=False)
    assert {"patient/Observation.read", "patient/Observation.write"} <= set(version_1)
    assert {"launch", "launch/patient"} <= set(version_1)


def test_a_registration_for_version_1_asks_in_version_1(planned):
    said = _metadata(planned(quirks=["scopes-version-1"]))
    assert "patient/Observation.write" in said["scope"].split()


def test_resources_are_told_with_what_is_done_to_them():
    assert ASKED.resources() == {
        "Observation": ["create", "read", "search", "update"],
        "Patient": ["read", "search"],
    }


def test_the_page_to_copy_from_has_all_of_it(planned):
    found = planned(
        {"contacts": ["ann@app.example"], "logo_uri": f"{APP}/logo.png"},
        client_auth="asymmetric",
        callback="own",
    )
    page = as_page(found.registration, _metadata(found), ASKED)
    for text in (
        "Oncoform with Example EHR (example)",
        "ann@app.example",
        f"{APP}/logo.png",
        f"{APP}/launch",
        f"{APP}/callback/example",
        "its own",
        f"{APP}/.well-known/jwks.json",
        "private_key_jwt",
        "authorization_code, refresh_token",
        "https://ehr.example/fhir",
        "patient/Observation.crus",
        "patient/Observation.write",
        "Observation: create, read, search, update",
    ):
        assert text in page


def test_an_ehr_that_is_not_in_the_file_is_named_with_those_that_are(planned, tmp_path):
    planned()
    with pytest.raises(ConfigError, match="no EHR other; it has example"):
        load_planned(str(tmp_path / "launch.json"), "other", demo=False, environment={})
