"""Pages as the browser gets them, made of records that need no EHR."""

import html
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import html5lib
import pytest
from flask import g, render_template

from app import create_app, forms
from app.frame.frame import make_frame
from app.summary.panels import present
from app.summary.panels._panel import Page
from app.summary.withheld import Withheld
from tests.conftest import settings_in
from tests.summary.resources import TODAY

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
XHTML = "{http://www.w3.org/1999/xhtml}"


class Rendered:
    """A page's HTML, its visible words, and its elements."""

    def __init__(self, html: str) -> None:
        self.html = html
        # A strict parse: markup that browsers would have to mend is an error.
        parser = html5lib.HTMLParser(strict=True)
        self.root = parser.parse(html)
        self.words = " ".join("".join(self.root.itertext()).split())

    def sections(self) -> dict[str, tuple[str, list[str]]]:
        """Return the words and the addresses of each card and notice, by its heading."""
        found = {}
        for element in self.root.iter():
            heading = next(element.iter(f"{XHTML}h2"), None)
            classes = element.get("class", "").split()
            if heading is not None and {"card", "notice"} & set(classes):
                words = " ".join("".join(element.itertext()).split())
                links = [a.get("href") for a in element.iter(f"{XHTML}a")]
                found[" ".join("".join(heading.itertext()).split())] = words, links
        return found

    def links(self) -> dict[str, str]:
        """Return the addresses of the links by their words."""
        anchors = self.root.iter(f"{XHTML}a")
        return {" ".join("".join(a.itertext()).split()): a.get("href") for a in anchors}


def marked(markup):
    """Return the `Type/id` of the facts that are marked in a page's HTML, as often as they are."""
    found = re.findall(r'data-fact="([^"]*)"', markup)
    return [name for names in found for name in html.unescape(names).split()]


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    """Return one app for all pages of the summary: they keep nothing, and share their templates."""
    app = create_app({**settings_in(tmp_path_factory.mktemp("summary")), "TESTING": True})
    yield app
    app.extensions["store"].close()


@pytest.fixture
def summary_page(app):
    """Return a function that makes the summary page of a record."""

    def make(
        record, *, may_enter=True, drafts=(), edit_forms=None, titles=None, withheld=None, **launch
    ):
        index = forms.index()
        opened = SimpleNamespace(
            patient_id="p",
            ehr=SimpleNamespace(name="Sandbox EHR"),
            user=SimpleNamespace(name="Dr Owen"),
            **{
                "need_patient_banner": True,
                "expires_at": NOW + timedelta(minutes=46),
                "can_refresh": True,
                **launch,
            },
        )
        page = Page(
            record,
            TODAY,
            may_enter=may_enter,
            drafts=drafts,
            edit_forms=index.addresses(record) if edit_forms is None else edit_forms,
            titles=index.titles if titles is None else titles,
            withheld=withheld or Withheld(),
        )
        with app.test_request_context("/"):
            g.launch_id = "l"
            return Rendered(
                render_template(
                    "summary/page.html",
                    frame=make_frame(opened, record.patient, "summary", NOW),
                    page=page,
                    panels=present(page),
                )
            )

    return make
