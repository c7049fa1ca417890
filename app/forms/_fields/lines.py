"""What is typed in one box: words, or something that is written in a notation of its own."""

import calendar
from decimal import Decimal
from typing import Any

from wtforms.validators import ValidationError

from app.fhir.patterns import Pattern
from app.fhir.quantity import Quantity
from app.forms._answers import Moment, NumberRange, PartialDate, Ratio
from app.forms._fields.base import CONTROL, A, Asked, Typed
from app.terminology.ucum import unit_problem

_LINE_LENGTH = 200
_SIDE = Pattern(
    r"(?a)\A *(?P<number>\d{1,12}(?:\.\d{1,8})?)(?: (?P<unit>[\x21-\x39\x3b-\x7e]{1,30}))? *"
)
_WHOLE = Pattern(r"(?a)[-+]?\d{1,12}")
_RANGE = Pattern(r"(?a)(0|[1-9]\d{0,11})-(0|[1-9]\d{0,11})")
_MOMENT = Pattern(
    r"(?a)(?P<day>\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))"
    r" (?P<clock>(?:[01]\d|2[0-3]):[0-5]\d(?::(?!00 )[0-5]\d(?:\.\d{1,6})?)?)"
    r" (?P<zone>UTC|[+\-](?:0\d|1[0-4]):[0-5]\d)"
)


class _Line(Asked[A]):
    """One line."""

    macro = "text_input"

    def returned(self, shown: str) -> str:
        """Return the line without the line ends that a box of one line drops."""
        return shown.replace("\r", "").replace("\n", "").strip()


class ShortText(_Line[str]):
    """One line of at most 200 characters; `pattern` and `sentence` say what it has to look like."""

    def __init__(
        self,
        label: str,
        *,
        pattern: Pattern | None = None,
        sentence: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.pattern = pattern
        self.sentence = sentence

    def answer_of(self, typed: Typed) -> str | None:
        return typed[""] or None

    def check(self, answer: str) -> None:
        if CONTROL.search(answer) or "\n" in answer:
            raise ValidationError("Remove the control characters")
        if len(answer) > _LINE_LENGTH:
            raise ValidationError(f"Shorten this to {_LINE_LENGTH} characters")
        if self.pattern and not self.pattern.fullmatch(answer):
            raise ValidationError(self.sentence)


class WholeNumber(_Line[int]):
    """A whole number from `least` to `most`."""

    inputmode = "numeric"

    def __init__(self, label: str, *, least: int = 0, most: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.least, self.most = least, most

    def answer_of(self, typed: Typed) -> int | None:
        if typed[""] and not _WHOLE.fullmatch(typed[""]):
            raise ValidationError(self._bounds())
        return int(typed[""]) if typed[""] else None

    def check(self, answer: int) -> None:
        if not self.least <= answer <= self.most:
            raise ValidationError(self._bounds())

    def _bounds(self) -> str:
        return f"Enter a whole number from {self.least} to {self.most}"


class RatioOf(_Line[Ratio]):
    """A ratio of two numbers, with units where they have some: "1:40", "3 mg:1 mL"."""

    held: Ratio | None = None

    def allow(self, held: Ratio) -> None:
        """Let the units of what the chart holds stay."""
        self.held = held

    def answer_of(self, typed: Typed) -> Ratio | None:
        if not typed[""]:
            return None
        found = [_SIDE.fullmatch(side) for side in typed[""].split(":")]
        sides = [Quantity(Decimal(m["number"]), m["unit"] or "") for m in found if m]
        if len(found) != 2 or len(sides) != 2:
            raise ValidationError("Enter two numbers with a colon between, such as 1:40")
        return Ratio(*sides)

    def check(self, answer: Ratio) -> None:
        for unit in sorted(_units_of(answer) - _units_of(self.held)):
            if problem := unit_problem(unit):
                raise ValidationError(problem)


def _units_of(ratio: Ratio | None) -> set[str]:
    return {ratio.numerator.unit, ratio.denominator.unit} - {""} if ratio else set()


class Positions(_Line[NumberRange]):
    """Positions from one to another: "100-250"."""

    def answer_of(self, typed: Typed) -> NumberRange | None:
        if not typed[""]:
            return None
        match = _RANGE.fullmatch(typed[""])
        if match is None:
            raise ValidationError(
                "Enter the first and last position with a hyphen between, such as 100-250"
            )
        return NumberRange(int(match[1]), int(match[2]))

    def check(self, answer: NumberRange) -> None:
        if answer.low > answer.high:
            raise ValidationError("Enter the smaller position first")


class MomentLine(_Line[Moment]):
    """Day, time and time zone: "2026-11-20 14:30 -05:00"."""

    def answer_of(self, typed: Typed) -> Moment | None:
        match = _MOMENT.fullmatch(typed[""])
        day = PartialDate.of(match["day"]) if match else None
        if match and day:
            return Moment(day, match["clock"], match["zone"])
        if typed[""]:
            raise ValidationError("Enter day, time and time zone, such as 2026-11-20 14:30 -05:00")
        return None

    def check(self, answer: Moment) -> None:
        day = answer.day
        if (day.day or 0) > calendar.monthrange(day.year, day.month or 1)[1]:
            raise ValidationError("Enter a day that the month has")
