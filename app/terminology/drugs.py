"""Drugs against cancer, by their ingredient in RxNorm.

A chosen list, not the whole of RxNorm: a drug that is missing here is found by a terminology server
or entered as words and code.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from app.terminology.concept import Concept
from app.terminology.systems import RXNORM


@cache
def antineoplastic_concepts() -> tuple[Concept, ...]:
    """Return the ingredients by name; also those that are given with them, as prednisone is.

    A drug that is given for much else is offered for entry, but its being given says of no patient
    that it treats a cancer.
    """
    path = Path(__file__).parent / "data" / "antineoplastics.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    listed = sorted([*data["ingredients"], *data["given_with"]], key=lambda row: row[1])
    return tuple(Concept(RXNORM, code, name) for code, name in listed)
