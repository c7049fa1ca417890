"""What an answer of a form may be: values with types.

`str` of an answer is its text: what a browser shows and sends, and what a draft keeps. Each kind of
field reads its own texts; nothing else does. No answer is None, and () where there may be several.
"""

from dataclasses import dataclass
from typing import TypeAlias

from app.fhir.patterns import Pattern
from app.fhir.quantity import Quantity
from app.formatting import partial_date
from app.terminology.concept import Concept

_DATE = Pattern(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T.*)?")

ABSENT_REASONS = {
    "unknown": "Not known",
    "not-performed": "Not assessed",
    "not-applicable": "Not applicable",
    "not-asked": "Not evaluated",
}
"""Display of the reasons for having no value that an answer may give, by their code in FHIR."""


@dataclass(frozen=True)
class AsRecorded:
    """What the chart holds and the form cannot say in its own answers."""

    def __str__(self) -> str:
        return "as-recorded"


AS_RECORDED = AsRecorded()


@dataclass(frozen=True)
class Absent:
    """A reason for having no value, one of `ABSENT_REASONS`."""

    reason: str

    @property
    def display(self) -> str:
        """The reason as people read it."""
        return ABSENT_REASONS[self.reason]

    def __str__(self) -> str:
        return f"absent:{self.reason}"


@dataclass(frozen=True)
class Ratio:
    """Two quantities, as 1:40 or 3 mg:1 mL."""

    numerator: Quantity
    denominator: Quantity

    def __str__(self) -> str:
        return f"{self.numerator}:{self.denominator}"


@dataclass(frozen=True)
class Lengths:
    """The dimensions of one thing, the longest first, all in one unit."""

    sides: tuple[Quantity, ...]

    @property
    def unit(self) -> str:
        """The unit of all of them (UCUM)."""
        return self.sides[0].unit

    def __str__(self) -> str:
        return f"{' x '.join(side.digits for side in self.sides)} {self.unit}"


@dataclass(frozen=True)
class PartialDate:
    """A date of which the day, or day and month, may be unknown (FHIR date and dateTime)."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def of(cls, value: object) -> "PartialDate | None":
        """Return the day of a FHIR date or dateTime, as it was written; None for anything else."""
        match = _DATE.fullmatch(value) if isinstance(value, str) else None
        return cls(*(int(part) if part else None for part in match.groups())) if match else None  # type: ignore[arg-type]

    @property
    def display(self) -> str:
        """The date as it is shown everywhere: "12-Mar-2026"."""
        return partial_date(str(self))

    def __str__(self) -> str:
        """Return the FHIR date."""
        text = f"{self.year:04}"
        for part in (self.month, self.day):
            text += f"-{part:02}" if part is not None else ""
        return text


@dataclass(frozen=True)
class TimeSpan:
    """A day, or the time from one to another; of what is recorded either may be missing."""

    start: PartialDate | None
    end: PartialDate | None = None

    @property
    def display(self) -> str:
        """The time as it is shown: "12-Mar-2026", or "12-Mar-2026 to 3-Apr-2026"."""
        start, end = (side.display if side else "" for side in (self.start, self.end))
        return f"{start} to {end}".strip() if end else start

    def __str__(self) -> str:
        return f"{self.start or ''}/{self.end}" if self.end else str(self.start)


@dataclass(frozen=True)
class Moment:
    """A moment as it was written down, in its own time zone: "14:30" or "14:30:12.5", "+01:00"."""

    day: PartialDate
    clock: str
    zone: str

    def __str__(self) -> str:
        return f"{self.day} {self.clock} {self.zone}"


def days_of(answer: object) -> tuple[PartialDate, ...]:
    """Return the days that an answer names."""
    match answer:
        case PartialDate():
            return (answer,)
        case TimeSpan():
            return tuple(filter(None, (answer.start, answer.end)))
        case Moment():
            return (answer.day,)
    return ()


@dataclass(frozen=True)
class NumberRange:
    """Whole numbers from one to another."""

    low: int
    high: int

    def __str__(self) -> str:
        return f"{self.low}-{self.high}"


@dataclass(frozen=True, order=True)
class Reference:
    """A literal reference: `Type/id` of the same chart."""

    literal: str

    @property
    def type(self) -> str:
        """The type of the resource that it leads to."""
        return self.literal.partition("/")[0]

    def __str__(self) -> str:
        return self.literal


@dataclass(frozen=True)
class Identifier:
    """A business identifier, by which one resource names another."""

    system: str
    value: str

    def __str__(self) -> str:
        return f"{self.system}|{self.value}"


Coding: TypeAlias = Concept | AsRecorded | Absent
"""An answer to a question for a code."""

Answer: TypeAlias = (
    Coding
    | Quantity
    | Ratio
    | Lengths
    | PartialDate
    | TimeSpan
    | Moment
    | NumberRange
    | Reference
    | Identifier
    | bool
    | int
    | str
    | tuple[Concept, ...]
    | tuple[Reference, ...]
)
"""Any answer. Words, and codes of FHIR's own lists such as a status, are `str`."""


def text_of(answer: Answer | None) -> str:
    """Return the text of an answer, empty for none; of several answers one a line."""
    match answer:
        case None:
            return ""
        case bool():
            return str(answer).lower()
        case Concept():
            return answer.key
        case tuple():
            return "\n".join(text_of(each) for each in answer)
    return str(answer)


def is_given(answer: Answer | None) -> bool:
    """Tell whether there is an answer; no and 0 are answers too."""
    return answer is not None and answer != ()
