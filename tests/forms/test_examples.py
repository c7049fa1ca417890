"""The official mCODE examples in their forms: one answer that changes, changes one element."""

import copy
import json
import re
from functools import cache
from pathlib import Path

import pytest

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
from tests.forms.sending import inputs, sent

EXAMPLES = (
    Path(__file__).resolve().parents[3] / "shared" / "examples" / "mcode-examples-transaction.json"
)
pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason="the examples are not at hand")

PATIENTS = ("adam-everyman", "brian-l", "eve-anyperson", "john-anyperson")
UNKNOWN = {"url": "urn:example:unknown", "valueString": "kept"}


@cache
def _resources():
    bundle = wire.loads(EXAMPLES.read_bytes())
    return [_salted(entry["resource"]) for entry in bundle["entry"]]


def _salted(resource):
    """Give a resource what the app does not know: extensions, also of a primitive."""
    resource = copy.deepcopy(resource)
    resource["meta"] = {**resource.get("meta", {}), "versionId": "7"}
    resource.setdefault("extension", []).insert(0, UNKNOWN)
    if "status" in resource:
        resource["_status"] = {"extension": [UNKNOWN]}
    return resource


@cache
def _record(patient):
    own = f'"Patient/cancer-patient-{patient}"'
    found = [r for r in _resources() if own in json.dumps(r, default=str)]
    others = [r for r in _resources() if r["resourceType"] == "Practitioner"]
    who = next(r for r in _resources() if r["id"] == f"cancer-patient-{patient}")
    return assemble(copy.deepcopy(who), copy.deepcopy([*found, *others]))


def _entries():
    if not EXAMPLES.exists():
        return []
    return [
        pytest.param(patient, name, slug, id_, id=f"{name}-{slug}")
        for patient in PATIENTS
        for name, (slug, id_) in addresses(_record(patient)).items()
    ]


def _open(patient, name, slug, id_, change=None):
    """Open an example and send it as a browser does, with one answer changed."""
    record = _record(patient)
    form_class = form_of(slug)
    primary, originals = find_subject(form_class, record, name.partition("/")[2])
    subject = Subject(record, f"cancer-patient-{patient}", primary, TODAY, originals)
    shown = existing_workspace(form_class, subject, id_, None, None)
    answers = {**sent(shown.form), SEEN: shown.seen.text(), **(change or {})}
    work = existing_workspace(form_class, subject, id_, None, answers)
    work.validate()
    ticks = {f"confirm-{question.key}": "yes" for question in work.questions}
    return existing_workspace(form_class, subject, id_, None, {**answers, **ticks})


@pytest.mark.parametrize(("patient", "name", "slug", "id_"), _entries())
def test_an_example_that_is_saved_unchanged_writes_nothing(patient, name, slug, id_):
    work = _open(patient, name, slug, id_)
    assert work.validate(), work.problems()
    assert plan_entry(work.form, work.subject, AUTHOR, "draft").writes == ()


@pytest.mark.parametrize(("patient", "name", "slug", "id_"), _entries())
def test_one_answer_that_is_changed_changes_its_element_alone(patient, name, slug, id_):
    shown = _open(patient, name, slug, id_)
    changed = 0
    for field, item in shown.form.asked.items():
        other = another(item)
        if other is None or not item.target:
            continue
        work = _open(patient, name, slug, id_, inputs(item, other))
        if not work.validate():
            assert work.problems()
            continue
        writes = plan_entry(work.form, work.subject, AUTHOR, "draft").writes
        assert writes, field
        changed += 1
        for write in writes:
            if write.before is not None:
                _assert_one_element_differs(write.before, write.after, field)
    assert changed


def test_every_example_of_a_profile_that_is_written_opens_in_its_form():
    opened = {name for patient in PATIENTS for name in addresses(_record(patient))}
    written = {part.profile for form in all_forms().values() for part in form.parts}
    examples = {
        literal_reference(r) for r in _resources() if written & set(r["meta"].get("profile", []))
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
