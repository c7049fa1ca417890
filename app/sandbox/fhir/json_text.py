"""JSON in and out without loss: a decimal is written as it was read, 10.50 as 10.50."""

import json
import re
import secrets
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, Self

_TOO_DEEP = "The JSON is nested too deeply."


class Number(Decimal):
    """A decimal that remembers its spelling."""

    text: str

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number


def loads(text: str | bytes, *, deepest: int | None = None) -> Any:
    """Parse JSON; decimals become `Number`.

    Raises ValueError, with words for the sender, for what is no JSON, for NaN and Infinity, for a
    name given twice in one object and for more than `deepest` levels of nesting.
    """
    try:
        value = json.loads(
            text,
            parse_float=Number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except UnicodeDecodeError:
        raise ValueError("The JSON is not encoded as UTF-8.") from None
    except InvalidOperation:
        raise ValueError("The JSON holds a number that is too large.") from None
    if deepest is not None:
        _check_depth(value, deepest)
    return value


def _check_depth(value: Any, deepest: int) -> None:
    level = [value]
    for _ in range(deepest):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    if any(isinstance(inner, dict | list) for inner in level):
        raise ValueError(_TOO_DEEP)


def dumps(value: Any) -> str:
    """Write JSON, each `Number` as it was spelled."""
    # The standard encoder cannot spell a number: each goes through it as a string that no chart
    # can hold, and loses its quotes afterwards.
    mark = secrets.token_hex(16)

    def marked(item: Any) -> str:
        if isinstance(item, Number):
            return f"{mark}{item.text}"
        raise TypeError(f"{type(item).__name__} has no place in JSON")

    text = json.dumps(value, default=marked, ensure_ascii=False, separators=(",", ":"))
    return re.sub(f'"{mark}([^"]+)"', r"\1", text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"The JSON gives the property {twice!r} twice in one object.")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number.")
