"""Putting stagings together from their Observations.

1. A stage group takes its `hasMember` categories, if their own codes name the same basis: a
   clinical group that lists pathologic T and N (official examples have one) does not get them,
   they make a stage of their own. M may differ, because a clinical M completes a pathologic stage
   and a proven metastasis a clinical one, unless T or N contradict the group.
2. Categories that no group lists join the one stage of the same cancer, basis, day and method that
   lacks them; without a focus they belong to the cancer of that stage. Several groups of that day
   that list no categories become one stage, which says all of them.
3. What is left makes stages without a group, by cancer, basis, day and method.

Where a patient has one primary, what names no cancer belongs to it; else it stays unlinked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.fhir.paths import literal_reference
from app.fhir.types import Resource
from app.mcode.content import edition, effective, newest_first, stage_value_label
from app.mcode.kinds import Kind
from app.mcode.links import Links
from app.mcode.model import Stage
from app.mcode.recognise import staging_system, tnm_basis
from app.terminology.tnm import Axis, Basis

_AXES: dict[Kind, Axis] = {Kind.TNM_T: "t", Kind.TNM_N: "n", Kind.TNM_M: "m"}
STAGE_KINDS = frozenset(kind for kind in Kind if kind.row.home == "stages")

CancerOf = Callable[[Resource], str | None]
"""Gives the `Condition/id` of the primary that a resource names, None where it names none."""


@dataclass
class _Draft:
    """A staging in the making."""

    cancer: str | None
    basis: Basis
    day: str | None
    method: str | None
    group: Resource | None = None
    slots: dict[Axis, Resource] = field(default_factory=dict)
    further: list[Resource] = field(default_factory=list)

    def lacks(self, axis: Axis) -> bool:
        return axis not in self.slots

    def finished(self) -> Stage:
        parts = [part for part in (self.group, *self.slots.values()) if part]
        date = effective(self.group) if self.group else None
        return Stage(
            system="tnm",
            basis=self.basis,
            group=self.group,
            t=self.slots.get("t"),
            n=self.slots.get("n"),
            m=self.slots.get("m"),
            date=date or max((effective(part) or "" for part in parts), default="") or None,
            further_groups=tuple(self.further),
        )


def assemble_stages(
    observations: Sequence[tuple[Resource, Kind]],
    links: Links,
    cancer_of: CancerOf,
    only: str | None,
) -> dict[str | None, tuple[Stage, ...]]:
    """Return the stages by the `Condition/id` of their primary, newest first; None for unlinked.

    `only` is the patient's primary where there is just one.
    """
    ordered = sorted(observations, key=lambda pair: newest_first(pair[0]), reverse=True)
    assembly = _Assembly(links, cancer_of, only)
    for observation, kind in ordered:
        if kind == Kind.TNM_GROUP:
            assembly.begin(observation)
    categories = {
        name: (observation, _AXES[kind])
        for observation, kind in ordered
        if kind in _AXES and (name := literal_reference(observation))
    }
    left = assembly.fill(categories)
    for observation, axis in left:
        assembly.add(observation, axis)
    result: dict[str | None, list[Stage]] = {}
    for draft in assembly.drafts:
        result.setdefault(draft.cancer, []).append(draft.finished())
    for observation, kind in ordered:
        if kind == Kind.STAGE:
            cancer = cancer_of(observation) or only
            result.setdefault(cancer, []).append(_other_stage(observation))
    return {
        cancer: tuple(sorted(stages, key=lambda stage: stage.date or "", reverse=True))
        for cancer, stages in result.items()
    }


class _Assembly:
    def __init__(self, links: Links, cancer_of: CancerOf, only: str | None) -> None:
        self.drafts: list[_Draft] = []
        self._links = links
        self._cancer_of = cancer_of
        self._only = only

    def begin(self, group: Resource) -> None:
        """Begin a stage with its group."""
        cancer = self._cancer_of(group)
        self.drafts.append(_Draft(cancer, tnm_basis(group), _day(group), edition(group), group))

    def fill(self, categories: dict[str, tuple[Resource, Axis]]) -> list[tuple[Resource, Axis]]:
        """Give the groups their members; return the categories that no group took."""
        taken: set[str] = set()
        for draft in self.drafts:
            names = self._links.members(draft.group or {})
            members = {name: categories[name] for name in names if name in categories}
            contradicted = any(
                axis != "m" and not _agree(draft.basis, tnm_basis(observation))
                for observation, axis in members.values()
            )
            for name, (observation, axis) in members.items():
                agrees = _agree(draft.basis, tnm_basis(observation))
                cancer = self._cancer_of(observation)
                if (
                    draft.lacks(axis)
                    and (agrees or (axis == "m" and not contradicted))
                    and (cancer is None or draft.cancer is None or cancer == draft.cancer)
                ):
                    draft.slots[axis] = observation
                    draft.cancer = draft.cancer or cancer
                    taken.add(name)
            draft.cancer = draft.cancer or self._only
        return [pair for name, pair in categories.items() if name not in taken]

    def add(self, observation: Resource, axis: Axis) -> None:
        """Add a category to the one stage that it fits, or begin a stage without a group."""
        cancer = self._cancer_of(observation) or self._only
        basis, day, method = tnm_basis(observation), _day(observation), edition(observation)
        fitting = [
            draft
            for draft in self.drafts
            if draft.lacks(axis)
            and draft.basis == basis
            and draft.day == day
            and (draft.method == method or draft.method is None or method is None)
            and (cancer is None or draft.cancer == cancer)
        ]
        grouped = [draft for draft in fitting if draft.group] or fitting
        if one := grouped[0] if len(grouped) == 1 else self._merged(grouped):
            one.slots[axis] = observation
        else:
            self.drafts.append(_Draft(cancer, basis, day, method, slots={axis: observation}))

    def _merged(self, drafts: list[_Draft]) -> _Draft | None:
        """Return one draft for several that have a group alone; None where they must not be one."""
        alike = len({(draft.cancer, draft.method) for draft in drafts}) == 1
        if not alike or not all(draft.group and not draft.slots for draft in drafts):
            return None
        # IIIA says more than III.
        first, *rest = sorted(drafts, key=_detail, reverse=True)
        for draft in rest:
            first.further += [draft.group, *draft.further] if draft.group else []
            self.drafts.remove(draft)
        return first


def _detail(draft: _Draft) -> int:
    return len(stage_value_label(draft.group) or "") if draft.group else 0


def _other_stage(observation: Resource) -> Stage:
    return Stage(
        system=staging_system(observation),
        basis="other",
        group=observation,
        date=effective(observation),
    )


def _agree(one: Basis, other: Basis) -> bool:
    """Tell whether two bases do not contradict each other; an unspecified one agrees with any."""
    return one == other or "other" in {one, other}


def _day(observation: Resource) -> str | None:
    return (effective(observation) or "")[:10] or None
