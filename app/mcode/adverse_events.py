"""The terms of CTCAE by which adverse events are reported."""

from app.mcode.valuesets import value_set
from app.terminology.abbreviations import adverse_event_meanings
from app.terminology.lists import ConceptList

# No terminology server is asked for more: these are all, and the rest of the set is MedDRA's.
ADVERSE_EVENTS = ConceptList(
    lambda: value_set("ctcae-term").concepts, abbreviations=adverse_event_meanings
)
"""All terms of CTCAE v5, coded by the NCI Thesaurus, in its order by organ system.

Where none fits, each organ system has one that ends "- Other, specify", with the event in words.
"""
