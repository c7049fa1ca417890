"""Which tumor marker tests go with a cancer, and what their results are."""

import json
from pathlib import Path

import pytest

import app.terminology
from app.mcode.assembly import assemble
from app.mcode.markers import (
    fits_property,
    result_kind,
    suggested_tests,
    usual_unit,
    usual_units,
)
from app.mcode.valuesets import value_set
from app.terminology.concept import Concept
from app.terminology.systems import LOINC

SUBJECT = {"reference": "Patient/p"}
DATA = json.loads(
    (Path(app.terminology.__path__[0]) / "data" / "marker_tests.json").read_text(encoding="utf-8")
)
TESTS = {concept.code: concept for concept in value_set("tumor-marker-test").concepts}


def primary(code=None, words="Cancer", *markers):
    icd10 = [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}] if code else []
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "subject": SUBJECT,
        "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "372087000"}]}],
        "code": {"coding": icd10, "text": words},
    }
    return assemble({"resourceType": "Patient", "id": "p"}, [condition, *markers]).primaries[0]


def marker(id_, loinc, day):
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "subject": SUBJECT,
        "code": {"coding": [{"system": LOINC, "code": loinc}]},
        "effectiveDateTime": day,
        "valueQuantity": {"value": 1},
    }


def test_every_suggested_test_is_one_of_mcodes():
    assert {code for entry in DATA["suggested"] for code in entry["codes"]} <= set(TESTS)


@pytest.mark.parametrize("entry", DATA["units"], ids=lambda entry: entry["test"])
def test_every_unit_is_usual_for_a_test_whose_property_it_measures(entry):
    named = [concept for concept in TESTS.values() if usual_unit(concept) == entry["unit"]]
    assert named
    assert all(fits_property(concept.term, entry["unit"]) for concept in named)
    assert entry["unit"] in usual_units()


@pytest.mark.parametrize(
    ("code", "words", "test"),
    [
        ("C50.412", "x", "6875-9"),  # CA 15-3
        (None, "Carcinoma of breast", "85319-2"),  # HER2
        ("C61", "x", "2857-1"),  # PSA
        (None, "Adenocarcinoma of prostate", "2857-1"),
        ("C18.7", "x", "2039-6"),  # CEA
        ("C56.1", "x", "10334-1"),  # CA 125
        ("C62.91", "x", "21198-7"),  # hCG
        ("C43.9", "x", "2532-0"),  # LDH
        ("C90.00", "x", "1952-1"),  # beta-2-microglobulin
    ],
)
def test_the_markers_of_a_cancer_are_suggested_by_its_code_else_by_its_words(code, words, test):
    assert test in suggested_tests(primary(code, words))


def test_a_code_decides_whatever_the_words_say_and_other_cancers_have_no_suggestion():
    assert suggested_tests(primary("C61", "not the breast")) == suggested_tests(primary("C61"))
    assert suggested_tests(primary("C44.91")) == []
    # Neither does a word within another: "colon" is not in "Semicolonoid".
    assert suggested_tests(primary(None, "Semicolonoid tumor")) == []


def test_the_tests_on_record_come_first_and_once():
    found = primary("C61", "x", marker("a", "2039-6", "2025-01-02"), marker("b", "35741-8", "2026"))
    assert suggested_tests(found) == ["35741-8", "2039-6", "2857-1"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("2857-1", "number"),  # [Mass/volume]
        ("2532-0", "number"),  # [Enzymatic activity/volume]
        ("85329-1", "number"),  # Cells./100 cells
        ("49683-6", "number"),  # copy number/copy number
        ("94076-7", "number"),  # [# Ratio]
        ("85319-2", "finding"),  # [Presence]
        ("81695-9", "finding"),  # [Interpretation] Qualitative
        ("21702-6", "finding"),  # [Identifier] Nominal
        ("83054-7", "words"),  # [Interpretation] Narrative
        ("85147-7", "words"),  # Report
        ("90926-7", None),  # amplification, without a property
    ],
)
def test_the_name_of_a_test_says_what_kind_of_result_it_has(code, kind):
    assert result_kind(TESTS[code].term) == kind


@pytest.mark.parametrize(
    ("code", "unit", "fits"),
    [
        ("2857-1", "ng/mL", True),
        ("2857-1", "ug/L", True),
        ("2857-1", "U/mL", False),
        ("6875-9", "U/mL", True),
        ("6875-9", "k[IU]/L", True),
        ("6875-9", "ng/mL", False),
        ("55180-4", "pmol/L", True),
        ("55180-4", "ng/mL", False),
        ("2532-0", "U/L", True),
        ("2532-0", "mg/dL", False),
        ("81695-9", "%", True),
    ],
)
def test_a_unit_fits_what_the_test_measures(code, unit, fits):
    assert fits_property(TESTS[code].term, unit) is fits


def test_a_test_of_another_system_has_no_usual_unit():
    name = TESTS["2857-1"].term
    assert usual_unit(TESTS["2857-1"]) == "ng/mL"
    assert usual_unit(Concept("urn:local", "2857-1", name)) is None
