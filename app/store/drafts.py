"""Drafts: what was typed into a form and is not in the chart yet."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.exc import IntegrityError

from app.errors import AppError
from app.store.database import Database, now
from app.store.models import DraftRow
from app.store.owners import Owners

# More than anybody types for one patient; what would fill the store is a script.
MOST = 200

State = Literal["open", "sending", "unknown"]


class DraftGone(AppError, status=404, title="This draft is no longer there"):
    """The draft was discarded or saved, or was never this owner's."""


class DraftLocked(AppError, status=409, title="This draft is being saved"):
    """The draft is on its way to the chart and takes no changes."""


class DraftBehind(AppError, status=409, title="Another tab changed this draft"):
    """The answers come from a page that has not seen what `draft` holds by now."""

    def __init__(self, draft: "Draft") -> None:
        super().__init__(
            "What you sent is not kept: it would replace answers that this page did not show. "
            "Go back: what you typed is still on the page."
        )
        self.draft = draft


class TooManyDrafts(AppError, status=409, title="You have too many drafts for this patient"):
    """The owner has as many drafts as are kept."""


@dataclass(frozen=True)
class TypedOn:
    """The page on which answers were typed.

    `key` tells it from all other pages, `number` counts what it has sent; `seen` is the stamp of
    the draft that it shows, empty where there was none.
    """

    key: str = ""
    number: int = 0
    seen: str = ""


@dataclass(frozen=True)
class Draft:
    """`plan` is the exact bundle sent, kept from `sending` until its outcome is known.

    Its `part` is the receipt of what the chart holds of a save that is not complete. `turn` counts
    how often the values were replaced.
    """

    id: str
    form: str
    subject: str
    values: dict[str, Any]
    state: State
    plan: dict[str, Any] | None
    created: datetime
    updated: datetime
    turn: int = 0

    @property
    def stamp(self) -> str:
        """What tells this state of the draft from every other one, and from other drafts."""
        return f"{self.id}.{self.turn}"

    @property
    def in_chart(self) -> bool:
        """Whether the chart holds a part of it, or all in another form."""
        return bool((self.plan or {}).get("part"))


class Drafts:
    """An owner has at most one draft for each form and subject."""

    def __init__(self, database: Database, owners: Owners) -> None:
        self._database = database
        self._owners = owners

    def find(self, owner: str, form: str, subject: str) -> Draft | None:
        """Return the draft for this form and subject, in whatever state."""
        return self._draft(DraftRow.place == self._owners.of(owner, form, subject))

    def start(
        self,
        owner: str,
        form: str,
        subject: str,
        values: dict[str, Any],
        typed_on: TypedOn | None = None,
    ) -> Draft:
        """Begin a draft; one that another tab has just begun is returned as it stands.

        Raises TooManyDrafts where the owner has MOST of them.
        """
        moment = now()
        row = DraftRow(
            id=secrets.token_urlsafe(16),
            owner=owner,
            place=self._owners.of(owner, form, subject),
            data={"form": form, "subject": subject, "values": values, **_from(typed_on)},
            plan=None,
            state="open",
            created=moment,
            updated=moment,
        )
        try:
            with self._database.writing() as session:
                session.add(row)
                session.flush()
                if session.scalars(_number_of(owner)).one() > MOST:
                    raise TooManyDrafts(
                        "Open the list of forms in another tab and save or discard drafts there. "
                        "Then send this page again: what you typed is still on it."
                    )
        except IntegrityError:
            existing = self.find(owner, form, subject)
            return existing or self.start(owner, form, subject, values, typed_on)
        return _draft(row)

    def get(self, owner: str, draft_id: str) -> Draft | None:
        """Return the draft if it is this owner's."""
        return self._draft(*_is(owner, draft_id))

    def save_values(
        self,
        owner: str,
        draft_id: str,
        values: dict[str, Any],
        typed_on: TypedOn | None = None,
    ) -> Draft:
        """Keep what was typed; raises DraftGone, or DraftLocked once it is being sent.

        What a page sent earlier than what is kept of it, and comes later, changes nothing. Raises
        DraftBehind where the page shows another state than the last, which another page made.
        """
        with self._database.writing() as session:
            row = session.scalar(select(DraftRow).where(*_is(owner, draft_id)).with_for_update())
            if row is None:
                raise DraftGone("Open the form again from the summary.")
            if row.state != "open":
                raise DraftLocked("Wait for the answer of the EHR, then look at the summary.")
            held = _draft(row)
            if values == held.values:
                return held
            if typed_on is not None:
                key, number = row.data.get("typed_on", ("", 0))
                if typed_on.key and typed_on.key == key:
                    if typed_on.number < number:
                        return held
                elif typed_on.seen != held.stamp:
                    raise DraftBehind(held)
            told = {"values": values, "turn": held.turn + 1, **_from(typed_on)}
            row.data = {**row.data, **told}
            row.updated = now()
        return _draft(row)

    def mark(
        self,
        owner: str,
        draft_id: str,
        state: State,
        plan: dict[str, Any] | None = None,
        *,
        expecting: State | None = None,
    ) -> bool:
        """Move the draft to `state`; False where it is not in the state `expecting`, or gone.

        `plan` is kept with it; without one the plan stays as it is, and `open` drops it.
        """
        conditions = _is(owner, draft_id)
        if expecting is not None:
            conditions.append(DraftRow.state == expecting)
        with self._database.writing() as session:
            row = session.scalar(select(DraftRow).where(*conditions).with_for_update())
            if row is None:
                return False
            row.state, row.updated = state, now()
            if plan is not None or state == "open":
                row.plan = plan
        return True

    def list(self, owner: str) -> list[Draft]:
        """Return all drafts of `owner`, the last touched first."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(DraftRow)
                .where(DraftRow.owner == owner)
                .order_by(DraftRow.updated.desc(), DraftRow.id)
            )
            return [_draft(row) for row in rows]

    def discard(self, owner: str, draft_id: str) -> None:
        """Forget the draft."""
        with self._database.writing() as session:
            session.execute(delete(DraftRow).where(*_is(owner, draft_id)))

    def _draft(self, *conditions: ColumnElement[bool]) -> Draft | None:
        with self._database.reading() as session:
            row = session.scalar(select(DraftRow).where(*conditions))
        return _draft(row) if row else None


def _from(typed_on: TypedOn | None) -> dict[str, Any]:
    """Return what is kept of the page that answers come from."""
    return {"typed_on": [typed_on.key, typed_on.number] if typed_on else ["", 0]}


def _number_of(owner: str) -> Select[int]:
    return select(func.count()).where(DraftRow.owner == owner)


def _is(owner: str, draft_id: str) -> list[ColumnElement[bool]]:
    return [DraftRow.owner == owner, DraftRow.id == draft_id]


def _draft(row: DraftRow) -> Draft:
    return Draft(
        id=row.id,
        form=row.data["form"],
        subject=row.data["subject"],
        values=row.data["values"],
        state=cast("State", row.state),
        plan=row.plan,
        created=row.created,
        updated=row.updated,
        turn=row.data.get("turn", 0),
    )
