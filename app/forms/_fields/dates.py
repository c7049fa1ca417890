"""Dates in boxes, of any precision, alone or from one to another."""

import calendar
from typing import Any

from wtforms.validators import ValidationError

from app.fhir.patterns import Pattern
from app.forms._answers import PartialDate, TimeSpan
from app.forms._fields.base import Asked, Typed

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_SHORT_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_DIGITS = Pattern(r"[0-9]{1,2}")
_BOXES = ("day", "month", "year")


class DateBoxes(Asked[PartialDate]):
    """A date in three boxes; the day, or day and month, may be left empty (FHIR partial dates).

    `to_the_day` asks for the whole date.
    """

    macro = "date_input"
    inputs = _BOXES

    def __init__(self, label: str, *, to_the_day: bool = False, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.to_the_day = to_the_day

    def display_of(self, answer: PartialDate) -> str:
        return answer.display

    def inputs_of(self, answer: PartialDate | None) -> dict[str, str]:
        return _boxes_of(answer)

    def answer_of(self, typed: Typed) -> PartialDate | None:
        return date_in(*(typed[box] for box in _BOXES))

    def check(self, answer: PartialDate) -> None:
        if self.to_the_day and answer.day is None:
            raise ValidationError("Enter the day and month too")


class DateSpan(Asked[TimeSpan]):
    """A day, or the time from one to another: six boxes, of which the last three are optional.

    Both sides may be partial. `today` offers the browser's own date at a press, for the first.
    """

    macro = "date_span"
    inputs = tuple(f"{side}-{box}" for side in ("from", "to") for box in _BOXES)

    def __init__(
        self, label: str, *, until: str = "Until", today: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.until = until
        self.today = today

    def display_of(self, answer: TimeSpan) -> str:
        return answer.display

    def inputs_of(self, answer: TimeSpan | None) -> dict[str, str]:
        span = answer or TimeSpan(None)
        sides = {"from": span.start, "to": span.end}
        return {
            f"{side}-{box}": text
            for side, date in sides.items()
            for box, text in _boxes_of(date).items()
        }

    def answer_of(self, typed: Typed) -> TimeSpan | None:
        start, end = (
            date_in(*(typed[f"{side}-{box}"] for box in _BOXES)) for side in ("from", "to")
        )
        return TimeSpan(start, end) if start or end else None

    def check(self, answer: TimeSpan) -> None:
        if answer.start is None:
            raise ValidationError("Enter when it began")
        start, end = str(answer.start), str(answer.end or "")
        length = min(len(start), len(end))
        if end[:length] < start[:length]:
            raise ValidationError("Enter an end that is not before the beginning")


def _boxes_of(date: PartialDate | None) -> dict[str, str]:
    """Return what stands in the boxes for a date."""
    if date is None:
        return dict.fromkeys(_BOXES, "")
    # A month or day that there is not stands there too: left out, it would leave another date.
    day, month = ("" if part is None else str(part) for part in (date.day, date.month))
    if date.month is not None and date.month in range(1, 13):
        month = calendar.month_abbr[date.month]
    return {"day": day, "month": month, "year": f"{date.year:04}"}


def date_in(day: str, month: str, year: str) -> PartialDate | None:
    """Return the date in the boxes; raises ValidationError with the act to do."""
    if not (day or month or year):
        return None
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        raise ValidationError("Enter the year with four digits, such as 2026")
    if int(year) < 1900:
        raise ValidationError("Enter a year after 1900")
    if not month:
        if day:
            raise ValidationError("Enter the month, or leave the day empty too")
        return PartialDate(int(year))
    number = _month_number(month)
    if not day:
        return PartialDate(int(year), number)
    last = calendar.monthrange(int(year), number)[1]
    if not (_is_number(day) and 1 <= int(day) <= last):
        raise ValidationError(f"Enter a day from 1 to {last}")
    return PartialDate(int(year), number, int(day))


def _is_number(typed: str) -> bool:
    return _DIGITS.fullmatch(typed) is not None


def _month_number(month: str) -> int:
    word = month.lower().rstrip(".")
    if _is_number(word) and 1 <= int(word) <= 12:
        return int(word)
    number = _MONTHS.get(word) or _SHORT_MONTHS.get(word)
    if number is None:
        raise ValidationError("Enter the month as a number or a name, such as 4 or apr")
    return number
