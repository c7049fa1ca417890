"""Filling in a form about the patient of tests.forms.patient, as the tests of single forms do."""

import copy

from app.forms._definition import Subject
from app.forms._pages.merge import SEEN
from app.forms._pages.workspace import existing_workspace, new_workspace
from app.forms._registry import find_subject
from app.forms._saving.plan import plan_entry
from app.mcode.assembly import assemble
from tests.forms import valid
from tests.forms.patient import AUTHOR, CHART, PATIENT, TODAY
from tests.forms.sending import inputs, sent


def record_of(*more, patient=None, chart=CHART):
    """Return the record of the patient with `more` resources in the chart."""
    who = {**PATIENT, **(patient or {})}
    return assemble(copy.deepcopy(who), copy.deepcopy([*chart, *more]))


def subject_of(form_class, *more, patient=None, chart=CHART):
    """Return the subject of a new entry."""
    record = record_of(*more, patient=patient, chart=chart)
    primary = record.primary("breast") if form_class.about == "primary" else None
    return Subject(record, "pat", primary, TODAY)


def new(form_class, *more, answers=None, patient=None, chart=CHART, **changes):
    """Open a new entry and send its typical answers, or `answers`, with `changes`."""
    subject = subject_of(form_class, *more, patient=patient, chart=chart)
    form = form_class()
    form.prepare(subject)
    given = valid.typical(form_class, subject) if answers is None else sent(form, answers)
    for name, value in changes.items():
        given |= inputs(form[name], value)
    return new_workspace(form_class, subject, None, given)


def fresh(form_class, *more, patient=None, chart=CHART):
    """Open a new entry as it is before anything is typed."""
    subject = subject_of(form_class, *more, patient=patient, chart=chart)
    return new_workspace(form_class, subject, None, None)


def typed(form_class, typed_inputs, *more):
    """Open a new entry and send its typical answers with inputs as a browser names them."""
    subject = subject_of(form_class, *more)
    given = {**valid.typical(form_class, subject), **typed_inputs}
    return new_workspace(form_class, subject, None, given)


def existing(form_class, resource, *more, patient=None, chart=CHART, **changes):
    """Open an entry that stands in the chart, and where there are `changes`, send it with them."""
    record = record_of(resource, *more, patient=patient, chart=chart)
    shown = _shown(form_class, record, resource)
    if not changes:
        return shown
    given = {}
    for name, value in changes.items():
        given |= inputs(shown.form[name], value)
    return _sent_back(shown, resource, given)


def retyped(form_class, resource, typed_inputs, *more):
    """Open an entry that stands in the chart and send it with inputs as a browser names them."""
    shown = _shown(form_class, record_of(resource, *more), resource)
    return _sent_back(shown, resource, typed_inputs)


def confirmed(work):
    """Return the same entry with every question that it asks answered by a tick."""
    work.validate()
    work.confirmed |= {question.key for question in work.questions}
    return work


def written(work):
    """Return what saving writes, resource by resource; the answers have to be accepted."""
    assert work.validate(), work.problems()
    return [write.after for write in plan_entry(work.form, work.subject, AUTHOR, "draft-1").writes]


def sentences(work):
    """Return the problems by field, and the questions by their key."""
    assert not work.validate()
    told = {name: item.errors[0] for name, item in work.form.asked.items() if item.errors}
    return {name: str(words) for name, words in told.items()} | {
        question.key: question.text for question in work.questions
    }


def _shown(form_class, record, resource):
    primary, originals = find_subject(form_class, record, resource["id"])
    subject = Subject(record, "pat", primary, TODAY, originals)
    return existing_workspace(form_class, subject, resource["id"], None, None)


def _sent_back(shown, resource, changed):
    """Return the entry sent back with these inputs changed."""
    given = {**sent(shown.form), SEEN: shown.seen.text(), **changed}
    return existing_workspace(type(shown.form), shown.subject, resource["id"], None, given)
