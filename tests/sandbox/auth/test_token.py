"""The token endpoint: codes, client authentication, and what is in the answer."""

import base64
import hmac
from concurrent.futures import ThreadPoolExecutor

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

ORIGIN = "http://127.0.0.1:9000"
BASE = f"{ORIGIN}/fhir"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def basic(client_id, secret):
    text = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_the_answer_carries_the_launch_context(smart):
    launch = smart.launch(encounter="ada-old", intent="stage", context="Condition/ada-cancer")

    answer = smart.exchange(smart.code(launch=launch))

    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json
    secrets = [told.pop(name) for name in ("access_token", "refresh_token", "id_token")]
    assert all(len(secret) >= 43 for secret in secrets)
    assert told == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": smart.parameters()["scope"],
        "patient": "ada-byron",
        "encounter": "ada-old",
        "need_patient_banner": True,
        "intent": "stage",
        "smart_style_url": f"{ORIGIN}/smart-style.json",
        "tenant": "sandbox",
        "fhirContext": [{"reference": "Condition/ada-cancer"}],
    }


def test_the_id_token_says_who_signed_in(smart):
    token = smart.token()["id_token"]
    keys = KeySet.import_key_set(smart.http.get("/auth/jwks.json").json)

    decoded = jwt.decode(token, keys, algorithms=["RS256"])

    assert decoded.header["kid"] == keys.keys[0].kid
    claims = decoded.claims
    expected = {
        "iss": ORIGIN,
        "aud": "oncoform",
        "sub": "oncologist-owen",
        "fhirUser": f"{BASE}/Practitioner/oncologist-owen",
        "nonce": "nonce-of-the-client",
    }
    assert expected.items() <= claims.items()
    assert claims["iat"] <= claims["auth_time"] + 1 < claims["exp"]


def test_the_published_keys_are_public(smart):
    (key,) = smart.http.get("/auth/jwks.json").json["keys"]

    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key)


@pytest.mark.parametrize(
    ("scope", "has"),
    [
        ("launch patient/Patient.rs", set()),
        ("launch openid patient/Patient.rs", {"id_token"}),
        ("launch offline_access patient/Patient.rs", {"refresh_token"}),
        ("launch online_access patient/Patient.rs", {"refresh_token"}),
    ],
)
def test_only_what_was_asked_for_is_issued(smart, scope, has):
    assert smart.token(scope=scope).keys() & {"id_token", "refresh_token"} == has


def test_need_patient_banner_can_be_false(smart):
    launch = smart.launch(need_patient_banner="false")

    assert smart.exchange(smart.code(launch=launch)).json["need_patient_banner"] is False


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": "v"}, "invalid_request"),
        ({"code_verifier": "\u00e4" * 43}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8000/other"}, "invalid_grant"),
        ({"code": "nonsense"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": ["authorization_code", "refresh_token"]}, "invalid_request"),
    ],
)
def test_a_code_is_not_exchanged_for(smart, changes, error):
    answer = smart.exchange(**{"code": smart.code()} | changes)

    assert (answer.status_code, answer.json["error"]) == (400, error)


def test_a_code_is_spent_by_a_wrong_verifier(smart):
    code = smart.code()
    smart.exchange(code, code_verifier="w" * 43)

    assert smart.exchange(code).json["error"] == "invalid_grant"


def test_a_code_that_comes_twice_revokes_what_came_of_it(smart):
    code = smart.code()
    first = smart.exchange(code).json
    assert smart.fhir(first["access_token"], "Patient/ada-byron").status_code == 200

    assert smart.exchange(code).json["error"] == "invalid_grant"

    assert smart.fhir(first["access_token"], "Patient/ada-byron").status_code == 401
    assert smart.refresh(first["refresh_token"]).json["error"] == "invalid_grant"


def test_of_many_exchanges_at_once_one_succeeds_at_most(smart, sandbox):
    code = smart.code()

    def exchange(_):
        return type(smart)(sandbox.test_client()).exchange(code).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(exchange, range(8))) == [200] + [400] * 7


def test_a_code_ends_after_a_minute(smart, later):
    code = smart.code()
    later(61)

    assert smart.exchange(code).json["error"] == "invalid_grant"


def test_a_code_of_another_client_is_refused_and_not_spent(smart):
    code = smart.code()

    foreign = smart.exchange(
        code, client_id=None, headers=basic("oncoform-symmetric", "sandbox-secret")
    )

    assert foreign.json["error"] == "invalid_grant"
    assert smart.exchange(code).status_code == 200


