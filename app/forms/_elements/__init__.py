"""Where a field's answer stands in a resource: read from there, written back there and only there.

An element's `read` gives the answer that the field shows; `write` changes the resource in place
only where the answer differs from what `read` gives: an unchanged field changes nothing.
"""

from app.forms._elements.datatypes import Amount, Instant, Interval, Proportion, Span, Unit
from app.forms._elements.lists import Codes, Links, NestedCodes
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
from app.forms._elements.plain import (
    Date,
    Element,
    Flag,
    Named,
    Note,
    Whole,
    Words,
    put_element,
    replace_item,
)
from app.forms._elements.single import TUMOR_IDENTIFIER, Coded, Link, OneLink, OtherWords

__all__ = [
    "TUMOR_IDENTIFIER",
    "Amount",
    "Choice",
    "Coded",
    "Codes",
    "Component",
    "Date",
    "Element",
    "Ext",
    "Flag",
    "Instant",
    "Interval",
    "Key",
    "Link",
    "Links",
    "Listed",
    "Named",
    "NestedCodes",
    "Note",
    "Nth",
    "OneLink",
    "OtherWords",
    "Proportion",
    "Replaced",
    "Span",
    "Step",
    "Unit",
    "Where",
    "Whole",
    "Within",
    "Words",
    "put_element",
    "replace_item",
]
