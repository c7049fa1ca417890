import pytest

from app.mcode.definitions import compiled_value_sets
from app.mcode.valuesets import supplements
from app.terminology import tnm
from app.terminology.systems import LOINC, SNOMED
from tests.terminology.checkdigits import mod10_holds, verhoeff_holds

SHIPPED = {
    (concept.system, concept.code)
    for name, supplement in supplements().items()
    for concept in supplement.concepts
}
COMPILED = {
    (concept.system, concept.code) for found in compiled_value_sets() for concept in found.concepts
}
TNM = {
    (concept.system, concept.code)
    for axis in tnm.AXES
    for prefix in ("c", "p")
    for concept in tnm.categories(axis, prefix)
}


@pytest.mark.parametrize("code", ["1222604002", "16560241000119104", "22298006"])
def test_the_check_digit_of_snomed_ct_is_computed_rightly(code):
    assert verhoeff_holds(code)
    changed = code[:-1] + str((int(code[-1]) + 1) % 10)
    swapped = code[1] + code[0] + code[2:]
    assert not verhoeff_holds(changed)
    assert code[0] == code[1] or not verhoeff_holds(swapped)


def test_the_check_digit_of_loinc_is_computed_rightly():
    assert mod10_holds("21905-5")
    assert not mod10_holds("21905-6")
    assert not mod10_holds("29105-5")


def test_every_snomed_ct_id_that_is_shipped_fits_its_check_digit():
    codes = {code for system, code in SHIPPED | COMPILED | TNM if system == SNOMED}
    assert len(codes) > 500
    assert sorted(code for code in codes if not verhoeff_holds(code)) == []


def test_every_loinc_term_that_is_shipped_fits_its_check_digit():
    codes = {code for system, code in SHIPPED | COMPILED if system == LOINC}
    codes -= {code for code in codes if code.startswith("LA")}
    assert len(codes) > 500
    assert sorted(code for code in codes if not mod10_holds(code)) == []


def test_every_supplement_names_its_source_and_adds_to_a_set_that_mcode_uses():
    names = {found.name for found in compiled_value_sets()}
    for name, supplement in supplements().items():
        assert name in names
        assert len(supplement.source) > 10
        assert (
            supplement.concepts or supplement.systems or supplement.include or supplement.scores
        ), name


def test_no_set_names_a_code_twice():
    for name, supplement in supplements().items():
        keys = [concept.key for concept in supplement.concepts]
        assert len(keys) == len(set(keys)), name
