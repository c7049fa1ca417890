"""Which results answer whether a breast cancer has a receptor."""

import pytest

from app.mcode.receptors import missing_receptors

LOINC = "http://loinc.org"
POSITIVE = {"valueCodeableConcept": {"text": "Positive"}}


@pytest.mark.parametrize(
    ("code", "words", "value", "missing"),
    [
        ("85337-4", None, POSITIVE, ["PR", "HER2"]),
        ("85339-0", None, POSITIVE, ["ER", "HER2"]),
        ("85318-4", None, {"valueQuantity": {"value": 1.2}}, ["ER", "PR"]),
        ("48676-1", None, {}, ["ER", "PR", "HER2"]),
        ("32996-1", "HER2 [Mass/volume] in Serum", POSITIVE, ["ER", "PR", "HER2"]),
        ("85310-1", "Estrogen receptor intensity", POSITIVE, ["ER", "PR", "HER2"]),
        ("x", "Oestrogen receptor", POSITIVE, ["PR", "HER2"]),
        ("x", "PgR by IHC", POSITIVE, ["ER", "HER2"]),
        ("x", "HER-2/neu", POSITIVE, ["ER", "PR"]),
        ("x", "Hormone receptors", POSITIVE, ["HER2"]),
        ("x", "Ki-67", POSITIVE, ["ER", "PR", "HER2"]),
    ],
)
def test_a_receptor_is_told_by_a_result_of_the_tissue(chart, code, words, value, missing):
    named = {"coding": [{"system": LOINC, "code": code}], **({"text": words} if words else {})}
    result = chart.observation(
        "m", "39004-7", system=LOINC, extension=[chart.related("Condition/c")], **value
    )
    record = chart.read(chart.condition("c"), {**result, "code": named})
    assert missing_receptors(record.primary("c")) == missing


@pytest.mark.parametrize("code", ["C61", "D05.11"])
def test_of_other_cancers_none_is_asked_for(chart, code):
    record = chart.read(chart.condition("c", code))
    assert missing_receptors(record.primary("c")) == []
