from __future__ import annotations

import pytest

from app.mcode.cancers import Cancers
from app.mcode.profiles import EXTENSION

KIDNEY = Cancers(r"C64", r"wilms|nephroblastoma")


@pytest.mark.parametrize(
    ("code", "words", "holds", "names"),
    [
        ("C64.1", "Malignant neoplasm of right kidney", True, False),
        ("c64.9", "Nephroblastoma", True, True),
        ("C50.9", "Carcinoma of breast", False, False),
        ("C80.1", "Extrarenal Wilms tumor", True, True),
    ],
)
def test_a_cancer_is_known_by_its_category_or_its_words(chart, code, words, holds, names):
    condition = chart.condition("c", code)
    condition["code"]["text"] = words
    primary = chart.read(condition).primary("c")
    assert (KIDNEY.holds(primary), KIDNEY.names(primary)) == (holds, names)


def test_a_cancer_is_known_by_the_words_of_its_histology(chart):
    condition = chart.condition("c", "C80.1")
    histology = {"url": EXTENSION["histology"], "valueCodeableConcept": {"text": "Nephroblastoma"}}
    assert KIDNEY.names(chart.read({**condition, "extension": [histology]}).primary("c"))
    found = chart.observation("h", "31206-6", system="http://loinc.org", focus="c")
    found["valueCodeableConcept"] = {"text": "Nephroblastoma, NOS"}
    assert KIDNEY.names(chart.read(condition, found).primary("c"))
    assert not KIDNEY.names(chart.read(condition).primary("c"))
