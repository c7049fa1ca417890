"""What holds of every form there is, whatever is answered."""

import copy
import re
from functools import cache

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from app.fhir import wire
from app.fhir.check import check_structure
from app.fhir.resource_types import resource_type
from app.forms._answers import AS_RECORDED, Moment, PartialDate, TimeSpan
from app.forms._definition import SECTIONS, Fold, Subject
from app.forms._fields.choices import CodedChecks, CodedRadio, CodedSelect
from app.forms._fields.dates import DateBoxes, DateSpan
from app.forms._fields.lines import MomentLine
from app.forms._fields.search import CodedSearch
from app.forms._pages.workspace import existing_workspace, new_workspace
from app.forms._registry import all_forms, find_subject, form_for
from app.forms._saving.plan import plan_entry, plan_retraction
from app.forms._saving.wording import elements_of
from app.mcode.assembly import assemble
from app.mcode.conformance import problems
from app.mcode.definitions import profile
from app.mcode.retraction import is_retracted
from tests.forms import valid
from tests.forms.patient import AUTHOR, CHART, PATIENT, TODAY
from tests.forms.sending import sent
from tests.forms.strategies import answer

FORMS = list(all_forms().values())
every_form = pytest.mark.parametrize("form_class", FORMS, ids=lambda form: form.slug)
thoroughly = settings(
    max_examples=min(60, settings.default.max_examples),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

FORBIDDEN = re.compile(r"\b(?:invalid|required|please|error|must)\b", re.IGNORECASE)
ACTS = re.compile(r"(?:Choose|Enter|Remove|Shorten|Say|Tick|Add|Nothing is found)\b")


@cache
def chart():
    """Return the record before an entry: forms read it and leave it as it is."""
    return assemble(copy.deepcopy(PATIENT), copy.deepcopy(CHART))


def subject_of(form_class):
    record = chart()
    primary = record.primary("breast") if form_class.about == "primary" else None
    return Subject(record, "pat", primary, TODAY)


def draw_answers(data, form_class, subject):
    form = form_class()
    form.prepare(subject)
    answers = {name: data.draw(answer(item), label=name) for name, item in form.asked.items()}
    return sent(form, valid.adjust(form, answers, data))


def confirmed(form_class, subject, answers):
    """Answer every question that the form asks with a tick."""
    work = new_workspace(form_class, subject, None, answers)
    work.validate()
    ticks = {f"confirm-{question.key}": "yes" for question in work.questions}
    return new_workspace(form_class, subject, None, {**answers, **ticks})


def technical_names(resource):
    """Return what FHIR calls the elements and extensions of a resource."""
    tails = {extension["url"].rpartition("/")[2] for extension in resource.get("extension", ())}
    return {*resource, *tails}


def stored(plan, subject):
    """Return the chart's resources after a save of the plan, and the id of its main resource."""
    text = wire.dumps([write.after for write in plan.writes]).decode()
    for number, write in enumerate(plan.writes):
        text = text.replace(write.full_url, f"{write.after['resourceType']}/new-{number}")
    return [
        {**resource, "id": f"new-{number}", "meta": {**resource["meta"], "versionId": "1"}}
        for number, resource in enumerate(wire.loads(text))
    ]


@every_form
@thoroughly
@given(data=st.data())
def test_any_answers_are_refused_in_words_or_written_conformant_and_read_back(form_class, data):
    subject = subject_of(form_class)
    answers = draw_answers(data, form_class, subject)
    work = confirmed(form_class, subject, answers)
    if not work.validate():
        told = work.problems()
        assert told
        for sentence, _ in told:
            assert ACTS.match(sentence), sentence
            assert not FORBIDDEN.search(sentence)
        event(f"{form_class.slug}: refused")
        return
    event(f"{form_class.slug}: accepted")
    plan = plan_entry(work.form, subject, AUTHOR, "draft-1")
    assert plan.writes
    for write in plan.writes:
        assert elements_of(write.after, {}).keys().isdisjoint(technical_names(write.after))
        assert check_structure(write.after) == []
        assert problems(write.after) == []
        whose = write.after.get("patient") or write.after.get("subject")
        assert whose == {"reference": "Patient/pat"}
    after = assemble(copy.deepcopy(PATIENT), [*copy.deepcopy(CHART), *stored(plan, subject)])
    main = form_class.parts[-1]
    id_ = next(
        f"new-{number}" for number, write in enumerate(plan.writes) if write.label == main.label
    )
    primary, originals = find_subject(form_class, after, id_)
    again = existing_workspace(
        form_class, Subject(after, "pat", primary, TODAY, originals), id_, None, None
    )
    placed = {name for name, item in work.form.asked.items() if item.target}
    assert {name: again.form[name].data for name in placed} == {
        name: work.form[name].data for name in placed
    }
    assert {name: again.form[name].text for name in placed} == {
        name: work.form[name].text for name in placed
    }
    assert plan_entry(again.form, again.subject, AUTHOR, "draft-2").writes == ()


@every_form
def test_typical_answers_are_accepted_and_make_the_entry_that_the_form_opens(form_class):
    subject = subject_of(form_class)
    work = confirmed(form_class, subject, valid.typical(form_class, subject))
    assert work.validate(), work.problems()
    plan = plan_entry(work.form, subject, AUTHOR, "draft-1")
    record = assemble(copy.deepcopy(PATIENT), [*copy.deepcopy(CHART), *stored(plan, subject)])
    for number, write in enumerate(plan.writes):
        assert problems(write.after) == []
        resource = record.find(f"{write.after['resourceType']}/new-{number}")
        assert resource, write.label
        if write.label == form_class.parts[-1].label:
            assert form_for(record, resource) is form_class


@every_form
def test_the_headline_tells_an_entry_from_one_of_another_day(form_class):
    subject = subject_of(form_class)
    form = confirmed(form_class, subject, valid.typical(form_class, subject)).form
    for name in {"authored", "collected", "date", "when"} & set(form.asked):
        assert form.display(name) in form.headline(subject)


@every_form
def test_what_only_an_entry_in_the_chart_can_hold_is_no_answer_of_a_new_one(form_class):
    """As a draft of an amended entry would have it, sent to the address of a new one."""
    subject = subject_of(form_class)
    answers = valid.typical(form_class, subject)
    for name, item in form_class().asked.items():
        if isinstance(item, CodedChecks | CodedRadio | CodedSearch | CodedSelect):
            work = new_workspace(form_class, subject, None, {**answers, name: str(AS_RECORDED)})
            assert not work.validate(), name
            assert name in {address.removeprefix("#") for _, address in work.problems()}


@every_form
def test_an_empty_form_says_what_to_answer_and_writes_nothing(form_class):
    subject = subject_of(form_class)
    form = form_class()
    form.prepare(subject)
    work = new_workspace(form_class, subject, None, dict.fromkeys(sent(form), ""))
    assert not work.validate()
    for sentence, address in work.problems():
        assert ACTS.match(sentence), sentence
        assert address.removeprefix("#") in work.form.asked


@every_form
def test_a_day_before_the_birth_is_refused_in_every_field(form_class):
    subject = subject_of(form_class)
    form = form_class()
    form.prepare(subject)
    day = PartialDate(1900, 1, 1)
    days = {DateBoxes: day, DateSpan: TimeSpan(day), MomentLine: Moment(day, "10:00", "+01:00")}
    dated = {name: type(item) for name, item in form.asked.items() if type(item) in days}
    for name, kind in dated.items():
        form[name].process(None, days[kind])
    refused = {name for name, told in form.problems(subject) if "after the birth" in told}
    assert refused == set(dated)


@every_form
def test_an_entry_that_is_retracted_is_no_fact_any_more(form_class):
    subject = subject_of(form_class)
    work = confirmed(form_class, subject, valid.typical(form_class, subject))
    assert work.validate(), work.problems()
    plan = plan_entry(work.form, subject, AUTHOR, "draft-1")
    resources = stored(plan, subject)
    record = assemble(copy.deepcopy(PATIENT), [*copy.deepcopy(CHART), *copy.deepcopy(resources)])
    id_ = next(
        r["id"]
        for r, w in zip(resources, plan.writes, strict=True)
        if w.label == form_class.parts[-1].label
    )
    primary, originals = find_subject(form_class, record, id_)
    existing = Subject(record, "pat", primary, TODAY, originals)
    again = existing_workspace(form_class, existing, id_, None, None)
    retraction = plan_retraction(again.form, existing, AUTHOR, "another patient's")
    assert retraction.writes
    for write in retraction.writes:
        assert check_structure(write.after) == []
        assert problems(write.after) == []
        assert is_retracted(write.after)
        changed = {
            k for k in {*write.before, *write.after} if write.before.get(k) != write.after.get(k)
        }
        assert changed <= {resource_type(write.after).status, "clinicalStatus"}


@every_form
def test_a_form_says_where_it_stands_and_shows_each_field_once(form_class):
    assert form_class.section in SECTIONS
    assert form_class.description
    rows = [
        row
        for entry in form_class.rows
        for row in (entry.rows if isinstance(entry, Fold) else (entry,))
    ]
    shown = [name for row in rows for name in row]
    assert shown == list(form_class().asked)
    assert {part.key for part in form_class.parts} >= {
        key for item in form_class().asked.values() if item.target for key in item.target.parts
    }
    for part in form_class.parts:
        assert profile(part.profile).type == part.type


def test_no_two_forms_open_the_same_entry():
    slugs = [form.slug for form in FORMS]
    assert len(slugs) == len(set(slugs))
    assert all(form.__doc__ for form in FORMS)
