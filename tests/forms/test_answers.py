"""Answers as values: their texts are those that drafts have had from the first release on."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from app.fhir.quantity import Quantity
from app.forms._answers import (
    AS_RECORDED,
    Absent,
    AsRecorded,
    Identifier,
    NumberRange,
    PartialDate,
    Ratio,
    Reference,
    is_given,
    text_of,
)
from app.terminology.concept import Concept, TypedConcept
from tests.forms.answering import amount, day, lengths, moment, span

FORMS = Path(__file__).parents[2] / "app" / "forms"
SITE = Concept("urn:s", "1", "Site")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (None, ""),
        ((), ""),
        (AS_RECORDED, "as-recorded"),
        (Absent("unknown"), "absent:unknown"),
        (SITE, "urn:s|1"),
        (TypedConcept("urn:t", "2", "Elsewhere"), "urn:t|2|Elsewhere"),
        (TypedConcept("", "", "In words"), "||In words"),
        ((SITE, TypedConcept("", "", "In words")), "urn:s|1\n||In words"),
        (amount("0.10", "ng/mL", "<"), "<0.10 ng/mL"),
        (amount(40), "40"),
        (Ratio(amount(3, "mg"), amount(1, "mL")), "3 mg:1 mL"),
        (lengths("28.0", 21, unit="mm"), "28.0 x 21 mm"),
        (day("2026-03"), "2026-03"),
        (span("2026-03", "2026-04-02"), "2026-03/2026-04-02"),
        (span("2026-03"), "2026-03"),
        (span(None, "2026"), "/2026"),
        (moment("2026-11-20", "14:30", "+01:00"), "2026-11-20 14:30 +01:00"),
        (NumberRange(100, 250), "100-250"),
        (Reference("Specimen/core"), "Specimen/core"),
        (Identifier("urn:radiology", "Tumor 1"), "urn:radiology|Tumor 1"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        ("final", "final"),
    ],
)
def test_an_answer_has_the_text_that_drafts_have_of_it(answer, text):
    assert text_of(answer) == text
    assert is_given(answer) is bool(text)


def test_the_digits_of_a_number_are_a_part_of_it():
    assert amount("2.0", "mm") != amount(2, "mm")
    assert amount("2.0", "mm") == Quantity.of({"value": Decimal("2.0"), "unit": "mm"})
    assert (amount(2).number, amount("2.0").number) == (2, Decimal("2.0"))
    assert isinstance(Quantity.of({"value": Decimal("1E+2")}).number, int)


@pytest.mark.parametrize(
    "element",
    [
        None,
        "12 mm",
        {},
        {"value": "12"},
        {"value": True},
        {"value": Decimal("NaN")},
        {"value": 1, "unit": "two words"},
        {"value": 1, "comparator": "about"},
        {"value": 1, "comparator": ["<"]},
    ],
)
def test_what_is_no_plain_quantity_is_none(element):
    assert Quantity.of(element) is None


@pytest.mark.parametrize("value", [None, "", 2026, "last spring", "2026/03", "2026-3", "26"])
def test_what_is_no_date_is_none(value):
    assert PartialDate.of(value) is None


def test_what_is_recorded_is_one_answer():
    assert AsRecorded() == AS_RECORDED
    assert AS_RECORDED != "as-recorded"


def test_the_texts_of_answers_stand_in_one_module():
    own = re.compile(r"""["'](?:as-recorded|absent:|\|\|)""")
    found = {p.name for p in FORMS.rglob("*.py") if own.search(p.read_text(encoding="utf-8"))}
    assert found == {"_answers.py"}
