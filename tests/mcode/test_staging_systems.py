import pytest

from app.mcode.staging_systems import figo_method, sure_system, systems_for


@pytest.fixture
def cancer(chart):
    def make(code, words=None, **more):
        condition = chart.condition("c", code, **more)
        if words:
            condition["code"]["text"] = words
        return chart.read(condition).primary("c")

    return make


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("C53.9", ["figo"]),
        ("C58", ["figo"]),
        ("C91.10", ["binet", "rai"]),
        ("C90.00", ["iss", "riss"]),
        ("C43.59", ["breslow", "clark"]),
        ("D03.4", ["breslow", "clark"]),
        ("C61", ["gleason"]),
        ("C74.90", ["inss", "inrgss"]),
        ("C49.9", ["irs-group"]),
        ("C64.1", ["wilms"]),
        ("C22.2", ["pretext"]),
        ("C69.21", ["retino"]),
        ("C50.911", []),
        ("C91.00", []),
        ("C90.10", []),
        ("C22.0", []),
    ],
)
def test_the_systems_follow_from_the_icd_10_category(cancer, code, keys):
    assert [system.key for system in systems_for(cancer(code))] == keys


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("Multiple myeloma", ["iss", "riss"]),
        ("Embryonal rhabdomyosarcoma of orbit", ["irs-group"]),
        ("Chronic lymphocytic leukaemia", ["binet", "rai"]),
        ("Endometrioid carcinoma of the ovary", ["figo"]),
        ("Malignant melanoma of skin of back", ["breslow", "clark"]),
        ("Malignant neoplasm of lung", []),
    ],
)
def test_without_an_icd_10_code_they_follow_from_the_words(cancer, words, keys):
    found = cancer("363346000", words, system="http://snomed.info/sct")
    assert [system.key for system in systems_for(found)] == keys


@pytest.mark.parametrize(
    ("code", "words", "key"),
    [
        ("C61", None, "gleason"),
        ("C53.9", None, "figo"),
        ("C64.1", "Wilms tumor of right kidney", "wilms"),
        # Most tumors of these places are others.
        ("C64.1", "Renal cell carcinoma", None),
        ("C49.9", "Leiomyosarcoma", None),
        ("C90.00", None, None),
        ("C50.9", None, None),
    ],
)
def test_a_system_is_sure_where_it_is_the_only_one(cancer, code, words, key):
    found = sure_system(cancer(code, words))
    assert (found.key if found else None) == key


@pytest.mark.parametrize(
    ("code", "method"),
    [
        ("C53.9", "106250008"),
        ("C54.1", "106244003"),
        ("C56.1", "254386003"),
        ("C52", "254384000"),
        ("C58", "C99408"),
        # FIGO stages carcinoma and melanoma of the vulva apart.
        ("C51.9", None),
        ("C57.00", None),
    ],
)
def test_figo_s_method_follows_from_the_site(cancer, code, method):
    found = figo_method(cancer(code))
    assert (found.code if found else None) == method
