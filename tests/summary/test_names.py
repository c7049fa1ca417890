"""The names of tests: short where LOINC's long common name can be cut."""

import pytest

from app.summary.display import short_name


@pytest.mark.parametrize(
    ("full", "short"),
    [
        (
            "Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma",
            "Lactate dehydrogenase",
        ),
        ("Genomic source class [Type]", "Genomic source class"),
        ("Kappa light chains.free [Mass/volume] in Serum", "Kappa light chains.free"),
    ],
)
def test_a_long_common_name_is_cut_and_kept(full, short):
    assert short_name({"coding": [{"display": full}]}, "none") == (short, full)


@pytest.mark.parametrize(
    "words", ["Paraprotein", "[Ki-67] in Tissue", "HER2 [", "A [b]c", "del(17p)"]
)
def test_another_name_stays_as_it_is(words):
    assert short_name({"text": words}, "none") == (words, None)


@pytest.mark.parametrize("concept", [None, "words", {}, {"coding": "x"}])
def test_what_has_no_name_gets_one(concept):
    assert short_name(concept, "none") == ("none", None)
