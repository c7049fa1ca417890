"""Signing out in one tab while another one saves: no false word, no lost entry, no second copy."""

from contextlib import ExitStack

import pytest

from app.sandbox import create_sandbox
from app.sandbox.config import SandboxConfig
from tests.flow.answers import PATHOLOGIC
from tests.live import HOST, Chart, Clinician, Demo, app_at, free_server, launch_entry

pytestmark = pytest.mark.server

PATIENT, USER = "elena-martinez", "oncologist-owen"
NOTE = "typed before the sign-out"
FORM = "forms/tnm-stage/new"


class Meanwhile:
    """Stands before the sandbox, and lets something happen around its first transaction."""

    def __init__(self, app) -> None:
        self._app = app
        self.before = self.after = lambda: None

    def __call__(self, environ, start_response):
        if (environ["REQUEST_METHOD"], environ["PATH_INFO"].rstrip("/")) != ("POST", "/fhir"):
            return self._app(environ, start_response)
        before, after = self.before, self.after
        self.before = self.after = lambda: None
        before()
        answer = self._app(environ, start_response)
        after()
        return answer


@pytest.fixture
def place(tmp_path):
    """Both servers, and what can happen at the EHR meanwhile."""
    with ExitStack() as stack:
        ehr_port, serve_ehr = stack.enter_context(free_server())
        app_port, serve_app = stack.enter_context(free_server())
        ehr, own = f"http://{HOST}:{ehr_port}", f"http://{HOST}:{app_port}"
        config = SandboxConfig(origin=ehr, app_url=own, database=tmp_path / "ehr.sqlite")
        meanwhile = Meanwhile(create_sandbox(config))
        serve_ehr(meanwhile)
        app = stack.enter_context(app_at(own, tmp_path, launch_entry(ehr, own)))
        serve_app(app)
        yield Demo(ehr, own, "", app), meanwhile


def sign_out(person) -> None:
    headers = {"Origin": person.demo.app}
    left = person.http.post(f"{person.home}sign-out", headers=headers, timeout=30)
    assert left.url.endswith("/signed-out")


def groups(demo) -> list[dict]:
    """Return the stage groups in the chart that bear the note."""
    found = Chart(demo, PATIENT).search("Observation?_count=500")
    return [r for r in found if r.get("note", [{}])[0].get("text") == NOTE]


def saves_once(demo) -> None:
    """Launch anew: what was typed waits, and ends as one entry, whatever was sent before."""
    again = Clinician(demo).launch(PATIENT, USER).open("forms/")
    assert "Drafts that wait" in again.text
    again.open(FORM)
    if "/review" not in again.page.url:
        assert NOTE in again.page.text
        again.send()
    again.send("save")
    assert again.written()
    assert len(groups(demo)) == 1
    assert "Drafts that wait" not in again.open("forms/").text


@pytest.mark.parametrize(
    ("moment", "stored"), [("unsent", 0), ("before", 0), ("after", 1)], ids=str
)
def test_a_save_is_called_saved_by_nobody_and_the_draft_stays(place, moment, stored):
    """Before it is sent; before the EHR takes it; after it did, and before its answer comes."""
    demo, meanwhile = place
    person = Clinician(demo).launch(PATIENT, USER).open(FORM)
    person.send(**PATHOLOGIC, note=NOTE)
    other = Clinician(demo, person.http, person.page)
    if moment == "unsent":
        sign_out(other)
    else:
        setattr(meanwhile, moment, lambda: sign_out(other))
    person.send("save")
    assert other.http.get(other.home, timeout=30).status_code == 404
    assert person.page.status_code >= 400
    assert "Saved to the chart" not in person.text
    assert len(groups(demo)) == stored
    saves_once(demo)
