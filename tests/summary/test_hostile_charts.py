"""Charts that are made to keep the app busy: each page is made at once."""

import time

import pytest

from tests.summary.resources import record

SUBJECT = {"subject": {"reference": "Patient/p"}}
LONG = 80_000
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
