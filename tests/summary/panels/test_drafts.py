"""A draft is found again from the summary."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from app.summary.panels.missing import draft_lines
from tests.summary.resources import condition, record

NOW = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)


def line(*resources, **more):
    draft = {"form": "tnm-stage", "subject": "new:c", "state": "open", "in_chart": False}
    draft |= {"updated": NOW, **more}
    (found,) = draft_lines(record(*resources), [SimpleNamespace(**draft)])
    return found


@pytest.mark.parametrize(
    ("subject", "words", "endpoint", "values"),
    [
        ("new:c", "Draft of a TNM stage", "forms.new", {"about": "c"}),
        ("g", "Draft of an amendment: TNM stage", "forms.edit", {"resource_id": "g"}),
        (
            "retract:g",
            "Draft of a retraction: TNM stage",
            "forms.retract",
            {"resource_id": "g"},
        ),
    ],
)
def test_it_goes_on_where_it_was_begun(subject, words, endpoint, values):
    found = line(condition(), subject=subject)
    assert (found.text, found.endpoint) == (words, endpoint)
    assert found.values == {"slug": "tnm-stage", **values}
    assert found.detail == "last typed 24-Nov-2026 10:42 UTC"


def test_with_several_cancers_it_says_which_one_it_is_about():
    found = line(condition(), condition("d", "C61", "Prostate cancer"), subject="new:d")
    assert found.detail.endswith("· Prostate cancer")


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_one_that_was_sent_without_an_answer_says_so(state):
    expected = "sent 24-Nov-2026 10:42 UTC, not known whether it was saved"
    assert line(condition(), state=state).detail == expected


@pytest.mark.parametrize("state", ["open", "unknown"])
def test_one_of_which_the_chart_holds_a_part_says_so(state):
    expected = "sent 24-Nov-2026 10:42 UTC, in the chart in part or otherwise than entered"
    assert line(condition(), state=state, in_chart=True).detail == expected


def test_of_another_form_the_name_is_as_readable():
    assert line(form="ecog-status").text == "Draft of an ECOG status"
    assert line(form="disease-status").text == "Draft of a disease status"
