from decimal import Decimal

import pytest

from app.mcode.conformance.invariants import breaks
from app.mcode.definitions import MCODE, guides, profile, profiles


def rules(*guide_names):
    return {
        (rule.key, rule.expression): item.element(rule.at[0])
        for guide in guide_names
        for item in profiles(guide)
        for rule in item.invariants
        if rule.severity == "error"
    }


def test_every_rule_can_be_evaluated():
    unable = []
    for (key, expression), element in rules(*guides()).items():
        root = "." not in element.path
        value = {"resourceType": element.path} if root else {"extension": [{"url": "x"}]}
        if breaks(expression, value, element.path, value) is None:
            unable.append(key)
    assert unable == []
    assert len(rules(MCODE, "hl7.fhir.us.ctcae")) == 54


def test_what_cannot_be_evaluated_is_no_broken_rule():
    assert breaks("notAFunction()", {}, "Extension", {}) is None


def test_a_rule_that_comes_to_nothing_is_broken():
    assert breaks("nothing", {"a": 1}, "Extension", {}) is True


@pytest.mark.parametrize(
    ("quantity", "broken"),
    [
        ({"value": 3, "code": "1"}, False),
        ({"value": Decimal("3.5"), "code": "1"}, True),
        ({"value": 3, "code": "mg"}, True),
        ({"value": 3}, True),
    ],
)
def test_whether_a_value_is_there_is_known_to_rules(quantity, broken):
    rule = next(rule for rule in profile("genomic-variant").invariants if rule.key == "cnt-3")
    assert "hasValue()" in rule.expression
    assert breaks(rule.expression, quantity, "Quantity", {}) is broken


@pytest.mark.parametrize("guide", ["ctcae", "mcode"])
def test_the_grade_is_known_under_the_address_that_it_had_in_mcode(guide):
    rule = f"extension('http://hl7.org/fhir/us/{guide}/StructureDefinition/ctcae-grade').empty()"
    extension = {"url": "http://hl7.org/fhir/us/ctcae/StructureDefinition/ctcae-grade"}
    event = {"resourceType": "AdverseEvent", "extension": [extension]}
    assert breaks(rule, event, "AdverseEvent", event) is True
    assert breaks(rule, event | {"extension": []}, "AdverseEvent", event) is False


@pytest.mark.parametrize("spelled", ["dateTime", "DateTime"])
def test_a_date_time_is_known_under_both_spellings(spelled):
    rule = f"$this is {spelled} implies $this.toString().length() >= 10"
    assert breaks(rule, "2026-04", "dateTime", {}) is True
    assert breaks(rule, "2026-04-28", "dateTime", {}) is False


def test_rules_are_silent_and_leave_the_resource_alone(capsys):
    rule = next(rule for rule in profile("tumor-size").invariants if rule.key == "dom-3")
    assert "trace(" in rule.expression
    resource = {"resourceType": "Observation", "status": "final"}
    assert breaks(rule.expression, resource, "Observation", resource) is False
    assert capsys.readouterr().out == ""
    assert resource == {"resourceType": "Observation", "status": "final"}


def test_one_rule_cannot_be_evaluated_where_a_resource_holds_another():
    # dom-3 casts a collection with as(), which FHIRPath has for single items only.
    resource = {
        "resourceType": "Observation",
        "contained": [{"resourceType": "Condition", "id": "c"}],
        "focus": [{"reference": "#c"}],
    }
    unable = {
        rule.key
        for rule in profile("tumor-size").invariants
        if rule.severity == "error"
        and rule.at == ("Observation",)
        and breaks(rule.expression, resource, "Observation", resource) is None
    }
    assert unable == {"dom-3"}
