"""Answers of several pages: what was found stands still while a client turns the pages."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from app.sandbox.fhir.dates import back
from app.sandbox.fhir.json_text import dumps, loads
from app.sandbox.fhir.outcome import FhirError, Issue
from app.sandbox.fhir.store import FhirStore

_KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class Pages:
    """All that was found by one request to `path` below the base, as keys, `size` to a page.

    `query` is what the one who makes the pages needs besides.
    """

    path: str
    keys: Sequence[Any]
    size: int
    query: dict[str, Any]


@dataclass(frozen=True)
class Page:
    """The keys of one page, and the links of its Bundle."""

    keys: Sequence[Any]
    links: list[dict[str, str]]


def first(store: FhirStore, pages: Pages, self_url: str) -> Page:
    """Return the first page; the others are kept for an hour if there are any."""
    links = [{"relation": "self", "url": self_url}]
    if len(pages.keys) > pages.size > 0:
        links.append(
            {"relation": "next", "url": _url(store, pages, _save(store, pages), pages.size)}
        )
    return Page(pages.keys[: pages.size], links)


def turn(store: FhirStore, path: str, token: str) -> tuple[Pages, Page]:
    """Return the page that a link named; FhirError 410 where it is gone."""
    id_, _, position = token.partition(".")
    rows = store.rows("SELECT body FROM pages WHERE id = ?", (id_,))
    pages = Pages(**loads(rows[0][0])) if rows else None
    if pages is None or pages.path != path or not position.isdecimal() or len(position) > 9:
        words = "This page is no longer kept, or never was. Search again."
        raise FhirError(410, Issue("expired", words))
    offset = int(position)
    relations = {"self": offset, "first": 0, "previous": offset - pages.size}
    if offset + pages.size < len(pages.keys):
        relations["next"] = offset + pages.size
    links = [
        {"relation": relation, "url": _url(store, pages, id_, start)}
        for relation, start in relations.items()
        if start >= 0
    ]
    return pages, Page(pages.keys[offset : offset + pages.size], links)


def _save(store: FhirStore, pages: Pages) -> str:
    id_ = secrets.token_urlsafe(16)
    now = store.now()
    with store.transaction():
        store.rows("DELETE FROM pages WHERE created < ?", (back(now, _KEPT),))
        store.rows("INSERT INTO pages VALUES (?, ?, ?)", (id_, now, dumps(asdict(pages))))
    return id_


def _url(store: FhirStore, pages: Pages, id_: str, offset: int) -> str:
    return f"{store.base}/{pages.path}?_page={id_}.{offset}"
