"""Writes the audit trail: launches, what each page read and wrote, and refusals."""

import logging
from collections import Counter
from dataclasses import asdict
from threading import Lock
from typing import Any

from app.fhir.watch import Act, NotRecorded, Result
from app.smart.context import Launch, PendingLaunch
from app.smart.ehrs.registry import Ehr
from app.store import Audit, Event, EventType, digest

AnyLaunch = Launch | PendingLaunch

logger = logging.getLogger(__name__)

# Requests that say nothing of a patient.
_WITHOUT_PATIENT = ("metadata", "ValueSet/")
_LONGEST = 500
_MOST_DETAILS = 5
_LONGEST_UNKNOWN_ISSUER = 200


class Trail:
    """The trail of the app, for all threads. `record` raises if the event cannot be recorded."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    def record(self, event_type: EventType, launch: AnyLaunch, **details: Any) -> None:
        """Record what a user did in a launch."""
        self._audit.add(event_of(event_type, launch, **details))

    def try_to_record(self, event_type: EventType, launch: AnyLaunch, **details: Any) -> None:
        """Record what has happened already; a failure is logged."""
        try:
            self.record(event_type, launch, **details)
        except Exception as error:  # noqa: BLE001 -- whatever it is, what was done is done
            logger.critical("not recorded: %s, for %s", event_type, type(error).__name__)

    def opened(self, launch: AnyLaunch) -> None:
        """Record who opened a launch, and with which scopes; again when the patient is chosen."""
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
        """Record whether the EHR gave more time."""
        self.try_to_record("access-extended" if given else "access-not-extended", launch)

    def refused_launch(self, ehr: Ehr | None, issuer: str, why: str, details: list[str]) -> None:
        """Record that a launch was refused; `issuer` is the `iss` of the request."""
        reasons = [text[:_LONGEST] for text in details[:_MOST_DETAILS]]
        self._audit.add(
            Event(
                type="launch-refused",
                ehr=ehr.key if ehr else "",
                issuer=ehr.issuer if ehr else _printable_issuer(issuer),
                details={"why": why, "words": reasons},
            )
        )

    def left_out_refusals(self) -> None:
        """Record that a network has too many refusals to record more of them in this minute."""
        self._audit.add(Event(type="refusals-left-out"))


class PageWatch:
    """Observes what one page exchanges with the EHR: collects its reads, records its writes.

    Threads that work for the page use it too, also after the page was answered.
    """

    def __init__(self, trail: Trail, launch: AnyLaunch) -> None:
        self._trail = trail
        self._launch = launch
        self._lock = Lock()
        self._closed = False
        self._asked: Counter[tuple[str, int | str]] = Counter()

    def sending(self, act: Act) -> None:
        """Record a write; raises NotRecorded, and then it is not sent."""
        try:
            writes = [asdict(sent) for sent in act.writes]
            self._trail.record("write-sent", self._launch, writes=writes)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the write is not sent
            logger.critical("nothing sent, because not recorded: %s", type(error).__name__)
            raise NotRecorded from None

    def answered(self, act: Act, result: Result) -> None:
        """Collect the result of a read, or record the result of a write."""
        if act.writes:
            writes = [asdict(sent) for sent in act.writes]
            details = {"writes": writes, **asdict(result)}
            self._trail.try_to_record("write-answered", self._launch, **details)
            return
        if act.target.startswith(_WITHOUT_PATIENT):
            return
        asked = (_request_text(act), result.status or result.failure or "")
        with self._lock:
            late = self._closed
            if not late:
                self._asked[asked] += 1
        if late:
            self._trail.try_to_record("read", self._launch, asked=[[*asked, 1]])

    def close(self, **page: Any) -> None:
        """Record the page with its reads, if it read anything."""
        with self._lock:
            self._closed = True
            asked = [[*key, times] for key, times in self._asked.items()]
        if asked:
            self._trail.record("read", self._launch, **page, asked=asked)


def event_of(event_type: EventType, launch: AnyLaunch, **details: Any) -> Event:
    """Return the event of what the user of a launch did."""
    return Event(
        type=event_type,
        ehr=launch.ehr.key,
        issuer=launch.ehr.issuer,
        launch=launch_mark(launch.id),
        user=launch.user.reference,
        patient=launch.patient_id,
        details=details,
    )


def launch_mark(launch_id: str) -> str:
    """Return the pseudonym of a launch for the trail and the log."""
    return digest(launch_id)[:16]


def _printable_issuer(issuer: str) -> str:
    """Return an unverified address in printable ASCII."""
    shown = issuer[:_LONGEST_UNKNOWN_ISSUER]
    return "".join(letter if " " <= letter <= "~" else "?" for letter in shown)


def _request_text(act: Act) -> str:
    """Return the request without values: `Observation?patient&category`, `Condition/7`."""
    return f"{act.target}?{'&'.join(act.params)}" if act.params else act.target
