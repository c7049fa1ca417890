"""When two values of a FHIR data type mean the same."""

import html
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from app.fhir.paths import codes, codings
from app.fhir.types import Resource
from app.formatting import number
from app.forms._saving.differences import Change
from app.terminology.systems import canonical


def code_pairs(concept: Any) -> set[tuple[str, str]]:
    """Return the (system, code) pairs of a CodeableConcept, systems by their usual address."""
    return {(canonical(system), code) for system, code in codes(concept)}


def same_code(found: Resource, sent: Resource) -> bool:
    """Tell whether two Codings have one code."""
    return bool(code_pairs({"coding": [sent]}) & code_pairs({"coding": [found, *codings(found)]}))


def same_words(one: str | None, other: str | None) -> bool:
    """Tell whether two texts are there and differ in case and blanks at most."""
    return (
        one is not None and other is not None and spaced(one).casefold() == spaced(other).casefold()
    )


def spaced(words: str) -> str:
    """Return a text with single blanks, and with its own characters where HTML stands for them."""
    return " ".join(html.unescape(words).split())


def same_unit(found: Resource, sent: Resource) -> bool:
    """Tell whether two Quantities have one unit, by its code or else by its name."""
    if sent.get("code") and found.get("code"):
        return bool(found["code"] == sent["code"])
    named = [name for name in (sent.get("unit"), sent.get("code")) if name]
    return not named or any(name in named for name in (found.get("unit"), found.get("code")))


def digits_of(found: Any, sent: Any) -> tuple[str, str] | None:
    """Return the digits of two numbers without an exponent; None where one is no number."""
    kinds = (int, float, Decimal)
    if any(not isinstance(value, kinds) or isinstance(value, bool) for value in (found, sent)):
        return None
    try:
        return number(Decimal(str(found))), number(Decimal(str(sent)))
    except InvalidOperation:  # no finite number
        return None


def compare_dates(found: str, sent: str) -> Change | None:
    """Return how the date that was found differs from the one that was sent, None for not at all.

    The day is the one that was written down: an EHR may add a time and a zone to it.
    """
    one, other = _moment(found), _moment(sent)
    if one is None or other is None:
        return Change.OTHER
    if "T" in sent and "T" in found:
        return None if _is_same_moment(one, other) else Change.OTHER
    day, asked = found.partition("T")[0], sent.partition("T")[0]
    if day == asked:
        return Change.REWORDED if "T" in sent else None
    return Change.REWORDED if day.startswith(asked) or asked.startswith(day) else Change.OTHER


def _is_same_moment(one: datetime, other: datetime) -> bool:
    if (one.tzinfo is None) != (other.tzinfo is None):
        return False
    return abs((one - other).total_seconds()) < 1


def _moment(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value if len(value) > 7 else f"{value}-01-01"[:10])
    except ValueError:
        return None
