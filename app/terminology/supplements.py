"""Codes of value sets that mCODE defines without listing them.

mCODE names many sets only by a branch of SNOMED CT or by a list of LOINC. The codes that the app
ships for them stand under data/supplements/, each set with its source.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from app.terminology.concept import Concept

_FOLDER = Path(__file__).parent / "data" / "supplements"


@dataclass(frozen=True)
class Supplement:
    """What the app adds to one value set.

    `whole` says that concepts and systems together are all of the set; else they are an extract.
    `include` names other value sets whose codes belong to this one; `scores` are the numbers that
    codes of a scale stand for.
    """

    source: str
    whole: bool
    concepts: tuple[Concept, ...] = ()
    systems: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    scores: dict[str, int] = field(default_factory=dict)


@cache
def supplements() -> dict[str, Supplement]:
    """Return all supplements by the short name of the value set."""
    return {
        name: _supplement(entry)
        for path in sorted(_FOLDER.glob("*.json"))
        for name, entry in json.loads(path.read_text(encoding="utf-8"))["sets"].items()
    }


def _supplement(entry: dict[str, Any]) -> Supplement:
    return Supplement(
        source=entry["source"],
        whole=entry["whole"],
        concepts=tuple(
            Concept(group["system"], code, words, official=entry["official"])
            for group in entry.get("codes", ())
            for code, words in group["codes"]
        ),
        systems=tuple(entry.get("systems", ())),
        include=tuple(entry.get("include", ())),
        scores=entry.get("scores", {}),
    )
