"""Answers that only a terminology server knows: found while one types, and checked when sent."""

from __future__ import annotations

from typing import Any

from app.forms._definition import EntryForm
from app.forms._fields import CodedSearch, Option
from app.mcode.valuesets import required_sets
from app.terminology.concept import TypedConcept
from app.terminology.expand import Expander


def searches_further(item: CodedSearch[Any], expander: Expander) -> bool:
    """Tell whether a terminology server may find more for a field than the app ships."""
    return item.open and bool(item.concepts.url) and expander.may_search()


def further_hits(item: CodedSearch[Any], words: str, expander: Expander) -> list[Option]:
    """Return what a terminology server finds for a field and the app does not ship."""
    url = item.concepts.url
    found = expander.search(url, words) if url and item.open else None
    return [
        Option(TypedConcept(concept.system, concept.code, concept.term), concept.display)
        for concept in found or ()
        if not item.concepts.find(concept.key)
    ]


def look_further(form: EntryForm, expander: Expander) -> None:
    """Give each field whose box still has words the hits of the terminology server."""
    for item in form.asked.values():
        if isinstance(item, CodedSearch) and item.typed["find"]:
            item.further = further_hits(item, item.typed["find"], expander)


def verify(form: EntryForm, expander: Expander) -> None:
    """Let the fields know what a terminology server says of the codes that the app does not ship.

    Only where mCODE allows no code beside its set is a code refused. Where the server is silent,
    the clinician's word stands.
    """
    for item in form.asked.values():
        if not isinstance(item, CodedSearch) or not item.open or not item.concepts.url:
            continue
        for concept in item.unlisted():
            verdict = expander.validate(item.concepts.url, concept.system, concept.code)
            if verdict:
                item.verified.add(concept)
            elif verdict is False and item.concepts.url in required_sets():
                item.refused.add(concept)
