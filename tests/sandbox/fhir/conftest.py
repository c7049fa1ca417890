"""A FHIR store with two patients, and builders for what goes into it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from app.sandbox.fhir.access import AccessDenied, AllowAll
from app.sandbox.fhir.search import search
from app.sandbox.fhir.store import FhirStore
from app.sandbox.fhir.views import fhir_blueprint

Resource = dict[str, Any]
EXAMPLES = (
    Path(__file__).resolve().parents[4] / "shared" / "examples" / "mcode-examples-transaction.json"
)


class Make:
    """Builders of minimal valid resources; `more` adds or replaces elements, None omits one."""

    @staticmethod
    def resource(resource_type: str, id_: str | None = None, **more: Any) -> Resource:
        given = {"resourceType": resource_type, "id": id_, **more}
        return {name: value for name, value in given.items() if value is not None}

    @classmethod
    def patient(cls, id_: str = "ada", **more: Any) -> Resource:
        name = [{"family": "Lovelace", "given": ["Ada", "Augusta"]}]
        return cls.resource("Patient", id_, **{"name": name, "birthDate": "1815-12-10", **more})

    @classmethod
    def observation(cls, of: str = "Patient/ada", **more: Any) -> Resource:
        plain = {
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "21908-9"}]},
            "subject": {"reference": of},
        }
        return cls.resource("Observation", **{**plain, **more})

    @classmethod
    def condition(cls, id_: str | None, of: str = "Patient/ada", **more: Any) -> Resource:
        code = {"coding": [{"system": "http://snomed.info/sct", "code": "254837009"}]}
        plain = {"subject": {"reference": of}, "code": code}
        return cls.resource("Condition", id_, **{**plain, **more})

    @staticmethod
    def entry(method: str, url: str, resource: Any = None, **more: Any) -> Resource:
        full_url = more.pop("fullUrl", None)
        entry = {
            "fullUrl": full_url,
            "resource": resource,
            "request": {"method": method, "url": url},
        }
        entry["request"] |= more
        return {name: value for name, value in entry.items() if value is not None}

    @staticmethod
    def bundle(*entries: Resource, kind: str = "transaction") -> Resource:
        return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


class OnlyPatient(AllowAll):
    """An Access that keeps to one patient's resources, and to some interactions if told."""

    def __init__(self, store: FhirStore, patient: str, interactions: str = "cruds") -> None:
        self._store = store
        self._patient = patient
        self._interactions = interactions
        self.asked: list[tuple[str, str, str | None]] = []

    def check(self, interaction: Any, resource_type: str, resource: Resource | None) -> None:
        self.asked.append((interaction, resource_type, resource and resource["id"]))
        if interaction not in self._interactions:
            raise AccessDenied(403, "Not with this token.")
        if resource is not None and not self.visible(resource):
            raise AccessDenied(403, "Not this patient's.")

    def visible(self, resource: Resource) -> bool:
        return self._store.patients_of(resource) <= {self._patient}


@pytest.fixture
def make() -> Make:
    return Make()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FhirStore]:
    store = FhirStore(tmp_path / "fhir.sqlite", "http://ehr.test/fhir")
    yield store
    store.close()


@pytest.fixture
def chart(store: FhirStore, make: Make) -> FhirStore:
    """The store with Ada, who has a breast cancer, and Grace, who has a lung cancer."""
    store.put("Patient", "ada", make.patient(), "PUT")
    grace = make.patient("grace", name=[{"family": "Hopper", "given": ["Grace"]}])
    store.put("Patient", "grace", grace, "PUT")
    store.put("Condition", "breast", make.condition("breast"), "PUT")
    store.put("Condition", "lung", make.condition("lung", "Patient/grace"), "PUT")
    return store


@pytest.fixture
def only(chart: FhirStore) -> Callable[..., OnlyPatient]:
    return lambda patient, interactions="cruds": OnlyPatient(chart, patient, interactions)


@pytest.fixture
def find(store: FhirStore) -> Callable[..., Resource]:
    """A search by an administrator that returns the Bundle."""

    def find(resource_type: str, *pairs: tuple[str, str], **params: str) -> Resource:
        given = MultiDict([*pairs, *params.items()])
        return search(store, AllowAll(), resource_type, given)

    return find


@pytest.fixture
def ids(find: Callable[..., Resource]) -> Callable[..., list[str]]:
    def ids(*args: Any, **params: str) -> list[str]:
        return [entry["resource"]["id"] for entry in find(*args, **params).get("entry", [])]

    return ids


@pytest.fixture
def http(chart: FhirStore) -> Iterator[FlaskClient]:
    """A client of the FHIR server at /fhir; the header X-Test: deny stands for a bad token."""

    def access_for(request: Any) -> AllowAll:
        if request.headers.get("X-Test") == "deny":
            raise AccessDenied(401, "The token is expired.", 'Bearer error="invalid_token"')
        return AllowAll()

    app = Flask(__name__)
    uris = {"authorize": "http://ehr.test/auth", "token": "http://ehr.test/token"}
    blueprint = fhir_blueprint(chart, access_for, oauth_uris=uris, max_body=50_000)
    app.register_blueprint(blueprint, url_prefix="/fhir")
    return app.test_client()


@pytest.fixture
def examples() -> str:
    if not EXAMPLES.exists():
        pytest.skip(f"the official examples are not at {EXAMPLES.parent.name}/")
    return EXAMPLES.read_text()
