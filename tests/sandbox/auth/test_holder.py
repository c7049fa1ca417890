"""Revocation and introspection: for the client that holds the token, and nobody else."""

import base64

import pytest

ORIGIN = "http://127.0.0.1:9000"
SYMMETRIC = {
    "Authorization": "Basic " + base64.b64encode(b"oncoform-symmetric:sandbox-secret").decode()
}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def works(smart, token):
    return smart.fhir(token, "Patient/ada-byron").status_code == 200


@pytest.fixture
def revoke(smart):
    def call(token, headers=None, **more):
        return smart.http.post("/auth/revoke", data={"token": token} | more, headers=headers)

    return call


@pytest.fixture
def introspect(smart):
    def call(token, headers=None, **more):
        return smart.http.post("/auth/introspect", data={"token": token} | more, headers=headers)

    return call


class TestRevocation:
    def test_of_a_refresh_token_ends_all_that_came_of_the_grant(self, smart, revoke):
        first = smart.token()
        second = smart.refresh(first["refresh_token"]).json

        answer = revoke(second["refresh_token"], client_id="oncoform", token_type_hint="x")

        assert answer.status_code == 200
        assert not works(smart, first["access_token"])
        assert not works(smart, second["access_token"])
        assert smart.refresh(second["refresh_token"]).status_code == 400

    def test_of_an_access_token_ends_it_alone(self, smart, revoke):
        token = smart.token()

        assert revoke(token["access_token"], client_id="oncoform").status_code == 200

        assert not works(smart, token["access_token"])
        assert works(smart, smart.refresh(token["refresh_token"]).json["access_token"])

    def test_may_be_asked_for_with_a_token_of_the_client(self, smart, revoke):
        token = smart.token()

        answer = revoke(token["refresh_token"], bearer(token["access_token"]))

        assert answer.status_code == 200
        assert not works(smart, token["access_token"])

    def test_of_an_unknown_token_is_no_error(self, revoke):
        assert revoke("unknown", client_id="oncoform").status_code == 200

    def test_is_refused_to_other_clients_and_to_nobody(self, smart, revoke):
        token = smart.token()

        assert revoke(token["refresh_token"], SYMMETRIC).json["error"] == "invalid_grant"
        assert revoke(token["refresh_token"]).status_code == 401
        assert revoke(token["refresh_token"], bearer("unknown")).status_code == 401
        assert works(smart, token["access_token"])

    def test_asks_for_a_token(self, smart):
        answer = smart.http.post("/auth/revoke", data={"client_id": "oncoform"})

        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


class TestIntrospection:
    def test_says_what_a_token_stands_for(self, smart, introspect):
        token = smart.token()

        answer = introspect(token["access_token"], bearer(token["access_token"])).json

        assert answer.pop("exp") - answer.pop("iat") == 3600
        assert answer == {
            "active": True,
            "client_id": "oncoform",
            "scope": token["scope"],
            "token_type": "access_token",
            "iss": ORIGIN,
            "sub": "oncologist-owen",
            "fhirUser": f"{ORIGIN}/fhir/Practitioner/oncologist-owen",
            "patient": "ada-byron",
            "need_patient_banner": True,
            "smart_style_url": f"{ORIGIN}/smart-style.json",
            "tenant": "sandbox",
        }

    def test_knows_spent_revoked_and_ended_tokens_as_inactive(self, smart, introspect, later):
        spent = smart.token()
        live = smart.refresh(spent["refresh_token"]).json
        asks = bearer(live["access_token"])

        assert introspect(live["refresh_token"], asks).json["active"] is True
        assert introspect(spent["refresh_token"], asks).json == {"active": False}
        assert introspect("unknown", asks).json == {"active": False}
        later(3601)
        fresh = bearer(smart.token()["access_token"])
        assert introspect(live["access_token"], fresh).json == {"active": False}

    def test_tells_a_client_nothing_of_anothers_tokens(self, smart, introspect):
        token = smart.token()["access_token"]

        assert introspect(token, SYMMETRIC).json == {"active": False}

    def test_wants_more_of_a_public_client_than_its_name(self, smart, introspect):
        token = smart.token()["access_token"]

        answer = introspect(token, client_id="oncoform")

        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
