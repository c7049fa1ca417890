"""The measured dimensions of a tumor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.fhir.paths import items
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.formatting import join, quantity
from app.forms._elements.amounts import Amount, Unit
from app.forms._elements.base import AS_RECORDED, Text
from app.terminology.concept import Concept
from app.terminology.systems import known_codes

TIMES = " x "
_MOST_OTHERS = 2
_SIZE = re.compile(r"(\d+(?:\.\d+)?) (\S+)")


@dataclass(frozen=True)
class Dimensions:
    """Components of a tumor size as "28 x 21 mm": the longest first, all in one unit.

    Sizes in several units, or with less or more than the form asks for, read as `as-recorded`.
    Other components stay, and so does what a component says beside its number.
    """

    longest: Concept
    other: Concept
    units: Sequence[Unit]

    def read(self, resource: Resource) -> Text:
        first, rest = self._own(resource)
        if not first and not rest:
            return ""
        amount = self._amount()
        sizes = [_SIZE.fullmatch(amount.read(component)) for component in (*first, *rest)]
        units = {size[2] for size in sizes if size}
        usual = len(first) == 1 and len(rest) <= _MOST_OTHERS and all(sizes)
        if not usual or len(units) != 1 or not units <= {unit.code for unit in self.units}:
            return AS_RECORDED
        return f"{TIMES.join(size[1] for size in sizes if size)} {units.pop()}"

    def write(self, resource: Resource, value: Text) -> None:
        if value in {self.read(resource), AS_RECORDED}:
            return
        numbers, _, unit = value.rpartition(" ")
        first, rest = self._own(resource)
        sizes = numbers.split(TIMES) if numbers else []
        kept = [
            *self._sized(first, sizes[:1], unit, self.longest),
            *self._sized(rest, sizes[1:], unit, self.other),
        ]
        gone = [c for c in (*first, *rest) if not any(c is k for k in kept)]
        entries = [c for c in items(resource.get("component")) if not any(c is g for g in gone)]
        entries += [c for c in kept if not any(c is e for e in entries)]
        resource.pop("component", None)
        resource.update({"component": entries} if entries else {})

    def recorded(self, resource: Resource) -> str:
        if self.read(resource) != AS_RECORDED:
            return ""
        first, rest = self._own(resource)
        told = (quantity(component.get("valueQuantity"), "") for component in (*first, *rest))
        return join(told, TIMES) or "recorded without a number"

    def _own(self, resource: Resource) -> tuple[list[Json], list[Json]]:
        components = items(resource.get("component"))
        found = [
            [c for c in components if (code.system, code.code) in known_codes(c.get("code"))]
            for code in (self.longest, self.other)
        ]
        return found[0], found[1]

    def _sized(
        self, components: list[Json], sizes: Sequence[str], unit: str, code: Concept
    ) -> list[Json]:
        """Return one component for each size, the present ones first."""
        new = [{"code": code.codeable()} for _ in sizes[len(components) :]]
        result = [*components[: len(sizes)], *new]
        for component, size in zip(result, sizes, strict=True):
            component.pop("dataAbsentReason", None)
            self._amount().write(component, f"{size} {unit}")
        return result

    def _amount(self) -> Amount:
        return Amount("valueQuantity", self.units)
