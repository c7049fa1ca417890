"""FHIR dates as spans of time: "2026-03" is the whole month, in UTC without an offset."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_FORMAT = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"(T(?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.(?P<fraction>\d+))?)?"
    r"(?P<offset>Z|[+-]\d\d:\d\d)?)?)?)?"
)
EARLIEST = "0000"
LATEST = "9999-99"
_SMALLEST = timedelta(microseconds=1)


class Span(NamedTuple):
    """First and last instant, both included, as strings that sort in the order of time."""

    low: str
    high: str


def stamp(moment: datetime) -> str:
    """Return an instant as text: as the store compares it and meta.lastUpdated shows it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def span(text: str) -> Span | None:
    """Return the span of a FHIR date, dateTime or instant; None if it is none of them."""
    match = _FORMAT.fullmatch(text)
    if not match:
        return None
    given = {name: value for name, value in match.groupdict().items() if value is not None}
    try:
        low = datetime.fromisoformat(_full(given))
        return Span(stamp(low), stamp(_after(low, given) - _SMALLEST))
    except (ValueError, OverflowError):
        return None


def _full(given: dict[str, str]) -> str:
    offset = given.get("offset", "Z").replace("Z", "+00:00")
    fraction = given.get("fraction", "0")[:6].ljust(6, "0")
    day = f"{given['year']}-{given.get('month', '01')}-{given.get('day', '01')}"
    clock = f"{given.get('hour', '00')}:{given.get('minute', '00')}:{given.get('second', '00')}"
    return f"{day}T{clock}.{fraction}{offset}"


def _after(low: datetime, given: dict[str, str]) -> datetime:
    """Return the first instant after the span that begins at `low`."""
    if "month" not in given:
        return low.replace(year=low.year + 1)
    if "day" not in given:
        return (low + timedelta(days=31)).replace(day=1)
    if "hour" not in given:
        return low + timedelta(days=1)
    if "second" not in given:
        return low + timedelta(minutes=1)
    if "fraction" not in given:
        return low + timedelta(seconds=1)
    # An instant given to the millisecond covers that millisecond, to the microsecond itself.
    return low + timedelta(microseconds=10 ** max(0, 6 - len(given["fraction"])))
