"""Quantities with their units, ratios of them, and the dimensions of a tumor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.fhir.paths import get, items
from app.fhir.quantity import UCUM, Quantity
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.formatting import join, quantity
from app.forms._answers import AS_RECORDED, AsRecorded, Lengths, Ratio
from app.forms._elements.plain import Element, Named, put_list
from app.terminology.concept import Concept
from app.terminology.systems import known_codes

_MOST_OTHERS = 2


class Unit(NamedTuple):
    """A unit by its UCUM code and the words that stand beside a number."""

    code: str
    words: str


@dataclass(frozen=True)
class Amount(Named[Quantity]):
    """A Quantity; `units` are those with words of their own, any other code is its own words."""

    units: Sequence[Unit] = ()

    def answer_of(self, value: Any) -> Quantity | None:
        return Quantity.of(value)

    def value_of(self, answer: Quantity, old: Any) -> Json:
        return _json(answer, old, self.units)

    def recorded(self, resource: Resource) -> str:
        return "" if self.read(resource) else quantity(resource.get(self.name), "")


class Proportion(Named[Ratio]):
    """A Ratio of two quantities."""

    def answer_of(self, value: Any) -> Ratio | None:
        numerator, denominator = (Quantity.of(get(value, s)) for s in ("numerator", "denominator"))
        return Ratio(numerator, denominator) if numerator and denominator else None

    def value_of(self, answer: Ratio, old: Any) -> Json:
        return {
            **(old if isinstance(old, dict) else {}),
            "numerator": _json(answer.numerator, get(old, "numerator")),
            "denominator": _json(answer.denominator, get(old, "denominator")),
        }


@dataclass(frozen=True)
class Dimensions(Element[Lengths | AsRecorded]):
    """Components of a tumor size: the longest first, all in one unit.

    Sizes in several units, or with less or more than the form asks for, read as recorded. Other
    components stay, and so does what a component says beside its number.
    """

    longest: Concept
    other: Concept
    units: Sequence[Unit]

    def read(self, resource: Resource) -> Lengths | AsRecorded | None:
        first, rest = self._own(resource)
        if not first and not rest:
            return None
        sides = [self._amount().read(component) for component in (*first, *rest)]
        found = tuple(side for side in sides if side and self._is_plain(side))
        usual = len(first) == 1 and len(rest) <= _MOST_OTHERS and len(found) == len(sides)
        return Lengths(found) if usual and len({s.unit for s in found}) == 1 else AS_RECORDED

    def put(self, resource: Resource, answer: Lengths | AsRecorded | None) -> None:
        first, rest = self._own(resource)
        sides = answer.sides if isinstance(answer, Lengths) else ()
        kept = [
            *self._sized(first, sides[:1], self.longest),
            *self._sized(rest, sides[1:], self.other),
        ]
        gone = [c for c in (*first, *rest) if not any(c is k for k in kept)]
        entries = [c for c in items(resource.get("component")) if not any(c is g for g in gone)]
        entries += [c for c in kept if not any(c is e for e in entries)]
        put_list(resource, "component", entries)

    def recorded(self, resource: Resource) -> str:
        if self.read(resource) != AS_RECORDED:
            return ""
        first, rest = self._own(resource)
        told = (quantity(component.get("valueQuantity"), "") for component in (*first, *rest))
        return join(told, " x ") or "recorded without a number"

    def _own(self, resource: Resource) -> tuple[list[Json], list[Json]]:
        components = items(resource.get("component"))
        found = [
            [c for c in components if (code.system, code.code) in known_codes(c.get("code"))]
            for code in (self.longest, self.other)
        ]
        return found[0], found[1]

    def _is_plain(self, side: Quantity) -> bool:
        known = side.unit in {unit.code for unit in self.units}
        return known and not side.comparator and side.value >= 0

    def _sized(
        self, components: list[Json], sides: Sequence[Quantity], code: Concept
    ) -> list[Json]:
        """Return one component for each size, the present ones first."""
        new = [{"code": code.codeable()} for _ in sides[len(components) :]]
        result = [*components[: len(sides)], *new]
        for component, side in zip(result, sides, strict=True):
            component.pop("dataAbsentReason", None)
            self._amount().write(component, side)
        return result

    def _amount(self) -> Amount:
        return Amount("valueQuantity", self.units)


def _json(answer: Quantity, recorded: Any, units: Sequence[Unit] = ()) -> Json:
    old = recorded if isinstance(recorded, dict) else {}
    kept = {k: v for k, v in old.items() if k not in {"comparator", "value", "_value"}}
    new: Json = {"comparator": answer.comparator} if answer.comparator else {}
    new["value"] = answer.number
    if answer.unit == (old.get("code") or old.get("unit") or ""):
        return {**kept, **new}
    if not answer.unit:
        return new
    words = next((unit.words for unit in units if unit.code == answer.unit), answer.unit)
    return {**new, "unit": words, "system": UCUM, "code": answer.unit}
