"""A clinician at the pages of a launch, in process: what a browser would send, and what it shows.

The pages are read as a browser reads them. Nothing here knows how the app makes them.
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.fhir.paths import items
from tests.forms.changing import another
from tests.forms.entering import subject_of
from tests.forms.sending import inputs
from tests.forms.valid import typical
from tests.live import _lines, _sent_by_default

APP = "https://app.example"


@dataclass
class Clinician:
    """One browser, in which one launch is open; `page` is the last answer, followed nowhere."""

    client: FlaskClient
    launch_id: str
    patient: str
    owner: str
    user: str | None
    key: str = field(repr=False)
    page: TestResponse | None = field(default=None, repr=False)

    @property
    def home(self) -> str:
        return f"/l/{self.launch_id}/"

    def get(self, path: str) -> TestResponse:
        """Open a page; `path` is below the launch, or absolute as the app gave it."""
        self.page = self.client.get(self.address(path), base_url=APP)
        return self.page

    def post(self, path: str, data: dict[str, str]) -> TestResponse:
        self.page = self.client.post(self.address(path), data=data, base_url=APP)
        return self.page

    def address(self, path: str) -> str:
        return path if path.startswith("/") else f"{self.home}{path}"

    @property
    def words(self) -> str:
        """The words of the page."""
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", self.page.text)).split())

    def inputs(self, form: str) -> dict[str, str]:
        """Return what a browser sends of the form with this id where nothing is changed."""
        found = re.search(rf'(?s)<form id="{form}".*?</form>', self.page.text)
        assert found, f"no form {form}: {self.words[:500]}"
        return _lines(_sent_by_default(found[0]))

    def action(self, form: str) -> str:
        """Return where a browser sends the form with this id."""
        tag = re.search(rf'(?s)<form id="{form}".*?>', self.page.text)[0]
        return html.unescape(re.search(r'action="([^"]*)"', tag)[1])

    def open(self, path: str) -> dict[str, str]:
        """Open a page of entry and return what its form sends where nothing is changed."""
        assert self.get(path).status_code == 200, self.words
        return self.inputs("entry")

    def answered(self, form_class, **changes: str) -> dict[str, str]:
        """Open a new entry of a form and return what a browser sends of a typical one."""
        shown = self.open(f"forms/{form_class.slug}/new")
        return {**shown, **typical(form_class, subject_of(form_class)), **changes}

    def enter(self, path: str, answers: dict[str, str]) -> str:
        """Send answers, with a tick at whatever is asked; return the address of the review."""
        if self.post(path, answers).status_code == 422:
            asked = re.findall(r'name="(confirm-[a-z0-9-]+)"', self.page.text)
            assert asked, self.words
            self.post(path, {**answers, **dict.fromkeys(asked, "yes")})
        assert self.page.status_code == 303, self.words
        assert "/review" in self.page.location, self.page.location
        return self.page.location

    def review(self, form_class, **changes: str) -> str:
        """Enter a typical new entry of a form; return the address of its review."""
        answers = self.answered(form_class, **changes)
        return self.enter(f"forms/{form_class.slug}/new", answers)

    def save(self, review: str) -> TestResponse:
        """Read the review and press its button."""
        assert self.get(review).status_code == 200, self.words
        return self.press("save")

    def press(self, form: str, **more: str) -> TestResponse:
        """Send a form of the page that is open as it stands."""
        return self.post(self.action(form), {**self.inputs(form), **more})

    def saved(self, review: str) -> str:
        """Save what is reviewed; return the address of the receipt."""
        answer = self.save(review)
        assert_saved(answer)
        return answer.location

    def drafts(self, store) -> list[dict]:
        """Return the answers of all drafts that are kept for this person and patient."""
        return [draft.values for draft in store.drafts.list(self.owner)]

    def receipts(self, store) -> list:
        return store.receipts.list(self.owner)


def draft_of(review: str) -> str:
    """Return the id in the address of a draft's page."""
    return re.search(r"/drafts/([^/]+)/", review)[1]


def assert_saved(answer: TestResponse) -> None:
    assert answer.status_code == 303, answer.text
    assert re.fullmatch(r"/l/[^/]+/receipts/[^/]+", answer.location), answer.location


def assert_not_saved(answer: TestResponse) -> None:
    """Assert that an answer neither says "saved" nor leads to where that is said."""
    assert "Saved to the chart" not in answer.text
    assert "/receipts/" not in (answer.location or "")
    assert answer.status_code >= 400


def written(chart) -> list[dict]:
    """Return every resource that the chart was sent, whatever it made of it."""
    bundles = [sent if "entry" in sent else {"entry": [sent]} for sent in chart.sent]
    return [entry["resource"] for bundle in bundles for entry in bundle["entry"]]


def copies(chart) -> dict[str, int]:
    """Return how often the chart holds each identifier that the app gave to a new resource."""
    found: dict[str, int] = {}
    for resource in chart.stored.values():
        for identifier in items(resource.get("identifier")):
            key = json.dumps(identifier, sort_keys=True)
            found[key] = found.get(key, 0) + 1
    return found


def changes_of(form_class, shown: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield for each field the inputs that stand for another answer than the one that is shown."""
    for item in form_class().asked.values():
        item.process(MultiDict(shown))
        other = another(item) if item.target else None
        if other is not None:
            yield inputs(item, other)


def main_of(chart, form_class) -> dict:
    """Return the main resource of the entry that a form has written last."""
    profile = form_class.parts[-1].profile
    found = [r for r in chart.stored.values() if profile in r.get("meta", {}).get("profile", ())]
    return found[-1]


def answers_in(shown: dict[str, str]) -> dict[str, str]:
    """Return of what a form sends the answers that are given."""
    hidden = {"patient", "entry", "seen", "disputed", "page", "draft"}
    return {name: value for name, value in shown.items() if value and name not in hidden}
