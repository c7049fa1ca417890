"""Search criteria as SQL: "code=http://loinc.org|21908-9,21902-2" as a condition on the index."""

import re
from collections.abc import Callable
from typing import NamedTuple

from app.sandbox.fhir.dates import span
from app.sandbox.fhir.index import fold
from app.sandbox.fhir.outcome import FhirError, bad_request
from app.sandbox.fhir.references import local
from app.sandbox.fhir.search_parameters import Kind, Parameter, is_supported, parameters

_MODIFIERS: dict[Kind, frozenset[str]] = {
    "token": frozenset({"", "not", "missing"}),
    "reference": frozenset({"", "missing"}),
    "date": frozenset({"", "missing"}),
    "string": frozenset({"", "exact", "contains", "missing"}),
    "uri": frozenset({"", "missing"}),
}
_MOST_VALUES = 500
_LAST_CHARACTER = "\U0010ffff"


class Condition(NamedTuple):
    """An SQL condition and its arguments."""

    sql: str
    args: tuple[str, ...]


def find(resource_type: str, key: str) -> tuple[Parameter, str] | None:
    """Return the parameter and the modifier of `key` ("code:not"); None if it is unknown."""
    name, _, modifier = key.partition(":")
    parameter = parameters(resource_type).get(name)
    if parameter is None:
        return None
    allowed = _MODIFIERS[parameter.kind]
    named_type = parameter.kind == "reference" and is_supported(modifier)
    return (parameter, modifier) if modifier in allowed or named_type else None


def condition(resource_type: str, key: str, text: str, base: str) -> Condition:
    """Return the condition on the table `versions`, named v, that `key`=`text` stands for.

    Raises FhirError 400 where the parameter is unknown or the value is not of its kind.
    """
    found = find(resource_type, key)
    if found is None:
        raise unknown(resource_type, key)
    parameter, modifier = found
    having = "SELECT id FROM terms WHERE type = ? AND param = ?"
    args = (resource_type, parameter.name)
    if modifier == "missing":
        if text not in ("true", "false"):
            raise bad_request(f"{key} is true or false, not {text!r}.", "value")
        return Condition(f"v.id {'NOT ' if text == 'true' else ''}IN ({having})", args)
    values = _split(text)
    if not 0 < len(values) <= _MOST_VALUES:
        raise bad_request(f"{key} needs from 1 to {_MOST_VALUES} values.", "value")
    each = [_condition(parameter, modifier, value, base) for value in values]
    either = " OR ".join(f"({one.sql})" for one in each)
    return Condition(
        f"v.id {'NOT ' if modifier == 'not' else ''}IN ({having} AND ({either}))",
        args + tuple(arg for one in each for arg in one.args),
    )


def unknown(resource_type: str, key: str) -> FhirError:
    known = ", ".join(sorted(parameters(resource_type)))
    return bad_request(
        f"{resource_type} cannot be searched by {key!r}; it can by {known}.", "not-supported"
    )


def _split(text: str) -> list[str]:
    """Split at the commas that no backslash precedes; empty values are left out."""
    return [part for part in re.split(r"(?<!\\),", text) if part.strip()]


def _unescape(text: str) -> str:
    return re.sub(r"\\([,|$\\])", r"\1", text)


def _condition(parameter: Parameter, modifier: str, value: str, base: str) -> Condition:
    if parameter.kind == "token":
        return _token(value)
    if parameter.kind == "reference":
        return _reference(value, modifier, base)
    if parameter.kind == "date":
        return _date(parameter.name, value)
    if parameter.kind == "string":
        return _string(_unescape(value), modifier)
    return Condition("value = ?", (_unescape(value).partition("|")[0],))


def _token(value: str) -> Condition:
    system, bar, code = re.match(r"((?:[^\\|]|\\.)*)(\|?)(.*)", value, re.DOTALL).groups()  # type: ignore[union-attr]  # matches every string
    system, code = _unescape(system), _unescape(code)
    if not bar:
        return Condition("value = ?", (system,))
    # An element of type code has its system by definition: any that is asked for will do.
    if not code:
        return Condition("system = ? OR system IS NULL", (system,))
    return Condition("value = ? AND (system = ? OR system IS NULL)", (code, system))


def _reference(value: str, modifier: str, base: str) -> Condition:
    if modifier:
        return Condition("value = ? AND system = ?", (value.removeprefix(f"{modifier}/"), modifier))
    target = local(value, base)
    if target:
        return Condition("value = ? AND system = ?", (target.id, target.type))
    if "/" in value or ":" in value:
        return Condition("value = ? AND system IS NULL", (value,))
    return Condition("value = ? AND system IS NOT NULL", (value,))


_COMPARISONS: dict[str, Callable[[str, str], Condition]] = {
    "eq": lambda low, high: Condition("low >= ? AND high <= ?", (low, high)),
    "ne": lambda low, high: Condition("NOT (low >= ? AND high <= ?)", (low, high)),
    "gt": lambda _, high: Condition("high > ?", (high,)),
    "lt": lambda low, _: Condition("low < ?", (low,)),
    "ge": lambda low, high: Condition("high > ? OR low >= ?", (high, low)),
    "le": lambda low, high: Condition("low < ? OR high <= ?", (low, high)),
    "sa": lambda _, high: Condition("low > ?", (high,)),
    "eb": lambda low, _: Condition("high < ?", (low,)),
    "ap": lambda low, high: Condition("low <= ? AND high >= ?", (high, low)),
}


def _date(name: str, value: str) -> Condition:
    prefix = value[:2] if value[:2] in _COMPARISONS else "eq"
    # A form body or a link may turn the plus of an offset into a blank.
    text = value.removeprefix(prefix).replace(" ", "+")
    covered = span(text)
    if covered is None:
        raise bad_request(
            f"{name} is a date such as 2026, 2026-03 or ge2026-03-12, not {value!r}.", "value"
        )
    return _COMPARISONS[prefix](covered.low, covered.high)


def _string(value: str, modifier: str) -> Condition:
    if modifier == "exact":
        return Condition("system = ?", (value,))
    folded = fold(value)
    if modifier == "contains":
        return Condition("instr(value, ?) > 0", (folded,))
    return Condition("value >= ? AND value < ?", (folded, folded + _LAST_CHARACTER))
