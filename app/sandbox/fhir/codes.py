"""The codes that FHIR R4 requires, for the elements where a wrong one does harm."""

import csv
from pathlib import Path

_SYSTEM = "http://terminology.hl7.org/CodeSystem/"

CODES: dict[str, frozenset[str]] = {}
"""The codes of elements of type code, by Type.element."""

CONCEPTS: dict[str, tuple[str, frozenset[str]]] = {}
"""The system and the codes of CodeableConcepts of which one coding must come from a set."""

with Path(__file__).with_name("codes.csv").open(encoding="utf-8", newline="") as _file:
    for _row in csv.DictReader(_file):
        _codes = frozenset(_row["codes"].split())
        if _row["system"]:
            CONCEPTS[_row["element"]] = (_SYSTEM + _row["system"], _codes)
        else:
            CODES[_row["element"]] = _codes
