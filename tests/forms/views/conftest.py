"""The app with a launch for the patient "pat", and launches that are not that one, in process."""

import json
from itertools import count

import pytest
import responses

from app import create_app
from app.forms._registry import all_forms
from app.smart import cookies
from app.smart.context import User, read_context
from app.smart.opening import Opener
from tests.conftest import settings_in
from tests.forms.cases import BASE
from tests.forms.chart import Chart
from tests.forms.patient import CHART, PATIENT
from tests.forms.views.clinician import APP, Clinician

TYPES = sorted({"Provenance", *(part.type for form in all_forms().values() for part in form.parts)})
SCOPE = " ".join(["launch", "patient/Patient.rs", *(f"patient/{name}.crus" for name in TYPES)])
EVE = {**PATIENT, "id": "eve", "name": [{"family": "Other", "given": ["Eve"]}]}
_NUMBERS = count()


@pytest.fixture(autouse=True)
def always_quick_requests(quick_requests):
    """Let every test here have quick requests."""


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    """One app for all tests of views: in each a person of its own signs in, with own drafts."""
    folder = tmp_path_factory.mktemp("views")
    ehr = {
        "key": "example",
        "name": "Example EHR",
        "issuer": BASE,
        "client_id": "oncoform",
        "client_auth": "public",
        "scopes": SCOPE.split(),
    }
    (folder / "launch.json").write_text(json.dumps({"ehrs": [ehr]}))
    given = {
        "LAUNCH_FILE": str(folder / "launch.json"),
        "BASE_URL": APP,
        "DEMO": False,
        "TESTING": True,
    }
    made = create_app({**settings_in(folder), **given})
    yield made
    made.extensions["store"].close()


@pytest.fixture
def store(app):
    return app.extensions["store"]


@pytest.fixture
def chart(ehr):
    """The chart of "pat", and a server that gives "eve" out to whoever asks for her."""
    return Chart(ehr, PATIENT, EVE, *CHART)


@pytest.fixture(params=["transaction", "one by one"])
def server(request, ehr, chart):
    """A server that takes transactions, and one that takes one resource at a time."""
    if request.param == "one by one":
        rest = {"mode": "server", "interaction": [{"code": "batch"}]}
        statement = {"resourceType": "CapabilityStatement", "rest": [rest]}
        ehr.replace(responses.GET, f"{BASE}/metadata", json=statement)
    yield
    assert {"entry" in sent and "type" in sent for sent in chart.sent} <= {
        request.param == "transaction"
    }


@pytest.fixture
def person():
    """Who signs in, another one in each test."""
    return f"Practitioner/nancy-{next(_NUMBERS)}"


@pytest.fixture
def launch(app, store, person):
    """Open the app from a patient's chart: in a browser of one's own, or in that of a colleague."""
    registry = app.extensions["smart"].registry

    def launch(
        patient="pat", user=person, browser=None, scope=SCOPE, tenant=None, **tokens
    ) -> Clinician:
        key = browser.key if browser else cookies.new_browser_key()
        told = {"patient": patient, "encounter": "visit", "tenant": tenant}
        opened = Opener(store, hours=8).open(
            key,
            registry.find("example", BASE),
            User(user, "Nancy Nurse"),
            read_context(told),
            {"access_token": f"token-of-{patient}", "scope": scope, **tokens},
        )
        client = browser.client if browser else app.test_client()
        client.set_cookie(cookies.NAME, key, domain="app.example", secure=True)
        return Clinician(client, opened.id, patient, opened.owner, user, key)

    return launch


@pytest.fixture
def nancy(launch, chart):
    """The person of the launch for "pat"."""
    return launch()
