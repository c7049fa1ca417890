"""The results of Observations, as values for presenters; malformed elements count as absent."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from app.fhir.paths import codes, codings, get, items, text
from app.fhir.patterns import LONGEST, Pattern
from app.fhir.types import Element, Resource
from app.formatting import NO_DATA, join, number, unit_of
from app.mcode.retraction import caveat
from app.terminology.concept import concept_text
from app.terminology.systems import canonical

_WORDLESS = frozenset({"SampledData", "Attachment", "Reference"})
# "see report" and the like say no range.
_SAYS_A_RANGE = Pattern(r"(?i)\d|negative|positive|detected|absent|present|none\b")


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

    @property
    def display(self) -> str:
        """The result with its unit, empty where there is none."""
        return _with_unit(self.text, self.unit)


def observation_value(observation: Resource) -> Value:
    """Return an Observation's result, whatever its type.

    FHIR R4 allows one; where there are several, `text` has all of them with their units.
    """
    found = [_value_parts(value) for value in _values(observation)]
    words, unit, number = found[0] if found else (None, None, None)
    if len(found) > 1:
        words = join([_with_unit(said, own) for said, own, _ in found], "; ") or None
        unit = None
    return Value(
        text=words,
        unit=unit,
        number=number,
        interpretation=concept_text(get(observation, "interpretation")),
        absent=absent_reason(observation),
    )


def result(observation: Resource) -> str:
    """Return an Observation's result with its unit and its components, or why there is none.

    What keeps it from being plain stands behind it: "Positive (preliminary)". Components for which
    there is no room are counted.
    """
    components = items(observation.get("component"))
    said = [_own_words(observation, is_alone=not components)]
    room = 4 * LONGEST  # characters
    for shown, component in enumerate(components):
        if room < 0:
            said.append(f"{len(components) - shown} further parts")
            break
        said.append(_component(component))
        room -= len(said[-1])
    return with_caveat(join(said, "; "), observation)


def own_result(observation: Resource) -> str:
    """Return the result as `result` does, for those who show the components themselves."""
    return with_caveat(_own_words(observation, is_alone=True), observation)


def with_caveat(said: str, resource: Resource) -> str:
    """Return what a resource says, followed by what keeps it from being plain."""
    found = caveat(resource)
    return f"{said} ({found})" if found else said


def _own_words(element: Element, *, is_alone: bool) -> str:
    """Return the result without components; empty where there is none and these say it."""
    value = observation_value(element)
    why = f"({value.absent.lower()})" if value.absent else None
    if value.text:
        return join([value.display, why], " ")
    return join([NO_DATA, why], " ") if is_alone or why else ""


def _component(part: Element) -> str:
    flag = concept_text(get(part, "interpretation"))
    said = join([_own_words(part, is_alone=True), flag], ", ")
    return join([concept_text(part.get("code")), said], ": ")


def _values(observation: Resource) -> Iterator[Any]:
    """Yield all that is said as value[x], in the order in which it is written.

    A value of a type that has no words is said to be there.
    """
    for name, value in observation.items():
        tail = name.removeprefix("value")
        if tail != name and tail[:1].isupper() and value not in (None, "", [], {}):
            yield f"a value that is not shown here ({tail})" if tail in _WORDLESS else value


def _with_unit(words: str | None, unit: str | None) -> str:
    return join([words, None if unit == "1" else unit], " ")


def value_text(value: Any) -> str:
    """Return a Quantity, Range, Ratio or other value with its unit; empty for none."""
    words, unit, _ = _value_parts(value)
    return _with_unit(words, unit)


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
    """Return the low and high end of the range of the healthy.

    None where there are several, as for men and women: which of them holds is not known.
    """
    found = [entry for entry in items(observation.get("referenceRange")) if _is_normal(entry)]
    entry = found[0] if len(found) == 1 else None
    return _number(get(entry, "low", "value")), _number(get(entry, "high", "value"))


def reference_texts(observation: Resource) -> list[str]:
    """Return each reference range as it is written: "0.00 to 4.00", "treatment: up to 0.10"."""
    value = observation.get("valueQuantity")
    units = {text(get(value, "unit")), text(get(value, "code")), None}
    found = (_range_text(entry, units) for entry in items(observation.get("referenceRange")))
    return [said for said in found if said]


def _range_text(entry: Element, units: set[str | None]) -> str:
    """Return a range by its type, and whom it is for; a unit that is not the result's is named."""
    low, high = (_limit(entry.get(name), units) for name in ("low", "high"))
    limits = f"{low} to {high}" if low and high else f"from {low}" if low else high
    limits = f"up to {high}" if high and not low else limits
    words = text(entry.get("text")) or ""
    said = dict.fromkeys([limits, words if _SAYS_A_RANGE.search(words) else None])
    kind = None if _is_normal(entry) else concept_text(entry.get("type"))
    whom = [concept_text(group) for group in items(entry.get("appliesTo"))]
    age = value_text(entry.get("age"))
    aged = f"age {age}" if age else None
    return join([kind, join([join(said), *whom, aged], ", ")], ": ")


def _limit(value: Any, units: set[str | None]) -> str:
    words, unit, _ = _value_parts(value)
    return _with_unit(words, None if unit in units else unit)


def _is_normal(entry: Element) -> bool:
    stated = {code for _, code in codes(entry.get("type"))}
    return "normal" in stated or not (stated or concept_text(entry.get("type")))


def _value_parts(value: Any) -> tuple[str | None, str | None, float | None]:
    """Return (words, unit, number) of a value[x]."""
    if isinstance(value, bool):
        return ("Yes" if value else "No"), None, None
    if isinstance(value, str):
        return text(value), None, None
    if isinstance(value, dict):
        return _element_parts(value)
    found = _number(value)
    return (None if found is None else number(value)), None, found


def _element_parts(value: Element) -> tuple[str | None, str | None, float | None]:
    """Return (words, unit, number) of a Quantity, Ratio, Range, CodeableConcept or Period."""
    if "numerator" in value:
        return _ratio(value), None, None
    if "low" in value or "high" in value:
        low, high = _value_parts(value.get("low")), _value_parts(value.get("high"))
        return f"{low[0] or ''} to {high[0] or ''}".strip(), low[1] or high[1], None
    found = _number(value.get("value"))
    if found is not None:
        words = f"{text(value.get('comparator')) or ''}{number(value['value'])}"
        return words, text(unit_of(value)), found
    start, end = text(value.get("start")), text(value.get("end"))
    period = f"{start or ''} to {end}".strip() if end else start
    return concept_text(value) or period, None, None


def _ratio(value: Element) -> str | None:
    parts = [_value_parts(value.get(name)) for name in ("numerator", "denominator")]
    shown = [" ".join(part for part in (words, unit) if part) for words, unit, _ in parts]
    return " / ".join(part for part in shown if part) or None


def _number(value: Any) -> float | None:
    """Return a JSON number as a float, None for one that a float cannot hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if isfinite(found) else None
