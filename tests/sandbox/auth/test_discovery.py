"""Discovery: complete, true, and open to every origin."""

import pytest

ORIGIN = "http://127.0.0.1:9000"


def test_smart_configuration_names_endpoints_and_capabilities(http):
    document = http.get("/fhir/.well-known/smart-configuration").json

    assert document["issuer"] == ORIGIN
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert {"launch-ehr", "launch-standalone", "authorize-post", "permission-v2"} <= set(
        document["capabilities"]
    )
    assert "client_secret_post" not in document["token_endpoint_auth_methods_supported"]
    assert set(document["token_endpoint_auth_signing_alg_values_supported"]) == {"RS384", "ES384"}


def test_every_endpoint_that_is_named_exists(http, sandbox):
    document = http.get("/fhir/.well-known/smart-configuration").json
    adapter = sandbox.url_map.bind("127.0.0.1:9000")

    for name in ("authorization", "token", "registration", "revocation", "introspection"):
        path = document[f"{name}_endpoint"].removeprefix(ORIGIN)
        assert adapter.match(path, method="POST")
    assert http.get(document["jwks_uri"].removeprefix(ORIGIN)).status_code == 200


def test_openid_configuration_is_where_the_issuer_says(http):
    document = http.get("/.well-known/openid-configuration").json

    assert document["issuer"] == ORIGIN
    assert document["id_token_signing_alg_values_supported"] == ["RS256"]
    assert document["subject_types_supported"] == ["public"]


@pytest.mark.parametrize(
    "path",
    [
        "/fhir/.well-known/smart-configuration",
        "/.well-known/openid-configuration",
        "/auth/jwks.json",
        "/fhir/metadata",
        "/smart-style.json",
    ],
)
def test_any_origin_may_read_it_without_a_token(http, path):
    answer = http.get(path, headers={"Origin": "https://anywhere.example"})

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