class TestRefresh:
    def test_rotates_both_tokens_and_keeps_the_context(self, smart):
        first = smart.token()

        second = smart.refresh(first["refresh_token"]).json

        assert second["access_token"] != first["access_token"]
        assert second["refresh_token"] != first["refresh_token"]
        assert (second["patient"], second["scope"]) == (first["patient"], first["scope"])
        assert smart.fhir(second["access_token"], "Patient/ada-byron").status_code == 200

    def test_a_spent_refresh_token_revokes_the_family(self, smart):
        first = smart.token()
        second = smart.refresh(first["refresh_token"]).json

        assert smart.refresh(first["refresh_token"]).json["error"] == "invalid_grant"

        assert smart.refresh(second["refresh_token"]).json["error"] == "invalid_grant"
        for token in (first, second):
            assert smart.fhir(token["access_token"], "Patient/ada-byron").status_code == 401

    def test_of_two_requests_that_saw_it_unspent_one_succeeds(self, smart, state, monkeypatch):
        first = smart.token()
        seen = state.refresh_tokens.look(first["refresh_token"])
        monkeypatch.setattr(state.refresh_tokens, "look", lambda _: seen)
        assert smart.refresh(first["refresh_token"]).status_code == 200

        assert smart.refresh(first["refresh_token"]).json["error"] == "invalid_grant"

        assert smart.fhir(first["access_token"], "Patient/ada-byron").status_code == 401

    def test_fewer_scopes_can_be_asked_for_and_more_cannot(self, smart):
        first = smart.token(scope="launch online_access patient/Patient.rs patient/Condition.rs")

        fewer = smart.refresh(first["refresh_token"], scope="launch patient/Patient.rs").json
        more = smart.refresh(fewer["refresh_token"], scope="patient/Observation.rs").json

        assert fewer["scope"] == "launch patient/Patient.rs"
        assert smart.fhir(fewer["access_token"], "Condition/ada-cancer").status_code == 403
        assert more["error"] == "invalid_scope"

    def test_is_refused_to_another_client(self, smart):
        token = smart.token()["refresh_token"]

        foreign = smart.http.post(
            "/auth/token",
            data={"grant_type": "refresh_token", "refresh_token": token},
            headers=basic("oncoform-symmetric", "sandbox-secret"),
        )

        assert foreign.json["error"] == "invalid_grant"
        assert smart.refresh(token).status_code == 200

    @pytest.mark.parametrize(
        ("access", "hours", "status"),
        [("online", 11, 200), ("online", 13, 400), ("offline", 13, 200), ("offline", 721, 400)],
    )
    def test_online_access_ends_with_the_day_and_offline_access_later(
        self, smart, later, access, hours, status
    ):
        token = smart.token(scope=f"launch {access}_access patient/Patient.rs")["refresh_token"]
        later(hours * 3600)

        assert smart.refresh(token).status_code == status


class TestSymmetricClient:
    def code(self, smart):
        launch = smart.launch(client="oncoform-symmetric")
        return smart.code(launch=launch, client_id="oncoform-symmetric")

    def test_uses_http_basic(self, smart):
        headers = basic("oncoform-symmetric", "sandbox-secret")

        assert smart.exchange(self.code(smart), client_id=None, headers=headers).status_code == 200

    @pytest.mark.parametrize(
        ("headers", "changes"),
        [
            ({}, {"client_id": "oncoform-symmetric"}),
            ({}, {"client_id": "oncoform-symmetric", "client_secret": "sandbox-secret"}),
            (
                basic("oncoform-symmetric", "sandbox-secret"),
                {"client_id": None, "client_secret": "sandbox-secret"},
            ),
            (basic("oncoform-symmetric", "wrong"), {"client_id": None}),
            (basic("oncoform-symmetric", "w\u00f6rng"), {"client_id": None}),
            (basic("oncoform-symmetric", ""), {"client_id": None}),
            (basic("nobody", "sandbox-secret"), {"client_id": None}),
            (basic("oncoform-asymmetric", "sandbox-secret"), {"client_id": None}),
            (basic("oncoform-symmetric", "sandbox-secret"), {"client_id": "oncoform"}),
            (basic("oncoform-symmetric", "sandbox-secret"), {"client_id": "oncoform-asymmetric"}),
            ({"Authorization": "Basic /////w=="}, {"client_id": None}),
            ({"Authorization": "Basic ?"}, {"client_id": None}),
            ({"Authorization": "Digest x"}, {"client_id": None}),
            ({}, {"client_id": None}),
            ({}, {"client_id": 'nob\u00f6dy"\\'}),
        ],
    )
    def test_no_other_way_is_accepted(self, smart, headers, changes):
        code = self.code(smart)

        answer = smart.exchange(code, headers=headers, **changes)

        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
        assert "WWW-Authenticate" in answer.headers


