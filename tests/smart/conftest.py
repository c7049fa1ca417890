import json
import time
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
import responses
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from app import create_app
from tests.conftest import settings_in

APP = "https://app.example"
ISSUER = "https://ehr.example/fhir"
AUTH = "https://auth.example"
SCOPE = "launch openid fhirUser online_access patient/Patient.rs patient/Observation.crus"


@pytest.fixture(scope="session")
def ehr_key():
    return RSAKey.generate_key(2048, parameters={"kid": "ehr-1"})


@pytest.fixture(scope="session")
def rsa_key():
    return RSAKey.generate_key(2048, parameters={"kid": "app-rsa"})


@pytest.fixture(scope="session")
def ec_key():
    return ECKey.generate_key("P-384", parameters={"kid": "app-ec"})


class FakeEhr:
    """An EHR whose answers a test may bend.

    An answer is a dict to send as JSON, a triple of status, headers and text, or an exception.
    """

    scope = SCOPE

    def __init__(
        self, http: responses.RequestsMock, key: RSAKey, issuer: str = ISSUER, auth: str = AUTH
    ) -> None:
        self.issuer = issuer
        self.auth = auth
        self.http = http
        self.key = key
        self.launched: dict[str, str] = {}
        self.smart = {
            "issuer": auth,
            "jwks_uri": f"{auth}/jwks",
            "authorization_endpoint": f"{auth}/authorize",
            "token_endpoint": f"{auth}/token",
            "revocation_endpoint": f"{auth}/revoke",
            "capabilities": [
                "launch-ehr",
                "launch-standalone",
                "context-standalone-patient",
                "permission-v2",
            ],
            "code_challenge_methods_supported": ["S256"],
        }
        self.openid = {"issuer": auth, "jwks_uri": f"{auth}/jwks"}
        self.jwks = {"keys": [self.key.as_dict(private=False)]}
        self.claims: dict = {}
        self.token: dict = {}
        self.revocation: object = {}
        self.on_token = lambda: None  # what else happens when a token is asked for
        self.user = {
            "resourceType": "Practitioner",
            "id": "owen",
            "name": [{"prefix": ["Dr"], "given": ["Owen"], "family": "Hale"}],
        }
        get, post = responses.GET, responses.POST
        self._serve(get, f"{issuer}/.well-known/smart-configuration", lambda: self.smart)
        self._serve(get, f"{auth}/.well-known/openid-configuration", lambda: self.openid)
        self._serve(get, f"{auth}/jwks", lambda: self.jwks)
        self._serve(get, f"{issuer}/Practitioner/owen", lambda: self.user)
        self._serve(post, f"{auth}/token", self.token_answer)
        self._serve(post, f"{auth}/revoke", lambda: self.revocation)

    def _serve(self, method, address, content) -> None:
        def answer(_request):
            given = content()
            if isinstance(given, Exception):
                raise given
            if isinstance(given, tuple):
                return given
            return 200, {"Content-Type": "application/json"}, json.dumps(given)

        self.http.add_callback(method, address, callback=answer)

    def token_answer(self):
        self.on_token()
        if not isinstance(self.token, dict):
            return self.token
        answer = {
            "access_token": "access-1",
            "refresh_token": "refresh-1",
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": SCOPE,
            "patient": "elena",
            "id_token": self.id_token(),
            **self.token,
        }
        return {name: value for name, value in answer.items() if value is not None}

    def id_claims(self) -> dict:
        now = int(time.time())
        claims = {
            "iss": self.auth,
            "sub": "owen",
            "aud": "oncoform",
            "iat": now,
            "exp": now + 300,
            "nonce": self.launched.get("nonce"),
            "fhirUser": f"{self.issuer}/Practitioner/owen",
            **self.claims,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def id_token(self) -> str:
        return jwt.encode({"alg": "RS256", "kid": "ehr-1"}, self.id_claims(), self.key)

    def requests(self, path: str) -> list:
        """Return the requests made to a path, with any query."""
        return [
            call.request
            for call in self.http.calls
            if urlsplit(call.request.url).path.endswith(path)
        ]

    def forms(self, path: str) -> list[dict[str, str]]:
        return [dict(parse_qsl(request.body)) for request in self.requests(path)]


@pytest.fixture
def http():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def ehr(http, ehr_key):
    return FakeEhr(http, ehr_key)


@pytest.fixture
def registration():
    """The EHR's registration in launch.json, for a test to change before the app is made."""
    return {
        "key": "example",
        "name": "Example EHR",
        "issuer": ISSUER,
        "client_id": "oncoform",
        "client_auth": "public",
        "scopes": SCOPE.split(),
        "frame_ancestors": ["https://ehr.example"],
    }


@pytest.fixture(params=["public", "symmetric", "rsa", "ec"])
def any_client(request, registration, rsa_key, ec_key, monkeypatch):
    """The app as each type of client."""
    key = {"rsa": rsa_key, "ec": ec_key}.get(request.param)
    if request.param == "symmetric":
        monkeypatch.setenv("EXAMPLE_SECRET", "s3cret")
        registration |= {"client_auth": "symmetric", "client_secret_env": "EXAMPLE_SECRET"}
    elif key:
        monkeypatch.setenv("EXAMPLE_KEY", json.dumps(key.as_dict(private=True)))
        registration |= {"client_auth": "asymmetric", "private_key_env": "EXAMPLE_KEY"}
    return request.param


@pytest.fixture
def settings(tmp_path):
    launch_file = str(tmp_path / "launch.json")
    return {**settings_in(tmp_path), "BASE_URL": APP, "LAUNCH_FILE": launch_file, "DEMO": False}


@pytest.fixture
def registrations(registration):
    """The EHRs of launch.json, for a module to add to."""
    return [registration]


@pytest.fixture
def app(settings, registrations, tmp_path):
    (tmp_path / "launch.json").write_text(json.dumps({"ehrs": registrations}))
    made = create_app({"TESTING": True, **settings})
    yield made
    made.extensions["store"].close()


class Browser(FlaskClient):
    """A browser: it keeps cookies, and comes over https."""

    def open(self, *args, **kwargs):
        kwargs.setdefault("base_url", APP)
        return super().open(*args, **kwargs)


@pytest.fixture
def open_browser(app):
    app.test_client_class = Browser
    return app.test_client


@pytest.fixture
def browser(open_browser):
    return open_browser()


@pytest.fixture
def begin(ehr, browser):
    """Launch from the EHR; the query that it was asked for authorization with."""

    def begin(client=browser, *, launch: str | None = "xyz", iss: str = ISSUER) -> dict[str, str]:
        query = {"iss": iss} | ({"launch": launch} if launch is not None else {})
        answer = client.get(f"/launch?{urlencode(query)}")
        assert answer.status_code == 302, answer.text
        asked = parse_qs(urlsplit(answer.location).query, strict_parsing=True)
        assert all(len(values) == 1 for values in asked.values())
        ehr.launched = {name: values[0] for name, values in asked.items()}
        return ehr.launched

    return begin


@pytest.fixture
def answer(browser):
    """Send a browser back from the EHR."""

    def answer(client=browser, **query):
        return client.get("/callback", query_string=query)

    return answer


@pytest.fixture
def launch(begin, answer, browser):
    """Go through a whole launch; the id of it."""

    def launch(client=browser) -> str:
        asked = begin(client)
        opened = answer(client, code="code-1", state=asked["state"])
        assert opened.status_code == 303, opened.text
        return opened.location.split("/")[2]

    return launch
