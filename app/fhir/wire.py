"""JSON as FHIR needs it: decimals keep their digits, and an answer cannot exhaust the app.

FHIR gives the precision of a decimal a meaning: 10.50 is not 10.5. A resource that is read, changed
in one element and written back must therefore carry its other numbers digit for digit.
"""

import json
import re
import secrets
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NoReturn

# Twice as many as a dense answer of 10 MB has: FHIR writes about twenty bytes for each.
MAX_NODES = 1_000_000
MAX_EXPONENT = 400
MAX_DEPTH = 100  # FHIR's own examples stay below 30
MAX_DIGITS = (
    100  # of a whole number; FHIR's have ten, and what cannot be reckoned with is no number
)


# Half of a surrogate pair is valid JSON, but no text that could be shown or written back.
_HALF_CHARACTER = rb"\ud"


class NotJson(ValueError):
    """A text that is no JSON, or none that every reader takes alike and that fits a resource."""


class TooManyNodes(NotJson):
    """The JSON has so many parts that it would fill the memory."""


def count_nodes(text: bytes) -> int:
    """Return how many objects, lists, members and items JSON has at most, without parsing it.

    Memory and time follow this number rather than the length: `{}` takes two bytes here and a
    hundred in memory.
    """
    return sum(map(text.count, (b"{", b"[", b",")))


def loads(text: bytes | str) -> Any:
    """Parse JSON with decimals as `Decimal`. Raises NotJson, TooManyNodes before it parses."""
    raw = text if isinstance(text, bytes) else text.encode(errors="replace")
    if count_nodes(raw) > MAX_NODES:
        raise TooManyNodes("The JSON has too many parts.")
    try:
        value = json.loads(
            text,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
        if _HALF_CHARACTER in (text if isinstance(text, bytes) else text.encode()).lower():
            dumps(value)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise NotJson("The text is not JSON.") from error
    if _depth_exceeds(value, MAX_DEPTH):
        raise NotJson("The JSON is nested too deeply.")
    return value


def dumps(value: Any, *, most: int | None = None) -> bytes:
    """Return JSON in UTF-8, each `Decimal` with the digits that it was read with.

    With `most` it is for people: over several lines, and its beginning if it has more characters.
    """
    # The standard encoder offers no way to write a number's own digits, so each Decimal goes
    # through it as a string that no record can hold, and loses its quotes afterwards.
    mark = secrets.token_hex(16)

    def marked(item: Any) -> str:
        if isinstance(item, Decimal) and item.is_finite():
            return f"{mark}{item}"
        raise TypeError(f"{type(item).__name__} has no place in FHIR JSON")

    encoder = json.JSONEncoder(
        default=marked, ensure_ascii=False, allow_nan=False, indent=None if most is None else 2
    )
    text = encoder.encode(value) if most is None else _beginning(encoder.iterencode(value), most)
    return re.sub(f'"{mark}([^"]+)"', r"\1", text).encode()


def _beginning(pieces: Iterable[str], most: int) -> str:
    """Return the first pieces, until they have `most` characters or more."""
    found: list[str] = []
    length = 0
    for piece in pieces:
        if length >= most:
            found.append("\n… the rest is not shown")
            break
        found.append(piece)
        length += len(piece)
    return "".join(found)


def _decimal(digits: str) -> Decimal:
    value = Decimal(digits)
    if abs(value.adjusted()) > MAX_EXPONENT:
        raise ValueError("The number is beyond all measure.")
    return value


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("The number is beyond all measure.")
    return int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose names are all different.

    Of a name that comes twice some readers take the first value and others the last: what was
    checked would not be what is used, and writing it back would drop one in silence.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("A name comes twice in one object.")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _depth_exceeds(value: Any, limit: int) -> bool:
    """Tell whether containers are nested more than `limit` deep, without recursion."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(limit):
        if not level:
            return False
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
    return bool(level)
