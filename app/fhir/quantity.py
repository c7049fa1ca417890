"""A FHIR Quantity as a value: a number with its digits, its unit and its comparator."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.fhir.patterns import Pattern

UCUM = "http://unitsofmeasure.org"
_NUMBER = Pattern(r"-?\d+(?:\.\d+)?")
_UNIT = Pattern(r"\S*")
_COMPARATORS = frozenset({"", "<", "<=", ">", ">="})


@dataclass(frozen=True, eq=False)
class Quantity:
    """A number as it was written, its unit (a UCUM code) and "<", "<=", ">" or ">=" before it.

    2 and 2.0 are not equal: the digits state how precise a measurement is.
    """

    value: Decimal
    unit: str = ""
    comparator: str = ""

    @classmethod
    def of(cls, element: Any) -> "Quantity | None":
        """Return the value of a FHIR Quantity; None for one without a number, or not plain."""
        value = element.get("value") if isinstance(element, dict) else None
        if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
            return None
        digits = format(value, "f") if isinstance(value, Decimal) else str(value)
        unit = str(element.get("code") or element.get("unit") or "")
        comparator = str(element.get("comparator") or "")
        plain = _NUMBER.fullmatch(digits) and _UNIT.fullmatch(unit) and comparator in _COMPARATORS
        return cls(Decimal(digits), unit, comparator) if plain else None

    @property
    def digits(self) -> str:
        """The number with its comparator: "<0.10"."""
        return f"{self.comparator}{self.value:f}"

    @property
    def number(self) -> int | Decimal:
        """The number as JSON has it."""
        exponent = self.value.as_tuple().exponent
        return int(self.value) if exponent == 0 else self.value

    def __str__(self) -> str:
        return f"{self.digits} {self.unit}".strip()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))
