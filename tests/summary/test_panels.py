"""Every fact of a record stands on the page once, whichever panels there are."""

import copy
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from flask import g, render_template
from hypothesis import given as given_any
from hypothesis import strategies as st

from app.config import ROOT
from app.fhir import wire
from app.fhir.paths import literal_reference
from app.mcode.assembly import assemble
from app.mcode.retraction import retracted
from app.summary import panels
from app.summary.panels import all_panels, present, unclaimed
from app.summary.panels._panel import Page, nothing
from tests.summary.conftest import marked
from tests.summary.resources import (
    CANCER,
    CHART,
    LOINC,
    PATIENT,
    RELATED,
    SNOMED,
    SUBJECT,
    TODAY,
    UNLISTED,
    coded,
    concept_value,
    condition,
    given,
    observation,
    radiotherapy,
    stage,
    structure,
)

EXAMPLES = ROOT.parent / "shared" / "examples" / "mcode-examples-transaction.json"
SANDBOX = sorted((ROOT / "app/sandbox/data").glob("*-*.json"))
# These repeat what others show, or show what is no fact, or what nobody claims. Who adds a panel
# that claims nothing says so here.
CLAIM_NOTHING = {"warnings", "timeline", "missing", "also", "not_interpreted", "retracted", "uses"}

NAMED_BY_FACTS = {"Medication", "Provenance", "Location", "Device"}
METASTASIS = {"reference": "Condition/m"}
SIZE = coded(LOINC, "21889-1")
GROUP = stage()[0]
LOOSE_GROUP, *LOOSE = stage("pathologic", focus=[])
# What is easily shown twice, or not at all.
TRAPS = [
    condition("d", "C61", "Prostate cancer"),
    # A category that two groups list, and one cancer whose grade is a stage.
    {**GROUP, "id": "second-group"},
    {**LOOSE_GROUP, "focus": [CANCER]},
    {**LOOSE_GROUP, "id": "of-the-metastasis", "focus": [METASTASIS]},
    *LOOSE,
    observation("gleason", coded(SNOMED, "385377005"), concept_value("3"), focus=[CANCER]),
    # A volume of two courses, one that is a tumor too, and one that stands elsewhere in a course.
    radiotherapy("boost"),
    radiotherapy("of-the-tumor", "tumor"),
    structure("tumor", **RELATED),
    radiotherapy("elsewhere", "gone", bodySite=[{"reference": "BodyStructure/bed"}]),
    structure("bed"),
    # Drugs without an order, given and left out.
    given("2026-06-02", of="gone"),
    given("2026-06-03", of="gone", drug="cisplatin"),
    given("2026-06-04", status="not-done"),
    given("2026-06-05", of="gone", status="not-done"),
    # Several sizes and histologies, of the primary and of its metastasis.
    *(
        observation(f"size-{n}", SIZE, concept_value(f"{20 + n % 2} mm"), on, focus=[about])
        for n, on in enumerate(("2026-01-01", "2026-02-01", "2026-03-01", None))
        for about in [[CANCER, METASTASIS][n % 3 == 2]]
    ),
    observation("histology-2", coded(LOINC, "31206-6"), concept_value("Lobular"), **RELATED),
    observation("nodes", coded(LOINC, "21893-3"), 1, focus=[METASTASIS]),
    {"resourceType": "Medication", "id": "drug", "code": {"text": "cisplatin"}},
    {"resourceType": "Practitioner", "id": "owen", "name": [{"family": "Owen"}]},
    {"resourceType": UNLISTED, "id": "unlisted", "patient": SUBJECT["subject"]},
]
KNOWN = [*CHART, *TRAPS]


def charts():
    """Yield the (patient, resources) of the sandbox and of the official examples at hand."""
    for path in [*SANDBOX, *([EXAMPLES] if EXAMPLES.exists() else [])]:
        found = [entry["resource"] for entry in wire.loads(path.read_bytes())["entry"]]
        for patient in (item for item in found if item["resourceType"] == "Patient"):
            yield pytest.param(patient, found, id=patient["id"])


