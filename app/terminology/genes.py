"""Genes that tumor and hereditary cancer panels report, by their HGNC identifier.

A chosen list, not the whole of HGNC: a gene that is missing here is entered by its own identifier.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from app.terminology.concept import Concept
from app.terminology.systems import HGNC


@cache
def gene_concepts() -> tuple[Concept, ...]:
    """Return the genes by symbol; a code is written as `HGNC:1100`, as mCODE's examples have it."""
    path = Path(__file__).parent / "data" / "genes.json"
    listed = json.loads(path.read_text(encoding="utf-8"))["genes"]
    return tuple(Concept(HGNC, code, symbol) for code, symbol in listed)
