"""The results of Observations, as values for presenters; malformed elements count as absent."""

from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from app.fhir.paths import choice, codings, get, items, text
from app.fhir.types import Element, Resource
from app.formatting import NO_DATA, join, unit_of
from app.terminology.concept import concept_text
from app.terminology.systems import canonical


@dataclass(frozen=True)
class Value:
    """An Observation's result: `text` as written, `unit` of a quantity, `interpretation` in words.

    `number` is what a chart can plot. `absent` says in words why there is no result.
    """

    text: str | None = None
    unit: str | None = None
    number: float | None = None
    interpretation: str | None = None
    absent: str | None = None


def observation_value(observation: Resource) -> Value:
    """Return an Observation's result, whatever its type."""
    _, value = choice(observation, "value")
    words, unit, number = _value_parts(value)
    return Value(
        text=words,
        unit=unit,
        number=number,
        interpretation=concept_text(get(observation, "interpretation")),
        absent=absent_reason(observation),
    )


def result(observation: Resource) -> str:
    """Return an Observation's result with its unit, its components, or why there is none."""
    value = observation_value(observation)
    if value.text:
        unit = None if value.unit in {None, "1"} else value.unit
        return join([value.text, unit], " ")
    parts = [
        join([concept_text(part.get("code")), observation_value(part).text], ": ")
        for part in items(observation.get("component"))
    ]
    if parts:
        return join(parts, "; ")
    return f"{NO_DATA} ({value.absent.lower()})" if value.absent else NO_DATA


def component_value(observation: Resource, system: str, code: str) -> Value | None:
    """Return the result of the component with this code, None without one."""
    for component in items(observation.get("component")):
        for coding in codings(component.get("code")):
            if canonical(text(coding.get("system")) or "") == system and coding.get("code") == code:
                return observation_value(component)
    return None


def absent_reason(element: Resource) -> str | None:
    """Return in words why a result is missing, None when nothing is said about it."""
    words = concept_text(element.get("dataAbsentReason"))
    return words.replace("-", " ").capitalize() if words else None


def reference_range(observation: Resource) -> tuple[float | None, float | None]:
    """Return the low and high end of the first reference range."""
    entry = get(observation, "referenceRange")
    return _number(get(entry, "low", "value")), _number(get(entry, "high", "value"))


def _value_parts(value: Any) -> tuple[str | None, str | None, float | None]:
    """Return (words, unit, number) of a value[x]."""
    if isinstance(value, bool):
        return ("Yes" if value else "No"), None, None
    if isinstance(value, str):
        return text(value), None, None
    if isinstance(value, dict):
        return _element_parts(value)
    number = _number(value)
    return (None if number is None else str(value)), None, number


def _element_parts(value: Element) -> tuple[str | None, str | None, float | None]:
    """Return (words, unit, number) of a Quantity, Ratio, Range, CodeableConcept or Period."""
    if "numerator" in value:
        return _ratio(value), None, None
    if "low" in value or "high" in value:
        low, high = _value_parts(value.get("low")), _value_parts(value.get("high"))
        return f"{low[0] or ''} to {high[0] or ''}".strip(), low[1] or high[1], None
    number = _number(value.get("value"))
    if number is not None:
        words = f"{text(value.get('comparator')) or ''}{value['value']}"
        return words, text(unit_of(value)), number
    return concept_text(value) or text(value.get("start")), None, None


def _ratio(value: Element) -> str | None:
    parts = [_value_parts(value.get(name)) for name in ("numerator", "denominator")]
    shown = [" ".join(part for part in (words, unit) if part) for words, unit, _ in parts]
    return " / ".join(part for part in shown if part) or None


def _number(value: Any) -> float | None:
    """Return a JSON number as a float, None for one that a float cannot hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None
