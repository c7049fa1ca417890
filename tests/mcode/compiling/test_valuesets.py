import pytest

from app.mcode.compiling.package import Package
from app.mcode.compiling.valuesets import ValueSets

SITE = "http://example.org/ValueSet/"
COLORS, SHAPES = "http://example.org/colors", "http://example.org/shapes"


def codes(system, *names):
    return {
        "system": system,
        "concept": [{"code": name, "display": name.title()} for name in names],
    }


def sets(code_systems=(), **composes):
    package = Package("guide", "1", "CC0-1.0")
    package.value_sets = {
        f"{SITE}{name}": {"title": name.title(), "compose": compose}
        for name, compose in composes.items()
    }
    package.code_systems = {item["url"]: item for item in code_systems}
    return ValueSets([package])


def listed(compiled):
    return [(group["system"], code) for group in compiled["codes"] for code, _ in group["codes"]]


def test_codes_keep_their_order_and_words():
    found = sets(a={"include": [codes(COLORS, "red", "blue"), codes(SHAPES, "disc")]}).compile(
        f"{SITE}a"
    )
    assert found["codes"] == [
        {"system": COLORS, "codes": [["red", "Red"], ["blue", "Blue"]]},
        {"system": SHAPES, "codes": [["disc", "Disc"]]},
    ]
    assert (found["name"], found["title"]) == ("a", "A")
    assert found["systems"] == found["filters"] == found["excluded"] == found["unknown"] == []


def test_sets_made_of_sets_are_brought_in_once():
    both = {"include": [{"valueSet": [f"{SITE}a|1.0"]}, codes(COLORS, "red", "green")]}
    found = sets(a={"include": [codes(COLORS, "red")]}, both=both).compile(f"{SITE}both")
    assert listed(found) == [(COLORS, "red"), (COLORS, "green")]


def test_what_no_package_enumerates_is_kept_as_data():
    rule = {"property": "concept", "op": "is-a", "value": "1"}
    found = sets(
        a={
            "include": [
                {"system": SHAPES},
                {"system": COLORS, "filter": [rule]},
                {"valueSet": [f"{SITE}elsewhere"]},
            ],
            "exclude": [{"system": COLORS, "filter": [{**rule, "value": "2"}]}, codes(SHAPES, "x")],
        }
    ).compile(f"{SITE}a")
    assert found["systems"] == [SHAPES]
    assert found["filters"] == [{"system": COLORS, "all": [["concept", "is-a", "1"]]}]
    assert found["unknown"] == [f"{SITE}elsewhere"]
    assert found["excluded"] == [
        {"system": COLORS, "all": [["concept", "is-a", "2"]]},
        {"system": SHAPES, "codes": [["x", "X"]]},
    ]


def test_excluded_codes_are_left_out():
    found = sets(
        a={"include": [codes(COLORS, "red")]},
        b={"include": [codes(COLORS, "red", "blue")], "exclude": [{"valueSet": [f"{SITE}a"]}]},
    ).compile(f"{SITE}b")
    assert listed(found) == [(COLORS, "blue")]
    assert found["excluded"] == []


def test_a_whole_system_that_a_package_holds_is_enumerated_with_all_its_levels():
    concept = {"code": "red", "display": "Red", "concept": [{"code": "pink", "display": "Pink"}]}
    system = {"url": COLORS, "content": "complete", "concept": [concept]}
    found = sets([system], a={"include": [{"system": COLORS}]}).compile(f"{SITE}a")
    assert listed(found) == [(COLORS, "red"), (COLORS, "pink")]
    assert found["systems"] == []


def test_an_intersection_is_refused_rather_than_read_wrongly():
    both = {"include": [{"valueSet": [f"{SITE}a", f"{SITE}c"]}]}
    with pytest.raises(NotImplementedError, match="intersection"):
        sets(b=both).compile(f"{SITE}b")
