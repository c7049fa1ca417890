"""The sequence of events as lanes on one time axis: where each mark and bar stands in the chart.

The page draws it as inline SVG; the same events are listed as a table.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from app.fhir.types import Resource
from app.formatting import first_day, join, partial_date
from app.mcode.content import condition_title, effective
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.mcode.recognise import kind_of
from app.mcode.values import observation_value, with_caveat
from app.summary.display import (
    PERFORMANCE_SCALES,
    performance_scale,
    status_reading,
)
from app.summary.panels._panel import Page, Panel, nothing
from app.summary.stages import stage_tile
from app.summary.treatment import Treatment

WIDTH = 960
LEFT = 104
RIGHT = 16
TOP = 26
ROW = 26
LANES = ("Stage", "Procedures", "Systemic", "Radiotherapy", "Status", *PERFORMANCE_SCALES)
_SHORTEST_SPAN = timedelta(days=90)
# Dates beyond these are typing errors, and would squeeze all others into one point.
_LIFETIME = timedelta(days=120 * 365)
_FORESIGHT = timedelta(days=10 * 365)
_MOST_DRAWN = 300  # events; more than can be told apart
# Width of a character at the chart's 12 px, wide enough for capitals.
_CHARACTER = 7.2
_TICK_WIDTH = 30


@dataclass(frozen=True)
class Event:
    """Something that happened: `kind` is bar, score, or the shape of a mark."""

    lane: str
    kind: str
    label: str
    start: str
    end: str | None = None
    tone: str = ""

    @property
    def when(self) -> str:
        """The date, or from when to when, as text."""
        if self.kind != "bar":
            return partial_date(self.start)
        if self.end == self.start:
            return partial_date(self.start)
        return f"{partial_date(self.start)} to {partial_date(self.end, 'today')}"


@dataclass(frozen=True)
class Placed:
    """An event at its place; `anchor` is start, end or middle of the label at `label_x`.

    `label` is the event's, cut where the chart has no room for all of it.
    """

    event: Event
    x: float
    y: float
    width: float
    label: str
    label_x: float
    anchor: str
    inside: bool = False


@dataclass(frozen=True)
class Lane:
    name: str
    top: float
    bottom: float
    placed: tuple[Placed, ...]


@dataclass(frozen=True)
class Chart:
    height: float
    today_x: float
    ticks: tuple[tuple[float, str], ...]
    lanes: tuple[Lane, ...]
    width: int = WIDTH
    left: int = LEFT
    """Where the lanes begin; their names stand before it."""


@dataclass(frozen=True)
class Timeline:
    """`chart` is None where nothing has a date; `events` are in the order of time.

    `undrawn` counts the oldest events, for which the chart has no room.
    """

    chart: Chart | None
    events: tuple[Event, ...]
    undrawn: int = 0


@dataclass
class _Axis:
    first: date
    last: date
    scale: float = field(init=False)

    def __post_init__(self) -> None:
        self.scale = (WIDTH - LEFT - RIGHT) / (self.last - self.first).days

    def x(self, day: date) -> float:
        return round(LEFT + (day - self.first).days * self.scale, 1)


def timeline(record: CancerRecord, treatments: Sequence[Treatment], today: date) -> Timeline:
    """Return what happened to a patient's cancer until `today`."""
    events = tuple(sorted(_events(record, treatments), key=lambda event: event.start))
    placeable = [event for event in events if _has_a_place(event, today)]
    drawn = placeable[-_MOST_DRAWN:]
    days = [day for event in drawn for text in (event.start, event.end) if (day := first_day(text))]
    if not days:
        return Timeline(None, events)
    first = min(days)
    last = max([*days, today, first + _SHORTEST_SPAN])
    margin = (last - first) / 25
    axis = _Axis(first - margin, last + margin)
    lanes: list[Lane] = []
    bottom = float(TOP)
    for name in LANES:
        in_lane = [event for event in drawn if event.lane == name]
        if in_lane:
            lanes.append(_lane(name, in_lane, axis, bottom, today))
            bottom = lanes[-1].bottom
    chart = Chart(bottom + 18, axis.x(today), _ticks(axis), tuple(lanes))
    return Timeline(chart, events, len(placeable) - len(drawn))


def _has_a_place(event: Event, today: date) -> bool:
    """Tell whether an event's dates can be drawn; the table has those too that cannot."""
    earliest, latest = today - _LIFETIME, today + _FORESIGHT
    days = [first_day(event.start), first_day(event.end) if event.end else today]
    return all(day is not None and earliest <= day <= latest for day in days)


