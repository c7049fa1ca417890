"""The words of a concept and of a unit, and those of their codes."""

import pytest

from app.mcode.agreement import coded_otherwise, contradiction, other_unit
from app.terminology.systems import ICD10CM, SNOMED


def coded(text, code, display=None, system=SNOMED):
    coding = {"system": system, "code": code, **({"display": display} if display else {})}
    return {"coding": [coding], **({"text": text} if text else {})}


@pytest.mark.parametrize(
    ("concept", "other"),
    [
        (coded("By mouth", "72607000", "Intrathecal route (qualifier value)"), "Intrathecal route"),
        (coded("Malignant melanoma", "D22.9", system=ICD10CM), "Melanocytic nevi, unspecified"),
        (coded("Left", "24028007"), "Right"),
        (coded("Breast", "76752008", "Breast structure (body structure)"), ""),
        (coded("Breast cancer", "254837009", "Malignant neoplasm of breast (disorder)"), ""),
        (coded("Invasive carcinomas", "1", "Carcinoma"), ""),
        (coded("Some words", "no such code"), ""),
        (coded("Grid therapy", "UNC", "un-encoded"), ""),
        (coded(None, "72607000", "Intrathecal route"), ""),
        ({"text": "Words alone"}, ""),
        (None, ""),
    ],
)
def test_a_text_contradicts_its_code_where_it_names_something_else(concept, other):
    assert contradiction(concept) == other


def test_terms_of_codes_that_the_text_does_not_say_are_told():
    both = coded("Numb fingertips", "1", "Peripheral sensory neuropathy")
    both["coding"].append({"system": "urn:local", "code": "2", "display": "Numb fingertips"})
    assert coded_otherwise(both) == ["Peripheral sensory neuropathy"]
    assert coded_otherwise(coded("Stable", "1", "Unchanged"), ["Stable", "Unchanged"]) == []
    assert coded_otherwise(None) == []


@pytest.mark.parametrize(
    ("quantity", "other"),
    [
        ({"value": 1, "unit": "mg", "code": "g"}, "g"),
        ({"value": 1, "unit": "mg/m²", "code": "mg/m2"}, ""),
        ({"value": 1, "unit": "IU", "code": "[iU]"}, ""),
        ({"value": 1, "unit": "square meter", "code": "m2"}, ""),
        ({"value": 1, "unit": "mg", "code": "mg", "system": "urn:other"}, "mg urn:other"),
        ({"value": 1, "unit": "mg"}, ""),
        ({"system": "urn:radiology", "value": "Tumor 1"}, ""),
        ("1 mg", ""),
    ],
)
def test_a_unit_is_another_where_its_code_is_not_what_its_words_say(quantity, other):
    assert other_unit(quantity) == other
