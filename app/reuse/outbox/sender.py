"""One attempt to send: how the app signs in at a receiver, what came of it, and when again."""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import SystemRandom
from typing import Any

from requests.auth import AuthBase, HTTPBasicAuth

from app.errors import location_of
from app.fhir.addresses import AddressRule
from app.fhir.credentials import Bearer
from app.fhir.delivery import Delivered, NotAnswered, Way, deliver
from app.fhir.guard import Bounds
from app.fhir.places import Places
from app.reuse.fate import Fate, Interpret, fate_of
from app.reuse.outbox.backend import BackendTokens, NoToken
from app.reuse.receivers import Receiver, Receivers
from app.store import Claimed, Outcome

logger = logging.getLogger(__name__)

# A receiver may take a minute to answer; nobody waits for it but this thread.
_BOUNDS = Bounds(total=120, connect=10, silence=100, max_bytes=5_000_000)
_LONGEST_REQUEST = 30.0  # of two for an access token
LEASE = timedelta(seconds=2 * _BOUNDS.total)
"""Longer than any attempt takes, with the sign-in before it."""

FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=6)
_GROWTH = 4
_NEVER = timedelta.max
_UNAUTHORIZED = 401
_CHANCE = SystemRandom()


class Sender:
    """Sends to all receivers; one for all threads of a worker."""

    def __init__(
        self,
        receivers: Receivers,
        interpreters: Mapping[str, Interpret],
        *,
        demo: bool,
        timeout: float,
        limit: timedelta,
        first_pause: timedelta = FIRST_PAUSE,
    ) -> None:
        """`interpreters` read the answers, by the slug of a product; `limit` ends the attempts.

        `timeout` bounds each request for an access token, in seconds; half a minute does so too.
        """
        self._receivers = receivers
        self._interpreters = interpreters
        self._limit = limit
        self._first_pause = first_pause
        self._rule = AddressRule(demo=demo, own_network=True)
        seconds = min(timeout, _LONGEST_REQUEST)
        self._tokens = {
            one.key: BackendTokens(one, self._rule, seconds) for one in receivers if one.keys
        }
        # Half of the worker's threads: one slow receiver leaves some to the others.
        self._places = Places(2, patient=0, seconds=0)

    def place_at(self, receiver: str) -> AbstractContextManager[None]:
        """Return the context of an attempt at a receiver; it raises Busy where none is free."""
        return self._places.hold(receiver)

    def send(self, claimed: Claimed) -> Outcome:
        """Send once, and return what came of it; whatever goes wrong is in the outcome."""
        try:
            fate, status, wait = self._attempt(claimed)
        except Exception as error:  # noqa: BLE001 -- whatever it is, nobody knows what arrived
            words = f"The app failed: {type(error).__name__} at {location_of(error)}."
            logger.error("an attempt to send failed: %s", words)  # noqa: TRY400 -- words are safe
            fate, status, wait = Fate("unknown", words), None, None
        if fate.state == "again":
            return Outcome("queued", fate.words, status, self._again(claimed, wait))
        again = self._again(claimed, wait) if fate.state == "unknown" else None
        return Outcome(fate.state, fate.words, status, again)

    def _attempt(self, claimed: Claimed) -> tuple[Fate, int | None, timedelta | None]:
        """Return the fate, the status if an answer came, and how long the receiver asks to wait."""
        sending = claimed.sending
        receiver = self._receivers.with_key(sending.receiver)
        if receiver is None:
            return Fate("again", "The receiver stands in launch.json no longer."), None, None
        if not receiver.takes(sending.address):
            words = "The address of the receiver was changed since: confirm it anew."
            return Fate("again", words), None, _NEVER
        try:
            answer = deliver(sending.address, claimed.body, claimed.headers, self._way(receiver))
        except NoToken as reason:
            return Fate("again", f"No access token was given: {reason}."), None, None
        except NotAnswered as failure:
            return Fate("unknown" if failure.sent else "again", str(failure)), None, None
        if answer.status == _UNAUTHORIZED and receiver.key in self._tokens:
            self._tokens[receiver.key].forget()
        interpret = self._interpreters.get(sending.product, fate_of)
        fate = interpret(answer.status, answer.headers, answer.body)
        return fate, answer.status, _asked_to_wait(answer)

    def _way(self, receiver: Receiver) -> Way:
        """Return how the receiver is reached; raises NoToken."""
        options: dict[str, Any] = {}
        if auth := self._auth(receiver):
            options["auth"] = auth
        return Way(self._rule, _BOUNDS, certificate=receiver.certificate, **options)

    def _auth(self, receiver: Receiver) -> AuthBase | None:
        if receiver.auth == "basic":
            return HTTPBasicAuth(receiver.username, receiver.secret)
        if receiver.auth == "bearer":
            return Bearer(receiver.secret)
        if receiver.auth == "smart-backend":
            return Bearer(self._tokens[receiver.key].current())
        return None

    def _again(self, claimed: Claimed, asked: timedelta | None) -> datetime | None:
        """Return when to try again: later each time, never before the receiver asks for it.

        None where that would be after the limit, or never succeeds.
        """
        grown = self._first_pause * _GROWTH ** min(claimed.sending.attempts - 1, 16)
        if asked is _NEVER:
            return None
        pause = max(min(grown, _LONGEST_PAUSE) * _CHANCE.uniform(0.8, 1.2), asked or timedelta())
        again = datetime.now(UTC) + pause
        return again if again <= claimed.sending.asked + self._limit else None


def _asked_to_wait(answer: Delivered) -> timedelta | None:
    """Return the Retry-After of an answer, in seconds or as a date; None where it has none."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isdecimal() and len(said) <= 9:
        return timedelta(seconds=int(said))
    try:
        return max(parsedate_to_datetime(said) - datetime.now(UTC), timedelta())
    except (ValueError, TypeError, OverflowError):
        return None
