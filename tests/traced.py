"""Enter a typical entry of the form `slug` in process and print the modules that have run for it.

Run by `figures.py` in a checkout of any commit: nothing but addresses, settings and what the tests
of the forms share is used. The modules are those from the post of the form to its review, and from
the press of the review's button to the transaction, but for those that every page of a launch runs.
"""

import json
import re
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import responses

from app import create_app
from app.forms._registry import all_forms
from tests.conftest import settings_in
from tests.forms import cases, chart, entering, patient, valid

ROOT = Path.cwd()
APP = "http://127.0.0.1:8000"
BASE = "http://127.0.0.1:9999/fhir"


class Watch:
    """Takes note of every module of the app that runs code; `ran` are their paths."""

    def __init__(self) -> None:
        self.ran: set[str] = set()

    def during(self, act: Callable):
        """Carry something out, and return what it gave."""
        self.ran = set()
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        try:
            return act()
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def _note(self, frame, event, _argument) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(f"{ROOT}/app/"):
            self.ran.add(frame.f_code.co_filename.removeprefix(f"{ROOT}/"))


def way_of(slug: str, folder: Path, mock: responses.RequestsMock) -> set[str]:
    """Return the modules on the way of a form's typical entry."""
    cases.BASE = chart.BASE = BASE
    mock.get(f"{BASE}/metadata", status=404)
    held = chart.Chart(mock, patient.PATIENT, *patient.CHART)
    app = create_app({**settings_in(folder), "OPEN_FHIR_SERVERS": BASE, "BASE_URL": APP})
    client, watch = app.test_client(), Watch()
    form = all_forms()[slug]
    answers = {"patient": "pat", **valid.typical(form, entering.subject_of(form))}
    query = {"iss": BASE, "patient": "pat"}
    opened = client.get("/launch", query_string=query, base_url=APP)
    home = re.match(r"/l/[^/]+/", opened.location)[0]
    watch.during(lambda: client.get(f"{home}receipts/", base_url=APP))
    every_page = watch.ran
    form_page = f"{home}forms/{slug}/new"
    sent = watch.during(lambda: client.post(form_page, data=answers, base_url=APP))
    assert "/review" in sent.location, sent.text
    before_review = watch.ran
    review = client.get(sent.location, base_url=APP).text
    reviewed = re.search(r'name="reviewed" value="(\w+)"', review)[1]
    until_sent: set[str] = set()
    held.fault = lambda *_: until_sent.update(watch.ran)
    press = {"patient": "pat", "reviewed": reviewed}
    save = sent.location.replace("/review", "/save")
    saved = watch.during(lambda: client.post(save, data=press, base_url=APP))
    assert "/receipts/" in saved.location, saved.text
    app.extensions["store"].close()
    return (before_review | until_sent) - every_page


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        responses.RequestsMock(assert_all_requests_are_fired=False) as mock,
    ):
        print(json.dumps(sorted(way_of(sys.argv[1], Path(folder), mock))))
