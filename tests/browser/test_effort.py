"""No form takes more clicks and keys than its answers need: all that is typed is told by them.

Each form is filled in with its typical answers (tests/forms/typical), reviewed and saved, in the
chart of tests.forms.patient. What answers need is counted in tests.browser.entry; to review and to
save is one click each. A form that asks for what the chart tells, asks a needless question, or has
its answers behind too many doors, is above that. The table is printed at the end of the tests.
"""

from __future__ import annotations

import json
from urllib.parse import urljoin

import pytest

from app.fhir import wire
from app.forms._definition import Subject
from app.forms._registry import all_forms
from app.mcode.assembly import assemble
from tests.browser.entry import Entry, need
from tests.browser.hand import Hand
from tests.forms.patient import CHART, PATIENT, TODAY
from tests.forms.valid import TYPICAL
from tests.live import demo

pytestmark = pytest.mark.browser

REVIEW_AND_SAVE = 2


@pytest.fixture(scope="module")
def chart(tmp_path_factory):
    """Both servers, with the patient for whom the typical answers are."""
    folder = tmp_path_factory.mktemp("effort")
    entries = [{"resource": resource} for resource in (PATIENT, *CHART)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    path = folder / "patient.json"
    path.write_bytes(wire.dumps(bundle))
    with demo(folder, data=(path,)) as servers:
        yield servers


@pytest.mark.parametrize("form_class", all_forms().values(), ids=lambda form: form.slug)
def test_entering_a_form_takes_no_more_than_its_answers_need(page, chart, told, form_class):
    answers = json.loads((TYPICAL / f"{form_class.slug}.json").read_text(encoding="utf-8"))
    page.goto(chart.launch_address("pat", "oncologist-owen"))
    page.get_by_role("heading", name="Cancer summary").wait_for(state="attached")
    page.goto(urljoin(page.url, f"forms/{form_class.slug}/new"))
    record = assemble(PATIENT, CHART)
    form = form_class()
    form.prepare(Subject(record, "pat", next(iter(record.primaries)), TODAY))
    hand = Hand(page)
    entry = Entry(page, hand, form)
    needed = need(form, answers, entry.held()) + REVIEW_AND_SAVE
    for name in form.asked:
        if name in answers:
            entry.answer(name, answers[name])
    hand.click(page.locator("button[form=entry]").first)
    while page.locator("#entry").count():
        # Each question of the form costs a tick, and another look at the review.
        unsure = page.locator("#entry [name^='confirm-']:not(:checked)")
        assert unsure.count(), page.locator(".error-summary").inner_text()
        for tick in unsure.all():
            hand.click(tick)
        hand.click(page.locator("button[form=entry]").first)
    hand.click(page.get_by_role("button", name="Save to chart"))
    page.get_by_role("heading", name="Saved to the chart").wait_for()
    told((form_class.title, len(answers), hand.clicks, hand.keys, hand.acts, needed))
    assert hand.acts <= needed
