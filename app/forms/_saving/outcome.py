"""What the chart shows after a save: stored, not stored, different, or not to be seen."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.fhir.errors import FhirError, Forbidden, error_for, issues_of
from app.fhir.paths import literal_reference
from app.fhir.session import FhirSession, WriteResult
from app.fhir.types import Resource
from app.forms._saving.plan import Plan, Write
from app.forms._saving.readback import (
    find_provenance,
    is_untouched,
    read_back,
    says_the_same,
)

PROVENANCE = "provenance"
"""The key of the authorship among the answers to a save; the writes have their full URL."""

Answers = Mapping[str, WriteResult]
_BAD_REQUEST = 400


@dataclass(frozen=True)
class Stored:
    """One write as the chart has it: `resource` as read back."""

    write: Write
    resource: Resource

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

    `missing` were not stored; `different` are stored under this entry's identifier, or as this
    resource, with another content than was sent. `error` is what the EHR answered, if it refused,
    `refusals` what it answered to single writes, by their full URL.
    """

    stored: tuple[Stored, ...]
    missing: tuple[Write, ...]
    different: tuple[Write, ...]
    provenance: str | None
    error: FhirError | None = None
    unseen: tuple[Unseen, ...] = ()
    refusals: Mapping[str, FhirError] | None = None

    @property
    def complete(self) -> bool:
        return not self.missing and not self.different and not self.unseen

    @property
    def nothing(self) -> bool:
        return not self.stored and not self.unseen

    def refusal(self, write: Write) -> FhirError | None:
        """Return what the EHR answered to a single write that it refused."""
        return (self.refusals or {}).get(write.full_url)


class OutcomeUnknown(Exception):
    """The EHR cannot be asked what it stored; the save stays open until it can."""

    def __init__(self, error: FhirError) -> None:
        super().__init__(error.message)
        self.error = error


def settle(
    session: FhirSession,
    plan: Plan,
    error: FhirError | None = None,
    answers: Answers | None = None,
) -> Outcome:
    """Read back each write of `plan` and tell what of it is in the chart.

    What the EHR says that it stored is never called missing. Raises OutcomeUnknown where the EHR
    does not answer and has said nothing before.
    """
    answers = answers or {}
    found: dict[str, Resource] = {}
    unseen: list[Unseen] = []
    missing: list[Write] = []
    for write in plan.writes:
        answer = answers.get(write.full_url)
        try:
            resource, failure = read_back(session, write, answer), None
        except FhirError as unreadable:
            resource, failure = None, unreadable
        if resource is not None:
            found[write.full_url] = resource
        elif answer and is_confirmed(answer):
            unseen.append(Unseen(write, answer.reference, failure))
        elif failure:
            raise OutcomeUnknown(failure) from failure
        else:
            missing.append(write)
    addresses = {url: literal_reference(resource) or "" for url, resource in found.items()}
    addresses |= {one.write.full_url: one.reference for one in unseen if one.reference}
    stored, different = [], []
    for write in plan.writes:
        resource = found.get(write.full_url)
        if resource is None:
            continue
        if says_the_same(resource, write, addresses):
            stored.append(Stored(write, resource))
        elif write.before is not None and is_untouched(resource, write):
            missing.append(write)
        else:
            different.append(write)
    return Outcome(
        stored=tuple(stored),
        missing=tuple(write for write in plan.writes if write in missing),
        different=tuple(different),
        provenance=_authorship(session, plan, stored, answers.get(PROVENANCE)),
        error=error,
        unseen=tuple(unseen),
        refusals=_refusals(answers),
    )


def is_confirmed(answer: WriteResult) -> bool:
    """Tell whether an answer says that the write was carried out."""
    return 200 <= answer.status < 300


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
