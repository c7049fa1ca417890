"""Charts that are made to keep the app busy: each page is made at once."""

import time

import pytest

from app.fhir.paths import literal_reference
from app.forms._registry import addresses
from app.mcode.assembly import assemble
from app.summary import panels
from app.summary.panels import _room, present
from app.summary.panels._panel import Page
from tests.summary.conftest import marked
from tests.summary.resources import (
    CANCER,
    LOINC,
    PATIENT,
    TODAY,
    coded,
    concept_value,
    condition,
    observation,
    order,
    radiotherapy,
    record,
    stage,
)

pytestmark = pytest.mark.fuzz
SUBJECT = {"subject": {"reference": "Patient/p"}}
LONG = 80_000
MARKUP = "<&\"'>" * 100
REPEATED = ("Rai ", "secondary ", "history of ", "polycyth", "[", "A ", "\n")


def named(words, **more):
    return {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        **SUBJECT,
        "code": {"text": words},
        **more,
    }


def within(seconds, make, *args):
    """Return what `make` returns, and fail if it took longer."""
    began = time.perf_counter()
    made = make(*args)
    assert time.perf_counter() - began < seconds
    return made


@pytest.mark.parametrize("words", REPEATED)
def test_one_text_in_a_chart_keeps_nobody_waiting(summary_page, words):
    text = f"x {words * (LONG // len(words))}x"
    chart = [
        named(text),
        named(text, id="v", code={"coding": [{"code": "x"}], "text": text}, valueString="x"),
        {"resourceType": "Condition", "id": "c", **SUBJECT, "code": {"text": text}},
        {
            "resourceType": "MedicationRequest",
            "id": "m",
            **SUBJECT,
            "medicationCodeableConcept": {"text": text},
        },
    ]
    page = within(2, lambda: summary_page(record(*chart)))
    assert text.split()[1][:9] in page.words
    assert "…" in page.words
    assert len(page.html) < LONG


def linked(number):
    """A cancer with many stages, results that all name one panel, and laboratory results."""
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "399537006"}]}
    cancer = {"reference": "Condition/c"}
    laboratory = {"category": [{"coding": [{"code": "laboratory"}]}]}
    yield {"resourceType": "Condition", "id": "c", **SUBJECT, "code": {"text": "breast cancer"}}
    for each in range(number):
        yield named("", id=f"s{each}", code=code, focus=[cancer], valueString="IIA")
        yield named("a", id=f"m{each}", hasMember=[{"reference": "Observation/hub"}])
        yield named("b", id=f"x{each}", focus=[{"reference": "Observation/hub"}])
        yield named("Hb", id=f"l{each}", **laboratory, valueInteger=each)
    yield named("hub", id="hub")


def test_the_time_grows_with_the_chart_and_not_with_its_square(summary_page):
    chart = list(linked(600))
    page = within(10, lambda: summary_page(record(*chart)))
    assert page.html.count("IIA") >= 600
    assert "570 older stages were not compared with the newest 30" in page.words


CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
REPORT = coded(LOINC, "51969-4")
VARIANT = coded(LOINC, "69548-6")


def many(number):
    """Yield `number` resources of each kind that is compared, or looked up, with others."""
    for n in range(number):
        yield condition(f"d{n}", "C61", f"Prostate cancer {n}")
        yield from ({**part, "id": f"{part['id']}-{n}"} for part in stage(focus=[CANCER]))
        yield observation(f"h{n}", coded(LOINC, "31206-6"), concept_value("Ductal"), focus=[CANCER])
        yield observation(f"v{n}", VARIANT, concept_value("Present"))
        yield {**named("report", id=f"r{n}"), "resourceType": "DiagnosticReport", "code": REPORT}
        yield {
            **radiotherapy(f"x{n}"),
            "reasonCode": [coded(ICD_10, "C61")],
        }
        yield {**order(), "id": f"m{n}"}
        yield {
            "resourceType": "Provenance",
            "id": f"p{n}",
            "target": [{"reference": f"Observation/clinical-{n}"}],
            "activity": {"coding": [{"code": "UPDATE"}]},
            "agent": [{"who": {"display": "Dr Owen"}}],
        }


def seconds_for(app, chart):
    """Return the processor's seconds for all of a summary but its HTML."""
    began = time.thread_time()
    found = assemble(PATIENT, chart)
    with app.app_context():
        present(Page(found, TODAY, edit_forms=addresses(found)))
    return time.thread_time() - began


def test_no_two_kinds_of_data_take_the_square_of_their_number(app):
    small, large = (seconds_for(app, [condition(), *many(number)]) for number in (100, 800))
    # Eight times as many; were each compared with each, it would take 64 times as long.
    assert large < 24 * small, (small, large)


