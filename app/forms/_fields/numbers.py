"""Numbers with their unit beside the box."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from wtforms.validators import ValidationError

from app.fhir.patterns import Pattern
from app.fhir.quantity import Quantity
from app.forms._answers import AS_RECORDED, AsRecorded, Lengths
from app.forms._elements.datatypes import Unit
from app.forms._fields.base import Asked, Typed
from app.terminology.ucum import unit_problem

_NUMBER = Pattern(r"(?a)(?P<comparator>[<>]=?)? ?(?P<number>-?\d{1,12}(?:\.\d{1,8})?)")
_LENGTH = Pattern(r"(?a)\d{1,4}(?:\.\d{1,3})?")
_LENGTHS = ("", "second", "third")


class Measure(Asked[Quantity]):
    """A number with a unit: fixed where there is one, chosen where there are several.

    `compares` allows a comparator ("<0.10 ng/mL"). `least` and `most` bound the number in the first
    unit; in any other it is not below zero. With `any_unit` the unit is typed, in UCUM.
    """

    macro = "measure"
    inputs = ("", "unit")

    def __init__(
        self,
        label: str,
        *,
        units: Sequence[Unit] = (),
        least: str | None = None,
        most: str | None = None,
        compares: bool = False,
        any_unit: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.units = list(units)
        self.least = Decimal(least or 0)
        self.most = Decimal(most) if most is not None else None
        self.compares = compares
        self.any_unit = any_unit

    def display_of(self, answer: Quantity) -> str:
        """Return the number with its unit in words."""
        words = next((u.words for u in self.units if u.code == answer.unit), answer.unit)
        return f"{answer.digits} {words}".strip()

    def allow(self, held: Quantity) -> None:
        """Offer the unit of what the chart holds too, or to leave it without one."""
        offered = held.unit in {unit.code for unit in self.units}
        if not offered and (held.unit or not self.any_unit):
            self.units = [*self.units, Unit(held.unit, held.unit or "no unit")]

    def inputs_of(self, answer: Quantity | None) -> dict[str, str]:
        if answer is None:
            return {"": "", "unit": ""}
        self.allow(answer)
        return {"": answer.digits, "unit": answer.unit}

    def clean(self, typed: Typed) -> dict[str, str]:
        cleaned = super().clean(typed)
        if not cleaned["unit"] and len(self.units) == 1 and not self.any_unit:
            cleaned["unit"] = self.units[0].code
        return cleaned

    def answer_of(self, typed: Typed) -> Quantity | None:
        if not typed[""]:
            return None
        match = _NUMBER.fullmatch(typed[""])
        if match is None:
            raise ValidationError(_NO_NUMBER)
        return Quantity(Decimal(match["number"]), typed["unit"], match["comparator"] or "")

    def check(self, answer: Quantity) -> None:
        if answer.comparator and not self.compares:
            raise ValidationError(_NO_NUMBER)
        if problem := self._unit_problem(answer.unit):
            self.box = "unit" if self.any_unit or len(self.units) > 1 else ""
            raise ValidationError(problem)
        bounded = not self.units or answer.unit == self.units[0].code
        least = self.least if bounded else 0
        if answer.value < least:
            raise ValidationError(f"Enter a number of at least {least}")
        if bounded and self.most is not None and answer.value > self.most:
            raise ValidationError(f"Enter a number of at most {self.most}")

    def _unit_problem(self, unit: str) -> str | None:
        if unit in {offered.code for offered in self.units} or (self.any_unit and not unit):
            return None
        return unit_problem(unit) if self.any_unit else "Choose the unit"


_NO_NUMBER = "Enter a number, such as 12 or 0.5"


class Sizes(Asked[Lengths | AsRecorded]):
    """Up to three dimensions of one thing, the longest first, and their unit, to be chosen."""

    macro = "sizes"
    inputs = (*_LENGTHS, "unit")

    def __init__(self, label: str, *, units: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.units = list(units)

    def display_of(self, answer: Lengths | AsRecorded) -> str:
        """Return the dimensions as they are written: "28 x 21 mm"."""
        return str(answer) if isinstance(answer, Lengths) else f"{self.kept} (as in the chart)"

    def inputs_of(self, answer: Lengths | AsRecorded | None) -> dict[str, str]:
        sides = answer.sides if isinstance(answer, Lengths) else ()
        boxes = dict(zip(_LENGTHS, (side.digits for side in sides), strict=False))
        unit = answer.unit if isinstance(answer, Lengths) else ""
        return {**dict.fromkeys(_LENGTHS, ""), **boxes, "unit": unit}

    @property
    def text(self) -> str:
        """The dimensions as they are written, where they are none too: "0 x 21 mm"."""
        if not self.problem:
            return super().text
        numbers = " x ".join(filter(None, (self.typed[box] for box in _LENGTHS)))
        return f"{numbers} {self.typed['unit']}".strip()

    def answer_of(self, typed: Typed) -> Lengths | AsRecorded | None:
        boxes = [typed[box] for box in _LENGTHS]
        numbers = [number for number in boxes if number]
        if not numbers:
            return AS_RECORDED if self.kept else None
        if not all(_LENGTH.fullmatch(number) and Decimal(number) > 0 for number in numbers):
            raise ValidationError("Enter a number above 0, such as 12 or 0.5, in each box")
        if any(Decimal(other) > Decimal(numbers[0]) for other in numbers[1:]):
            raise ValidationError("Enter the longest dimension in the first box")
        if any(not one and other for one, other in pairwise(boxes)):
            raise ValidationError("Enter the dimensions without an empty box between them")
        return Lengths(tuple(Quantity(Decimal(number), typed["unit"]) for number in numbers))

    def check(self, answer: Lengths | AsRecorded) -> None:
        if isinstance(answer, Lengths) and answer.unit not in {unit.code for unit in self.units}:
            raise ValidationError("Choose the unit")
