"""Reading the compiled files into their shapes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.mcode.definitions.shapes import (
    Binding,
    CompiledValueSet,
    Definition,
    Invariant,
    Profile,
    Slicing,
    TypeRef,
)
from app.terminology.concept import Concept


def profile_of(data: Any) -> Profile:
    """Return the profile of a compiled file."""
    return Profile(
        url=data["url"],
        name=data["name"],
        type=data["type"],
        parents=tuple(data["parents"]),
        elements=tuple(_element(item) for item in data["elements"]),
        invariants=tuple(
            Invariant(**{**item, "at": tuple(item["at"])}) for item in data["invariants"]
        ),
    )


def value_set_of(data: Any) -> CompiledValueSet:
    """Return the value set of a compiled file."""
    return CompiledValueSet(
        url=data["url"],
        name=data["name"],
        title=data["title"],
        concepts=tuple(concepts_of(data["codes"])),
        systems=tuple(data["systems"]),
        filters=tuple(
            (item["system"], tuple(tuple(one) for one in item["all"])) for item in data["filters"]
        ),
        excluded=tuple(data["excluded"]),
        unknown=tuple(data["unknown"]),
    )


def concepts_of(groups: Iterable[Any]) -> Iterable[Concept]:
    """Yield the concepts of groups of codes; one without words of its system shows its code."""
    for group in groups:
        for code, display in group["codes"]:
            yield Concept(group["system"], code, display or code, official=bool(display))


def _element(data: Any) -> Definition:
    least, _, most = data["card"].partition("..")
    slicing, binding = data.get("slicing"), data.get("binding")
    return Definition(
        id=data["id"],
        min=int(least),
        max=most,
        types=tuple(
            TypeRef(item["code"], tuple(item.get("profiles", ())), tuple(item.get("targets", ())))
            for item in data.get("types", ())
        ),
        slice=data.get("slice", ""),
        slicing=slicing and Slicing(slicing["rules"], tuple(map(tuple, slicing["by"]))),
        fixed=data.get("fixed"),
        pattern=data.get("pattern"),
        min_value=data.get("minValue"),
        max_value=data.get("maxValue"),
        binding=binding
        and Binding(binding.get("strength", ""), binding.get("set", ""), binding.get("max", "")),
        must_support=data.get("must_support", False),
        same_as=data.get("same_as", ""),
    )
