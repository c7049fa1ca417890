"""What the pages of writing say around answers and records, without a browser and without HTTP."""

from datetime import UTC, datetime

import pytest

from app.forms._pages.merge import SEEN
from app.forms._pages.presenter import (
    TO_SUMMARY,
    Action,
    ReceiptPage,
    RetractionPage,
    ReviewPage,
    merge_sentences,
    receipt_page,
    retraction_page,
    review_label,
    review_page,
)
from app.forms._pages.workspace import existing_workspace, new_workspace
from app.forms._saving.plan import Plan, Write
from app.forms.ecog import Ecog
from app.forms.radiotherapy_course import RadiotherapyCourse
from app.forms.tnm_stage import TnmStage
from app.store import Draft, Receipt
from tests.forms.cases import clinical_stage
from tests.forms.sending import sent

NOW = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)
NEW = Write("Primary tumor (T)", "new", "urn:uuid:t", {})
AMENDED = Write("TNM stage group", "amended", "Observation/g", {}, before={})
SAVE = (
    Action("Save to chart", "save", primary=True),
    Action("Back to the form", "form"),
    Action("Discard the draft", "discard"),
)
CHECK = (Action("Check again", "save", primary=True), TO_SUMMARY)
SENT_BEFORE = (
    "This was sent to the chart, and the EHR has not confirmed it yet. Check before you go on: the "
    "app looks first, and never writes an entry twice."
)
NO_PROVENANCE = (
    "This EHR or your sign-in takes no Provenance record: the author stands in the new records "
    "themselves, and who made a change stands in the EHR's own audit trail."
)
NO_PROVENANCE_SENT = (
    "This EHR or sign-in takes no Provenance record; the records name their author themselves."
)
ORPHANS = (
    "this diagnosis, such as stages and results. They stay as they are, and then belong to no "
    "diagnosis."
)


def draft(state="open"):
    return Draft("d", "tnm-stage", "new:breast", {}, state, None, NOW, NOW)


def plan(*writes, provenance=None):
    return Plan("TNM stage", "Nancy Nurse", "2026-11-24", writes, provenance)


@pytest.mark.parametrize(
    ("state", "writes", "provenance", "transactions", "shown"),
    [
        (
            "open",
            [NEW, NEW],
            {},
            True,
            ReviewPage(
                "2 records to Oak EHR, all or none, as Nancy Nurse",
                "",
                NO_PROVENANCE,
                SAVE,
                "Nothing is in the chart yet",
            ),
        ),
        (
            "open",
            [NEW, AMENDED],
            {"resourceType": "Provenance"},
            False,
            ReviewPage(
                "2 records to Oak EHR, one after the other, as Nancy Nurse",
                "",
                "",
                SAVE,
                "Nothing is changed in the chart yet",
            ),
        ),
        *(
            (
                state,
                [AMENDED],
                {"resourceType": "Provenance"},
                True,
                ReviewPage(
                    "1 record to Oak EHR, all or none, as Nancy Nurse", SENT_BEFORE, "", CHECK, ""
                ),
            )
            for state in ("sending", "unknown")
        ),
    ],
)
def test_a_review_says_how_it_will_be_saved(state, writes, provenance, transactions, shown):
    reviewed = plan(*writes, provenance=provenance or None)
    assert review_page(draft(state), reviewed, "Oak EHR", all_or_none=transactions) == shown


@pytest.mark.parametrize(
    ("writes", "naming", "changed", "shown"),
    [
        ([AMENDED], 0, False, RetractionPage("", "", "Mark 1 record as entered in error")),
        (
            [AMENDED, AMENDED],
            1,
            False,
            RetractionPage(
                "",
                f"1 other entry of the chart names {ORPHANS}",
                "Mark 2 records as entered in error",
            ),
        ),
        (
            [AMENDED],
            3,
            True,
            RetractionPage(
                "The chart changed since you opened this page. What it holds is shown below; look "
                "at it again.",
                f"3 other entries of the chart name {ORPHANS}",
                "Mark 1 record as entered in error",
            ),
        ),
    ],
)
def test_a_retraction_says_what_it_leaves_behind(writes, naming, changed, shown):
    assert retraction_page(plan(*writes), naming, changed=changed) == shown


@pytest.mark.parametrize(
    ("records", "provenance", "was_sent", "saved", "authorship"),
    [
        (
            1,
            "Provenance/7",
            True,
            "1 record was written and read back from Oak EHR.",
            "Authorship: Provenance/7, signed as Nancy Nurse.",
        ),
        (
            4,
            None,
            True,
            "4 records were written and read back from Oak EHR.",
            "Authorship was sent as a Provenance record and could not be read back.",
        ),
        (
            4,
            None,
            False,
            "4 records were written and read back from Oak EHR.",
            NO_PROVENANCE_SENT,
        ),
    ],
)
def test_a_receipt_says_who_signed_and_whether_that_is_in_the_chart(
    records, provenance, was_sent, saved, authorship
):
    data = {
        "signed_as": "Nancy Nurse",
        "records": [{}] * records,
        "provenance": provenance,
        "provenance_sent": was_sent,
    }
    shown = receipt_page(Receipt("r", data, NOW), "Oak EHR")
    assert shown == ReceiptPage("24-Nov-2026 10:42 UTC · Nancy Nurse", saved, authorship)


@pytest.mark.parametrize(
    ("form", "label"),
    [(Ecog, "Review"), (TnmStage, "Review 4 records"), (RadiotherapyCourse, "Review")],
)
def test_a_new_entry_says_how_many_records_it_is_sure_to_have(make_subject, form, label):
    assert review_label(new_workspace(form, make_subject(), None, None)) == label


@pytest.fixture
def amended(make_subject):
    """Open the stage for an amendment, with answers sent by a page that saw the chart before."""

    def amended(changed=(), **typed):
        before = make_subject(*clinical_stage(), amend="group")
        shown = existing_workspace(TnmStage, before, "group", None, None)
        now = clinical_stage()
        for resource in now:
            if resource["id"] in changed:
                resource["meta"]["versionId"] = "9"
                resource["note"] = [{"text": "theirs"}]
        subject = make_subject(*now, amend="group")
        answers = {**sent(shown.form), SEEN: shown.seen.text(), **typed}
        return existing_workspace(TnmStage, subject, "group", None, answers)

    return amended


def test_an_amendment_is_reviewed_as_changes(amended):
    assert review_label(amended()) == "Review the changes"


def test_where_the_chart_stands_still_nothing_is_said_of_it(amended):
    assert list(merge_sentences(amended(note="mine"))) == []


def test_an_untouched_answer_is_said_to_follow_the_chart(amended):
    assert list(merge_sentences(amended(["group"]))) == [
        "Note follows the chart: theirs. You had not changed it.",
        "Look through the answers, then review again.",
    ]


def test_an_answer_that_both_changed_is_to_be_chosen(amended):
    assert list(merge_sentences(amended(["group"], note="mine"))) == [
        "Where both you and somebody else changed an answer, choose below which one counts.",
        "Look through the answers, then review again.",
    ]
