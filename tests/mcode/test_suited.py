"""For which cancers and ages an entry, a test or a grading is meant."""

from datetime import date

import pytest

from app.forms._registry import all_forms
from app.mcode.suited import ENTRIES, GRADINGS, suited_test
from app.mcode.valuesets import value_set

TODAY = date(2026, 11, 24)
CANCERS = {
    "breast": ("C50.412", "Malignant neoplasm of left breast"),
    "prostate": ("C61", "Malignant neoplasm of prostate"),
    "lymphoma": ("C83.30", "Diffuse large B-cell lymphoma"),
    "all": ("C91.00", "Acute lymphoblastic leukemia"),
    "rhabdo": ("C49.0", "Embryonal rhabdomyosarcoma"),
    "kidney": ("C64.1", "Malignant neoplasm of right kidney"),
}
SUITED = {
    "lymphoma-stage": {"lymphoma"},
    "deauville": {"lymphoma"},
    "all-risk": {"all"},
    "rhabdomyosarcoma-risk": {"rhabdo"},
    "tnm-stage": {"breast", "prostate", "kidney", "rhabdo"},
    "tumor-size": {"breast", "prostate", "kidney", "rhabdo", "lymphoma"},
    "ecog": set(CANCERS),
}


@pytest.fixture
def cancer(chart):
    def make(name):
        code, words = CANCERS[name]
        made = chart.condition("c", code)
        return chart.read({**made, "code": {**made["code"], "text": words}}).primary("c")

    return make


def fitting(cancer, suited):
    return {name for name in CANCERS if suited.takes_cancer(cancer(name))}


@pytest.mark.parametrize("form", SUITED)
def test_an_entry_is_for_some_cancers(cancer, form):
    assert fitting(cancer, ENTRIES[form]) == SUITED[form]


def test_each_row_is_of_a_form():
    assert ENTRIES.keys() <= all_forms().keys()


@pytest.mark.parametrize(
    ("test", "fits"),
    [
        ("Prostate specific Ag [Mass/volume] in Serum or Plasma", {"prostate"}),
        ("Estrogen receptor Ag [Presence] in Breast cancer specimen by Immune stain", {"breast"}),
        ("Cancer Ag 125 [Units/volume] in Serum or Plasma", set(CANCERS)),
        ("Carcinoembryonic Ag [Mass/volume] in Serum or Plasma", set(CANCERS)),
    ],
)
def test_a_test_may_be_made_for_one_organ(cancer, test, fits):
    assert fitting(cancer, suited_test(test)) == fits


def test_a_grading_may_be_made_for_one_cancer(cancer):
    listed = {concept.code for concept in value_set("histologic-grading-system").concepts}
    assert GRADINGS.keys() <= listed
    fits = {code: fitting(cancer, suited) for code, suited in GRADINGS.items()}
    assert fits == {
        "449205006": {"breast"},
        "396192007": {"kidney"},
        "426757001": {"rhabdo"},
        "897202005": {"prostate"},
    }


@pytest.mark.parametrize(
    ("form", "born", "fits"),
    [
        ("lansky", "2015-05-01", True),
        ("lansky", "1960-05-01", False),
        ("lansky", "2026-05-01", False),
        ("lansky", None, True),
        ("karnofsky", "1960-05-01", True),
        ("karnofsky", "2015-05-01", False),
        ("ecog", "2015-05-01", False),
        ("ecog", None, True),
        ("tnm-stage", "2015-05-01", True),
    ],
)
def test_a_scale_is_for_an_age(form, born, fits):
    patient = {"birthDate": born} if born else {}
    assert ENTRIES[form].takes_age(patient, TODAY) == fits