def _events(record: CancerRecord, treatments: Sequence[Treatment]) -> Iterable[Event]:
    for primary in record.primaries:
        for stage in primary.stages:
            if stage.date:
                tile = stage_tile(record, stage)
                yield Event("Stage", "circle", tile.label, stage.date)
        yield from _statuses(primary.statuses)
        for name, found in primary.of_metastases.items():
            of = condition_title(record.find(name) or {})
            yield from _statuses(found, of)
    for observation in record.performance:
        value = observation_value(observation)
        if (day := effective(observation)) and value.text:
            label = with_caveat(value.text, observation)
            yield Event(performance_scale(observation), "score", label, day)
    yield from (_treatment(item) for item in treatments if item.start and item.is_against_cancer)


def _statuses(findings: Iterable[Resource], of: str | None = None) -> Iterable[Event]:
    """Yield the disease statuses among findings; `of` names the metastasis that they are about."""
    for status in findings:
        day = effective(status)
        if day and kind_of(status) == Kind.DISEASE_STATUS:
            badge = status_reading(status)
            label = join([badge.text, of], ": ")
            yield Event("Status", _shape(badge.sign), label, day, tone=badge.tone)


def _treatment(item: Treatment) -> Event:
    start = str(item.start)
    if item.lane in {"Surgery", "Procedure"}:
        return Event("Procedures", "diamond", item.name, start, tone="surgery")
    end = item.end or (None if item.under_way else start)
    return Event(item.lane, "bar", item.name, start, end, tone=item.lane.lower())


def _shape(sign: str | None) -> str:
    return {"▲": "up", "▼": "down", "■": "square"}.get(sign or "", "circle")


def _lane(name: str, events: Sequence[Event], axis: _Axis, top: float, today: date) -> Lane:
    """Place the events of one lane in as few rows as their labels allow."""
    row_ends: list[float] = []
    placed = []
    for event in events:
        start = axis.x(first_day(event.start) or today)
        end = axis.x(first_day(event.end) or today) if event.kind == "bar" else start
        width = max(end - start, 4.0)
        label, label_x, anchor, inside = _label(event, start, width)
        length = len(label) * _CHARACTER
        left = min(start - 8, label_x - length) if anchor == "end" else start - 8
        right = start + width + 8 if inside or anchor == "end" else label_x + length
        if event.kind == "score":
            left, right = start - 11, start + 11
        row = next((i for i, taken in enumerate(row_ends) if taken <= left), len(row_ends))
        row_ends[row : row + 1] = [right]
        y = top + ROW * (row + 0.5)
        placed.append(Placed(event, start, y, width, label, label_x, anchor, inside))
    bottom = top + ROW * len(row_ends) + 4
    return Lane(name, top, bottom, tuple(placed))


def _label(event: Event, start: float, width: float) -> tuple[str, float, str, bool]:
    """Return an event's label and where it stands: inside its bar, behind it, or before it."""
    if event.kind == "score":
        return event.label, start, "middle", True
    is_bar = event.kind == "bar"
    behind = start + width + 6 if is_bar else start + 9
    # The room for the label, where it begins or ends, and how; the first that is enough is taken.
    places = (
        (width - 10 if is_bar else 0, start + 6, "start", True),
        (WIDTH - behind, behind, "start", False),
        (start - 9 - LEFT, start - 9, "end", False),
    )
    length = len(event.label) * _CHARACTER
    fitting = (place for place in places if place[0] >= length)
    room, x, anchor, inside = next(fitting, max(places))
    characters = int(room / _CHARACTER)
    label = event.label if room >= length else f"{event.label[: characters - 1]}…"
    return label, x, anchor, inside


def _ticks(axis: _Axis) -> tuple[tuple[float, str], ...]:
    """Return ticks at the beginnings of months, or of as many months as leave room to read."""
    days = (axis.last - axis.first).days
    step = next((months for months in (1, 3, 6, 12, 24, 60) if days / (30.4 * months) <= 14), 120)
    found: list[tuple[float, str]] = []
    month = axis.first.year * 12 + axis.first.month - 1 + (axis.first.day > 1)
    month += -month % step
    while axis.x(day := date(month // 12, month % 12 + 1, 1)) <= WIDTH - _TICK_WIDTH:
        if step >= 12:
            label = str(day.year)
        else:
            # The first tick and each January say which year it is.
            label = f"{day:%b %Y}" if not found or day.month == 1 else f"{day:%b}"
        found.append((axis.x(day), label))
        month += step
    return tuple(found)


def _timeline(page: Page) -> Timeline | None:
    found = timeline(page.record, page.treatments, page.today)
    return found if found.events else None


PANEL = Panel("main", 20, rows=_timeline, claims=nothing)
