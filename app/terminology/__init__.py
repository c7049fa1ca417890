"""Codes and their terms: lists that the app ships, and servers that have longer ones."""

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


def shipped(name: str) -> Any:
    """Return the content of a JSON file of `data/`, by its name without the ending."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
