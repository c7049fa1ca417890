import pytest

from app.mcode.model import PrimaryCancer
from app.mcode.profiles import EXTENSION
from app.mcode.sites import Cancers, is_lymphoma, is_paired

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"


def primary(words, code=None):
    coding = [{"system": ICD10CM, "code": code}] if code else []
    return PrimaryCancer(condition={"id": "c", "code": {"text": words, "coding": coding}})


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        ("Hodgkin lymphoma", "C81.10", True),
        ("Mycosis fungoides", "C84.00", True),
        ("Anaplastic large cell lymphoma", "C86.0", True),
        ("MALT lymphoma", "C88.40", True),
        ("Waldenström macroglobulinemia", "C88.00", False),
        ("Multiple myeloma", "C90.00", False),
        ("Breast cancer", "C50.412", False),
        ("Follicular lymphoma (disorder)", None, True),
        ("Hodgkin's disease", None, True),
        ("Acute myeloid leukemia", None, False),
    ],
)
def test_lymphomas_are_told_by_code_and_without_one_by_words(words, code, expected):
    assert is_lymphoma(primary(words, code)) is expected


@pytest.mark.parametrize(
    ("diagnosis", "paired"),
    [
        ({"coding": [{"system": ICD10CM, "code": "C50.919"}]}, True),
        ({"coding": [{"system": ICD10CM, "code": "C34.10"}]}, True),
        ({"coding": [{"system": ICD10CM, "code": "C18.7"}]}, False),
        ({"text": "Malignant tumor of lung"}, True),
        ({"text": "Malignant tumor of sigmoid colon"}, False),
        ({}, False),
    ],
)
def test_organs_that_come_in_pairs_are_told_by_code_or_words(diagnosis, paired):
    assert is_paired(diagnosis) is paired


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
