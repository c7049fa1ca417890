"""The kinds of field that forms are made of: WTForms fields that know their place in a resource."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import Field, RadioField, SelectField, TextAreaField
from wtforms.validators import ValidationError

from app.forms._elements import ABSENT, ABSENT_REASONS, AS_RECORDED, Element

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_SHORT_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}


@dataclass(frozen=True)
class Place:
    """The parts of an entry that a field is written to, and the element in each of them."""

    parts: tuple[str, ...]
    element: Element


@dataclass(frozen=True)
class Option:
    """One answer.

    `only_for` names the answers of another field under which it is offered; a `folded` one is
    seldom chosen.
    """

    value: str
    label: str
    only_for: str = ""
    folded: bool = False


class _Answers:
    """Answers from a list, with "not known" and with what the chart holds beside the list.

    `missing` is the sentence for no answer, None where an answer is optional. `absent` are the
    reasons for having no value that the form accepts as an answer. `depends_on` names the field
    whose answer decides which options are in sight (`Option.only_for`).
    """

    errors: Sequence[str]
    data: Any

    def __init__(
        self,
        label: str,
        *,
        missing: str | None,
        place: Place | None = None,
        hint: str | None = None,
        absent: Sequence[str] = (),
        options: Sequence[Option] = (),
        depends_on: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, choices=[], validate_choice=False, coerce=_text, **kwargs)  # type: ignore[call-arg]  # WTForms' own constructor follows
        self.missing = missing
        self.place = place
        self.hint = hint
        self.absent = absent
        self.depends_on = depends_on
        self.offer(options)

    def offer(self, options: Sequence[Option]) -> None:
        """Offer `options`, then the absent reasons that the field allows."""
        reasons = [Option(ABSENT + code, ABSENT_REASONS[code]) for code in self.absent]
        self._take([*options, *reasons])

    def keep(self, label: str) -> None:
        """Offer what the chart holds, in its own words, although the list has no such answer."""
        self._take([Option(AS_RECORDED, f"{label} (as in the chart)"), *self.options])

    def label_of(self, value: str) -> str:
        """Return the words of an answer; an unknown one gives itself."""
        return next((option.label for option in self.options if option.value == value), value)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 -- WTForms gives the form
        if not self.data:
            if self.missing:
                raise ValidationError(self.missing)
        elif self.data not in {option.value for option in self.options}:
            raise ValidationError(self.missing or "Choose one of the answers")

    def _take(self, options: Sequence[Option]) -> None:
        self.options = list(options)
        self.choices: Any = [(option.value, option.label) for option in options]


class CodedRadio(_Answers, RadioField):
    """One answer, all answers in sight."""


class CodedSelect(_Answers, SelectField):
    """One answer of up to forty, in a drop-down list that begins with no answer."""


class PartialDate(Field):
    """A date in three boxes; the day, or day and month, may be left empty (FHIR partial dates).

    `data` is FHIR date text; the typed words of the boxes are kept for showing again.
    """

    def __init__(
        self,
        label: str,
        *,
        missing: str | None,
        place: Place | None = None,
        hint: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.missing = missing
        self.place = place
        self.hint = hint
        self.day = self.month = self.year = ""

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(None, data, extra_filters)
        if formdata is None or f"{self.name}-year" not in formdata:
            self.year, self.month, self.day = _boxes(self.data or "")
            return
        self.day, self.month, self.year = (
            str(formdata.get(f"{self.name}-{box}", "")).strip() for box in ("day", "month", "year")
        )
        try:
            self.data = self._typed()
        except ValidationError:
            # Told by pre_validate, at the field.
            self.data = ""

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 -- WTForms gives the form
        self.data = self._typed()
        if not self.data and self.missing:
            raise ValidationError(self.missing)

    def _typed(self) -> str:
        empty = not (self.day or self.month or self.year)
        return "" if empty else _date_text(self.day, self.month, self.year)


class FreeText(TextAreaField):
    """Free words, optional, of at most 2,000 characters."""

    def __init__(
        self, label: str, *, place: Place | None = None, hint: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.place = place
        self.hint = hint
        self.missing = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        # Browsers send line ends as CRLF; the chart's text must compare equal when unchanged.
        super().process_formdata([str(v).replace("\r\n", "\n") for v in valuelist])

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 -- WTForms gives the form
        if _CONTROL.search(self.data or ""):
            raise ValidationError("Remove the control characters from the note")
        if len(self.data or "") > _NOTE_LENGTH:
            raise ValidationError(f"Shorten the note to {_NOTE_LENGTH} characters")


_NOTE_LENGTH = 2000
# What a FHIR string may not hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _boxes(text: str) -> tuple[str, str, str]:
    year, month, day = ([*text[:10].split("-"), "", ""])[:3]
    month_word = (
        calendar.month_abbr[int(month)] if month.isdigit() and int(month) in range(1, 13) else ""
    )
    return year, month_word, day.lstrip("0")


def _date_text(day: str, month: str, year: str) -> str:
    """Return FHIR date text of the boxes; raises ValidationError with the act to do."""
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
    if not (day.isascii() and day.isdigit() and 1 <= int(day) <= last):
        raise ValidationError(f"Enter a day from 1 to {last}")
    return f"{year}-{number:02}-{int(day):02}"


def _month_number(month: str) -> int:
    word = month.lower().rstrip(".")
    if word.isascii() and word.isdigit() and 1 <= int(word) <= 12:
        return int(word)
    number = _MONTHS.get(word) or _SHORT_MONTHS.get(word)
    if number is None:
        raise ValidationError("Enter the month as a number or a name, such as 4 or apr")
    return number
