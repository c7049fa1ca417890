"""Nothing of a chart is left out silently: it is shown, or the page says that it is not read."""

import html
import json
import re

import pytest

from app.config import ROOT
from app.fhir import wire
from app.fhir.resource_types import RESOURCE_TYPES, UNREAD
from tests.summary.reading import charts
from tests.summary.reading.charts import chart
from tests.summary.reading.ehr import owner
from tests.summary.resources import SNOMED, coded, concept_value, order
from tests.summary.resources import observation as bare

SHARED = ROOT.parent / "shared"
_CAPITAL = re.compile("[A-Z]")
_RAW = re.compile("<pre.*?</pre>", re.DOTALL)


def left_out(page, chart, patient_id):
    """Return `Type/id` of what is neither on the page nor said to be unread.

    What belongs to no patient, such as people and drugs, is shown with what refers to it.
    """
    said = page.words.partition("Not read, whatever the chart holds of them:")[2]
    blocks = [html.unescape(block) for block in _RAW.findall(page.html)]
    missing = []
    for resource in chart:
        type_ = resource["resourceType"]
        row = RESOURCE_TYPES.get(type_)
        if owner(resource) != patient_id or (row and row.subject is None):
            continue
        name = f"{type_}/{resource['id']}"
        stated = f'"resourceType": "{type_}"', f'"id": "{resource["id"]}"'
        raw = any(all(words in block for words in stated) for block in blocks)
        unread = type_ in UNREAD and _CAPITAL.sub(r" \g<0>", type_).strip().lower() in said
        if name not in page.facts and not raw and not unread:
            missing.append(name)
    return missing


def files():
    folders = (SHARED / "examples", SHARED / "cases", SHARED / "cases" / "charts")
    found = [path for folder in folders for path in sorted(folder.glob("*.json"))]
    return [path for path in found if "entry" in json.loads(path.read_text())]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_nothing_of_a_shared_chart_is_left_out(read, path):
    entries = wire.loads(path.read_bytes())["entry"]
    everything = [entry["resource"] for entry in entries]
    for patient in [r for r in everything if r["resourceType"] == "Patient"]:
        rest = [r for r in everything if r["resourceType"] != "Patient"]
        page = read([patient, *rest])
        assert left_out(page, rest, patient["id"]) == []


@pytest.mark.parametrize("name", sorted(charts.CHARTS))
def test_nothing_of_an_odd_chart_is_left_out(read, name):
    chart = charts.CHARTS[name]
    page = read(chart)
    assert left_out(page, chart, "p") == []
    assert set(charts.contained(chart)) <= set(page.facts)
    assert len(page.facts) == len(set(page.facts))


def test_what_the_ehr_lists_by_category_only_is_said_to_be_unread(read):
    def refuses(type_, params):
        return type_ in charts.DIVIDED and not {"category", "code"} & set(params)

    page = read(charts.CHARTS["without a category"], refuses=refuses)
    said = page.card("Not read: what has no category")
    assert "diagnoses, observations, diagnostic reports" in said
    # Markers are known by their codes, whatever their category.
    assert "Observation/er-new" in page.facts
    assert "Observation/odd" not in page.facts


@pytest.mark.parametrize("most", [39, 12, 5, 1])
def test_shorter_lists_of_codes_are_tried_where_long_ones_are_refused(read, most):
    def refuses(type_, params):
        return type_ == "Observation" and not {"category", "code"} & set(params)

    page = read(charts.CHARTS["a stage without a category"], refuses=refuses, most_codes=most)
    assert "IIB" in page.row("Observation/stage")
    assert "stages, disease status" not in page.card("This page is incomplete")


def test_a_server_that_takes_no_codes_at_all_is_a_gap(read):
    def refuses(type_, params):
        return type_ == "Observation" and "category" not in params

    page = read(charts.CHARTS["a stage without a category"], refuses=refuses)
    assert "stages, disease status and performance status" in page.card("This page is incomplete")
    asked = [params for type_, params in page.ehr.asked if type_ == "Observation"]
    assert len(asked) < 40


@pytest.mark.parametrize("page_size", [1, 2, 10])
def test_all_habits_of_a_large_ehr_at_once_leave_nothing_out_unsaid(read, page_size):
    """Refusals, short pages and warnings, as several EHRs have them together."""

    def refuses(type_, params):
        if type_ in {"Condition", "Observation"} and not {"category", "code"} & set(params):
            return True
        return params.get("category") == "health-concern" or "intent" in params

    drugs = [order(id_=f"order-{n}") for n in range(5)]
    resources = [*charts.CHARTS["without a category"], *drugs]
    words = "Some results may be hidden"
    told = dict.fromkeys(("Condition", "Observation", "MedicationRequest"), ("warning", words))
    page = read(resources, refuses=refuses, most_codes=10, outcomes=told, page=page_size)
    assert words in page.card("This page is incomplete")
    assert "diagnoses, observations" in page.card("Not read: what has no category")
    assert set(left_out(page, resources, "p")) == {"Observation/odd", "Condition/asthma"}
    assert {f"MedicationRequest/order-{n}" for n in range(5)} <= set(page.facts)
    assert "DiagnosticReport/cytology" in page.facts
    assert "Negative before: Positive" in page.card("Carcinoma")


def test_an_entry_without_its_content_makes_the_page_incomplete(read):
    page = read(charts.CHARTS["without a category"], hollow=frozenset({"Procedure"}))
    assert "procedures: An entry of the EHR's answer came without its content." in page.card(
        "This page is incomplete"
    )
    assert "Not known: not all could be read" in page.card("Treatments")


@pytest.mark.parametrize("emptied", [False, True], ids=["with matches", "alone"])
@pytest.mark.parametrize("severity", ["warning", "error", "fatal"])
@pytest.mark.parametrize(
    ("type_", "label", "heading"),
    [
        ("Condition", "diagnoses", "Metastases None in what could be read"),
        ("MedicationRequest", "medication orders", "Treatments Not known: not all could be read"),
        ("Observation", "observations", "Biomarkers: Not known: not all could be read"),
    ],
)
def test_an_outcome_of_any_search_makes_the_page_incomplete(
    read, type_, label, heading, severity, emptied
):
    page = read(
        chart(bare("stage", coded(SNOMED, "399537006"), concept_value("IIB"))),
        outcomes={type_: (severity, "Some results may be hidden")},
        emptied=frozenset({type_} if emptied else ()),
    )
    said = page.card("This page is incomplete")
    assert label in said
    assert "The EHR's answer: Some results may be hidden" in said
    if not (emptied and type_ == "Condition"):  # without a cancer there are no metastases
        assert heading in page.words
    assert "No data" not in page.card("Treatments")


def test_what_others_refer_to_and_cannot_be_read_is_told(read):
    many = [{"reference": f"Observation/lost-{n}"} for n in range(200)]
    staged = [{**r, "hasMember": many} for r in charts.CHARTS["a stage without a category"][2:]]
    page = read([*charts.CHARTS["a stage without a category"][:2], *staged])
    assert "entries that others refer to" in page.card("This page is incomplete")
