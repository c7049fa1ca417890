import pytest

from app.mcode.valuesets import value_set
from app.terminology.systems import AJCC, ICDO3, LOINC, NCIT, SNOMED


def test_an_enumerated_set_is_offered_as_the_package_has_it():
    method = value_set("tumor-size-method")
    assert method.complete
    assert method() == method.concepts
    assert len(method.concepts) == 9
    assert method.holds(SNOMED, method.concepts[0].code) is True
    assert method.holds(SNOMED, "22298006") is False


@pytest.mark.parametrize(
    ("name", "scores"),
    [
        ("LL529-9", list(range(6))),
        ("LL4986-7", list(range(100, -10, -10))),
        ("lansky-play-performance", list(range(0, 110, 10))),
        ("deauville-scale", [1, 2, 3, 4, 5, None]),
    ],
)
def test_codes_of_a_scale_stand_for_numbers(name, scores):
    scale = value_set(name)
    assert scale.complete
    assert sorted(map(str, map(scale.score, [c.code for c in scale.concepts]))) == sorted(
        map(str, scores)
    )


def test_death_is_the_same_answer_on_two_scales():
    assert value_set("LL529-9").score("LA9627-6") == 5
    assert value_set("LL4986-7").score("LA9627-6") == 0


def test_a_supplemented_answer_list_is_closed():
    found = value_set("http://loinc.org/vs/LL1971-2")
    assert [concept.term for concept in found.concepts] == [
        "Present",
        "Absent",
        "No call",
        "Indeterminate",
    ]
    assert found.holds(LOINC, "LA9633-4") is True
    assert found.holds(LOINC, "LA6683-2") is False


def test_an_extract_leaves_room_for_codes_of_its_own_system_only():
    stage = value_set("lymphoma-stage-value")
    assert not stage.complete
    assert stage.holds(SNOMED, "76422004") is True
    assert stage.holds(SNOMED, "22298006") is None
    assert stage.holds(NCIT, "C171157") is True
    assert stage.holds(NCIT, "C000000") is False


def test_what_a_set_leaves_out_is_not_in_it():
    qualifier = value_set("body-location-qualifier")
    laterality = {concept.code for concept in value_set("laterality-qualifier").concepts}
    assert laterality.isdisjoint(concept.code for concept in qualifier.concepts)
    assert qualifier.holds(SNOMED, "7771000") is False
    assert qualifier.holds(SNOMED, "261122009") is True
    both = value_set("body-location-and-laterality-qualifier")
    assert both.holds(SNOMED, "7771000") is True


def test_any_code_of_a_whole_system_is_in_the_set():
    assert value_set("histologic-behavior-and-type").holds(ICDO3, "8500/3") is True
    assert value_set("hgvs").holds("http://varnomen.hgvs.org", "NM_000455.5:c.725G>A") is True
    assert value_set("hgvs").holds(SNOMED, "22298006") is False
    assert value_set("tnm-stage-group-max").holds(AJCC, "3C") is True


def test_tnm_values_are_those_of_the_stage_form():
    found = value_set("tnm-primary-tumor-category")
    assert {concept.term[0] for concept in found.concepts} == {"c", "p"}
    assert len(found.concepts) == 78
    assert value_set("tnm-primary-tumor-category-max").concepts == found.concepts


def test_a_list_of_body_sites_comes_from_the_official_package():
    sites = value_set("cancer-body-location")
    assert ("39607008" in {concept.code for concept in sites.concepts}) is True
    assert len(sites.concepts) == 353
    assert sites.holds(SNOMED, "80248007") is None


def test_a_bare_code_is_looked_up_without_its_system():
    status = value_set("observation-status")
    assert status.holds_code("final") is True
    assert status.holds_code("banana") is False
    assert value_set("languages").holds_code("en") is None


def test_an_unknown_set_holds_whatever_one_asks():
    assert value_set("observation-codes").holds(SNOMED, "1") is None


def test_a_set_that_mcode_does_not_use_is_a_key_error():
    with pytest.raises(KeyError):
        value_set("banana")
