"""One treatment, whichever resources of the chart record it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.fhir.paths import choice, items, local_reference, text
from app.fhir.types import Resource
from app.formatting import first_day, join, partial_date
from app.mcode.content import effective, newest_first
from app.mcode.treatments import status_reason
from app.summary.display import Shown

_STATES = {
    "active": "under way",
    "in-progress": "under way",
    "draft": "planned",
    "preparation": "planned",
    "intended": "planned",
    "unknown": "state unknown",
}
FORBIDDEN = "not to be given"
_PARTS = {
    "BodyStructure": "volumes",
    "Procedure": "each session",
    "MedicationAdministration": "each dose",
    "MedicationStatement": "as taken",
}
_NOT_HAPPENED = ("planned", "not done", "not taken", "cancelled", FORBIDDEN)


@dataclass(frozen=True)
class Treatment:
    """`start` and `end` are FHIR dates; what was done on one day has both.

    `notes` are lines below the dose or site: how often a drug was given, and when it was not.
    `key` is the order or procedure, None for a course of sessions; `parts` are the doses given, the
    sessions, or the volumes irradiated.
    """

    lane: str
    name: str
    detail: str
    state: str
    intent: str | None
    by: str | None
    start: str | None
    end: str | None
    reasons: frozenset[str]
    diagnostic: bool = False
    notes: tuple[str, ...] = ()
    key: str | None = None
    parts: tuple[Shown, ...] = ()

    @property
    def fact(self) -> str | None:
        """The `Type/id` of the fact that is shown here, None where it is one of the parts."""
        return None if self.key in {part.key for part in self.parts} else self.key

    @property
    def period(self) -> tuple[str, str]:
        """From when and to when, as text; both are empty where nothing is said."""
        start = partial_date(self.start, "start not recorded")
        if self.end:
            end = partial_date(self.end)
            return start, "" if end == start else f"to {end}"
        if not self.start:
            return "no date", ""
        return start, "onwards" if self.under_way else "end unknown"

    @property
    def parts_name(self) -> str:
        """What the parts are; what a patient says to have taken is no dose that was given."""
        found = {_PARTS[part.resource["resourceType"]]: None for part in self.parts}
        return join(sorted(found), " and ").capitalize()

    @property
    def under_way(self) -> bool:
        return self.state.startswith("under way")

    @property
    def happened(self) -> bool:
        return not self.state.startswith(_NOT_HAPPENED)

    @property
    def is_against_cancer(self) -> bool:
        """Tell whether it was done, and not only to find out or to make something else bearable."""
        return self.happened and "supportive" not in (self.intent or "").lower()


def state(resource: Resource) -> str:
    """Return how far a treatment is, with the reason where one is given: "stopped: toxicity"."""
    status = text(resource.get("status")) or "state not recorded"
    display = _STATES.get(status, status.replace("-", " "))
    if resource.get("doNotPerform") is True:
        display = FORBIDDEN
    why = status_reason(resource)
    return f"{display}: {why}" if why else display


def reasons(*resources: Resource) -> frozenset[str]:
    """Return the `Type/id` of the Conditions that the treatment is for."""
    found = (
        local_reference(reason)
        for item in resources
        for reason in items(item.get("reasonReference"))
    )
    return frozenset(reference for reference in found if reference)


def stretches(
    found: Sequence[Resource], longest_break: Callable[[list[int]], int]
) -> list[list[Resource]]:
    """Return what was done of one treatment, parted where it paused; each and all newest first.

    `longest_break` returns from the days between one and the next, of which there is at least one,
    how long a break may be. What has no day stands with the newest.
    """
    days = {id(item): first_day(effective(item)) for item in found}
    dated = sorted((i for i in found if days[id(i)]), key=newest_first, reverse=True)
    undated = [item for item in found if not days[id(item)]]
    breaks = [_break(older, newer) for newer, older in pairwise(dated)]
    longest = longest_break(breaks) if breaks else 0
    parted = [[*dated[:1], *undated]]
    for item, pause in zip(dated[1:], breaks, strict=True):
        if pause > longest:
            parted.append([])
        parted[-1].append(item)
    return [part for part in parted if part]


def last_day(item: Resource) -> str | None:
    """Return when something ended that was done or given; of what lasts still, None."""
    for stem in ("performed", "effective"):
        _, when = choice(item, stem)
        if isinstance(when, dict):
            return text(when.get("end"))
    return effective(item)


def _break(older: Resource, newer: Resource) -> int:
    """Return the days from the end of one to the beginning of the next."""
    ended, began = first_day(last_day(older) or effective(older)), first_day(effective(newer))
    return (began - ended).days if ended and began else 0
