"""Paging: a snapshot of the matches, so that paging is stable."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from app.sandbox.fhir.dates import stamp
from app.sandbox.fhir.json_text import dumps, loads
from app.sandbox.fhir.outcome import FhirError, Issue
from app.sandbox.fhir.store import FhirStore

_KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class Snapshot:
    """The keys of all matches of one request to `path` below the base, with `size` keys a page.

    `query` is what the caller needs besides, to make the Bundle of a page.
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


def first_page(store: FhirStore, snapshot: Snapshot, self_url: str) -> Page:
    """Return the first page; the snapshot is kept for an hour if there are more."""
    links = [{"relation": "self", "url": self_url}]
    if len(snapshot.keys) > snapshot.size > 0:
        links.append(
            {
                "relation": "next",
                "url": _url(store, snapshot, _save(store, snapshot), snapshot.size),
            }
        )
    return Page(snapshot.keys[: snapshot.size], links)


def page_of(store: FhirStore, path: str, token: str) -> tuple[Snapshot, Page]:
    """Return the page of a link, with its snapshot; FhirError 410 if that is gone."""
    id_, _, position = token.partition(".")
    rows = store.rows("SELECT body FROM pages WHERE id = ?", (id_,))
    snapshot = Snapshot(**loads(rows[0][0])) if rows else None
    if snapshot is None or snapshot.path != path or not position.isdecimal() or len(position) > 9:
        raise FhirError(410, Issue("expired", "This page is kept no longer. Search again."))
    offset = int(position)
    relations = {"self": offset, "first": 0, "previous": offset - snapshot.size}
    if offset + snapshot.size < len(snapshot.keys):
        relations["next"] = offset + snapshot.size
    links = [
        {"relation": relation, "url": _url(store, snapshot, id_, start)}
        for relation, start in relations.items()
        if start >= 0
    ]
    return snapshot, Page(snapshot.keys[offset : offset + snapshot.size], links)


def _save(store: FhirStore, snapshot: Snapshot) -> str:
    id_ = secrets.token_urlsafe(16)
    now = store.now()
    oldest = stamp(datetime.fromisoformat(now) - _KEPT)
    with store.transaction():
        store.rows("DELETE FROM pages WHERE created < ?", (oldest,))
        store.rows("INSERT INTO pages VALUES (?, ?, ?)", (id_, now, dumps(asdict(snapshot))))
    return id_


def _url(store: FhirStore, snapshot: Snapshot, id_: str, offset: int) -> str:
    return f"{store.base}/{snapshot.path}?_page={id_}.{offset}"
