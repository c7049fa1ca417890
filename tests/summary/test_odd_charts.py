"""Charts with one element gone wrong, anywhere: the page is made, and the form opens."""

import copy
import json
from datetime import date
from pathlib import Path

import pytest
from flask import render_template

from app.fhir import wire
from app.fhir.paths import literal_reference
from app.forms._definition import Subject
from app.forms._pages.workspace import existing_workspace, new_workspace
from app.forms._registry import addresses, all_forms, find_subject, form_of
from app.mcode.assembly import assemble
from app.summary.panels import present
from app.summary.panels._panel import Page
from tests.fuzz.chance import chance_of
from tests.summary.conftest import marked
from tests.trees import places

DATA = Path(__file__).resolve().parents[2] / "app/sandbox/data"
JUNK = (None, [], {}, "x", 7, True, ["x"], [{"coding": 1}], {"value": [1]}, "9999-12-31", [None])
ROUNDS = 120
TODAY = date(2026, 11, 24)


def broken(resource, chance):
    """Return a copy in which one element is junk; its id stays, so that it can be found."""
    spoilt = copy.deepcopy(resource)
    found = [p for p in places(spoilt) if p[-1] not in {"id", "resourceType"} and p[0] != "subject"]
    path = chance.choice(found)
    node = spoilt
    for name in path[:-1]:
        node = node[name]
    node[path[-1]] = copy.deepcopy(chance.choice(JUNK))
    return spoilt


@pytest.mark.fuzz
@pytest.mark.parametrize("name", ["elena-martinez", "linh-tran", "nadia-kowalczyk", "colm-doherty"])
def test_no_single_odd_element_makes_a_page_fail(app, name):
    entries = wire.loads((DATA / f"{name}.json").read_bytes())["entry"]
    patient, *resources = [entry["resource"] for entry in entries]
    assert patient["resourceType"] == "Patient"
    chance = chance_of(name)
    for _ in range(ROUNDS):
        index = chance.randrange(len(resources))
        odd = broken(resources[index], chance)
        chart = [*resources[:index], odd, *resources[index + 1 :]]
        try:
            record = assemble(patient, copy.deepcopy(chart))
            with app.test_request_context():
                page = Page(record, TODAY, may_enter=False)
                html = render_template(
                    "summary/page.html", page=page, panels=present(page), frame=None
                )
            assert sorted(marked(html)) == sorted(map(literal_reference, record.facts()))
            _open_forms(record, name, odd)
        except Exception as error:  # noqa: BLE001 -- any fault is told with what caused it
            difference = [
                (path, value)
                for path, value in _leaves(odd)
                if value not in dict(_leaves(resources[index])).values()
            ]
            pytest.fail(f"{odd['resourceType']}/{odd['id']} {difference[:3]}: {error!r}")


def _open_forms(record, patient_id, odd):
    """Open each form for a new entry, and the form of the entry that the odd resource is part of.

    Other entries show of the odd resource what new ones show: offers, facts and notices.
    """
    for form_class in all_forms().values():
        for primary in (*record.primaries, *([None] if form_class.about == "patient" else [])):
            subject = Subject(record, patient_id, primary, TODAY)
            work = new_workspace(form_class, subject, None, None)
            work.validate()
            work.form.chart_context(subject)
            work.form.notices(subject)
    if address := addresses(record).get(literal_reference(odd)):
        slug, id_ = address
        form_class = form_of(slug)
        primary, originals = find_subject(form_class, record, id_)
        subject = Subject(record, patient_id, primary, TODAY, originals)
        existing_workspace(form_class, subject, id_, None, None).validate()


def _leaves(resource):
    return [(path, json.dumps(_at(resource, path), default=str)) for path in places(resource)]


def _at(node, path):
    for name in path:
        node = node[name]
    return node
