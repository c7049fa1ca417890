"""No form takes more clicks and keys than its answers need; the table is printed at the end.

Each form is filled in with its typical answers (tests/forms/typical) in the chart of the patient
whom they are for (tests.forms.patient), and brought to its review; to save is one click more for
all. What answers need is said in tests.browser.entry; a form that asks for what the chart tells, or
asks a needless question, takes more.
"""

import json
from urllib.parse import urljoin

import pytest

from app.fhir import wire
from app.forms._registry import all_forms
from app.forms.body_surface_area import BodySurfaceArea
from app.forms.karnofsky import Karnofsky
from tests.browser.entry import Entry, need
from tests.browser.hand import Hand
from tests.forms.patient import CHART, PATIENT
from tests.forms.test_every_form import subject_of
from tests.forms.valid import TYPICAL
from tests.live import demo

pytestmark = pytest.mark.browser

REVIEW = 1


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


def enter(page, chart, form_class, answers) -> tuple[Hand, int]:
    """Bring answers to their review; return the hand that did it, and what was needed."""
    subject = subject_of(form_class)
    page.goto(chart.launch_address("pat", "oncologist-owen"))
    page.get_by_role("heading", name="Cancer summary").wait_for(state="attached")
    page.goto(urljoin(page.url, f"forms/{form_class.slug}/new?about={subject.key}"))
    again = page.get_by_role("button", name="Start again from the chart")
    if again.count():
        # The draft of another test.
        again.click()
        again.wait_for(state="detached")
    form = form_class()
    form.prepare(subject)
    hand = Hand(page)
    entry = Entry(page, hand, form)
    needed = need(form, answers, entry.held()) + REVIEW + len([*form.misfits(subject)])
    for name in form.asked:
        if name in answers:
            entry.answer(name, answers[name])
    # A form for another cancer or age than the patient's asks at once whether it is meant.
    for tick in page.locator("#entry [name^='confirm-']").all():
        hand.choose(tick)
    review = page.locator("button[form=entry]").first
    hand.click(review)
    while page.locator("#entry").count():
        # A question that the form asks costs a tick, and the review another click.
        unsure = page.locator("#entry [name^='confirm-']:not(:checked)")
        assert unsure.count(), page.locator(".error-summary").inner_text()
        for tick in unsure.all():
            hand.choose(tick)
        hand.click(review)
    page.get_by_role("heading", name="Review before saving").wait_for()
    return hand, needed


@pytest.mark.parametrize("form_class", all_forms().values(), ids=lambda form: form.slug)
def test_entering_a_form_takes_no_more_than_its_answers_need(page, chart, told, form_class):
    answers = json.loads((TYPICAL / f"{form_class.slug}.json").read_text(encoding="utf-8"))
    hand, needed = enter(page, chart, form_class, answers)
    told((form_class.title, len(answers), hand.clicks, hand.keys, hand.acts, needed))
    assert hand.acts <= needed


def test_a_question_takes_more_than_the_answers_need(page, chart):
    # The chart knows of no death.
    hand, needed = enter(page, chart, Karnofsky, {"points": "0", "date": "2026-11-19"})
    assert hand.acts == needed + 2


def test_what_the_chart_tells_needs_nothing_and_what_differs_from_it_does(page, chart):
    told_by_the_chart = {"height": "168 cm", "weight": "64 kg", "date": "2026-03-20"}
    hand, needed = enter(page, chart, BodySurfaceArea, told_by_the_chart)
    assert (hand.acts, needed) == (REVIEW, REVIEW)
    hand, needed = enter(page, chart, BodySurfaceArea, {"height": "168.5 cm"})
    assert (hand.acts, needed) == (REVIEW + 6, REVIEW + 6)
