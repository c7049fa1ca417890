"""Dates in boxes, of any precision, alone or from one to another."""

from __future__ import annotations

import calendar
import re
from typing import Any

from wtforms.validators import ValidationError

from app.formatting import partial_date
from app.forms._fields.base import Asked, one_line

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_SHORT_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_BOXES = ("day", "month", "year")


class PartialDate(Asked):
    """A date in three boxes; the day, or day and month, may be left empty (FHIR partial dates).

    `data` is FHIR date text; the typed words of the boxes are kept for showing again. `to_the_day`
    asks for the whole date. `today` offers the browser's own date at a press.
    """

    macro = "date_input"
    inputs = ("-day", "-month", "-year")

    def __init__(
        self, label: str, *, to_the_day: bool = False, today: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.to_the_day = to_the_day
        self.today = today
        self.day = self.month = self.year = ""

    def label_of(self, value: str) -> str:
        """Return the date as it is shown everywhere: "12-Mar-2026"."""
        return partial_date(value, "")

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(None, data, extra_filters)
        if formdata is None or f"{self.name}-year" not in formdata:
            self.year, self.month, self.day = boxes_of(self.data or "")
            return
        self.day, self.month, self.year = (
            one_line(formdata.get(f"{self.name}-{box}")) for box in _BOXES
        )
        try:
            self.data = self._typed()
        except ValidationError:
            # Told by pre_validate, at the field.
            self.data = ""

    def pre_validate(self, form: Any) -> None:
        self.data = self._typed()
        super().pre_validate(form)

    def check(self) -> None:
        if self.to_the_day and len(self.data) < len("2026-03-12"):
            raise ValidationError("Enter the day and month too")

    def _typed(self) -> str:
        return typed_date(self.day, self.month, self.year)


class DateSpan(Asked):
    """A day, or the time from one to another: six boxes, of which the last three are optional.

    `data` is one FHIR date, or two with a slash between; both sides may be partial. `today` offers
    the browser's own date at a press, for the first.
    """

    macro = "date_span"
    inputs = tuple(f"-{side}-{box}" for side in ("from", "to") for box in _BOXES)

    def __init__(
        self, label: str, *, until: str = "Until", today: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.until = until
        self.today = today
        self.boxes: dict[str, tuple[str, str, str]] = {}

    def label_of(self, value: str) -> str:
        """Return "12-Mar-2026", or "12-Mar-2026 to 3-Apr-2026"."""
        start, slash, end = value.partition("/")
        words = [partial_date(side, "") for side in (start, end)]
        return f"{words[0]} to {words[1]}".strip() if slash else words[0]

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(None, data, extra_filters)
        if formdata is None or f"{self.name}-from-year" not in formdata:
            start, _, end = (self.data or "").partition("/")
            sides = {"from": boxes_of(start), "to": boxes_of(end)}
            self.boxes = {side: (day, month, year) for side, (year, month, day) in sides.items()}
            return
        for side in ("from", "to"):
            day, month, year = (
                one_line(formdata.get(f"{self.name}-{side}-{box}")) for box in _BOXES
            )
            self.boxes[side] = (day, month, year)
        try:
            self.data = self._typed()
        except ValidationError:
            self.data = ""

    def pre_validate(self, form: Any) -> None:
        self.data = self._typed()
        super().pre_validate(form)

    def check(self) -> None:
        start, slash, end = self.data.partition("/")
        if slash and not start:
            raise ValidationError("Enter when it began")
        length = min(len(start), len(end))
        if end and end[:length] < start[:length]:
            raise ValidationError("Enter an end that is not before the beginning")

    def _typed(self) -> str:
        start, end = (typed_date(*self.boxes[side]) for side in ("from", "to"))
        return f"{start}/{end}" if end else start


def boxes_of(text: str) -> tuple[str, str, str]:
    """Return what stands in the boxes for a FHIR date: year, month, day."""
    year, month, day = ([*text[:10].split("-"), "", ""])[:3]
    known = month.isdigit() and int(month) in range(1, 13)
    return year, calendar.month_abbr[int(month)] if known else "", day.lstrip("0")


def typed_date(day: str, month: str, year: str) -> str:
    """Return FHIR date text of the boxes; raises ValidationError with the act to do."""
    if not (day or month or year):
        return ""
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        raise ValidationError("Enter the year with four digits, such as 2026")
    if int(year) < 1900:
        raise ValidationError("Enter a year after 1900")
    if not month:
        if day:
            raise ValidationError("Enter the month, or leave the day empty too")
        return year
    number = _month_number(month)
    if not day:
        return f"{year}-{number:02}"
    last = calendar.monthrange(int(year), number)[1]
    if not (_is_number(day) and 1 <= int(day) <= last):
        raise ValidationError(f"Enter a day from 1 to {last}")
    return f"{year}-{number:02}-{int(day):02}"


def _is_number(typed: str) -> bool:
    return re.fullmatch(r"[0-9]{1,2}", typed) is not None


def _month_number(month: str) -> int:
    word = month.lower().rstrip(".")
    if _is_number(word) and 1 <= int(word) <= 12:
        return int(word)
    number = _MONTHS.get(word) or _SHORT_MONTHS.get(word)
    if number is None:
        raise ValidationError("Enter the month as a number or a name, such as 4 or apr")
    return number
