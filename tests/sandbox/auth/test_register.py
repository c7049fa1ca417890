"""Dynamic registration: what is taken, what is refused, and what it then can do."""

import base64
from dataclasses import replace

import pytest

from app.sandbox import clients, create_sandbox

APP = "http://127.0.0.1:8000"
CALLBACK = "http://127.0.0.1:8300/callback"
PUBLIC = {
    "client_name": "Another app",
    "redirect_uris": [CALLBACK],
    "launch_uris": ["http://127.0.0.1:8300/launch"],
    "token_endpoint_auth_method": "none",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "scope": "launch openid patient/*.rs",
}


@pytest.fixture
def sandbox(config):
    """A sandbox that no other test registers with."""
    return create_sandbox(config)


@pytest.fixture
def register(http):
    """Register with changes; None leaves a member out."""

    def register(**changes):
        wanted = {name: value for name, value in (PUBLIC | changes).items() if value is not None}
        return http.post("/auth/register", json=wanted)

    return register


def _basic(client) -> dict[str, str]:
    pair = f"{client['client_id']}:{client['client_secret']}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def test_a_public_app_gets_an_id_and_launches(register, smart):
    answer = register()
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    client = answer.json
    assert {name: client[name] for name in PUBLIC} == PUBLIC
    assert "client_secret" not in client
    id_ = client["client_id"]
    launch = smart.launch(client=id_)
    code = smart.code(client_id=id_, redirect_uri=CALLBACK, launch=launch)
    assert smart.exchange(code, client_id=id_, redirect_uri=CALLBACK).status_code == 200


def test_a_symmetric_app_gets_a_secret_that_never_ends(register, smart):
    client = register(token_endpoint_auth_method="client_secret_basic").json
    assert client["client_secret_expires_at"] == 0
    id_ = client["client_id"]
    launch = smart.launch(client=id_)
    code = smart.code(client_id=id_, redirect_uri=CALLBACK, launch=launch)
    bare = smart.exchange(code, client_id=id_, redirect_uri=CALLBACK)
    assert bare.status_code == 401
    answer = smart.exchange(code, client_id=id_, redirect_uri=CALLBACK, headers=_basic(client))
    assert answer.status_code == 200


def test_an_asymmetric_app_proves_itself_by_its_registered_keys(register, smart, keys):
    answer = register(token_endpoint_auth_method="private_key_jwt", jwks=keys.public())
    id_ = answer.json["client_id"]
    assert "client_secret" not in answer.json
    code = smart.code(client_id=id_, redirect_uri=CALLBACK, launch=smart.launch(client=id_))
    proof = {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": keys.assertion(iss=id_, sub=id_),
    }
    assert smart.exchange(code, client_id=id_, redirect_uri=CALLBACK, **proof).status_code == 200


def test_what_is_left_out_is_the_standards_default(register):
    client = register(token_endpoint_auth_method=None, grant_types=None, response_types=None).json
    assert client["token_endpoint_auth_method"] == "client_secret_basic"
    assert client["grant_types"] == ["authorization_code"]
    assert client["response_types"] == ["code"]
    assert client["client_secret"]


def test_two_apps_share_neither_id_nor_secret(register):
    first, second = (
        register(token_endpoint_auth_method="client_secret_basic").json for _ in range(2)
    )
    assert first["client_id"] != second["client_id"]
    assert first["client_secret"] != second["client_secret"]


def test_an_app_may_name_its_launch_address_as_openid_does(register, http):
    client = register(launch_uris=None, initiate_login_uri=f"{APP}/launch").json
    query = {"patient": "ada-byron", "user": "oncologist-owen", "client": client["client_id"]}
    assert http.get("/launch", query_string=query).location.startswith(f"{APP}/launch?")


def test_an_app_without_a_launch_address_is_not_launched(register, http):
    client = register(launch_uris=None).json
    query = {"patient": "ada-byron", "user": "oncologist-owen", "client": client["client_id"]}
    page = http.get("/launch", query_string=query)
    assert page.status_code == 400
    assert "no launch address" in page.text


def test_a_registered_app_may_be_shown_in_the_chart(register, http):
    assert "127.0.0.1:8300" not in http.get("/").headers["Content-Security-Policy"]
    register()
    assert "127.0.0.1:8300" in http.get("/").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "uris",
    [
        None,
        [],
        "http://127.0.0.1:8300/callback",
        [7],
        ["https://evil.example/callback"],
        ["http://127.0.0.1.evil.example/callback"],
        ["http://127.0.0.1:8300/callback#x"],
        ["http://user@127.0.0.1:8300/callback"],
        ["http://127.0.0.1:8300/*"],
        ["http://127.0.0.1:8300;script-src/callback"],
        ["http://127.0.0.1:x/callback"],
        ["javascript://127.0.0.1/%0aalert(1)"],
        ["/callback"],
        [CALLBACK] * 11,
        [f"{CALLBACK}?{'x' * 4000}"],
    ],
)
def test_redirect_uris_that_lead_elsewhere_are_refused(register, uris):
    answer = register(redirect_uris=uris)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "changes",
    [
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": ["none"]},
        {"grant_types": ["client_credentials"]},
        {"grant_types": ["authorization_code", "implicit"]},
        {"grant_types": ["refresh_token"]},
        {"grant_types": "authorization_code"},
        {"grant_types": [["authorization_code"]]},
        {"response_types": ["token"]},
        {"response_types": []},
        {"launch_uris": ["https://evil.example/launch"]},
        {"launch_uris": None, "initiate_login_uri": "https://evil.example/launch"},
        {"client_name": 7},
        {"client_name": "x" * 4001},
        {"contacts": "ann@app.example"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": []}},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": []},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [{"kty": "RSA"}]}},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://evil.example/k"},
        {
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks_uri": f"{APP}/k",
            "jwks": {"keys": []},
        },
    ],
)
def test_metadata_that_the_sandbox_does_not_know_are_refused(register, changes):
    answer = register(**changes)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")


def test_a_private_key_is_refused(register, keys):
    jwks = {"keys": [keys.rsa.as_dict(private=True)]}
    answer = register(token_endpoint_auth_method="private_key_jwt", jwks=jwks)
    assert answer.json["error"] == "invalid_client_metadata"
    assert jwks["keys"][0]["d"] not in answer.text


def test_a_software_statement_is_trusted_by_nobody(register):
    assert register(software_statement="e30.e30.").json["error"] == "unapproved_software_statement"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{}", "text/plain"),
        (b"redirect_uris=x", "application/x-www-form-urlencoded"),
        (b"[]", "application/json"),
        (b"{", "application/json"),
        (b"[" * 10_000, "application/json"),
        (b"{" + b" " * 20_000 + b"}", "application/json"),
        (b"", "application/json"),
    ],
)
def test_what_is_no_registration_is_refused(http, body, kind):
    answer = http.post("/auth/register", data=body, content_type=kind)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")


def test_no_more_than_so_many_register(register, monkeypatch, config):
    for _ in range(clients.MOST_REGISTERED):
        assert register().status_code == 201
    full = register()
    assert (full.status_code, full.json["error"]) == (503, "temporarily_unavailable")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("Bearer other", 401),
        ("Basic door-key", 401),
        ("Bearer", 401),
        ("Bearer door-key", 201),
    ],
)
def test_with_an_initial_token_nobody_registers_without_it(config, header, status):
    http = create_sandbox(replace(config, registration_token="door-key")).test_client()
    headers = {"Authorization": header} if header else {}
    answer = http.post("/auth/register", json=PUBLIC, headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.json["error"] == "invalid_token"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
