"""Adverse events as an oncologist looks for them: what, how grave, since when, by what."""

import pytest

from app.mcode.retraction import retracted
from app.summary.panels.adverse_events import adverse_event_rows
from tests.summary.resources import (
    CTCAE,
    NCIT,
    adverse_event,
    coded,
    condition,
    given,
    record,
    surgery,
)

ADD = "/l/l/forms/adverse-event/new?about=patient"
PROBABLY = {"assessment": {"coding": [{"system": NCIT, "code": "C53259"}]}}


def rows(*resources):
    return adverse_event_rows(record(condition(), *resources))


def suspect(reference, *causality):
    return {"instance": {"reference": reference}, "causality": list(causality)}


def extended(event, name, value):
    added = {"url": f"{CTCAE}StructureDefinition/{name}", **value}
    return {**event, "extension": [*event["extension"], added]}


def test_the_newest_is_first_with_what_people_said_and_the_term():
    neuropathy = {
        "coding": [{"system": NCIT, "code": "C143752", "display": "Peripheral sensory neuropathy"}],
        "text": "Numb fingertips",
    }
    shown = rows(adverse_event(), adverse_event("later", "2026-08-01", event=neuropathy))
    assert [(row.name, row.term, row.start, row.key) for row in shown] == [
        (
            "Numb fingertips",
            "Peripheral sensory neuropathy",
            "01-Aug-2026",
            "AdverseEvent/later",
        ),
        ("Nausea", None, "03-Jun-2026", "AdverseEvent/event"),
    ]


@pytest.mark.parametrize(
    ("grade", "tone"),
    [("0", "neutral"), ("1", "neutral"), ("2", "warning"), ("3", "danger"), ("5", "danger")],
)
def test_the_grade_is_a_badge_by_how_grave_it_is(grade, tone):
    (row,) = rows(adverse_event(grade=grade))
    assert (row.grade.text, row.grade.tone) == (f"Grade {grade}", tone)


def test_without_a_grade_the_severity_stands_in_its_place():
    event = adverse_event(extension=[])
    assert rows(event)[0].grade.text == "No grade"
    assert rows({**event, "severity": {"text": "Moderate"}})[0].grade.text == "Moderate"


def test_it_says_whether_it_is_serious_why_and_how_it_ended():
    event = adverse_event(
        seriousness={"coding": [{"system": NCIT, "code": "C41335"}]},
        outcome={"coding": [{"code": "resolvedWithSequelae", "display": "Resolved with Sequelae"}]},
    )
    stay = {"coding": [{"display": "Adverse Event associated with Hospitalization"}]}
    event = extended(event, "adverse-event-seriousness-outcome", {"valueCodeableConcept": stay})
    event = extended(event, "adverse-event-resolved-date", {"valueDateTime": "2026-06-16"})
    (row,) = rows(event)
    assert (row.serious, row.outcome, row.end) == (
        "serious: hospitalization",
        "resolved with sequelae",
        "16-Jun-2026",
    )
    (silent,) = rows(adverse_event())
    assert (silent.serious, silent.outcome, silent.end) == (None, None, "")


def test_what_is_suspected_is_named_with_its_date_and_how_likely_it_is():
    wrong = surgery(id="wrong", status="entered-in-error")
    event = adverse_event(
        suspectEntity=[
            suspect("MedicationAdministration/given-2026-06-01", PROBABLY),
            suspect("Procedure/surgery-2026-04-21"),
            suspect("Procedure/wrong"),
            suspect("Device/pump"),
            {"instance": {"display": "the contrast agent"}},
            "odd",
        ]
    )
    (row,) = rows(event, given("2026-06-01"), surgery(), wrong)
    assert row.suspects == (
        ("doxorubicin", "01-Jun-2026", "probably"),
        ("Lumpectomy of breast", "21-Apr-2026", ""),
        ("Lumpectomy of breast", "withdrawn", ""),
        ("something that this chart does not show", "", ""),
        ("the contrast agent", "", ""),
    )


def test_what_might_have_happened_is_no_more_than_that():
    assert rows(adverse_event(actuality="potential"))[0].term == "potential only"
    assert rows(adverse_event(event=None))[0].name == "Adverse event without a name"


def test_the_page_shows_it_with_the_way_to_its_form(summary_page):
    page = summary_page(
        record(
            condition(),
            adverse_event(event=coded(NCIT, "C146764", "Nausea")),
            retracted(adverse_event("wrong", "2026-01-01", event={"text": "Vomiting"})),
        ),
        edit_forms={"AdverseEvent/event": ("adverse-event", "event")},
    )
    words, links = page.sections()["Adverse events"]
    assert "Nausea Grade 2 03-Jun-2026 No data No data No data Amend Nausea, 03-Jun-2026" in words
    assert "Vomiting" not in words
    assert links == ["/l/l/forms/adverse-event/event", ADD]
    assert "Vomiting entered in error" in page.sections()["Withdrawn"][0]


def test_a_chart_without_any_says_so_and_offers_the_form(summary_page):
    page = summary_page(record(condition()))
    assert page.sections()["Adverse events"] == (
        "Adverse events No data Add an adverse event",
        [ADD],
    )
    assert "Add an adverse event" not in summary_page(record(), may_enter=False).words
