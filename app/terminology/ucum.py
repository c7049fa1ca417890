"""Whether a typed unit is a code of UCUM, the Unified Code for Units of Measure (ucum.org)."""

from collections.abc import Callable
from functools import cache

from app.fhir.patterns import Pattern

# Longer than any unit in use; the time of a parse grows with the length.
_LONGEST = 50
_LETTERS = Pattern(r"[A-Za-z]+")

# What reports print for units whose UCUM code is another.
_CODES = {
    "IU": "[IU]",
    "mIU": "m[IU]",
    "uIU": "u[IU]",
    "kIU": "k[IU]",
    "mcg": "ug",
    "mcL": "uL",
    "mEq": "meq",
    "cc": "mL",
    "mmHg": "mm[Hg]",
    "ppm": "[ppm]",
    "ppb": "[ppb]",
    "HPF": "[HPF]",
    "hpf": "[HPF]",
    "sec": "s",
    "hr": "h",
    "week": "wk",
    "cells": "{cells}",
    "copies": "{copies}",
    "ratio": "{ratio}",
    "score": "{score}",
    "INR": "{INR}",
}


def unit_problem(typed: str) -> str | None:
    """Return what to do about a typed unit that is no UCUM code; None for one that is.

    Where a report prints the unit in another way, the sentence names the code: "[IU]/mL" for
    "IU/mL".
    """
    if _is_code(typed):
        return None
    plain = typed.replace("µ", "u").replace("μ", "u")
    meant = _LETTERS.sub(lambda word: _CODES.get(word[0], word[0]), plain)
    if meant != typed and _is_code(meant):
        return f"Enter the unit as a UCUM code: {meant}"
    return "Enter the unit as a UCUM code, such as ng/mL"


def _is_code(text: str) -> bool:
    return len(text) <= _LONGEST and _parser()(text)


@cache
def _parser() -> Callable[[str], bool]:
    """Load the grammar and the units of UCUM at the first unit that is typed: half a second."""
    from lark.exceptions import LarkError  # noqa: PLC0415 -- heavy, and seldom needed
    from ucumvert import get_ucum_parser  # noqa: PLC0415 -- it brings the units of pint with it

    parse = get_ucum_parser().parse

    def parses(text: str) -> bool:
        try:
            parse(text)
        except LarkError:
            return False
        return True

    return parses
