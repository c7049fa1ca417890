"""Entries of treatment: new ones from typical answers, and those that stand in a chart."""

import copy

from app.forms._definition import Subject
from app.forms._pages.merge import SEEN
from app.forms._pages.workspace import existing_workspace, new_workspace
from app.forms._registry import find_subject
from app.forms._saving.plan import plan_entry
from app.mcode.assembly import assemble
from app.terminology.systems import SNOMED
from tests.forms import valid
from tests.forms.patient import AUTHOR, CHART, PATIENT, TODAY
from tests.forms.sending import inputs, sent

MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
NOT_TOLERATED = f"{SNOMED}|407563006"


def subject_with(*resources, of="breast"):
    """Return the subject of a new entry; `resources` come to the chart, or replace some of it."""
    chart = {(r["resourceType"], r["id"]): r for r in (*CHART, *resources)}
    record = assemble(copy.deepcopy(PATIENT), copy.deepcopy(list(chart.values())))
    return Subject(record, "pat", record.primary(of), TODAY)


def opened(form_class, subject):
    """Return a new entry as it is first shown."""
    return new_workspace(form_class, subject, None, None)


def entered(form_class, subject, **changes):
    """Return a new entry with the typical answers, some of them changed, after its check."""
    answers = {**valid.typical(form_class, subject), **_sent(form_class, changes)}
    work = new_workspace(form_class, subject, None, answers)
    work.validate()
    return work


def written(work):
    """Return the resources that a save would write, by the key of their part."""
    assert work.validate(), work.problems()
    plan = plan_entry(work.form, work.subject, AUTHOR, "draft")
    labels = {part.label: part.key for part in work.form.parts}
    return {labels[write.label]: write.after for write in plan.writes}


def amended(form_class, resource, *others, **changes):
    """Return an entry of the chart with some answers changed, after its check."""
    subject, id_ = subject_with(resource, *others), resource["id"]
    primary, originals = find_subject(form_class, subject.record, id_)
    existing = Subject(subject.record, "pat", primary, TODAY, originals)
    shown = existing_workspace(form_class, existing, id_, None, None)
    answers = {**sent(shown.form), SEEN: shown.seen.text(), **_sent(form_class, changes)}
    work = existing_workspace(form_class, existing, id_, None, answers)
    work.validate()
    return work


def errors(work):
    """Return the sentences at the fields."""
    return {name: str(item.errors[0]) for name, item in work.form.asked.items() if item.errors}


def asked(work):
    """Return what has to be confirmed, by key."""
    return {question.key: question.text for question in work.questions}


def stored(resource, id_="kept"):
    """Return a resource as a chart holds it."""
    return {**resource, "id": id_, "meta": {**resource["meta"], "versionId": "1"}}


def _sent(form_class, changes):
    form = form_class()
    named = {name.replace("__", "-"): value for name, value in changes.items()}
    return {k: v for name, value in named.items() for k, v in inputs(form[name], value).items()}
