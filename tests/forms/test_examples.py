"""Charts of other people in the forms: one answer that changes, changes one element."""

import copy
import json
import re
from functools import cache

import pytest

from app.config import ROOT
from app.fhir import wire
from app.fhir.paths import literal_reference
from app.forms._definition import Subject
from app.forms._pages.merge import SEEN
from app.forms._pages.workspace import existing_workspace
from app.forms._registry import addresses, all_forms, find_subject, form_of
from app.forms._saving.plan import plan_entry
from app.mcode.assembly import assemble
from tests.forms.changing import another
from tests.forms.patient import AUTHOR, TODAY
from tests.forms.reviewing import assert_plan_is_told
from tests.forms.sending import inputs, sent
from tests.r4_examples import needs_r4_examples, r4_chart, r4_patient

SHARED = ROOT.parent / "shared"
OFFICIAL = SHARED / "examples" / "mcode-examples-transaction.json"

UNKNOWN = {"url": "urn:example:unknown", "valueString": "kept"}


def _charts():
    """Return the files of other people's charts, the official examples first."""
    cases = SHARED / "cases"
    found = [OFFICIAL, *sorted(cases.glob("*.json")), *sorted((cases / "charts").glob("*.json"))]
    return [path for path in found if path.exists() and "entry" in json.loads(path.read_text())]


@cache
def _resources(path):
    return [_salted(entry["resource"]) for entry in wire.loads(path.read_bytes())["entry"]]


def _salted(resource):
    """Give a resource what the app does not know: extensions, also of a primitive."""
    resource = copy.deepcopy(resource)
    resource["meta"] = {**resource.get("meta", {}), "versionId": "7"}
    resource.setdefault("extension", []).insert(0, UNKNOWN)
    if "status" in resource:
        resource["_status"] = {"extension": [UNKNOWN]}
    return resource


@cache
def _record(path, patient):
    own = f'"Patient/{patient}"'
    found = [r for r in _resources(path) if own in json.dumps(r, default=str)]
    people = {"Practitioner", "Organization", "Medication"}
    others = [r for r in _resources(path) if r["resourceType"] in people]
    who = next(r for r in _resources(path) if r["id"] == patient)
    return assemble(copy.deepcopy(who), copy.deepcopy([*found, *others]))


def _records(path):
    patients = [r["id"] for r in _resources(path) if r["resourceType"] == "Patient"]
    return [_record(path, patient) for patient in patients]


def _entries(*, one_a_form=False):
    """Return all entries, or of each chart but the official examples one of each form."""
    found = {
        (path, slug if one_a_form and path != OFFICIAL else name): pytest.param(
            record, slug, id_, id=f"{path.stem}-{name}-{slug}"
        )
        for path in _charts()
        for record in _records(path)
        for name, (slug, id_) in addresses(record).items()
    }
    return found.values()


def _open(record, slug, id_, change=None):
    """Open an entry and send it as a browser does, with one answer changed."""
    form_class = form_of(slug)
    primary, originals = find_subject(form_class, record, id_)
    subject = Subject(record, record.patient["id"], primary, TODAY, originals)
    shown = existing_workspace(form_class, subject, id_, None, None)
    answers = {**sent(shown.form), SEEN: shown.seen.text(), **(change or {})}
    work = existing_workspace(form_class, subject, id_, None, answers)
    work.validate()
    ticks = {f"confirm-{question.key}": "yes" for question in work.questions}
    return existing_workspace(form_class, subject, id_, None, {**answers, **ticks})


@pytest.mark.parametrize(("record", "slug", "id_"), _entries())
def test_an_example_that_is_saved_unchanged_writes_nothing(record, slug, id_):
    work = _open(record, slug, id_)
    assert work.validate(), work.problems()
    assert plan_entry(work.form, work.subject, AUTHOR, "draft").writes == ()


@needs_r4_examples
def test_an_example_of_r4_that_is_saved_unchanged_writes_nothing():
    record = assemble(r4_patient(), [_salted(resource) for resource in r4_chart()])
    entries = set(addresses(record).values())
    assert len(entries) > 10
    for slug, id_ in entries:
        work = _open(record, slug, id_)
        assert work.validate(), (slug, id_, work.problems())
        assert plan_entry(work.form, work.subject, AUTHOR, "draft").writes == ()


@pytest.mark.parametrize(("record", "slug", "id_"), _entries(one_a_form=True))
def test_one_answer_that_is_changed_changes_its_element_alone(record, slug, id_):
    shown = _open(record, slug, id_)
    changed = 0
    for field, item in shown.form.asked.items():
        other = another(item)
        if other is None or not item.target:
            continue
        work = _open(record, slug, id_, inputs(item, other))
        if not work.validate():
            assert work.problems()
            continue
        plan = plan_entry(work.form, work.subject, AUTHOR, "draft")
        writes = plan.writes
        assert writes, field
        assert_plan_is_told(plan, type(work.form), record)
        changed += 1
        for write in writes:
            if write.before is not None:
                _assert_one_element_differs(write.before, write.after, field)
    assert changed


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the examples are not at hand")
def test_every_example_of_a_profile_that_is_written_opens_in_its_form():
    opened = {name for record in _records(OFFICIAL) for name in addresses(record)}
    written = {part.profile for form in all_forms().values() for part in form.parts}
    examples = {
        literal_reference(r)
        for r in _resources(OFFICIAL)
        if written & set(r["meta"].get("profile", []))
    }
    assert len(examples) > 60
    assert examples - opened == set()


def _root(name):
    """Return what an element is a type or companion of: valueQuantity of value."""
    bare = name.lstrip("_")
    if bare in {"interpretation", "dataAbsentReason"}:
        return "value"
    if bare in {"focus", "specimen"}:
        # A tumor size has one or the other.
        return "focus or specimen"
    return re.sub(r"^(value|effective|performed|onset|occurrence|medication)[A-Z]\w*", r"\1", bare)


def _assert_one_element_differs(before, after, field):
    names = {n for n in {*before, *after} if before.get(n) != after.get(n)} - {"status"}
    assert len({_root(name) for name in names}) <= 1, (field, names)
    if before.get("status") != after.get("status"):
        assert field == "status" or after["status"] == "amended"
    for name in names:
        old, new = before.get(name), after.get(name)
        if isinstance(old, list) and isinstance(new, list):
            lost = [entry for entry in old if entry not in new]
            assert len(lost) <= 1, (field, name, lost)
    assert UNKNOWN in after["extension"]
    if field != "status":
        assert after.get("_status") == before.get("_status")
