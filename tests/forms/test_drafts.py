"""Drafts that an earlier release kept: they open with the answers that they held.

`drafts/` was written by release 0.1.0, whose answers were text: for each form a typical entry as it
was sent, the same entry in a chart with its draft, and what became of the draft after somebody else
had changed the entry; and entries with answers of every odd kind.
"""

import copy
import json
from pathlib import Path

import pytest

from app.fhir import wire
from app.forms._definition import Subject
from app.forms._pages.workspace import existing_workspace, new_workspace
from app.forms._registry import all_forms, find_subject, form_of
from app.forms._saving.plan import plan_entry
from app.mcode.assembly import assemble
from tests.forms.patient import AUTHOR, CHART, PATIENT, TODAY
from tests.forms.test_every_form import subject_of

KEPT = sorted((Path(__file__).parent / "drafts").glob("*.json"))


def read(path):
    return wire.loads(path.read_bytes())


def drafts_with(*names):
    """Return the drafts of which one of these is told, with its name."""
    found = [(path, name) for path in KEPT for name in names if name in read(path)]
    return [pytest.param(path, name, id=f"{path.stem}-{name}") for path, name in found]


def subject_with(form_class, resources, id_):
    own = {(r["resourceType"], r["id"]) for r in resources}
    chart = [r for r in CHART if (r["resourceType"], r["id"]) not in own]
    record = assemble(copy.deepcopy(PATIENT), copy.deepcopy([*chart, *resources]))
    primary, originals = find_subject(form_class, record, id_)
    return Subject(record, "pat", primary, TODAY, originals)


def opened(kept, resources, draft):
    form_class = form_of(kept["form"])
    subject = subject_with(form_class, resources, kept["id"])
    return existing_workspace(form_class, subject, kept["id"], None, draft)


def answers(work):
    return {name: item.text for name, item in work.form.asked.items() if item.text}


def test_there_is_a_draft_of_every_form_that_the_release_had():
    forms = {json.loads(path.read_text())["form"] for path in KEPT}
    assert len(forms) == 28
    assert forms <= set(all_forms())


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_draft_of_an_entry_that_nobody_changed_changes_nothing(path):
    kept = read(path)
    work = opened(kept, kept["resources"], kept["draft"])
    assert answers(work) == kept["answers"]
    assert not work.merge.stale
    assert plan_entry(work.form, work.subject, AUTHOR, "draft").writes == ()


@pytest.mark.parametrize(("path", "which"), drafts_with("untouched", "touched"))
def test_a_draft_meets_what_somebody_else_changed_as_it_did_then(path, which):
    kept = read(path)
    then = kept[which]
    work = opened(kept, kept["changed"], then.get("draft", kept["draft"]))
    assert work.merge.stale == then["stale"]
    assert sorted(work.merge.taken) == then["taken"]
    assert sorted(work.merge.disputed) == then["disputed"]
    assert answers(work) == then["answers"]


@pytest.mark.parametrize(("path", "which"), drafts_with("new"))
def test_a_draft_of_a_new_entry_holds_the_answers_that_were_typed(path, which):
    kept = read(path)
    form_class = form_of(kept["form"])
    subject = subject_of(form_class)
    work = new_workspace(form_class, subject, None, kept[which]["draft"])
    assert answers(work) == kept[which]["answers"]
    work.validate()
    work.confirmed = {question.key for question in work.questions}
    assert work.validate(), work.problems()