def primary(number):
    """Return one of many cancers of one organ, each diagnosed a year after the one before."""
    code = coded(ICD_10_CM, "C50.911", f"Breast cancer {number}")
    diagnosed = f"{1000 + number}-01-01"
    return {**named("", id=f"c{number}"), "resourceType": "Condition", "code": code} | {
        "onsetDateTime": diagnosed
    }


def test_three_thousand_cancers_make_no_page_that_no_browser_shows(app, summary_page):
    found = record(*map(primary, range(3000)))
    assert len(found.primaries) == 3000
    page = summary_page(found)
    assert len(page.html) < 2_000_000
    assert len(set(marked(page.html))) == 50
    assert "2950 further records stand on the list of all records only" in page.words


def test_three_thousand_visits_for_one_cancer_make_no_page_that_no_browser_shows(app, summary_page):
    visit = {"category": [coded(CATEGORY, "encounter-diagnosis")]}
    chart = [condition(f"c{n}", "C50.911", f"Breast cancer {n}", **visit) for n in range(3000)]
    small, large = (seconds_for(app, [condition(), *chart[:number]]) for number in (300, 3000))
    assert large < 30 * small, (small, large)
    page = summary_page(record(*chart))
    assert len(page.html) < 2_000_000
    assert "the chart holds too much for one page" in page.words or len(marked(page.html)) == 3000


@pytest.mark.parametrize(
    "make",
    [
        primary,
        lambda n: named(f"Finding {n}", id=f"o{n}"),
        lambda n: {**order(), "id": f"m{n}"},
        lambda n: named(f"Note {n}", id=f"t{n}", valueString="long " * 50_000),
        lambda n: named("Note", id=f"t{n}", valueString="long " * 4_000),
        lambda n: named("Wrong", id=f"e{n}", status="entered-in-error"),
        lambda n: {**named("Hers", id=f"q{n}"), "subject": {"reference": "Patient/q"}},
        lambda n: observation(f"v{n}", VARIANT, concept_value("Present")),
        lambda n: {**radiotherapy(f"r{n}"), "performedDateTime": "2020-02-02"},
    ],
)
def test_a_page_says_how_much_it_has_no_room_for(app, monkeypatch, summary_page, make):
    monkeypatch.setattr(panels, "OF_PANEL", 60_000)
    monkeypatch.setattr(_room, "_OF_ROW", 1_000)
    found = record(*[make(n) for n in range(300)])
    page = summary_page(found, edit_forms={})
    assert len(page.html) < 400_000
    assert "the chart holds too much for one page" in page.words
    with app.app_context():
        shown = [one for slot in present(Page(found, TODAY)).values() for one in slot]
    said = sum(one.left_out for one in shown)
    facts = {str(literal_reference(fact)) for fact in found.facts()}
    assert facts - set(marked(page.html)) == set() or said >= len(facts - set(marked(page.html)))
    assert max(one.left_out for one in shown) <= 300


@pytest.mark.parametrize(
    "make",
    [
        lambda n: named(f"Finding {n} {MARKUP}", id=f"o{n}"),
        lambda n: named("Note", id=f"t{n}", valueString=MARKUP * 200),
        lambda n: {**named("Wrong", id=f"e{n}", status="entered-in-error"), "note": [MARKUP * 9]},
    ],
)
def test_characters_that_stand_for_markup_make_no_page_longer(summary_page, make):
    page = summary_page(record(*[make(n) for n in range(3000)]), edit_forms={})
    assert len(page.html) < 2_500_000
    assert "the chart holds too much for one page" in page.words


@pytest.mark.parametrize("text", ["x" * 500, "x" * 100_000])
def test_a_result_that_names_another_a_hundred_thousand_times_says_it_thirty_times(
    summary_page, text
):
    member = {"reference": "Observation/long"}
    chart = [
        named("Panel", hasMember=[member] * 100_000),
        named("Long", id="long", valueString=text),
    ]
    page = within(5, lambda: summary_page(record(*chart)))
    assert len(page.html) < 1_000_000
    assert ("and 99970 more" if len(text) < 1_000 else "more characters)") in page.words


def test_a_resource_whose_depth_would_make_its_text_long_is_cut_where_it_is_shown(summary_page):
    deep = [0] * 200_000
    for _ in range(90):
        deep = [deep]
    chart = [named("Deep", status="entered-in-error", extension=deep)]
    page = within(5, lambda: summary_page(record(*chart)))
    assert "the rest is not shown" in page.words
    assert len(page.html) < 1_000_000
