"""Numbers, with their unit beside the box where they have one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms.validators import ValidationError

from app.forms._elements import Unit
from app.forms._fields.base import Asked, one_line
from app.terminology.ucum import unit_problem

_NUMBER = re.compile(r"(?P<comparator>[<>]=?)? ?(?P<number>-?\d{1,12}(?:\.\d{1,8})?)", re.ASCII)


class WholeNumber(Asked):
    """A whole number from `least` to `most`."""

    macro, inputmode = "text_input", "numeric"

    def __init__(self, label: str, *, least: int = 0, most: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.least, self.most = least, most
        self.units: Sequence[Unit] = ()

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = one_line(valuelist[0]) if valuelist else ""
        whole = re.fullmatch(r"[-+]?\d{1,12}", typed, re.ASCII)
        self.data = str(int(typed)) if whole else typed

    def check(self) -> None:
        whole = re.fullmatch(r"-?\d{1,12}", self.data, re.ASCII)
        if not whole or not self.least <= int(self.data) <= self.most:
            raise ValidationError(f"Enter a whole number from {self.least} to {self.most}")


class Measure(Asked):
    """A number with a unit: fixed where there is one, chosen where there are several.

    `data` is "12.5 mm", with a comparator where `compares` allows one ("<0.10 ng/mL"); the digits
    stay as typed. `least` and `most` bound the number in the first unit. With `any_unit` the unit
    is typed, in UCUM.
    """

    macro = "measure"
    inputs = ("", "-unit")

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
        self.least = Decimal(least) if least is not None else None
        self.most = Decimal(most) if most is not None else None
        self.compares = compares
        self.any_unit = any_unit
        self.number = self.unit = ""

    def label_of(self, value: str) -> str:
        """Return the number with its unit in words."""
        number, _, unit = value.partition(" ")
        words = next((u.words for u in self.units if u.code == unit), unit)
        return f"{number} {words}".strip()

    def admit(self, held: str) -> None:
        """Offer the unit of what the chart holds too."""
        unit = held.partition(" ")[2]
        if unit and unit not in {known.code for known in self.units}:
            self.units = [*self.units, Unit(unit, unit)]

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(None, data, extra_filters)
        if formdata is None or self.name not in formdata:
            self.number, _, self.unit = (self.data or "").partition(" ")
            self.admit(self.data or "")
            return
        self.number = one_line(formdata.get(self.name))
        self.unit = one_line(formdata.get(f"{self.name}-unit"))
        if not self.unit and len(self.units) == 1 and not self.any_unit:
            self.unit = self.units[0].code
        match = _NUMBER.fullmatch(self.number)
        digits = f"{match['comparator'] or ''}{match['number']}" if match else self.number
        self.data = f"{digits} {self.unit}".strip() if self.number else ""

    def check(self) -> None:
        match = _NUMBER.fullmatch(self.number)
        if not match or (match["comparator"] and not self.compares):
            raise ValidationError("Enter a number, such as 12 or 0.5")
        if self.unit not in {unit.code for unit in self.units}:
            if not self.any_unit:
                raise ValidationError("Choose the unit")
            if self.unit and (problem := unit_problem(self.unit)):
                raise ValidationError(problem)
        value = Decimal(match["number"])
        bounded = not self.units or self.unit == self.units[0].code
        if bounded and self.least is not None and value < self.least:
            raise ValidationError(f"Enter a number of at least {self.least}")
        if bounded and self.most is not None and value > self.most:
            raise ValidationError(f"Enter a number of at most {self.most}")


class RatioOf(Asked):
    """A ratio of two numbers, with units where they have some: "1:40", "3 mg:1 mL"."""

    macro = "text_input"
    held: str = ""

    def admit(self, held: str) -> None:
        """Let the units of what the chart holds stay."""
        self.held = held

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = one_line(valuelist[0]) if valuelist else ""
        self.data = ":".join(side.strip() for side in typed.split(":"))

    def check(self) -> None:
        side = r"\d{1,12}(?:\.\d{1,8})?(?: [\x21-\x39\x3b-\x7e]{1,30})?"
        if not re.fullmatch(f"{side}:{side}", self.data, re.ASCII):
            raise ValidationError("Enter two numbers with a colon between, such as 1:40")
        for unit in _units_of(self.data) - _units_of(self.held):
            if problem := unit_problem(unit):
                raise ValidationError(problem)


def _units_of(ratio: str) -> set[str]:
    return {unit for side in ratio.split(":") if (unit := side.partition(" ")[2])}
