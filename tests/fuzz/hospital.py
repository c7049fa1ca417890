"""An EHR with its authorization server, for one launch: right in everything that nobody bends."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.fuzz.id_tokens import Keys
from tests.fuzz.network import Answer, Sent

AUTH = "https://auth.example"
CLIENT_ID = "oncoform"
CLIENT_SECRET = "client-s3cr3t"
CLIENTS = ("public", "symmetric", "asymmetric")
SCOPE = (
    "launch openid fhirUser online_access patient/Patient.rs patient/Condition.crus "
    "patient/Observation.crus patient/Provenance.crs"
)
# In everything that must be seen by nobody but its addressee.
MARK = "s3cr3t"

Bend = Callable[[bytes], bytes | Answer]


def registrations() -> list[dict]:
    """Return the entries of launch.json: one for each way in which the app proves itself."""
    return [
        {
            "key": client,
            "name": f"Hospital of the {client}",
            "issuer": f"https://{client}.example/*/fhir",
            "client_id": CLIENT_ID,
            "client_auth": client,
            "client_secret_env": "FUZZ_SECRET",
            "private_key_env": "FUZZ_KEY",
            "scopes": SCOPE.split(),
        }
        for client in CLIENTS
    ]


@dataclass
class Hospital:
    """The documents of one launch; `bend` turns the text of one of them into what is sent.

    Every hospital has addresses of its own, so that nothing that the app keeps of one serves
    another.
    """

    number: int
    keys: Keys
    algorithm: str = "ES256"
    patient: str = "elena"
    chart: Callable[[Sent], Answer | None] | None = None
    bent: dict[str, Bend] = field(default_factory=dict)
    id_token: Callable[[dict], object] | None = None
    asked: dict[str, str] = field(default_factory=dict)
    served: dict[str, Answer] = field(default_factory=dict)
    signed: object = None

    @property
    def issuer(self) -> str:
        return f"https://{CLIENTS[self.number % len(CLIENTS)]}.example/{self.number}/fhir"

    @property
    def auth(self) -> str:
        return f"{AUTH}/{self.number}"

    @property
    def code(self) -> str:
        return f"code-{self.number}-{MARK}"

    @property
    def access_token(self) -> str:
        return f"access-{self.number}-{MARK}"

    def follow(self, address: str) -> None:
        """Take note of what the app asks for when it sends a browser here."""
        self.asked = dict(parse_qsl(urlsplit(address).query))

    def claims(self) -> dict:
        now = int(time.time())
        return {
            "iss": self.auth,
            "sub": "owen",
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": self.asked.get("nonce", ""),
            "fhirUser": f"{self.issuer}/Practitioner/owen",
        }

    def document(self, name: str) -> dict:
        """Return one of the documents, as it is when nobody bends it."""
        if name == "smart":
            return {
                "issuer": self.auth,
                "jwks_uri": f"{self.auth}/jwks",
                "authorization_endpoint": f"{self.auth}/authorize",
                "token_endpoint": f"{self.auth}/token",
                "revocation_endpoint": f"{self.auth}/revoke",
                "introspection_endpoint": f"{self.auth}/introspect",
                "grant_types_supported": ["authorization_code"],
                "capabilities": ["launch-ehr", "permission-v2", "sso-openid-connect"],
                "code_challenge_methods_supported": ["S256"],
            }
        if name == "openid":
            return {
                "issuer": self.auth,
                "jwks_uri": f"{self.auth}/jwks",
                "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            }
        if name == "style":
            return {"color_highlight": "#1b4fa0", "font_family_body": "Arial, sans-serif"}
        if name == "jwks":
            return self.keys.jwks()
        if name == "introspection":
            return {
                "active": True,
                "token_type": "Bearer",
                "scope": SCOPE,
                "sub": "owen",
                "client_id": CLIENT_ID,
                "patient": self.patient,
                "iss": self.auth,
                "exp": int(time.time()) + 3600,
            }
        self.signed = self._signed()
        told = {
            "intent": "summary-timeline-view",
            "fhirContext": [{"reference": "Condition/breast"}],
        }
        return {
            "access_token": self.access_token,
            "refresh_token": f"refresh-{self.number}-{MARK}",
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": SCOPE,
            "patient": self.patient,
            "encounter": "visit-1",
            "need_patient_banner": True,
            "tenant": "north",
            "smart_style_url": f"{self.auth}/style.json",
            # One more page to open, so not for everybody.
            **(told if self.number % 4 == 0 else {}),
            "id_token": self.signed,
        }

    def _signed(self) -> object:
        claims = self.claims()
        return self.id_token(claims) if self.id_token else self.keys.sign(claims, self.algorithm)

    def answer(self, sent: Sent) -> Answer | None:
        """Answer a request of the app."""
        name = self._name(sent)
        if name is None:
            return self._fhir(sent)
        if name == "revoke":
            return Answer(b"")
        body = json.dumps(self.document(name)).encode()
        bent = self.bent.get(name, lambda text: text)(body)
        answer = bent if isinstance(bent, Answer) else Answer(bent)
        self.served[name] = answer
        return answer

    def _name(self, sent: Sent) -> str | None:
        """Tell which document is asked for; an address that was bent is answered too."""
        if sent.method == "POST" and "grant_type" in sent.form:
            return "token"
        for end, name in (
            ("/.well-known/smart-configuration", "smart"),
            ("/.well-known/openid-configuration", "openid"),
            ("/jwks", "jwks"),
            ("/revoke", "revoke"),
            ("/introspect", "introspection"),
            ("/style.json", "style"),
        ):
            if sent.path.endswith(end):
                return name
        return None

    def is_below_base(self, address: str) -> bool:
        """Tell whether an address is one of the FHIR server's, to which its token may go."""
        return re.match(rf"{re.escape(self.issuer)}(?:[/?]|$)", address) is not None

    def _fhir(self, sent: Sent) -> Answer | None:
        if not self.is_below_base(sent.url):
            return None
        if self.chart:
            return self.chart(sent)
        type_, _, id_ = sent.path.removeprefix(urlsplit(self.issuer).path).strip("/").partition("/")
        if type_ == "Patient" and id_:
            return _json(patient(unquote(id_)))
        if type_ == "Practitioner":
            return _json({"resourceType": type_, "id": unquote(id_), "name": [{"text": "Dr Owen"}]})
        if type_ == "metadata" or id_:
            return Answer(b"", 404)
        return _json({"resourceType": "Bundle", "type": "searchset", "total": 0})


def assert_at_home(sent: list[Sent], hospital: Hospital) -> None:
    """Assert that every request went to this EHR, with the token nowhere but in its place."""
    for request in sent:
        if request.url == f"{hospital.issuer}/.well-known/smart-configuration":
            assert "Authorization" not in request.headers  # what is public is asked as anybody
        elif hospital.is_below_base(request.url):
            assert request.headers["Authorization"] == f"Bearer {hospital.access_token}"
            assert str(request).count(hospital.access_token) == 1
        else:
            assert request.url.startswith(f"{hospital.auth}/"), request.url


def patient(id_: str) -> dict:
    """Return the patient with this id, whose name is the id too."""
    return {
        "resourceType": "Patient",
        "id": id_,
        "name": [{"family": f"Person-{id_}"}],
        "birthDate": "1961-03-02",
        "gender": "female",
    }


def _json(content: dict) -> Answer:
    return Answer(json.dumps(content).encode())
