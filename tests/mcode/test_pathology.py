"""Counted nodes and conclusions go with the cancer whose tissue was examined."""

import pytest

from app.mcode.pathology import nodes_and_reports
from tests.mcode.conftest import LOINC, concept, condition, observation, related, resource

REPORT = concept(LOINC, "60568-3", "Synoptic report")


@pytest.fixture
def told(chart):
    def read(*resources, of="c"):
        record = chart.read(condition("c"), *resources)
        return nodes_and_reports(record, record.primary(of))

    return read


@pytest.mark.parametrize("code", ["21893-3", "21894-1", "92832-5", "85347-3"])
def test_counts_of_nodes_are_told_with_what_was_examined(told, code):
    nodes = observation("n", code, system=LOINC, valueInteger=2, date="2026-04-24")
    nodes["code"]["text"] = "Regional lymph nodes [#] Specimen"
    nodes["specimen"] = {"reference": "Specimen/s"}
    specimen = resource("Specimen", "s", type={"text": "Left axilla"})
    expected = ("Regional lymph nodes · Left axilla", "2", "24-Apr-2026")
    assert told(nodes, specimen) == [expected]


def test_a_count_in_a_component_is_told_with_its_name(told):
    part = {"code": concept(LOINC, "92833-3", "Nodes examined"), "valueInteger": 3}
    ((_, value, _),) = told(observation("n", "92832-5", system=LOINC, component=[part]))
    assert value == "Nodes examined: 3"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"code": REPORT}, ["Margins clear."]),
        (
            {"code": {"text": "Surgical pathology"}, "category": [concept(LOINC, "LP7839-6")]},
            ["Margins clear."],
        ),
        ({"code": {"text": "CT chest"}, "category": [concept(LOINC, "LP29684-5")]}, []),
        ({"code": REPORT, "conclusion": None}, []),
        ({"code": REPORT, "status": "entered-in-error"}, []),
    ],
    ids=["by code", "by category", "imaging", "without words", "withdrawn"],
)
def test_conclusions_of_pathology_are_told(told, more, expected):
    report = resource("DiagnosticReport", "r", **{"conclusion": "Margins clear.", **more})
    assert [value for _, value, _ in told(report)] == expected


def test_with_several_cancers_tissue_and_report_decide_which_one_it_is(told, chart):
    other = condition("d", "C61")
    tumor = resource("BodyStructure", "t", extension=[related("Condition/d")])
    tumor["identifier"] = [{"system": "urn:tumors", "value": "1"}]
    specimen = resource("Specimen", "s", identifier=tumor["identifier"])
    report = resource(
        "DiagnosticReport",
        "r",
        code=REPORT,
        conclusion="Clear.",
        specimen=[{"reference": "Specimen/s"}],
        result=[{"reference": "Observation/n"}],
    )
    nodes = observation("n", "21893-3", system=LOINC, valueInteger=0)
    found = [other, tumor, specimen, report, nodes]
    assert told(*found) == []
    assert sorted(value for _, value, _ in told(*found, of="d")) == ["0", "Clear."]
    loose = chart.read(condition("c"), other, nodes).unlinked
    assert loose.pathology == (nodes,)


def test_what_was_found_of_a_metastasis_is_not_said_of_its_primary(told):
    liver = condition("m", "C78.7", related="c")
    nodes = observation("n", "21893-3", system=LOINC, valueInteger=1)
    nodes["extension"] = [related("Condition/m")]
    assert told(liver, nodes) == []
