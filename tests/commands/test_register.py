"""`oncoform register` as a hospital's engineer runs it."""

import json
import stat

import pytest
import responses

APP = "https://app.example"
ISSUER = "https://ehr.example/fhir"
SMART = f"{ISSUER}/.well-known/smart-configuration"
ENDPOINT = "https://auth.example/register"
TOKEN_ENDPOINT = "https://auth.example/token"


@pytest.fixture
def http():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(SMART, json={"registration_endpoint": ENDPOINT, "token_endpoint": TOKEN_ENDPOINT})
        yield mock


@pytest.fixture
def symmetric(registration):
    registration |= {"client_auth": "symmetric", "client_secret_env": "EXAMPLE_SECRET"}
    del registration["client_id"]
    return registration


def test_the_page_to_copy_from_is_printed(run, hospital, symmetric):
    hospital(symmetric, client={"contacts": ["ann@app.example"]})
    ended = run("register", "example")
    assert ended.exit_code == 0, ended.output
    for text in (f"{APP}/launch", f"{APP}/callback", "HTTP Basic", "ann@app.example"):
        assert text in ended.output


def test_the_metadata_are_printed_as_json(run, hospital, registration):
    hospital({**registration, "callback": "own"})
    said = json.loads(run("register", "example", "--json").output)
    assert said["redirect_uris"] == [f"{APP}/callback/example"]


@pytest.mark.parametrize(("promised", "path"), [(True, "/callback"), (False, "/callback/example")])
def test_with_two_ehrs_the_callback_follows_from_what_the_ehr_promises(
    run, hospital, registration, http, promised, path
):
    other = {**registration, "key": "other", "issuer": "https://other.example/fhir"}
    hospital(registration, other)
    smart = {"authorization_response_iss_parameter_supported": promised}
    http.replace(responses.GET, SMART, json=smart)
    ended = run("register", "example", "--json")
    assert json.loads(ended.stdout)["redirect_uris"] == [f"{APP}{path}"]
    callback = "shared" if promised else "own"
    assert f'write "callback": "{callback}" into the registration' in ended.stderr


def test_with_two_ehrs_one_that_cannot_be_read_has_its_own_callback(
    run, hospital, registration, http
):
    hospital(registration, {**registration, "key": "other", "issuer": "https://b.example/fhir"})
    http.replace(responses.GET, SMART, status=503)
    said = json.loads(run("register", "example", "--json").stdout)
    assert said["redirect_uris"] == [f"{APP}/callback/example"]


def test_an_ehr_that_is_not_in_the_file_is_no_traceback(run, hospital, registration):
    hospital(registration)
    ended = run("register", "other")
    assert ended.exit_code == 1
    assert "no EHR other; it has example" in ended.output


def test_the_app_registers_itself_and_prints_the_secret_once(run, hospital, symmetric, http):
    hospital(symmetric, ONCOFORM_REGISTRATION_TOKEN="door-key")
    http.post(ENDPOINT, status=201, json={"client_id": "app-7", "client_secret": "s3cret"})
    ended = run("register", "example", "--dynamic")
    assert ended.exit_code == 0, ended.output
    assert '"client_id": "app-7"' in ended.output
    assert ended.output.count("s3cret") == 1
    assert "EXAMPLE_SECRET_FILE" in ended.output
    assert "door-key" not in ended.output
    sent = http.calls[-1].request
    assert sent.headers["Authorization"] == "Bearer door-key"
    assert json.loads(sent.body)["token_endpoint_auth_method"] == "client_secret_basic"


def test_the_secret_goes_into_a_private_file(run, hospital, symmetric, http, tmp_path):
    hospital(symmetric)
    content = {
        "client_id": "app-7",
        "client_secret": "s3cret",
        "client_secret_expires_at": 1_900_000_000,
    }
    http.post(ENDPOINT, status=201, json=content)
    path = tmp_path / "secret"
    ended = run("register", "example", "--dynamic", "--secret-file", str(path))
    assert ended.exit_code == 0, ended.output
    assert "s3cret" not in ended.output
    assert "2030-03-17" in ended.output
    assert path.read_text() == "s3cret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_told_before_anything_is_sent(
    run, hospital, symmetric, http, tmp_path
):
    hospital(symmetric)
    path = tmp_path / "secret"
    path.write_text("ours")
    ended = run("register", "example", "--dynamic", "--secret-file", str(path))
    assert ended.exit_code == 1
    assert "new file" in ended.output
    assert path.read_text() == "ours"
    assert not http.calls


def test_a_secret_that_cannot_be_filed_is_printed(
    run, hospital, symmetric, http, tmp_path, monkeypatch
):
    hospital(symmetric)
    http.post(ENDPOINT, status=201, json={"client_id": "app-7", "client_secret": "s3cret"})

    def fail(*_) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.commands.ehrs.write_new", fail)
    ended = run("register", "example", "--dynamic", "--secret-file", str(tmp_path / "secret"))
    assert ended.output.count("s3cret") == 1