class TestAsymmetricClient:
    def exchange(self, smart, assertion, **changes):
        launch = smart.launch(client="inline-keys")
        code = smart.code(launch=launch, client_id="inline-keys")
        proof = {"client_assertion": assertion, "client_assertion_type": JWT_BEARER}
        return smart.exchange(code, **{"client_id": None} | proof | changes)

    def test_signs_with_rs384_or_es384(self, smart, keys):
        assert self.exchange(smart, keys.assertion()).status_code == 200
        es384 = keys.assertion(key=keys.ec, alg="ES384")
        assert self.exchange(smart, es384).status_code == 200

    @pytest.mark.parametrize(
        "claims",
        [
            {"iss": "someone"},
            {"iss": None},
            {"sub": "oncoform"},
            {"sub": None},
            {"sub": 7},
            {"aud": f"{ORIGIN}/fhir"},
            {"aud": None},
            {"aud": [f"{ORIGIN}/other"]},
            {"exp": 1},
            {"exp": 99999999999},
            {"exp": "soon"},
            {"exp": True},
            {"exp": None},
            {"nbf": 99999999999},
            {"nbf": "x"},
            {"jti": None},
            {"jti": ""},
            {"jti": ["a"]},
            {"header": {"kid": None}},
            {"header": {"kid": "unknown"}},
            {"header": {"kid": "ec"}},
            {"header": {"typ": "at+jwt"}},
            {"alg": "RS256"},
            {"alg": "PS384"},
        ],
    )
    def test_every_part_of_the_assertion_counts(self, smart, keys, claims):
        answer = self.exchange(smart, keys.assertion(**claims))

        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")

    def test_exp_may_be_five_minutes_ahead_and_no_more(self, smart, keys, state):
        now = int(state.now())

        assert self.exchange(smart, keys.assertion(exp=now + 300)).status_code == 200
        assert self.exchange(smart, keys.assertion(exp=now + 310)).status_code == 401

    def test_an_assertion_is_good_once(self, smart, keys):
        assertion = keys.assertion()
        assert self.exchange(smart, assertion).status_code == 200

        assert self.exchange(smart, assertion).status_code == 401

    def test_a_key_of_someone_else_is_refused(self, smart, keys):
        foreign = RSAKey.generate_key(2048, {"kid": "rsa"})
        curve = ECKey.generate_key("P-256", {"kid": "ec"})

        assert self.exchange(smart, keys.assertion(key=foreign)).status_code == 401
        assert self.exchange(smart, keys.assertion(key=curve, alg="ES256")).status_code == 401

    def test_no_algorithm_and_a_secret_made_of_the_public_key_are_refused(self, smart, keys):
        head, body, _ = keys.assertion().split(".")
        none = encoded(b'{"alg":"none","kid":"rsa","typ":"JWT"}')
        hs256 = encoded(b'{"alg":"HS256","kid":"rsa","typ":"JWT"}') + f".{body}"
        mac = hmac.digest(keys.rsa.as_pem(private=False), hs256.encode(), "sha256")

        for forged in (
            f"{none}.{body}.",
            f"{none}.{body}",
            f"{head}.{body}.",
            f"{hs256}.{encoded(mac)}",
            "a.b.c",
            "\u00e4",
        ):
            assert self.exchange(smart, forged).status_code == 401, forged

    @pytest.mark.parametrize(
        "changes",
        [
            {"client_assertion_type": "urn:other"},
            {"client_assertion_type": None},
            {"client_assertion": None, "client_id": "inline-keys"},
            {"client_id": "oncoform"},
            {"headers": basic("oncoform-symmetric", "sandbox-secret")},
        ],
    )
    def test_the_assertion_stands_alone_and_is_named(self, smart, keys, changes):
        assert self.exchange(smart, keys.assertion(), **changes).status_code == 401

    def test_a_public_client_cannot_use_one(self, smart, keys):
        assertion = keys.assertion(iss="oncoform", sub="oncoform")

        assert (
            smart.exchange(
                smart.code(),
                client_id=None,
                client_assertion=assertion,
                client_assertion_type=JWT_BEARER,
            ).status_code
            == 401
        )
