"""The timeline: each event at its place in time, nothing over another or outside the chart."""

from datetime import date
from itertools import pairwise

import pytest

from app.summary.panels.timeline import LEFT, WIDTH, timeline
from app.summary.treatments import treatments
from tests.summary.resources import (
    TODAY,
    condition,
    ecog,
    given,
    intent,
    order,
    record,
    stage,
    status,
    surgery,
)


def of(*resources, today=TODAY):
    found = record(condition(), *resources)
    return timeline(found, treatments(found), today)


def placed(shown):
    return {item.event.label: item for lane in shown.chart.lanes for item in lane.placed}


def test_events_stand_in_lanes_in_the_order_of_time():
    shown = of(*stage(), surgery(), order(), status(), ecog())
    assert [lane.name for lane in shown.chart.lanes] == [
        "Stage",
        "Procedures",
        "Systemic",
        "Status",
        "ECOG",
    ]
    assert [event.label for event in shown.events] == [
        "Clinical IIB",
        "Lumpectomy of breast",
        "doxorubicin",
        "Responding",
        "0",
    ]


def test_positions_follow_the_dates():
    shown = placed(
        of(surgery("A", "2026-01-01"), surgery("B", "2026-04-11"), surgery("C", "2026-07-20"))
    )
    assert shown["B"].x - shown["A"].x == pytest.approx(shown["C"].x - shown["B"].x, abs=0.2)


def test_a_drug_under_way_reaches_to_today_and_an_ended_one_to_its_end():
    done = order("A", "a", status="completed")
    shown = of(done, given("2026-06-01", "a"), given("2026-07-01", "a"), order("B", "b"))
    bars = placed(shown)
    assert bars["B"].x + bars["B"].width == pytest.approx(shown.chart.today_x)
    assert bars["A"].x + bars["A"].width < bars["B"].x + bars["B"].width
    assert {event.label: event.when for event in shown.events} == {
        "A": "01-Jun-2026 to 01-Jul-2026",
        "B": "14-May-2026 to today",
    }


def test_an_ended_drug_without_an_end_is_not_drawn_to_today():
    shown = placed(of(order("A", status="completed")))
    assert shown["A"].width < 10


def test_supportive_drugs_and_undated_events_are_left_to_the_tables():
    shown = of(
        order("A", **intent("Supportive - procedure intent")), surgery(on="2026"), *stage(on=None)
    )
    assert [event.label for event in shown.events] == ["Lumpectomy of breast"]


def test_labels_of_one_lane_never_overlap_and_stay_inside():
    days = ["2026-04-01", "2026-04-03", "2026-04-05", "2026-11-20", "2026-11-23"]
    shown = of(*(surgery(f"An operation with a long name {day}", day) for day in days))
    (lane,) = shown.chart.lanes
    spans = []
    for item in lane.placed:
        length = len(item.label) * 7.2
        left = item.label_x - length if item.anchor == "end" else item.label_x
        assert left >= LEFT
        assert left + length <= WIDTH
        spans.append((item.y, min(left, item.x), max(left + length, item.x)))
    spans.sort()
    for (row, _, right), (next_row, left, _) in pairwise(spans):
        assert row != next_row or right <= left
    assert lane.bottom >= max(row for row, _, _ in spans)


def test_a_drug_is_drawn_to_the_end_of_its_order():
    bounds = {"start": "2026-02-09", "end": "2026-05-25"}
    done = order(
        "A",
        status="completed",
        dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": bounds}}}],
    )
    shown = of(done, given("2026-02-09"), given("2026-03-02"))
    assert [event.when for event in shown.events] == ["09-Feb-2026 to 25-May-2026"]


@pytest.mark.parametrize("first", ["2026-11-20", "2026-01-01", "2021-05-01", "1999-01-01", "1940"])
def test_ticks_are_few_enough_to_read_and_inside(first):
    ticks = of(surgery(on=first)).chart.ticks
    assert 2 <= len(ticks) <= 16
    assert all(LEFT <= x <= WIDTH - 30 for x, _ in ticks)


@pytest.mark.parametrize("on", ["2020-01-01", "2023-06-01", "2026-11-20"])
def test_a_label_without_room_is_cut_in_the_chart_and_whole_in_the_table(on):
    name = "An operation " * 20
    shown = of(surgery("First", "2019-12-01"), surgery(name.strip(), on))
    (item,) = (item for words, item in placed(shown).items() if words.startswith("An"))
    assert item.label.endswith("…")
    length = len(item.label) * 7.2
    left = item.label_x - length if item.anchor == "end" else item.label_x
    assert left >= LEFT
    assert left + length <= WIDTH
    assert name.strip() in [event.label for event in shown.events]


def test_a_timeline_that_begins_after_today_is_drawn_all_the_same():
    shown = of(surgery(on="2027-02-01"), today=date(2026, 11, 24))
    assert shown.chart.today_x < placed(shown)["Lumpectomy of breast"].x


def test_without_dates_there_is_no_chart():
    shown = of()
    assert (shown.chart, shown.events) == (None, ())


def test_a_date_that_is_none_is_no_place_in_time():
    assert of(surgery(on="2026-99-99")).chart is None


@pytest.mark.parametrize("on", ["0001-01-01", "0026-04-21", "9999-12-31", "not a date"])
def test_an_impossible_date_stays_in_the_table_and_out_of_the_chart(on):
    shown = of(surgery(on=on), status())
    assert [event.label for event in shown.events].count("Lumpectomy of breast") == 1
    assert set(placed(shown)) == {"Responding"}