def test_what_was_registered_otherwise_and_how_to_change_it_are_told(
    run, hospital, registration, http
):
    hospital(registration)
    content = {
        "client_id": "app-7",
        "grant_types": ["authorization_code"],
        "registration_client_uri": f"{ENDPOINT}/app-7",
        "registration_access_token": "manage-it",
    }
    http.post(ENDPOINT, status=201, json=content)
    told = run("register", "example", "--dynamic").output
    assert 'grant_types is ["authorization_code"]' in told
    assert f"{ENDPOINT}/app-7" in told
    assert told.count("manage-it") == 1


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"json": {}}, "offers no registration"),
        ({"json": {"registration_endpoint": "http://auth.example/register"}}, "no registration"),
        ({"json": {"registration_endpoint": "https://10.0.0.1/register"}}, "no registration"),
        ({"json": {"registration_endpoint": ["x"]}}, "offers no registration"),
        ({"status": 500}, "HTTP status 500"),
    ],
)
def test_an_ehr_that_offers_no_registration_says_so(
    run, hospital, registration, http, configuration, words
):
    hospital(registration)
    http.replace(responses.GET, SMART, **configuration)
    ended = run("register", "example", "--dynamic")
    assert ended.exit_code == 1
    assert words in ended.output


def test_a_refusal_ends_the_command_in_words(run, hospital, registration, http):
    hospital(registration)
    http.post(ENDPOINT, status=400, json={"error": "invalid_redirect_uri"})
    ended = run("register", "example", "--dynamic")
    assert ended.exit_code == 1
    assert "redirect URI" in ended.output


def test_an_initial_token_that_is_no_word_is_refused(run, hospital, registration, http):
    hospital(registration, ONCOFORM_REGISTRATION_TOKEN="door key")
    ended = run("register", "example", "--dynamic")
    assert ended.exit_code == 1
    assert "one word" in ended.output
    assert not http.calls


def test_an_ehr_of_several_bases_is_asked_at_one(run, hospital, registration, http):
    hospital({**registration, "issuer": [ISSUER, "https://ehr.example/*/fhir"]})
    http.post(ENDPOINT, status=201, json={"client_id": "app-7"})
    unclear = run("register", "example", "--dynamic")
    assert unclear.exit_code == 2
    assert "--issuer" in unclear.output
    other = run("register", "example", "--dynamic", "--issuer", "https://evil.example/fhir")
    assert other.exit_code == 2
    assert not http.calls
    assert run("register", "example", "--dynamic", "--issuer", f"{ISSUER}/").exit_code == 0


STRANGE = "https://elsewhere.example/register"


@pytest.mark.parametrize(
    "token_endpoint",
    [
        TOKEN_ENDPOINT,
        None,
        "https://elsewhere.example:8443/token",
        "https://elsewhere.example.org/token",
        ["https://elsewhere.example/token"],
        "http://elsewhere.example/token",
    ],
)
def test_an_endpoint_on_a_host_of_its_own_gets_nothing(
    run, hospital, registration, http, token_endpoint
):
    hospital(registration, ONCOFORM_REGISTRATION_TOKEN="door-key")
    offered = {"registration_endpoint": STRANGE, "token_endpoint": token_endpoint}
    http.replace(responses.GET, SMART, json=offered)
    ended = run("register", "example", "--dynamic")
    assert ended.exit_code == 1
    assert STRANGE in ended.output
    assert "--registration-endpoint" in ended.output
    assert [call.request.method for call in http.calls] == ["GET"]


def test_an_endpoint_that_was_named_exactly_is_sent_to(run, hospital, registration, http):
    hospital(registration, ONCOFORM_REGISTRATION_TOKEN="door-key")
    http.replace(responses.GET, SMART, json={"registration_endpoint": STRANGE})
    http.post(STRANGE, status=201, json={"client_id": "app-7"})
    ended = run("register", "example", "--dynamic", "--registration-endpoint", STRANGE)
    assert ended.exit_code == 0, ended.output
    assert http.calls[-1].request.headers["Authorization"] == "Bearer door-key"


@pytest.mark.parametrize("offered", [STRANGE, ENDPOINT])
@pytest.mark.parametrize("named", [f"{STRANGE}/", "https://elsewhere.example", ""])
def test_an_endpoint_other_than_the_one_named_gets_nothing(
    run, hospital, registration, http, offered, named
):
    hospital(registration)
    configuration = {"registration_endpoint": offered, "token_endpoint": TOKEN_ENDPOINT}
    http.replace(responses.GET, SMART, json=configuration)
    ended = run("register", "example", "--dynamic", "--registration-endpoint", named)
    assert ended.exit_code == 1
    assert offered in ended.output
    assert [call.request.method for call in http.calls] == ["GET"]


def test_an_endpoint_beside_the_fhir_base_is_sent_to(run, hospital, registration, http):
    hospital(registration)
    beside = "https://ehr.example/register"
    http.replace(responses.GET, SMART, json={"registration_endpoint": beside})
    http.post(beside, status=201, json={"client_id": "app-7"})
    assert run("register", "example", "--dynamic").exit_code == 0
