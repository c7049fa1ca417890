"""What a panel is: where it stands on the page, what it prints, and what of the record it shows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal, Protocol

from app.fhir.patterns import Pattern
from app.fhir.resource_types import UNREAD
from app.fhir.types import Resource
from app.formatting import NO_DATA, join
from app.frame.frame import UseLine
from app.mcode.model import CancerRecord
from app.summary.treatment import Treatment
from app.summary.treatments import treatments
from app.summary.withheld import Withheld

_CAPITAL = Pattern("[A-Z]")

Slot = Literal["top", "main", "aside"]


class OpenDraft(Protocol):
    """The part of a draft that the page shows."""

    @property
    def form(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def in_chart(self) -> bool: ...
    @property
    def updated(self) -> datetime: ...


@dataclass
class Page:
    """What the panels of one page are made of.

    The page offers forms only if the user `may_enter`. `edit_forms` has (slug, resource id) of the
    form that amends an entry, by the entry's `Type/id`. `titles` are those of the forms for new
    entries, by slug. `drafts` are those of this user about this patient. `withheld` is what the
    sign-in does not show. `unclaimed` are the facts that no panel claims.
    `uses` say how ready the record is for each of its uses.
    """

    record: CancerRecord
    today: date
    may_enter: bool = True
    edit_forms: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    drafts: Sequence[OpenDraft] = ()
    withheld: Withheld = field(default_factory=Withheld)
    unclaimed: Sequence[Resource] = ()
    uses: Sequence[UseLine] = ()

    def __post_init__(self) -> None:
        if not self.may_enter:
            self.edit_forms, self.titles = {}, {}

    @property
    def gaps(self) -> tuple[tuple[str, str], ...]:
        """(What could not be read, why); what was not granted stands among what is withheld."""
        labels: dict[str, list[str]] = {}
        for gap in self.record.gaps:
            if gap.forbidden not in self.withheld.types:
                labels.setdefault(gap.reason, []).append(gap.label)
        return tuple((join(found, ", "), reason) for reason, found in labels.items())

    @property
    def incomplete(self) -> bool:
        return bool(self.gaps or self.withheld.sentences)

    @property
    def nothing(self) -> str:
        """What stands where nothing was found; on an incomplete page there may be something."""
        return "Not known: not all could be read" if self.incomplete else NO_DATA

    @property
    def unread(self) -> str:
        """The kinds of records that the app never asks for, in words."""
        return join((_CAPITAL.sub(r" \g<0>", name).strip().lower() for name in UNREAD), ", ")

    @cached_property
    def treatments(self) -> tuple[Treatment, ...]:
        """All treatments, newest first."""
        return treatments(self.record)


@dataclass(frozen=True)
class Panel:
    """One panel of the page; its template has the name of its module.

    Within its `slot` panels stand by `order`. `rows` makes what the template prints as
    `panel.rows`; where that is empty the panel is left out, unless the template has a text for that
    (`says_empty`). `claims` returns the facts of the record that the panel shows: no other panel
    may show them, and the template marks each with `fact` (components/fact.html).
    """

    slot: Slot
    order: int
    rows: Callable[[Page], Any]
    claims: Callable[[CancerRecord], Iterable[Resource]]
    says_empty: bool = False


def nothing(_record: CancerRecord) -> Iterable[Resource]:
    """Claim nothing: for a panel that repeats what others show, or shows what is no fact."""
    return ()
