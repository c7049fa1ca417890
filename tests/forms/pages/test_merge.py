"""What a browser makes of a chart's words is no answer of the person."""

import copy

import pytest

from app.forms._definition import Subject
from app.forms._elements.single import TUMOR_IDENTIFIER
from app.forms._fields.base import FreeText
from app.forms._fields.lines import ShortText
from app.forms._pages.merge import SEEN
from app.forms._pages.workspace import existing_workspace
from app.forms._registry import find_subject
from app.forms._saving.plan import plan_entry
from app.forms.tnm_stage import TnmStage
from app.forms.tumor import Tumor
from app.mcode.assembly import assemble
from tests.forms.cases import clinical_stage
from tests.forms.patient import CHART, PATIENT, TODAY
from tests.forms.sending import sent

LINES = "\r\nSeen by MRI.\r\nNodes:\r none\n"


def staged(note):
    *parts, group = clinical_stage()
    return [*parts, {**group, "note": [{"text": note}]}]


def as_a_browser_sends(form):
    """The inputs of a page, as HTML has a browser send what it was shown."""
    answers = sent(form)
    for name, item in form.asked.items():
        if isinstance(item, FreeText):
            lines = answers[name].replace("\r\n", "\n").replace("\r", "\n").removeprefix("\n")
            answers[name] = lines.replace("\n", "\r\n")
        elif isinstance(item, ShortText):
            answers[name] = answers[name].replace("\r", "").replace("\n", "")
    return answers


def amended(subject, **changes):
    shown = existing_workspace(TnmStage, subject, "group", None, None)
    answers = {**as_a_browser_sends(shown.form), SEEN: shown.seen.text(), **changes}
    return existing_workspace(TnmStage, subject, "group", None, answers)


def test_a_note_of_many_lines_that_nobody_touched_is_not_written_anew(make_subject, author):
    subject = make_subject(*staged(LINES), amend="group")
    work = amended(subject)
    assert work.form.note.text == LINES
    assert plan_entry(work.form, subject, author, "draft-1").writes == ()


def test_another_answer_leaves_the_lines_of_the_note_alone(make_subject, author, answers):
    subject = make_subject(*staged(LINES), amend="group")
    work = amended(subject, **{"date-year": "2025"})
    plan = plan_entry(work.form, subject, author, "draft-1")
    group = next(w.after for w in plan.writes if w.after["id"] == "group")
    assert group["effectiveDateTime"].startswith("2025")
    assert group["note"] == [{"text": LINES}]


def test_a_changed_note_is_the_person_s(make_subject):
    subject = make_subject(*staged(LINES), amend="group")
    assert amended(subject, note="Seen by MRI.").form.note.text == "Seen by MRI."


def test_a_note_that_changed_meanwhile_is_followed_where_the_person_left_it(make_subject):
    old = make_subject(*staged(LINES), amend="group")
    shown = existing_workspace(TnmStage, old, "group", None, None)
    answers = {**as_a_browser_sends(shown.form), SEEN: shown.seen.text()}
    *parts, group = staged("Seen\r\nby CT")
    group["meta"] = {**group["meta"], "versionId": "99"}
    work = existing_workspace(
        TnmStage, make_subject(*parts, group, amend="group"), "group", None, answers
    )
    assert work.merge.taken == {"note"}
    assert not work.merge.disputed
    assert work.form.note.text == "Seen\r\nby CT"


@pytest.mark.parametrize("name", ["Tumor\n1", " Tumor 1 "])
def test_a_line_that_nobody_touched_is_not_written_anew(name, author):
    chart = copy.deepcopy(CHART)
    lump = next(r for r in chart if r["resourceType"] == "BodyStructure")
    lump["identifier"] = [{**TUMOR_IDENTIFIER, "system": "urn:radiology", "value": name}]
    record = assemble(copy.deepcopy(PATIENT), chart)
    primary, originals = find_subject(Tumor, record, lump["id"])
    subject = Subject(record, "pat", primary, TODAY, originals)
    shown = existing_workspace(Tumor, subject, lump["id"], None, None)
    assert shown.form.number.text == name
    answers = {**as_a_browser_sends(shown.form), SEEN: shown.seen.text()}
    again = existing_workspace(Tumor, subject, lump["id"], None, answers)
    assert plan_entry(again.form, subject, author, "draft-1").writes == ()
