"""Where a field's answer stands in a resource: read from there, written back there and only there.

An element's `read` gives the answer that the field shows; `write` changes the resource in place
only where the answer differs from what `read` gives: an unchanged field changes nothing.
"""

from __future__ import annotations

from app.forms._elements.amounts import Amount, Dimensions, Proportion, Unit
from app.forms._elements.coded import Coded, OtherWords, Scale, Symbol
from app.forms._elements.lists import Codes, EntryCodes, Links
from app.forms._elements.paths import (
    Choice,
    Component,
    Ext,
    Key,
    Listed,
    Nth,
    Replaced,
    Step,
    Where,
    Within,
)
from app.forms._elements.plain import Date, Element, Flag, Note, Whole, Words
from app.forms._elements.references import TUMOR_IDENTIFIER, Link, OneLink, TumorName
from app.forms._elements.times import Instant, Interval, Span

__all__ = [
    "TUMOR_IDENTIFIER",
    "Amount",
    "Choice",
    "Coded",
    "Codes",
    "Component",
    "Date",
    "Dimensions",
    "Element",
    "EntryCodes",
    "Ext",
    "Flag",
    "Instant",
    "Interval",
    "Key",
    "Link",
    "Links",
    "Listed",
    "Note",
    "Nth",
    "OneLink",
    "OtherWords",
    "Proportion",
    "Replaced",
    "Scale",
    "Span",
    "Step",
    "Symbol",
    "TumorName",
    "Unit",
    "Where",
    "Whole",
    "Within",
    "Words",
]
