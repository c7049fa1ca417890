from __future__ import annotations

import pytest

from app.mcode.model import Stage
from app.mcode.tnm import edition_key, means, parts_of, recorded_prefix
from app.terminology.concept import Concept

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
    assert edition_key(observation("1", method="897275008")) == f"{SNOMED}|897275008"
    assert edition_key(observation("1", method="1")) is None
    assert edition_key({"method": "malformed"}) is None


def test_a_stage_s_parts_are_those_it_has():
    group = {"id": "g"}
    assert parts_of(Stage("tnm", "clinical", group=group)) == {"group": group}
