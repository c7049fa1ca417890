import pytest

from app.terminology import tnm
from app.terminology.systems import AJCC, LOINC, SNOMED


def labels(axis, prefix):
    return [concept.term for concept in tnm.categories(axis, prefix)]


@pytest.mark.parametrize("axis", ["t", "n"])
@pytest.mark.parametrize("prefix", ["c", "p", "yc", "yp", "r", "a"])
def test_every_t_and_n_value_carries_the_prefix(axis, prefix):
    offered = labels(axis, prefix)
    assert offered
    assert all(label.startswith(f"{prefix}{axis.upper()}") for label in offered)


@pytest.mark.parametrize(
    ("axis", "basis", "size"), [("t", "clinical", 39), ("n", "pathologic", 20)]
)
def test_clinical_and_pathologic_values_are_snomed_concepts(axis, basis, size):
    concepts = tnm.categories(axis, basis)
    assert len(concepts) == len({concept.code for concept in concepts}) == size
    assert {concept.system for concept in concepts} == {SNOMED}


def test_other_prefixes_are_the_notation_in_the_ajccs_own_system():
    value = next(c for c in tnm.categories("t", "yp") if c.term == "ypT2")
    assert value.codeable() == {"coding": [{"system": AJCC, "code": "ypT2"}], "text": "ypT2"}


def test_a_pathologic_m_offers_cm0_since_there_is_no_pm0():
    offered = labels("m", "p")
    assert offered[0] == "cM0"
    assert "pM1" in offered
    assert "pM0" not in offered
    assert labels("m", "yp") == offered
    assert "pM1" not in labels("m", "c")


@pytest.mark.parametrize("prefix", ["c", "p", "yc", "yp", "r", "a"])
def test_stage_groups_carry_no_prefix(prefix):
    offered = labels("group", prefix)
    assert offered[0] == "0"
    assert "IIIA" in offered
    assert len(offered) == len(set(offered))


def test_values_stand_in_clinical_order():
    offered = labels("t", "c")
    order = ["cTX", "cT0", "cTis", "cT1", "cT1mi", "cT1a", "cT2", "cT4d"]
    assert [label for label in offered if label in order] == order


@pytest.mark.parametrize(
    ("axis", "prefix", "code"),
    [
        ("t", "c", "399504009"),
        ("t", "yc", "399504009"),
        ("t", "p", "384625004"),
        ("n", "yp", "371494008"),
        ("t", "r", "78873005"),
        ("n", "a", "277206009"),
        ("m", "c", "399387003"),
        ("group", "c", "399537006"),
        ("group", "p", "399588009"),
        ("group", "r", "399390009"),
    ],
)
def test_the_observations_code_follows_the_prefix(axis, prefix, code):
    assert tnm.observation_code(axis, prefix).code == code


@pytest.mark.parametrize(("label", "code"), [("cM0", "399387003"), ("pM1", "371497001")])
def test_the_code_of_m_follows_its_value(label, code):
    value = next(c for c in tnm.categories("m", "p") if c.term == label)
    assert tnm.observation_code("m", "p", value).code == code


def test_the_observation_codes_are_the_twelve_of_snomed_and_their_loinc_twins():
    found = list(tnm.OBSERVATION_CODES)
    assert len({(axis, basis) for axis, basis, _ in found}) == 12
    assert sum(concept.system == LOINC for _, _, concept in found) == 12
    assert len({concept.code for _, _, concept in found}) == 24


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        (SNOMED, "1228938002", "cT3"),
        ("urn:oid:2.16.840.1.113883.6.96", "1228938002", "cT3"),
        (AJCC, "3C", "3C"),
        ("https://cancerstaging.org", "3C", "3C"),
        (SNOMED, "0", None),
        ("", "1228938002", None),
    ],
)
def test_a_recorded_value_has_a_short_form(system, code, expected):
    assert tnm.label(system, code) == expected


def test_an_unknown_prefix_is_refused():
    with pytest.raises(KeyError):
        tnm.categories("t", "x")
