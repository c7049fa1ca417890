"""Which Conditions record one and the same cancer.

An EHR keeps a diagnosis on the problem list and records it again at each visit. What may be two
cancers is never joined:

1. Both must name the same disease (app.mcode.diseases). Where one only says less, it is joined if
   it fits no other.
2. Dates of diagnosis (asserted, else onset) must lie within two months: what is found within that
   time at one site and with one histology is a single primary (SEER program coding manual, rules
   for multiple primaries). The day on which a visit was recorded is no date of diagnosis. A visit
   is joined unless the cancer had ended by then, was diagnosed more than a year later, or had not
   been mentioned for five years: a recurrence or a second primary is as likely then.
3. Two entries of one list, such as the problem list, are two. Entries of different lists are joined
   only if both have a date of diagnosis.
4. What fits two cancers alike is joined to neither.

What a person said of two Conditions comes before all of this.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

from app.fhir.paths import choice, items, literal_reference, text
from app.fhir.types import Element, Resource
from app.formatting import first_day
from app.mcode.conditions import kind_by_profile
from app.mcode.content import PROBLEM_LIST, diagnosis_date, is_of_a_visit
from app.mcode.diseases import Likeness, Signs, likeness
from app.mcode.kinds import CANCERS
from app.mcode.model import Decision
from app.terminology.systems import known_codes

_ONE_PRIMARY = 61  # days
_BEFORE_DIAGNOSIS = 365
_OUT_OF_CARE = 5 * 365
_MOST_COMPARED = 100  # cancers, each with each Condition: a hostile chart has thousands
_MOST_DOUBTS = 20  # about one cancer
_AMBIGUOUS = "It fits more than one cancer of this chart"

Span = tuple[int, int]
"""The first and the last day that a date of any precision can mean, as ordinals."""


@dataclass
class Diagnosis:
    """The Conditions that record one cancer; the first is the one that entries refer to.

    `doubts` say, by the `Condition/id` of another cancer, why the two were not joined although they
    may be the same one.
    """

    conditions: tuple[Resource, ...]
    doubts: dict[str, str] = field(default_factory=dict)


def same_diagnoses(
    conditions: Iterable[Resource],
    decisions: Sequence[Decision] = (),
    histologies: Mapping[str, Sequence[Element]] | None = None,
) -> list[Diagnosis]:
    """Return the Conditions by the cancer that they record.

    `histologies` are those that pathology found, by the `Condition/id` that it speaks of.
    """
    found = histologies or {}
    entries = [_Entry(each, found.get(str(literal_reference(each)), ())) for each in conditions]
    said = _Said(decisions)
    grouping = _Grouping(said.parted)
    for group in sorted(said.joined(entries), key=_Group.order):
        grouping.add(group)
    groups = [*grouping.groups, *grouping.unsure]
    made = {id(group): Diagnosis(group.conditions()) for group in groups}
    for one, other, why in grouping.doubts:
        for holder, about in ((one, other), (other, one)):
            name = literal_reference(made[id(about)].conditions[0]) or ""
            if len(made[id(holder)].doubts) < _MOST_DOUBTS:
                made[id(holder)].doubts.setdefault(name, why)
    return list(made.values())


class _Entry:
    """A Condition, as it is compared with others."""

    def __init__(self, condition: Resource, histologies: Sequence[Element]) -> None:
        self.condition = condition
        self.name = str(literal_reference(condition))
        self.signs = Signs(condition, histologies)
        self.of_visit = is_of_a_visit(condition)
        self.diagnosed = _span(diagnosis_date([condition], recorded=False))
        self.mentioned = self.diagnosed or _span(text(condition.get("recordedDate")))
        self.ended = _span(text(choice(condition, "abatement")[1]))

        categories = items(condition.get("category"))
        coded = frozenset(code for category in categories for _, code in known_codes(category))
        self.list = coded, kind_by_profile(condition, CANCERS) is not None

    def rank(self) -> tuple[Any, ...]:
        """Return the order in which Conditions may stand for their cancer."""
        coded, claims_mcode = self.list
        day = self.mentioned[0] if self.mentioned else date.max.toordinal()
        listed = PROBLEM_LIST in coded
        return (self.of_visit, not listed, not claims_mcode, self.diagnosed is None, day, self.name)


class _Group:
    """Entries of one cancer; a person may have joined some that are not alike."""

    def __init__(self, entries: Sequence[_Entry]) -> None:
        self.by_a_person = len(entries) > 1
        self.entries: list[_Entry] = []
        self.listed: list[_Entry] = []
        """The entries that are of no visit."""
        self.ended: Span | None = None
        """When the last of them had ended; None where one has not."""
        self.signs: dict[Any, Signs] = {}
        self.diagnosed: set[Span] = set()
        self.mentioned: set[Span] = set()
        self.take(entries)

    def take(self, entries: Iterable[_Entry]) -> None:
        for entry in entries:
            self.entries.append(entry)
            if not entry.of_visit:
                is_over = entry.ended and (self.ended or not self.listed)
                ends = filter(None, (self.ended, entry.ended))
                self.ended = max(ends, key=_end) if is_over else None
                self.listed.append(entry)
            self.signs.setdefault(entry.signs.key, entry.signs)
            self.diagnosed |= {entry.diagnosed} if entry.diagnosed else set()
            self.mentioned |= {entry.mentioned} if entry.mentioned else set()

    def conditions(self) -> tuple[Resource, ...]:
        return tuple(entry.condition for entry in sorted(self.entries, key=_Entry.rank))

    def order(self) -> tuple[Any, ...]:
        """Return a sort key: problems before visits, what says most first, then by time."""
        of_visit = all(entry.of_visit for entry in self.entries)
        said = max(len(signs.words) + (signs.side is not None) for signs in self.signs.values())
        return (of_visit, -said, *min(entry.rank() for entry in self.entries))


class _Grouping:
    """Joins one entry after the other to the one cancer that it fits."""

    def __init__(self, parted: Mapping[str, set[str]]) -> None:
        self.groups: list[_Group] = []
        self.unsure: list[_Group] = []
        self.doubts: list[tuple[_Group, _Group, str]] = []
        self._parted = parted

    def add(self, new: _Group) -> None:
        fitting: list[tuple[Likeness, _Group]] = []
        doubts: list[tuple[_Group, _Group, str]] = []
        for group in self.groups[:_MOST_COMPARED]:
            alike, why = self._compare(new, group)
            if why:
                doubts.append((new, group, why))
            elif alike != "other":
                fitting.append((alike, group))
        same = [group for alike, group in fitting if alike == "same"]
        chosen = same or [group for _, group in fitting]
        if len(chosen) == 1:
            chosen[0].take(new.entries)
        elif chosen:
            self._keep_apart(new, chosen)
        else:
            self.groups.append(new)
            self.doubts += doubts[:_MOST_DOUBTS]

    def _keep_apart(self, new: _Group, fitting: Sequence[_Group]) -> None:
        """Join what fits several cancers only to others that fit them too."""
        for group in self.unsure[:_MOST_COMPARED]:
            if self._compare(new, group) == ("same", ""):
                group.take(new.entries)
                return
        self.unsure.append(new)
        self.doubts += [(new, group, _AMBIGUOUS) for group in fitting[:_MOST_DOUBTS]]

    def _compare(self, new: _Group, group: _Group) -> tuple[Likeness, str]:
        """Return how alike two are, and why they are not joined although they are alike."""
        found: set[Likeness] = set()
        lenient = new.by_a_person or group.by_a_person
        for one, other in product(new.signs.values(), group.signs.values()):
            found.add(likeness(one, other))
            if "other" in found and not lenient:
                return "other", ""
        found.discard("other")
        if not found or self._are_parted(new, group):
            return "other", ""
        if "other histology" in found and not (lenient and len(found) > 1):
            return "other", "Their histology differs"
        return "same" if "same" in found else "less said", _contradiction(new, group)

    def _are_parted(self, new: _Group, group: _Group) -> bool:
        names = {entry.name for entry in group.entries} if self._parted else set()
        return any(names & self._parted.get(entry.name, set()) for entry in new.entries)


def _contradiction(new: _Group, group: _Group) -> str:
    """Return which dates speak against one cancer, empty where none do."""
    if new.diagnosed and group.diagnosed:
        if min(_apart(a, b) for a, b in product(new.diagnosed, group.diagnosed)) > _ONE_PRIMARY:
            return "They were diagnosed more than two months apart"
    elif new.listed and group.listed:
        return "They do not both have a date of diagnosis"
    lists = {entry.list for entry in group.listed}
    if any(entry.list in lists for entry in new.listed):
        return "They are two entries of one list"
    return next(filter(None, (_late(entry, group) for entry in new.entries if entry.of_visit)), "")


def _late(visit: _Entry, group: _Group) -> str:
    """Return why a visit may be about another cancer: by when it was, if it is dated at all."""
    day = visit.mentioned
    if day is None or not group.mentioned:
        return ""
    if group.ended and group.ended[1] < day[0]:
        return "One had ended before the other was recorded"
    diagnosed = min(group.diagnosed, default=None)
    if diagnosed and diagnosed[0] - day[1] > _BEFORE_DIAGNOSIS:
        return "One was recorded more than a year before the other was diagnosed"
    if all(_apart(day, other) > _OUT_OF_CARE for other in group.mentioned):
        return "More than five years lie between what is recorded of them"
    return ""


class _Said:
    """What people said of Conditions: of two contrary decisions the later one counts."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        """Take the decisions, the oldest first."""
        self.parted: dict[str, set[str]] = {}
        self._joined: list[list[str]] = []
        for decision in decisions:
            named = [decision.one, *decision.others]
            if decision.same:
                self._joined.append(named)
                together = set(named)
                for name in together & self.parted.keys():
                    self.parted[name] -= together
            else:
                others = set(decision.others)
                self._joined = [
                    part
                    for names in self._joined
                    for part in self._split(names, decision.one, others)
                    if len(part) > 1
                ]
                self.parted.setdefault(decision.one, set()).update(decision.others)
                for other in decision.others:
                    self.parted.setdefault(other, set()).add(decision.one)

    @staticmethod
    def _split(names: list[str], one: str, others: set[str]) -> Iterator[list[str]]:
        """Yield the parts of what was joined that are still together."""
        if one in names and not {one, *names}.isdisjoint(others):
            yield [name for name in names if name != one]
            yield [name for name in names if name not in others]
        else:
            yield names

    def joined(self, entries: Sequence[_Entry]) -> Iterator[_Group]:
        """Yield the entries, those together that are said to be one cancer."""
        groups = {entry.name: [entry] for entry in entries}
        for names in self._joined:
            known = [name for name in names if name in groups]
            for name in known[1:]:
                one, two = groups[known[0]], groups[name]
                if one is not two:
                    one += two
                    groups |= {entry.name: one for entry in two}
        yield from map(_Group, {id(group): group for group in groups.values()}.values())


def _span(value: str | None) -> Span | None:
    first = first_day(value)
    if first is None or value is None:
        return None
    # A year may end on any day up to its last, a month likewise.
    longest = {len("2026"): 365, len("2026-03"): 30}.get(len(value), 0)
    return first.toordinal(), first.toordinal() + longest


def _end(span: Span) -> int:
    return span[1]


def _apart(one: Span, other: Span) -> int:
    """Return the fewest days between two dates."""
    return max(0, one[0] - other[1], other[0] - one[1])
