"""What the chart shows after a save: stored, not stored, different, or not to be seen."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from app.fhir.errors import BadAnswer, FhirError, Forbidden, error_for, issues_of
from app.fhir.paths import literal_reference
from app.fhir.session import FhirSession, WriteResult
from app.fhir.types import Resource
from app.forms._saving.differences import Difference, means_the_same
from app.forms._saving.meaning import compare
from app.forms._saving.plan import Plan, Write
from app.forms._saving.readback import (
    find_by_content,
    find_provenance,
    is_untouched,
    overwritten_by,
    read_back,
    shows_change,
)

PROVENANCE = "provenance"
"""The key of the authorship among the answers to a save; the writes have their full URL."""

Answers = Mapping[str, WriteResult]
_BAD_REQUEST = 400


@dataclass(frozen=True)
class Stored:
    """One write as the chart has it: `resource` as read back.

    `differences` are what the EHR left out or worded otherwise; `overwritten` says in words what
    somebody else had changed meanwhile.
    """

    write: Write
    resource: Resource
    differences: tuple[Difference, ...] = ()
    overwritten: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        return f"{self.resource['resourceType']}/{self.resource['id']}"


@dataclass(frozen=True)
class Unseen:
    """A write that the EHR says it stored, as `reference`, and that the chart does not show.

    `error` is what it answered to the attempt to read it; None where it found nothing.
    """

    write: Write
    reference: str | None
    error: FhirError | None = None

    @property
    def reason(self) -> str:
        """Why it cannot be seen, in words."""
        if isinstance(self.error, Forbidden):
            return "the EHR does not let you read it"
        return "it could not be read" if self.error else "the EHR does not show it"


@dataclass(frozen=True)
class Outcome:
    """What the chart shows after a save.

    `missing` were not found; of those in `lost`, by their full URL, the answer was lost, so that
    they may be there all the same. `different` are stored under this entry's identifier, or as this
    resource, with another meaning than was sent: `altered` has them with what differs. `error` is
    what the EHR answered, if it refused, `refusals` what it answered to single writes, by their
    full URL.
    """

    stored: tuple[Stored, ...]
    missing: tuple[Write, ...]
    different: tuple[Write, ...]
    provenance: str | None
    error: FhirError | None = None
    unseen: tuple[Unseen, ...] = ()
    refusals: Mapping[str, FhirError] | None = None
    lost: frozenset[str] = frozenset()
    altered: tuple[Stored, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.missing and not self.different and not self.unseen

    @property
    def nothing(self) -> bool:
        return not self.stored and not self.unseen

    @property
    def in_chart(self) -> tuple[Stored, ...]:
        """What of the save the chart holds, new records with another meaning among them."""
        return self.stored + tuple(one for one in self.altered if one.write.before is None)

    def refusal(self, write: Write) -> FhirError | None:
        """Return what the EHR answered to a single write that it refused."""
        return (self.refusals or {}).get(write.full_url)

    def difference(self, write: Write) -> tuple[Difference, ...]:
        """Return in what a different write differs."""
        found = (one for one in self.altered if one.write.full_url == write.full_url)
        return next((one.differences for one in found), ())


class OutcomeUnknown(Exception):
    """The EHR cannot be asked what it stored; the save stays open until it can.

    `sent` holds by full URL what is known of each new write: see `Sent`.
    """

    def __init__(self, error: FhirError, sent: "Mapping[str, Sent] | None" = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.sent = sent or {}


@dataclass(frozen=True)
class Sent:
    """What is known of a new write that was sent.

    `how` it was answered: "lost" without an answer, "told" where the EHR says that it stored it,
    "seen" where the app has read it as `reference`, so that it is gone when that shows nothing.
    """

    how: str
    reference: str | None = None


@dataclass
class Looking:
    """Looks for the writes of a plan, of which `sent` tells what is known."""

    session: FhirSession
    plan: Plan
    sent: Mapping[str, Sent]
    hints: Sequence[str] = ()
    found: dict[str, Resource] = field(default_factory=dict)
    unseen: dict[str, Unseen] = field(default_factory=dict)

    def look(self) -> None:
        """Look for all that is not found yet, by id and by identifier; then by content."""
        for write in self.plan.writes:
            if write.full_url not in self.found:
                self._read(write)
        for write in self.missing:
            if self.is_lost(write) and (twin := self._by_hint(write) or self._by_content(write)):
                self.found[write.full_url] = twin

    @property
    def missing(self) -> list[Write]:
        seen = {*self.found, *self.unseen}
        return [write for write in self.plan.writes if write.full_url not in seen]

    @property
    def addresses(self) -> dict[str, str]:
        """The address of each write that has one, by its full URL."""
        named = {url: literal_reference(r) or "" for url, r in self.found.items()}
        return named | {url: u.reference for url, u in self.unseen.items() if u.reference}

    def is_lost(self, write: Write) -> bool:
        """Tell whether a new record may be there all the same; one that is amended has its id."""
        known = self.sent.get(write.full_url)
        return write.before is None and known is not None and known.how == "lost"

    def may_be_another(self, one: Stored) -> bool:
        """Tell whether what stands in the place of a change may be somebody else's instead."""
        if one.write.before is None:
            return False
        known = self.sent.get(one.write.full_url, Sent("not"))
        return known.how not in {"told", "seen"} or not shows_change(one.resource, one.write)

    def _read(self, write: Write) -> None:
        known = self.sent.get(write.full_url, Sent("not"))
        try:
            resource, failure = read_back(self.session, write, known.reference), None
        except FhirError as unreadable:
            resource, failure = None, unreadable
        if resource is not None:
            self.unseen.pop(write.full_url, None)
            self.found[write.full_url] = resource
        elif known.how == "told" or (failure and known.how == "seen"):
            self.unseen[write.full_url] = Unseen(write, known.reference, failure)
        elif failure:
            raise OutcomeUnknown(failure, self.sent) from failure

    def _by_hint(self, write: Write) -> Resource | None:
        """Return what an answer named that could not be read as a whole."""
        for reference in self.hints:
            type_, _, id_ = reference.partition("/")
            if type_ != write.after["resourceType"] or reference in self.addresses.values():
                continue
            try:
                resource = self.session.read(type_, id_)
            except FhirError:
                continue
            if means_the_same(compare(resource, write, self.addresses)):
                return resource
        return None

    def _by_content(self, write: Write) -> Resource | None:
        found = find_by_content(self.session, self.plan, write, self.addresses)
        return found if literal_reference(found or {}) not in self.addresses.values() else None


