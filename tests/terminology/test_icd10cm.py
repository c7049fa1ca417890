import warnings

import pytest

from app.mcode.conditions import condition_kind
from app.mcode.kinds import Kind
from app.terminology import icd10cm
from app.terminology.displays import icd10cm_titles
from app.terminology.search import Index
from app.terminology.systems import ICD10CM


def codes(concepts):
    return {concept.code for concept in concepts}


@pytest.fixture(scope="module")
def compiler():
    with warnings.catch_warnings():
        # The package reads its files in a way that Python 3.11 calls old.
        warnings.simplefilter("ignore", DeprecationWarning)
        from app.terminology import icd10cm_compile  # noqa: PLC0415 -- takes two seconds
    return icd10cm_compile


def test_the_shipped_titles_are_those_of_the_package(compiler):
    assert icd10cm_titles() == compiler.titles()


def test_what_may_be_recorded_is_what_the_package_calls_a_leaf(compiler):
    leaves = {code for code in icd10cm_titles() if compiler.package.is_leaf(code)}
    assert codes(icd10cm.comorbid_concepts()) == leaves


@pytest.mark.parametrize("written", ["C50.412", "C50412", "c50.412", " c50412 "])
def test_a_code_is_known_however_it_is_written(written):
    concept = icd10cm.concept(written)
    assert concept.system == ICD10CM
    assert concept.code == "C50.412"
    assert concept.term == "Malignant neoplasm of upper-outer quadrant of left female breast"


def test_codes_that_have_finer_ones_are_known_but_not_offered():
    assert icd10cm.concept("C50").term == "Malignant neoplasm of breast"
    assert icd10cm.concept("C86.0").term == "Extranodal NK/T-cell lymphoma, nasal type"
    assert not {"C50", "C86.0"} & codes(icd10cm.cancer_concepts())
    assert "C86.00" in codes(icd10cm.cancer_concepts())


@pytest.mark.parametrize("written", ["", ".", "C50.999", "C00-C14", "2", "breast"])
def test_what_is_no_code_is_unknown(written):
    assert icd10cm.concept(written) is None


@pytest.mark.parametrize(
    "code",
    [
        *("C61", "C50.412", "C4A.9", "C7A.1", "C96.9", "D05.12", "D03.9", "D18.02", "D32.0"),
        *("D35.2", "D42.9", "D43.2", "D44.4", "D45", "D46.9", "D47.3", "D49.6", "D72.110"),
        "R85.614",
    ],
)
def test_cancers_are_offered_as_primaries(code):
    assert code in codes(icd10cm.cancer_concepts())
    assert code not in codes(icd10cm.secondary_concepts())


@pytest.mark.parametrize("code", ["C77.3", "C78.7", "C79.51", "C7B.02"])
def test_metastases_are_offered_apart(code):
    assert code in codes(icd10cm.secondary_concepts())
    assert code not in codes(icd10cm.cancer_concepts())


@pytest.mark.parametrize("code", ["D25.9", "D18.01", "D48.5", "Z85.3", "E11.9", "D72.10", "D49.5"])
def test_what_is_no_cancer_is_offered_among_all_diagnoses_only(code):
    assert not icd10cm.is_primary_cancer(code)
    assert not icd10cm.is_metastasis(code)
    assert code not in codes(icd10cm.cancer_concepts())


def test_what_is_offered_as_a_cancer_is_read_back_as_one():
    def kind(concept):
        condition = {"resourceType": "Condition", "code": {"coding": [concept.coding()]}}
        return condition_kind(condition)

    assert {kind(concept) for concept in icd10cm.cancer_concepts()} == {Kind.PRIMARY}
    assert {kind(concept) for concept in icd10cm.secondary_concepts()} == {Kind.SECONDARY}


@pytest.mark.parametrize(
    ("typed", "code"),
    [("nsclc", "C34"), ("gist", "C49.A"), ("mm", "C90.0"), ("dcis lt", "D05.12"), ("gbm", "C71")],
)
def test_cancers_are_found_by_their_short_names(typed, code):
    hits = Index(icd10cm.cancer_concepts()).search(typed)
    assert hits
    assert all(concept.code.startswith(code) for concept in hits)


def test_metastases_and_comorbidities_are_found():
    assert Index(icd10cm.secondary_concepts()).search("mets bone")[0].code == "C79.51"
    assert "I10" in codes(Index(icd10cm.comorbid_concepts()).search("essential hypertension"))
