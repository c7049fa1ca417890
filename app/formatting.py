"""How FHIR data types read on a page; some functions are template filters too."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import starmap
from typing import Any

from flask import Flask
from markupsafe import Markup

from app.fhir import wire

NO_DATA = "No data"
NO_DATE = "no date"
LONGEST_JSON = 20_000

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?(?:T.*)?")
# Names in the order in which they are fit to address a person by; the rest is of the past.
_NAME_USES = ("official", "usual", None, "nickname", "temp", "anonymous", "maiden", "old")


def init_app(app: Flask) -> None:
    """Make the functions of this module that templates need filters of `app`."""
    for function in (date_time, pretty_json, parts):
        app.add_template_filter(function)


def partial_date(value: Any, missing: str = NO_DATE) -> str:
    """Return a FHIR date or dateTime of any precision as "12-Mar-2026", "Mar-2026" or "2026".

    The day is the one that was written down, whatever the time zone. What is no date is shown as it
    stands; nothing at all gives `missing`.
    """
    if isinstance(value, date):
        value = value.isoformat()
    if not isinstance(value, str) or not value.strip():
        return missing
    match = _DATE.fullmatch(value)
    if match is None:
        return value
    year, month, day = match.groups()
    return join([day, month and _MONTHS[int(month) - 1], year], "-")


def date_time(value: Any, missing: str = NO_DATE) -> str:
    """Return a moment as "12-Mar-2026 10:44 UTC"; a text without a time gives its date alone."""
    if isinstance(value, datetime):
        zone = value.astimezone(UTC) if value.tzinfo else value
        return f"{partial_date(zone)} {zone:%H:%M} UTC"
    if isinstance(value, str) and "T" in value:
        try:
            return date_time(datetime.fromisoformat(value), missing)
        except (ValueError, OverflowError):
            return value
    return partial_date(value, missing)


def whole_day(value: Any) -> date | None:
    """Return the day of a FHIR date or dateTime, None for one that states none."""
    match = _DATE.fullmatch(str(value))
    try:
        return date.fromisoformat(str(value)[:10]) if match and match[3] else None
    except ValueError:
        return None


def first_day(value: str | None) -> date | None:
    """Return the first day that a FHIR date of any precision can mean, None without one."""
    return whole_day(f"{value}-01-01"[:10])


def age(born: Any, on: date) -> str | None:
    """Return the age on a day as clinicians say it: "62y", "8y 3m", "14m", "5w", "3d".

    A birth date of the year alone gives "about 62y". None without a birth date, or before it.
    """
    match = _DATE.fullmatch(born) if isinstance(born, str) else None
    if match is None:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if not month:
        return f"about {on.year - year}y" if year <= on.year else None
    months = (on.year - year) * 12 + on.month - month - (on.day < day)
    if months < 0:
        return None
    if months >= 12 or not day:
        return _months_old(months)
    try:
        return _days_old(date(year, month, day), on)
    except ValueError:  # a day that the month does not have
        return None


def human_name(names: Any, on: date, missing: str = "Name not recorded") -> str:
    """Return a HumanName, or the fittest of a list on a day, as "ORTEGA, Luis Jr (Mr)"."""
    for name in fittest_first(names, on):
        family = str(name.get("family") or "").upper()
        given, prefix = _joined(name.get("given")), _joined(name.get("prefix"))
        if family or given:
            said = join([join([family, given], ", "), _joined(name.get("suffix"))], " ")
            return said + (f" ({prefix})" if prefix else "")
        if name.get("text"):
            return str(name["text"])
    return missing


def fittest_first(names: Any, on: date) -> list[dict[str, Any]]:
    """Return the HumanNames of a list, those first that are in use on a day and fit to address."""
    listed = names if isinstance(names, list) else [names]
    return sorted(
        (name for name in listed if isinstance(name, dict)),
        key=lambda name: (not in_use(name, on), _fitness(name)),
    )


def in_use(element: Mapping[str, Any], on: date) -> bool:
    """Tell whether the period of a name or identifier holds a day; one that says nothing does."""
    period = element.get("period")
    start, end = (
        str(period.get(name) or "") if isinstance(period, dict) else "" for name in ("start", "end")
    )
    day = on.isoformat()
    return start[:10] <= day and (not end or day[: len(end[:10])] <= end[:10])


def quantity(value: Any, missing: str = NO_DATA) -> str:
    """Return a Quantity with all its digits, as "95 %" or "< 0.10 ng/mL"."""
    if not isinstance(value, dict) or value.get("value") is None:
        return missing
    unit = unit_of(value)
    return join([value.get("comparator"), number(value["value"]), "" if unit == "1" else unit], " ")


def unit_of(value: Mapping[str, Any]) -> Any:
    """Return a Quantity's unit; square meters by their sign, whatever the EHR calls them."""
    return "m²" if value.get("code") == "m2" else value.get("unit") or value.get("code")


def number(value: Any) -> str:
    """Return a number without an exponent, its trailing zeros kept: they state its precision."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def join(said: Iterable[Any], separator: str = " · ") -> str:
    """Return the parts that say something, in one line."""
    return separator.join(str(part) for part in said if part)


def either(options: Sequence[str]) -> str:
    """Return at least one option as an enumeration: "a, b or c"."""
    *before, last = options
    return f"{', '.join(before)} or {last}" if before else last


def conditions_in_words(
    alternatives: Iterable[Iterable[tuple[str, str]]],
    display_of: Callable[[str, str], str | None] = lambda _system, _code: None,
) -> str:
    """Return the conditions of granular scopes in words: "category laboratory or vital-signs".

    What a number of a code system means stands behind it, where `display_of` knows the display.
    """

    def display(value: str) -> str:
        system, _, code = value.rpartition("|")
        said = display_of(system, code) if any(map(str.isdigit, code)) else None
        return f"{code} ({said})" if said else code or value

    def condition(name: str, values: str) -> str:
        return f"{name} {either([*map(display, values.split(','))])}"

    return "; ".join(join(starmap(condition, each), " and ") for each in alternatives)


def parts(said: Iterable[Any]) -> Markup:
    """Return the parts that say something as HTML; a short one, such as a date, never breaks."""
    spans = (
        Markup('<span class="{}">{}</span>').format("nowrap" if len(str(part)) < 24 else "", part)
        for part in said
        if part
    )
    return Markup(" · ").join(spans)


def pretty_json(value: Any) -> str:
    """Return JSON over several lines, each `Decimal` with the digits that it was read with.

    A long one is cut: each level of a deep one makes each of its lines longer.
    """
    shown = wire.dumps(value, most=LONGEST_JSON).decode()
    return shown if len(shown) <= 2 * LONGEST_JSON else f"{shown[:LONGEST_JSON]}…"


def _fitness(name: dict[str, Any]) -> int:
    use = name.get("use")
    return _NAME_USES.index(use) if use in _NAME_USES else len(_NAME_USES)


def _months_old(months: int) -> str:
    years, rest = divmod(months, 12)
    if years >= 18:
        return f"{years}y"
    if years >= 2:
        return join([f"{years}y", rest and f"{rest}m"], " ")
    return f"{months}m"


def _days_old(born: date, on: date) -> str:
    days = (on - born).days
    return f"{days}d" if days < 28 else f"{days // 7}w"


def _joined(value: Any) -> str:
    words = value if isinstance(value, list) else []
    return " ".join(word for word in words if isinstance(word, str))
