"""LOINC's names of tests, cut to what is said aloud."""

from __future__ import annotations

import re
from typing import Any

from app.fhir.paths import codings, text
from app.mcode.facts import concept_text

# Component, then [property], then system and method: "Lactate dehydrogenase [Enzymatic
# activity/volume] in Serum or Plasma" (LOINC Users' Guide, long common names).
_LONG_COMMON_NAME = re.compile(r"(\S.*?) \[[^\]]+\](?: .*)?")


def short_name(concept: Any, missing: str) -> tuple[str, str | None]:
    """Return the short name of a test, and its full name where that says more."""
    full = concept_text(concept)
    if full is None:
        return missing, None
    match = _LONG_COMMON_NAME.fullmatch(full)
    return (match[1], full) if match else (full, None)


def spoken(concept: Any) -> bool:
    """Tell whether a concept has words, and not only a code."""
    if not isinstance(concept, dict):
        return False
    return bool(text(concept.get("text")) or any(text(c.get("display")) for c in codings(concept)))
