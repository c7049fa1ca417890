"""The summary of a chart as a clinician opens it: over HTTP, from a stand-in EHR."""

import copy
import json
import re
from itertools import count

import pytest
import responses

from app import create_app
from app.smart import cookies
from app.smart.context import User, read_context
from app.smart.opening import Opener
from tests.conftest import settings_in
from tests.summary.conftest import XHTML, Rendered, marked
from tests.summary.reading.ehr import BASE, INSIDE, StandIn

APP = "https://app.example"
_NUMBERS = count()


class Page(Rendered):
    """The page as it was answered, with the EHR that answered for it."""

    def __init__(self, html, ehr, address, client):
        super().__init__(html)
        self.ehr = ehr
        self.address = address
        self.client = client
        self.facts = marked(html)

    @property
    def shown(self):
        """The words of the page without those of resources as they are in the chart."""
        for block in self.root.iter(f"{XHTML}pre"):
            block.text = None
        return " ".join("".join(self.root.itertext()).split())

    def card(self, heading):
        """Return the words of the first card or notice whose heading begins so; empty for none."""
        found = (words for title, (words, _) in self.sections().items() if heading in title)
        return next(found, "")

    def row(self, name):
        """Return the words of the element that shows a fact."""
        for element in self.root.iter():
            if name in element.get("data-fact", "").split():
                return " ".join("".join(element.itertext()).split())
        return ""

    def other_page(self, path):
        """Open another page of the same launch."""
        with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
            mock.add_callback("GET", re.compile(f"{BASE}/.*"), callback=self.ehr.answer)
            answer = self.client.get(f"{self.address}{path}", base_url=APP)
        assert answer.status_code == 200, answer.text
        return Rendered(answer.text)


@pytest.fixture(autouse=True)
def always_quick_requests(quick_requests):
    """Let every test here have quick requests."""


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reading")
    ehr = {
        "key": "example",
        "name": "Example EHR",
        "issuer": BASE,
        "client_id": "oncoform",
        "client_auth": "public",
        "other_bases": [INSIDE],
    }
    (folder / "launch.json").write_text(json.dumps({"ehrs": [ehr]}))
    given = {"LAUNCH_FILE": str(folder / "launch.json"), "BASE_URL": APP, "DEMO": False}
    made = create_app({**settings_in(folder), **given, "TESTING": True})
    yield made
    made.extensions["store"].close()


@pytest.fixture
def read(app):
    """Return a function that reads the summary of the patient of a chart."""

    def read(resources, **habits):
        chart = copy.deepcopy(list(resources))
        (patient, *_) = (r["id"] for r in chart if r["resourceType"] == "Patient")
        ehr = StandIn(chart, **habits)
        key = cookies.new_browser_key()
        opened = Opener(app.extensions["store"], hours=8).open(
            key,
            app.extensions["smart"].registry.find("example", BASE),
            User(f"Practitioner/nancy-{next(_NUMBERS)}", "Nancy Nurse"),
            read_context({"patient": patient}),
            {"access_token": "token", "scope": "launch patient/*.rs patient/*.cu"},
        )
        client = app.test_client()
        client.set_cookie(cookies.NAME, key, domain="app.example", secure=True)
        with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
            mock.add_callback("GET", re.compile(f"{BASE}/.*"), callback=ehr.answer)
            answer = client.get(f"/l/{opened.id}/", base_url=APP)
        assert answer.status_code == 200, answer.text
        return Page(answer.text, ehr, f"/l/{opened.id}/", client)

    return read
