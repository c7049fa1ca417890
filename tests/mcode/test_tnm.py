import pytest

from app.mcode.model import Stage
from app.mcode.tnm import edition_of, editions, means, parts_of, recorded_prefix, stage_with
from app.terminology.concept import Concept
from app.terminology.tnm import edition_label

SNOMED, LOINC, AJCC = "http://snomed.info/sct", "http://loinc.org", "http://cancerstaging.org"


def observation(code, value=None, system=SNOMED, method=None):
    return {
        "code": {"coding": [{"system": system, "code": code}]},
        "valueCodeableConcept": value or {},
        "method": {"coding": [{"system": SNOMED, "code": method}]} if method else None,
    }


def ajcc(code):
    return {"coding": [{"system": AJCC, "code": code}]}


@pytest.mark.parametrize(
    ("parts", "prefix"),
    [
        ({"t": observation("384625004", ajcc("ypT2"))}, "yp"),
        ({"t": observation("399504009", ajcc("cT2"))}, "c"),
        ({"t": observation("399504009", ajcc("T2")), "n": observation("1", ajcc("ycN0"))}, "yc"),
        ({"group": observation("399588009")}, "p"),
        ({"group": observation("21908-9", system=LOINC)}, "c"),
        ({"group": observation("399390009")}, "r"),
        ({"group": observation("local-code")}, ""),
        ({}, ""),
    ],
)
def test_the_prefix_is_read_off_the_values_else_off_the_codes(parts, prefix):
    assert recorded_prefix(parts) == prefix


def test_loinc_and_snomed_codes_of_one_kind_mean_the_same():
    clinical = Concept(SNOMED, "399504009", "cT category")
    assert means(observation("21905-5", system=LOINC), clinical)
    assert means(observation("399504009"), clinical)
    assert not means(observation("384625004"), clinical)
    assert not means({}, clinical)


def test_an_edition_is_known_by_its_code():
    assert edition_of(observation("1", method="897275008")).key == f"{SNOMED}|897275008"
    assert edition_of(observation("1", method="1")) is None
    assert edition_of({"method": "malformed"}) is None


def test_a_stage_s_parts_are_those_it_has():
    group = {"id": "g"}
    assert parts_of(Stage("tnm", "clinical", group=group)) == {"group": group}


def test_an_observation_leads_to_its_stage_also_where_no_cancer_is_named(chart):
    group = chart.observation("g", chart.tnm["group"][0], members=["t"])
    t = chart.observation("t", chart.tnm["t"][0])
    record = chart.read(chart.condition("c1"), chart.condition("c2"), group, t)
    (stage,) = record.unlinked.stages
    assert stage_with(record, t) is stage
    assert stage_with(record, group) is stage


def test_an_observation_about_another_patients_cancer_makes_a_stage_with_its_own_members(chart):
    theirs = {**chart.condition("x"), "subject": {"reference": "Patient/p2"}}
    group = chart.observation("g", chart.tnm["group"][1], focus="x", members=["t"], date="2026")
    t = chart.observation("t", chart.tnm["t"][1], focus="x")
    record = chart.read(chart.condition("c1"), theirs, group, t)
    assert stage_with(record, group) == Stage("tnm", "pathologic", group=group, t=t, date="2026")
    assert stage_with(record, t) == Stage("tnm", "pathologic", t=t)
    assert stage_with(record, chart.condition("c1")) is None


def test_editions_are_written_in_the_code_systems_own_words():
    assert len(editions()) == 5
    for edition in editions():
        assert edition.coding()["display"] == edition.term
        assert edition_label(edition.system, edition.code)
