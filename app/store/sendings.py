"""What the outbox holds: sendings, with their states, and what comes of an attempt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Literal, cast

from app.store.events import Event
from app.store.models import SendingRow

State = Literal[
    "queued",
    "sending",
    "unknown",
    "sent",
    "accepted",
    "understood in part",
    "refused",
    "given up",
]
FINAL: frozenset[State] = frozenset(
    {"sent", "accepted", "understood in part", "refused", "given up"}
)
# After these nothing of it is at the receiver: it may be queued anew under its key.
NOT_TAKEN: frozenset[State] = frozenset({"refused", "given up"})


@dataclass(frozen=True)
class Outgoing:
    """What is to be sent: the exact `body`, UTF-8, as a POST with `headers` to `address`.

    `key` is the idempotency key by which the receiver knows it again: it must not name a person.
    `receiver` is its key in launch.json, `product` a slug, `title` what lists call the sending.
    """

    receiver: str
    product: str
    key: str
    title: str
    address: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The hash of the body, as the trail has it."""
        return sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Answer:
    """The last answer; `status` is None where none came. `words` are of receiver or app."""

    status: int | None
    words: str
    at: datetime


@dataclass(frozen=True)
class Sending:
    """A sending as kept. It goes out next at `next_attempt`; None where it does not.

    `may_have_arrived` says that an attempt left and nobody knows what became of it; its state is
    then "unknown", until the receiver gives an answer that tells. `asked` is when a user confirmed
    it last, `event` names that user, the patient and the launch.
    """

    id: str
    receiver: str
    product: str
    key: str
    title: str
    address: str
    sha256: str
    size: int
    state: State
    attempts: int
    may_have_arrived: bool
    next_attempt: datetime | None
    answer: Answer | None
    event: Event
    asked: datetime
    created: datetime
    updated: datetime

    @property
    def is_final(self) -> bool:
        """Whether its fate is known."""
        return self.state in FINAL


@dataclass(frozen=True)
class Claimed:
    """A sending that this worker alone may send now, for as long as its lease lasts."""

    sending: Sending
    lease: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: a final state; "queued" if nothing was taken; or "unknown".

    `again` is when it is tried again, None for never.
    """

    state: State
    words: str
    status: int | None = None
    again: datetime | None = None


def event_of(row: SendingRow) -> Event:
    """Return who confirmed it, in which launch and of which patient."""
    parts = dict(row.data["event"])
    return Event(parts.pop("kind"), **parts)


def sending_of(row: SendingRow) -> Sending:
    """Return the sending of a row."""
    said = row.data
    answer = said["answer"]
    return Sending(
        id=row.id,
        receiver=row.receiver,
        product=row.product,
        key=said["key"],
        title=said["title"],
        address=said["address"],
        sha256=row.sha256,
        size=said["size"],
        state=cast("State", row.state),
        attempts=row.attempts,
        may_have_arrived=said["may_have_arrived"],
        next_attempt=row.next_attempt,
        answer=answer and Answer(answer[0], answer[1], datetime.fromisoformat(answer[2])),
        event=event_of(row),
        asked=datetime.fromisoformat(said["asked"]),
        created=row.created,
        updated=row.updated,
    )
