"""What the audit trail is told: who came in, what each page did, what was refused."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from threading import Lock
from typing import Any

from app.fhir.watch import Act, NotRecorded, Result
from app.smart.context import Launch, PendingLaunch
from app.smart.ehrs.registry import Ehr
from app.store import Audit, Event, EventType, digest

AnyLaunch = Launch | PendingLaunch

logger = logging.getLogger(__name__)

# What is asked of every EHR alike, and says nothing of a patient.
_OF_NOBODY = ("metadata", "ValueSet/")
_LONGEST = 500
_MOST_DETAILS = 5
_LONGEST_STRANGER = 200


class Trail:
    """One per app, for all its threads. What has to be on record raises where it cannot be."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    def record(self, event_type: EventType, launch: AnyLaunch, **details: Any) -> None:
        """Record what was done in a launch."""
        self._audit.add(
            Event(
                type=event_type,
                ehr=launch.ehr.key,
                issuer=launch.ehr.issuer,
                launch=launch_mark(launch.id),
                user=launch.user.reference,
                patient=launch.patient_id,
                details=details,
            )
        )

    def try_to_record(self, event_type: EventType, launch: AnyLaunch, **details: Any) -> None:
        """Record what cannot be undone or kept back any longer; a failure is logged."""
        try:
            self.record(event_type, launch, **details)
        except Exception as error:  # noqa: BLE001 -- whatever it is, what was done is done
            logger.critical("not recorded: %s, for %s", event_type, type(error).__name__)

    def opened(self, launch: AnyLaunch) -> None:
        """Record that a person came in, and with what rights; again when a patient is chosen."""
        self.record(
            "launch-opened",
            launch,
            name=launch.user.name,
            role=launch.role.key,
            encounter=launch.encounter_id,
            intent=launch.intent,
            scopes=launch.granted,
        )

    def renewed(self, launch: AnyLaunch, *, given: bool) -> None:
        """Record that the EHR gave further time, or did not."""
        self.try_to_record("access-extended" if given else "access-not-extended", launch)

    def refused_launch(self, ehr: Ehr | None, issuer: str, why: str, details: list[str]) -> None:
        """Record that somebody did not come in; `issuer` is the address that was named."""
        words = [text[:_LONGEST] for text in details[:_MOST_DETAILS]]
        self._audit.add(
            Event(
                type="launch-refused",
                ehr=ehr.key if ehr else "",
                issuer=ehr.issuer if ehr else _of_a_stranger(issuer),
                details={"why": why, "words": words},
            )
        )

    def left_out_refusals(self) -> None:
        """Record that one place is refused so often that no more is recorded in this minute."""
        self._audit.add(Event(type="refusals-left-out"))

    def page(self, launch: AnyLaunch) -> PageWatch:
        """Return what notes the exchanges with the EHR that one page of a launch makes."""
        return PageWatch(
            lambda event_type, details: self.record(event_type, launch, **details),
            lambda event_type, details: self.try_to_record(event_type, launch, **details),
        )


class PageWatch:
    """Notes what one page has the EHR do, and records it in one event.

    Threads that work for the page tell it too, also after the page was answered.
    """

    def __init__(
        self,
        record: Callable[[EventType, dict[str, Any]], None],
        try_to_record: Callable[[EventType, dict[str, Any]], None],
    ) -> None:
        self._record = record
        self._try_to_record = try_to_record
        self._lock = Lock()
        self._closed = False
        self._asked: Counter[tuple[str, int | str]] = Counter()

    def sending(self, act: Act) -> None:
        """Record a write; raises NotRecorded, and then it is not sent."""
        try:
            self._record("write-sent", {"writes": [asdict(sent) for sent in act.writes]})
        except Exception as error:  # noqa: BLE001 -- whatever it is, the write is kept back
            logger.critical("nothing sent, because not recorded: %s", type(error).__name__)
            raise NotRecorded from None

    def answered(self, act: Act, result: Result) -> None:
        """Note what a read came to, or record the answer to a write."""
        if act.writes:
            writes = [asdict(sent) for sent in act.writes]
            self._try_to_record("write-answered", {"writes": writes, **asdict(result)})
            return
        if act.target.startswith(_OF_NOBODY):
            return
        asked = (_words(act), result.status or result.failure or "")
        with self._lock:
            late = self._closed
            if not late:
                self._asked[asked] += 1
        if late:
            self._try_to_record("read", {"asked": [[*asked, 1]]})

    def close(self, **page: Any) -> None:
        """Record the page with all that it read, if it read anything."""
        with self._lock:
            self._closed = True
            asked = [[*key, times] for key, times in self._asked.items()]
        if asked:
            self._record("read", {**page, "asked": asked})


def launch_mark(launch_id: str) -> str:
    """Return what stands for a launch in the trail and in the log, and opens nothing."""
    return digest(launch_id)[:16]


def _of_a_stranger(issuer: str) -> str:
    """Return an address that anybody may have written, as what every reader can show."""
    shown = issuer[:_LONGEST_STRANGER]
    return "".join(letter if " " <= letter <= "~" else "?" for letter in shown)


def _words(act: Act) -> str:
    """Return what was asked: `Observation?patient&category`, `Condition/7`."""
    return f"{act.target}?{'&'.join(act.params)}" if act.params else act.target
