"""One treatment, whichever resources of the chart record it."""

from dataclasses import dataclass

from app.fhir.paths import items, local_reference, text
from app.fhir.types import Resource
from app.formatting import partial_date
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
_NOT_HAPPENED = ("planned", "not done", "not taken", "cancelled", FORBIDDEN)


@dataclass(frozen=True)
class Treatment:
    """`start` and `end` are FHIR dates; what was done on one day has both.

    `notes` are lines below the dose or site: how often a drug was given, and when it was not.
    `key` is the order or procedure; `parts` are the doses given, or the volumes irradiated.
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
            return start, "" if self.end == self.start else f"to {partial_date(self.end)}"
        if not self.start:
            return "no date", ""
        return start, "onwards" if self.under_way else "end unknown"

    @property
    def parts_name(self) -> str:
        """What the parts are; what a patient says to have taken is no dose that was given."""
        if self.lane == "Radiotherapy":
            return "Volumes"
        taken = [part.resource["resourceType"] == "MedicationStatement" for part in self.parts]
        return "As taken" if all(taken) else "Doses and as taken" if any(taken) else "Each dose"

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