def check(app, chart, patient=PATIENT):
    """Assert that each fact stands on the page once, where it is claimed, and nothing else does."""
    found = assemble(patient, chart)
    no_facts = (*found.misfiled, *found.retracted, *found.not_interpreted, *found.people.values())
    named = [item for item in found.others.values() if item["resourceType"] in NAMED_BY_FACTS]
    everything = {literal_reference(item) for item in (patient, *chart)}
    sorted_out = (*found.facts(), *no_facts, *named, patient)
    assert Counter(map(literal_reference, sorted_out)) == Counter(everything)
    facts = {literal_reference(fact): f"entry-{n}" for n, fact in enumerate(found.facts())}
    claims = {
        name: {literal_reference(item) for item in panel.claims(found)}
        for name, panel in all_panels().items()
    }
    claimed = Counter(name for names in claims.values() for name in names)
    assert set(claimed) <= set(facts)
    assert set(claimed.values()) <= {1}, claimed.most_common(3)
    left = {literal_reference(item) for item in unclaimed(found)}
    page = Page(found, TODAY, edit_forms={name: ("a-form", entry) for name, entry in facts.items()})
    panels = present(page)
    with app.test_request_context("/"):
        g.launch_id = "l"
        whole = render_template("summary/page.html", page=page, panels=panels, frame=None)
        assert Counter(marked(whole)) == Counter(list(facts))
        for panel in (panel for shown in panels.values() for panel in shown):
            name = Path(panel.template).stem
            text = render_template(panel.template, page=page, panel=panel)
            assert set(marked(text)) == (left if name == "also" else claims[name])
            if name in CLAIM_NOTHING - {"also"}:
                assert 'class="amend"' not in text


def test_each_panel_has_its_template_and_says_what_it_claims():
    templates = (ROOT / "templates/summary/panels").glob("*.html")
    assert {path.stem for path in templates} == set(all_panels())
    silent = {name for name, panel in all_panels().items() if panel.claims is nothing}
    assert silent == CLAIM_NOTHING


def test_the_page_and_its_machinery_name_no_panel():
    for path in ("templates/summary/page.html", "app/summary/panels/__init__.py"):
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not [
            name for name in all_panels() if f"{name}.html" in text or f"{name} import" in text
        ]


@pytest.mark.parametrize(("patient", "resources"), list(charts()))
def test_every_fact_of_a_chart_stands_on_the_page_once(app, patient, resources):
    check(app, resources, patient)


def test_what_is_easily_shown_twice_or_not_at_all_is_shown_once(app):
    check(app, KNOWN)


def as_it_is(resource, _):
    return resource


def of_another_patient(resource, _):
    owner = "patient" if "patient" in resource else "subject"
    return {**resource, owner: {"reference": "Patient/q"}}


def in_error(resource, _):
    return retracted(resource)


def not_done(resource, _):
    return {**resource, "status": "not-done"}


def without_a_code(resource, _):
    return {name: value for name, value in resource.items() if name != "code"}


def linked_otherwise(resource, other):
    """Return a resource in which each reference leads to another resource of the chart."""
    changed = copy.deepcopy(resource)
    waiting = [value for name, value in changed.items() if name not in {"subject", "patient"}]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict) and "reference" in node:
            node["reference"] = literal_reference(other)
        waiting += (
            node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
        )
    return changed


CHANGES = [
    of_another_patient,
    in_error,
    not_done,
    without_a_code,
    *[linked_otherwise] * 4,
]


@given_any(
    left_out=st.sets(st.sampled_from(range(len(KNOWN)))),
    changed=st.dictionaries(
        st.sampled_from(range(len(KNOWN))),
        st.tuples(st.sampled_from(CHANGES), st.sampled_from(KNOWN)),
    ),
)
def test_every_fact_of_any_record_stands_on_the_page_once(app, left_out, changed):
    chart = []
    for n, resource in enumerate(KNOWN):
        change, other = changed.get(n, (as_it_is, None))
        if n not in left_out:
            chart.append(change(resource, other))
    check(app, chart)


def with_panels(monkeypatch, **changed):
    monkeypatch.setattr(panels, "all_panels", lambda: PANELS | changed)
    monkeypatch.setitem(globals(), "all_panels", panels.all_panels)


PANELS = all_panels()


@pytest.mark.parametrize("name", sorted(set(PANELS) - CLAIM_NOTHING))
def test_a_panel_that_forgets_to_claim_is_found(app, monkeypatch, name):
    with_panels(monkeypatch, **{name: replace(PANELS[name], claims=nothing)})
    chart = [item for item in KNOWN if name != "unlinked" or item["resourceType"] != "Condition"]
    with pytest.raises(AssertionError):
        check(app, chart)


def test_a_panel_that_claims_what_another_shows_is_found(app, monkeypatch):
    greedy = replace(PANELS["surface"], claims=lambda found: found.background + found.performance)
    with_panels(monkeypatch, surface=greedy)
    with pytest.raises(AssertionError):
        check(app, KNOWN)