def settle(
    session: FhirSession,
    plan: Plan,
    error: FhirError | None = None,
    answers: Answers | None = None,
    *,
    sent: Mapping[str, Sent] | None = None,
    pauses: Collection[float] = (),
) -> Outcome:
    """Read back each write of `plan` and tell what of it is in the chart.

    What the EHR says that it stored is never called missing. Where an answer was lost, it is looked
    again after each of the `pauses` (seconds), since an index may be behind. Raises OutcomeUnknown
    where the EHR does not answer and has said nothing before.
    """
    answers = answers or {}
    known = {**(sent or {}), **_told(answers)}
    hints = error.written if isinstance(error, BadAnswer) else ()
    looking = Looking(session, plan, known, hints)
    looking.look()
    for pause in pauses:
        if not any(looking.is_lost(write) for write in looking.missing):
            break
        time.sleep(pause)
        looking.look()
    return _outcome(looking, error, answers)


def _outcome(looking: Looking, error: FhirError | None, answers: Answers) -> Outcome:
    plan, missing = looking.plan, looking.missing
    stored, altered = [], []
    for write in plan.writes:
        resource = looking.found.get(write.full_url)
        if resource is None:
            continue
        differences = tuple(compare(resource, write, looking.addresses))
        one = Stored(write, resource, differences)
        if differences and write.before is not None and is_untouched(resource, write):
            missing.append(write)
        elif not means_the_same(differences) or (differences and looking.may_be_another(one)):
            altered.append(one)
        elif write.before is not None:
            others = overwritten_by(looking.session, write, resource)
            stored.append(Stored(write, resource, differences, tuple(others)))
        else:
            stored.append(one)
    return Outcome(
        stored=tuple(stored),
        missing=tuple(write for write in plan.writes if write in missing),
        different=tuple(one.write for one in altered),
        provenance=_authorship(looking.session, plan, stored, answers.get(PROVENANCE)),
        error=error,
        unseen=tuple(looking.unseen.values()),
        refusals=_refusals(answers),
        lost=frozenset(write.full_url for write in missing if looking.is_lost(write)),
        altered=tuple(altered),
    )


def is_confirmed(answer: WriteResult) -> bool:
    """Tell whether an answer says that the write was carried out."""
    return 200 <= answer.status < 300


def _told(answers: Answers) -> dict[str, Sent]:
    """Return what single answers say; one without a status says nothing, nor does a fault."""
    return {
        url: Sent("told", answer.reference) if is_confirmed(answer) else Sent("lost")
        for url, answer in answers.items()
        if answer.status < _BAD_REQUEST or error_for(answer.status).outcome_unknown
    }


def _authorship(
    session: FhirSession, plan: Plan, stored: list[Stored], answer: WriteResult | None
) -> str | None:
    if answer and answer.reference:
        return answer.reference
    if plan.provenance and stored:
        return find_provenance(session, plan, stored[-1].reference)
    return None


def _refusals(answers: Answers) -> dict[str, FhirError]:
    """Return what a transaction's answer says of entries that were not carried out."""
    return {
        url: error_for(answer.status, issues_of(answer.outcome))
        for url, answer in answers.items()
        if answer.status >= _BAD_REQUEST
    }
