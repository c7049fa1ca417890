"""How the definitions stand in their files: compact, and one fact a line, so that a diff reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def page(content: dict[str, Any]) -> str:
    """Return `content` as JSON; the entries of a list or object at its top have a line each."""
    entries = [f" {json.dumps(name)}: {_value(value)}" for name, value in content.items()]
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _value(value: Any) -> str:
    if not value or not isinstance(value, (dict, list)):
        return _line(value)
    first, last = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return f"{first}\n" + ",\n".join(f"  {item}" for item in _items(value)) + f"\n {last}"


def _items(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield f"{json.dumps(name)}: {_line(item)}"
    else:
        for item in value:
            yield _line(item)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
