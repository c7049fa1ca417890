"""Where a field's value stands in a resource: read from there, written back there and only there.

An element's `read` gives the text that the field shows and submits; `write` changes the resource
in place only where the value differs from what `read` gives: an unchanged field changes nothing.
"""

from __future__ import annotations

from app.forms._elements.amounts import UCUM, Amount, Proportion, Unit
from app.forms._elements.base import ABSENT, ABSENT_REASONS, AS_RECORDED, Element, Text
from app.forms._elements.coded import Coded
from app.forms._elements.dates import Date, Span
from app.forms._elements.dimensions import Dimensions
from app.forms._elements.lists import Codes, EntryCodes, Links
from app.forms._elements.paths import (
    Choice,
    Component,
    Every,
    Ext,
    First,
    Key,
    Replaced,
    Where,
    Within,
)
from app.forms._elements.plain import Flag, Link, Note, Whole, Words
from app.forms._elements.references import TUMOR_IDENTIFIER, OneLink, TumorName
from app.forms._elements.repeated import Aside, Nth, OtherWords
from app.forms._elements.scales import Scale
from app.forms._elements.symbols import Instant, Interval, Symbol

__all__ = [
    "ABSENT",
    "ABSENT_REASONS",
    "AS_RECORDED",
    "TUMOR_IDENTIFIER",
    "UCUM",
    "Amount",
    "Aside",
    "Choice",
    "Coded",
    "Codes",
    "Component",
    "Date",
    "Dimensions",
    "Element",
    "EntryCodes",
    "Every",
    "Ext",
    "First",
    "Flag",
    "Instant",
    "Interval",
    "Key",
    "Link",
    "Links",
    "Note",
    "Nth",
    "OneLink",
    "OtherWords",
    "Proportion",
    "Replaced",
    "Scale",
    "Span",
    "Symbol",
    "Text",
    "TumorName",
    "Unit",
    "Where",
    "Whole",
    "Within",
    "Words",
]
