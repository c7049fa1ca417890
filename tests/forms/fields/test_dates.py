"""Times from one day to another: what was written stays of its type, and of its precision."""

import copy

import pytest

from app.forms._elements.datatypes import Span
from tests.forms.answering import span

SPAN = Span("performed")
PERIOD = Span("performed", period=True)
CLOCK = {"extension": [{"url": "urn:clock", "valueString": "wall"}]}


@pytest.mark.parametrize(
    ("resource", "shown"),
    [
        ({"performedDateTime": "2026-03-20T10:00:00Z"}, span("2026-03-20")),
        ({"performedDateTime": "2026-03"}, span("2026-03")),
        ({"performedPeriod": {"start": "2026-03-20T10:00:00Z"}}, span("2026-03-20")),
        (
            {"performedPeriod": {"start": "2026-03", "end": "2026-04-02"}},
            span("2026-03", "2026-04-02"),
        ),
        ({"performedPeriod": {"end": "2026-04-02"}}, span(None, "2026-04-02")),
        ({"performedString": "last spring"}, None),
        ({"performedPeriod": "malformed"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("element", [SPAN, PERIOD])
def test_an_unchanged_time_changes_nothing(element, resource, shown):
    before = copy.deepcopy(resource)
    assert element.read(resource) == shown
    element.write(resource, shown)
    assert resource == before


def test_one_side_that_changes_leaves_the_other_as_it_is():
    resource = {"performedPeriod": {"start": "2026-03-20T10:00:00Z", "_end": CLOCK, "end": "2026"}}
    SPAN.write(resource, span("2026-03-20", "2026-04-02"))
    assert resource == {"performedPeriod": {"start": "2026-03-20T10:00:00Z", "end": "2026-04-02"}}
    SPAN.write(resource, span("2026-03-20"))
    assert resource == {"performedPeriod": {"start": "2026-03-20T10:00:00Z"}}


def test_an_open_period_that_ends_is_still_that_period():
    resource = {"performedPeriod": {"start": "2026-03-20T10:00:00Z", "id": "p"}}
    SPAN.write(resource, span("2026-03-20", "2026-05"))
    assert resource == {
        "performedPeriod": {"start": "2026-03-20T10:00:00Z", "id": "p", "end": "2026-05"}
    }


def test_a_day_that_grows_to_a_time_becomes_a_period():
    resource = {"performedDateTime": "2026-03-20", "_performedDateTime": CLOCK}
    SPAN.write(resource, span("2026-03-20", "2026-04-02"))
    assert resource == {"performedPeriod": {"start": "2026-03-20", "end": "2026-04-02"}}


def test_where_only_a_period_is_legal_a_day_begins_one():
    resource = {"performedString": "last spring"}
    assert PERIOD.recorded(resource) == "last spring"
    PERIOD.write(resource, span("2026-03-20"))
    assert resource == {"performedPeriod": {"start": "2026-03-20"}}
    resource = {}
    SPAN.write(resource, span("2026-03-20"))
    assert resource == {"performedDateTime": "2026-03-20"}


@pytest.mark.parametrize("element", [SPAN, PERIOD])
def test_no_answer_takes_every_type_away(element):
    for resource in (
        {"performedPeriod": {"start": "2026"}, "_performedPeriod": CLOCK},
        {"performedDateTime": "2026", "_performedDateTime": CLOCK},
    ):
        resource["performer"] = []
        element.write(resource, None)
        assert resource == {"performer": []}
