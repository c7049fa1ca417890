"""Quantities with their units, and ratios of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.formatting import number, quantity
from app.forms._elements.base import Text

UCUM = "http://unitsofmeasure.org"
_AMOUNT = re.compile(r"(?P<comparator>[<>]=?)?(?P<number>-?\d+(?:\.\d+)?)(?: (?P<unit>\S+))?")


class Unit(NamedTuple):
    """A unit by its UCUM code and the words that stand beside a number."""

    code: str
    words: str


@dataclass(frozen=True)
class Amount:
    """A Quantity: "12.5 mm", "<0.10 ng/mL": comparator, number with its digits, UCUM code.

    `units` are those with words of their own; any other code is its own words.
    """

    name: str
    units: Sequence[Unit] = ()

    def read(self, resource: Resource) -> Text:
        return _amount_text(resource.get(self.name))

    def write(self, resource: Resource, value: Text) -> None:
        if value == self.read(resource):
            return
        recorded = resource.pop(self.name, None)
        if value:
            resource[self.name] = _quantity(value, recorded, self.units)

    def recorded(self, resource: Resource) -> str:
        return "" if self.read(resource) else quantity(resource.get(self.name), "")


@dataclass(frozen=True)
class Proportion:
    """A Ratio: two amounts with a colon between, as "1:40" or "3 mg:1 mL"."""

    name: str

    def read(self, resource: Resource) -> Text:
        value = resource.get(self.name)
        if not isinstance(value, dict):
            return ""
        sides = [_amount_text(value.get(side)) for side in ("numerator", "denominator")]
        return ":".join(sides) if all(sides) else ""

    def write(self, resource: Resource, value: Text) -> None:
        if value == self.read(resource):
            return
        recorded = resource.pop(self.name, None) or {}
        if value:
            numerator, _, denominator = value.partition(":")
            sides = {"numerator": numerator, "denominator": denominator}
            resource[self.name] = {
                **recorded,
                **{side: _quantity(t, recorded.get(side), ()) for side, t in sides.items()},
            }

    def recorded(self, resource: Resource) -> str:
        value = resource.get(self.name)
        return "" if value is None or self.read(resource) else str(value)


def _amount_text(value: Any) -> Text:
    if not isinstance(value, dict) or not isinstance(value.get("value"), int | float | Decimal):
        return ""
    if isinstance(value["value"], bool):
        return ""
    unit = value.get("code") or value.get("unit") or ""
    text = f"{value.get('comparator') or ''}{number(value['value'])} {unit}".strip()
    return text if _AMOUNT.fullmatch(text) else ""


def _quantity(text: Text, recorded: Any, units: Sequence[Unit]) -> Json:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    old = recorded if isinstance(recorded, dict) else {}
    kept = {k: v for k, v in old.items() if k not in {"comparator", "value", "_value"}}
    digits = match["number"]
    new: Json = {"value": Decimal(digits) if "." in digits else int(digits)}
    if match["comparator"]:
        new = {"comparator": match["comparator"], **new}
    if (match["unit"] or "") == (old.get("code") or old.get("unit") or ""):
        return {**kept, **new}
    if match["unit"] is None:
        return new
    words = next((unit.words for unit in units if unit.code == match["unit"]), match["unit"])
    return {**new, "unit": words, "system": UCUM, "code": match["unit"]}
