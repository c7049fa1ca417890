"""The SMART launcher (launch.smarthealthit.org), as its version 2.0.1 behaves, and the app.

Its renewals are those that "smart-refresh" of the shared cases describes.
"""

import base64
import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from app import create_app
from app.config import ROOT
from tests.smart.conftest import FakeEhr

BASE = "https://launch.smarthealthit.org/v/r4/sim/WzIsImVsZW5hIiwib3dlbiIsIkFVVE8iXQ/fhir"
PATIENT = {"resourceType": "Patient", "id": "elena", "name": [{"family": "Martinez"}]}


class Launcher(FakeEhr):
    """Its FHIR base is its issuer, `fhirUser` is relative, and it promises no `iss`.

    One refresh token works again and again; the id_token of a renewal has neither aud nor nonce.
    """

    def __init__(self, http, key) -> None:
        super().__init__(http, key, BASE, BASE)
        self.claims = {"fhirUser": "Practitioner/owen"}
        self.given = 0
        self.ended: set[str] = set()
        http.add_callback("GET", re.compile(rf"{BASE}/[A-Z].*"), callback=self._read)

    def token_answer(self):
        self.given += 1
        self.token = {"access_token": f"access-{self.given}"}
        if self.given > 1:
            self.claims |= {"aud": None, "nonce": None}
        return super().token_answer()

    def _read(self, request):
        token = request.headers["Authorization"].removeprefix("Bearer ")
        kind = {"Content-Type": "application/fhir+json"}
        if token in self.ended:
            return 401, kind, "{}"
        is_patient = urlsplit(request.url).path.endswith("/Patient/elena")
        content = PATIENT if is_patient else {"resourceType": "Bundle", "type": "searchset"}
        return 200, kind, json.dumps(content)


@pytest.fixture
def launcher(http, ehr_key):
    return Launcher(http, ehr_key)


@pytest.fixture
def demo(settings):
    """The app as `make demo` starts it, with the launch file as it is shipped."""
    shipped = {"BASE_URL": "http://127.0.0.1:8000", "LAUNCH_FILE": str(ROOT / "launch.json")}
    made = create_app({**settings, **shipped, "DEMO": True, "TESTING": True})
    yield made
    made.extensions["store"].close()


def _open(client, launcher, iss=BASE):
    """Launch; where the app then is, and what it asked for."""
    begun = client.get("/launch", query_string={"iss": iss, "launch": "WzAsIiIsIiJd"})
    assert begun.status_code == 302, begun.text
    assert begun.location.startswith(f"{BASE}/authorize?")
    launcher.launched = dict(parse_qsl(urlsplit(begun.location).query))
    back = urlsplit(launcher.launched["redirect_uri"]).path
    query = {"code": "code-1", "state": launcher.launched["state"]}
    opened = client.get(back, query_string=query)
    assert opened.status_code == 303, opened.text
    return opened.location


def _outlive_tokens(client, launcher, home):
    for number in (1, 2, 3):
        assert launcher.given == number
        launcher.ended.add(f"access-{number}")
        page = client.get(home)
        assert page.status_code == 200
        assert "MARTINEZ" in page.text.upper()
    assert client.post(f"{home}extend").status_code == 303
    assert launcher.given == 5


def test_the_demo_opens_from_it_and_outlives_its_tokens(demo, launcher):
    client = demo.test_client()
    home = _open(client, launcher)
    assert launcher.launched["aud"] == BASE
    assert launcher.launched["redirect_uri"] == "http://127.0.0.1:8000/callback/smart-launcher"
    _outlive_tokens(client, launcher, home)


def test_no_hospital_opens_from_it(settings, http, launcher):
    shipped = {"LAUNCH_FILE": str(ROOT / "launch.json")}
    app = create_app({**settings, **shipped, "TESTING": True})
    query = {"iss": BASE, "launch": "xyz"}
    assert app.test_client().get("/launch", query_string=query).status_code == 403
    app.extensions["store"].close()
    assert not http.calls


@pytest.mark.parametrize(
    "iss",
    [
        BASE.replace("r4", "r2"),
        BASE.replace("https", "http"),
        BASE.replace(".org", ".org.evil.example"),
        "https://launch.smarthealthit.org/v/r4/sim/../fhir",
    ],
)
def test_the_demo_opens_from_nothing_like_it(demo, http, iss):
    query = {"iss": iss, "launch": "xyz"}
    assert demo.test_client().get("/launch", query_string=query).status_code == 403
    assert not http.calls


def algorithm_of(token):
    """Return the algorithm by which a JWT says that it is signed."""
    return json.loads(base64.urlsafe_b64decode(f"{token.partition('.')[0]}=="))["alg"]


class TestEveryTypeOfClient:
    @pytest.fixture
    def registration(self, registration):
        return registration | {"issuer": "https://launch.smarthealthit.org/v/r4/sim/*/fhir"}

    def test_outlives_its_tokens(self, any_client, browser, launcher):
        _outlive_tokens(browser, launcher, _open(browser, launcher))
        sent = launcher.forms("/token")[1:]
        assert {form["refresh_token"] for form in sent} == {"refresh-1"}
        proof = {"public": "client_id", "rsa": "client_assertion", "ec": "client_assertion"}
        assert all(proof.get(any_client, "grant_type") in form for form in sent)
        asserted = [form["client_assertion"] for form in sent if "client_assertion" in form]
        signed = {"rsa": {"RS384"}, "ec": {"ES384"}}.get(any_client, set())
        assert {algorithm_of(assertion) for assertion in asserted} == signed

    def test_ends_with_its_token_if_the_renewal_is_about_another(
        self, any_client, browser, launcher
    ):
        home = _open(browser, launcher)
        launcher.claims["sub"] = "somebody-else"
        launcher.ended.add("access-1")
        for _ in range(2):
            assert browser.get(home).status_code == 401
        assert launcher.given == 2
