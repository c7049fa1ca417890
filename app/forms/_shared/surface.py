"""What the form of the body surface area computes, from amounts as its fields have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from app.forms._definition import Prefill
from app.forms._elements import Unit
from app.mcode.calculators.body_surface import centimeters, dubois, kilograms, mosteller
from app.terminology.concept import TypedConcept
from app.terminology.lists import ConceptList

HEIGHTS = (Unit("cm", "cm"), Unit("[in_i]", "in"))
WEIGHTS = (Unit("kg", "kg"), Unit("[lb_av]", "lb"))
AREA = (Unit("m2", "m²"),)

MOSTELLER = TypedConcept("", "", "Mosteller formula")
DUBOIS = TypedConcept("", "", "DuBois formula")
METHODS = ConceptList(lambda: (MOSTELLER, DUBOIS))

_FORMULAS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    MOSTELLER.key: mosteller,
    DUBOIS.key: dubois,
}
_CONVERTED = {"height": centimeters, "weight": kilograms}
_WORDS = {unit.code: unit.words for unit in (*HEIGHTS, *WEIGHTS, *AREA)}


def converted(name: str, amount: str) -> Decimal | None:
    """Return the amount "66 [in_i]" of "height" in cm, of "weight" in kg; None for no such one."""
    number, _, unit = amount.partition(" ")
    try:
        return _CONVERTED[name](Decimal(number), unit)
    except ArithmeticError:
        return None


def area(method: str, amounts: Mapping[str, str]) -> Decimal | None:
    """Return the surface in m2 by the formula with this key; None where something is missing."""
    height, weight = (converted(name, amounts.get(name, "")) for name in ("height", "weight"))
    formula = _FORMULAS.get(method)
    return formula(height, weight) if formula and height and weight else None


def suggestion(method: str, amounts: Mapping[str, str]) -> Prefill | None:
    """Return the computed surface as an answer, with what it was computed from."""
    found = area(method, amounts)
    return Prefill(f"{found} m2", f"computed: {source(method, amounts)}") if found else None


def source(method: str, amounts: Mapping[str, str]) -> str:
    """Return "Mosteller formula, from 168 cm and 64 kg"."""
    concept = METHODS.find(method)
    named = concept.words if concept else "formula"
    return f"{named}, from {words(amounts['height'])} and {words(amounts['weight'])}"


def words(amount: str) -> str:
    """Return an amount with its unit in words: "66 in"."""
    number, _, unit = amount.partition(" ")
    return f"{number} {_WORDS.get(unit, unit)}"
