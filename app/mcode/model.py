"""The patient's cancer, put together from the chart's resources.

The resources are as the EHR wrote them; these types only say what belongs to what.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from app.fhir.paths import (
    address_reference,
    codings,
    items,
    literal_reference,
    local_reference,
    text,
)
from app.fhir.resource_types import resource_type
from app.fhir.types import Element, Resource
from app.formatting import join, partial_date
from app.mcode.content import condition_title, diagnosis_date, effective, newest_first
from app.mcode.kinds import Kind
from app.mcode.retraction import caveat
from app.terminology.systems import known_codes
from app.terminology.tnm import Basis


@dataclass(frozen=True)
class Gap:
    """Something that could not be read: `label` names it ("laboratory results").

    `forbidden` is its type, where the EHR does not let this person read it.
    """

    label: str
    reason: str
    forbidden: str | None = None


class Decision(Protocol):
    """What a person said of Conditions: that `one` and the `others` are the same cancer, or not.

    Each is named as `Condition/id`; `by` is who said it, `at` when.
    """

    @property
    def id(self) -> str: ...
    @property
    def one(self) -> str: ...
    @property
    def others(self) -> Sequence[str]: ...
    @property
    def same(self) -> bool: ...
    @property
    def by(self) -> str: ...
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True)
class Stage:
    """One staging. `system` is "tnm" or the key of another system (app.mcode.codes).

    Of another system than TNM `group` is the one Observation. `basis` is that of the observations'
    own codes. `date` keeps its FHIR precision. `further_groups` are groups of the same day that
    share its T, N and M.
    """

    system: str
    basis: Basis
    group: Resource | None = None
    t: Resource | None = None
    n: Resource | None = None
    m: Resource | None = None
    date: str | None = None
    further_groups: tuple[Resource, ...] = ()

    @property
    def groups(self) -> tuple[Resource, ...]:
        """The Observations of stage groups: one, none, or several that stand beside each other."""
        return (self.group, *self.further_groups) if self.group else ()

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The Observations of this staging: group, T, N, M, further groups."""
        parts = (self.group, self.t, self.n, self.m, *self.further_groups)
        return tuple(part for part in parts if part is not None)


@dataclass(frozen=True, kw_only=True)
class Linked:
    """What speaks of one cancer; each tuple has the newest first.

    `tumors` holds BodyStructures and tumor sizes, `morphology` histology and grade, `pathology`
    counted lymph nodes and pathology reports, `assessments` Deauville scores and comorbidities.
    `of_metastases` has what is said of a metastasis itself, by its `Condition/id`.
    """

    stages: tuple[Stage, ...] = ()
    metastases: tuple[Resource, ...] = ()
    statuses: tuple[Resource, ...] = ()
    biomarkers: tuple[Resource, ...] = ()
    tumors: tuple[Resource, ...] = ()
    morphology: tuple[Resource, ...] = ()
    pathology: tuple[Resource, ...] = ()
    risks: tuple[Resource, ...] = ()
    assessments: tuple[Resource, ...] = ()
    of_metastases: dict[str, tuple[Resource, ...]] = field(default_factory=dict)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource that is linked here."""
        staged = (part for stage in self.stages for part in stage.resources)
        secondary = (part for found in self.of_metastases.values() for part in found)
        linked = (part for home in LINKED_HOMES for part in getattr(self, home))
        return (*staged, *secondary, *linked)


LINKED_HOMES = tuple(f.name for f in fields(Linked) if f.name not in {"stages", "of_metastases"})
"""Where a resource that speaks of one cancer stands, but for stages, which are made of several."""


@dataclass(frozen=True, kw_only=True)
class PrimaryCancer(Linked):
    """A primary cancer and what speaks of it.

    `condition` is the one that entries about it refer to; `further` ones record the same diagnosis.
    `doubts` are why others may be the same cancer and were not joined, by their `Condition/id`.
    `condition_stages` are the elements of Condition.stage as found; they may contradict the staging
    Observations, which come first.
    """

    condition: Resource
    further: tuple[Resource, ...] = ()
    condition_stages: tuple[Element, ...] = ()
    doubts: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id of the Condition."""
        return str(self.condition.get("id"))

    @property
    def reference(self) -> str:
        """`Condition/id`, as what speaks of this cancer names it."""
        return f"Condition/{self.id}"

    @cached_property
    def conditions(self) -> tuple[Resource, ...]:
        """All Conditions that record this cancer."""
        return (self.condition, *self.further)

    @cached_property
    def references(self) -> frozenset[str]:
        """`Condition/id` of each of them: what names any of them speaks of this cancer."""
        return frozenset(str(literal_reference(each)) for each in self.conditions)

    @cached_property
    def code(self) -> Any:
        """The CodeableConcept of the diagnosis, with the codings of all Conditions."""
        own = self.condition.get("code")
        coded = [coding for each in self.conditions for coding in codings(each.get("code"))]
        return {**own, "coding": coded} if self.further and isinstance(own, dict) else own

    @property
    def diagnosed(self) -> str | None:
        """When the diagnosis was made, as a FHIR date."""
        return diagnosis_date(self.conditions)

    @property
    def dated(self) -> str:
        """When it was diagnosed in words, or when it was first recorded."""
        if self.diagnosed:
            return f"diagnosed {partial_date(self.diagnosed)}"
        first = min((day for each in self.conditions if (day := effective(each))), default=None)
        return f"first recorded {partial_date(first)}" if first else ""

    @cached_property
    def keys(self) -> frozenset[str]:
        """`Type/id` of the Conditions and of every resource that is linked here."""
        return frozenset(
            name for r in (*self.conditions, *self.resources) if (name := literal_reference(r))
        )


PATIENT_HOMES = (
    *("performance", "treatments", "labs", "genomics", "background", "adverse_events"),
    "plan_reviews",
)
"""Where a resource stands that is the patient's rather than of one cancer."""


@dataclass(frozen=True, kw_only=True)
class CancerRecord:
    """All that was read of a patient; each resource stands in at least one place."""

    patient: Resource
    primaries: tuple[PrimaryCancer, ...] = ()
    unlinked: Linked = field(default_factory=Linked)
    """What names no primary of this patient, where there are several primaries or none."""
    misfiled: tuple[Resource, ...] = ()
    """About another patient by subject or focus: never shown as this patient's facts."""
    astray: frozenset[str] = frozenset()
    """`Type/id` of those of `misfiled` that are this patient's by subject."""
    retracted: tuple[Resource, ...] = ()
    """Entered in error, cancelled or refuted: no facts."""
    performance: tuple[Resource, ...] = ()
    """ECOG, Karnofsky and Lansky; newest first."""
    treatments: tuple[Resource, ...] = ()
    """Cancer medication, surgery and radiotherapy; newest first."""
    labs: tuple[Resource, ...] = ()
    """Laboratory results that are no tumor markers; newest first."""
    genomics: tuple[Resource, ...] = ()
    """Genomics reports, variants and regions studied; newest first."""
    background: tuple[Resource, ...] = ()
    """History of metastatic cancer, family history, body surface area; newest first."""
    adverse_events: tuple[Resource, ...] = ()
    """What happened to the patient under treatment; newest first."""
    plan_reviews: tuple[Resource, ...] = ()
    """CarePlans that say whether the treatment plan changed (app.mcode.plan_reviews)."""
    people: dict[str, Resource] = field(default_factory=dict)
    others: dict[str, Resource] = field(default_factory=dict)
    """Every other resource, by `Type/id`: specimens, medications, conditions that are no cancer."""
    not_interpreted: tuple[Resource, ...] = ()
    """Resources that look like cancer data, or like nothing at all, and cannot be read."""
    gaps: tuple[Gap, ...] = ()
    divided: tuple[str, ...] = ()
    """What the EHR lists by category or code only, so that what has none of these is not read."""
    decisions: tuple[Decision, ...] = ()
    """What people said of which Conditions are one cancer, the oldest first."""
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    """What each recognised resource is, by `Type/id`."""
    stored: Mapping[str, Resource] = field(default_factory=dict)
    """What the EHR itself wrote, by `Type/id`, where the record has other references."""

    def kind(self, resource: Resource) -> Kind | None:
        """Return what a resource of this record is; None for one that was not recognised."""
        return self.kinds.get(literal_reference(resource) or "")

    def as_stored(self, resource: Resource) -> Resource:
        """Return a resource as the EHR wrote it: what is amended begins with this."""
        return self.stored.get(literal_reference(resource) or "", resource)

    def facts(self) -> tuple[Resource, ...]:
        """Return every resource that is this patient's and counts, each once.

        What is misfiled, retracted or cannot be read is none. Neither are people, medications and
        the like, which only say something of the facts that name them.
        """
        return tuple(self._facts.values())

    def of_kinds(self, *kinds: Kind) -> list[Resource]:
        """Return the facts of some kinds, the newest first."""
        found = [r for name, r in self._facts.items() if self.kinds.get(name) in kinds]
        return sorted(found, key=newest_first, reverse=True)

    def primary_of(self, resource: Resource) -> PrimaryCancer | None:
        """Return the primary cancer that a resource of this record is, or speaks of."""
        return self._primary_by_key.get(literal_reference(resource) or "")

    def tnm_stage_of(self, resource: Resource) -> Stage | None:
        """Return the TNM stage that one of this record's own Observations is a part of."""
        return self._tnm_stages.get(id(resource))

    def morphology_of(self, reference: str) -> Resource | None:
        """Return the newest tumor morphology panel with this `Type/id` as a member."""
        return self._morphology.get(reference)

    def primaries_coded(self, system: str, code: str) -> list[PrimaryCancer]:
        """Return the primary cancer with a code; of several the first two."""
        return self._primaries_by_code.get((system, code), [])

    def provenances_of(self, reference: str) -> list[Resource]:
        """Return each Provenance that names this `Type/id` as a target."""
        return self._provenances.get(reference, [])

    def find(self, reference: str) -> Resource | None:
        """Return the resource of a `Type/id`, except one about another patient."""
        return self._by_key.get(reference)

    def doubt_about(self, resource: Resource) -> str | None:
        """Return what has to be said of a resource that `find` gave; None for one that is plain."""
        odd = literal_reference(resource) in self._odd
        return "not interpreted" if odd else caveat(resource)

    def find_astray(self, reference: str) -> Resource | None:
        """Return a resource that is this patient's by subject and another's by what it is about."""
        return self._misfiled_by_key.get(reference) if reference in self.astray else None

    @cached_property
    def cancer_names(self) -> dict[str, str]:
        """What each primary is called, by its id: several of one title are told apart by date."""
        titles = {each.id: condition_title(each.condition) for each in self.primaries}
        shared = [title for title, count in Counter(titles.values()).items() if count > 1]
        return {
            each.id: join([titles[each.id], each.dated if titles[each.id] in shared else ""], ", ")
            for each in self.primaries
        }

    def primary(self, condition_id: str) -> PrimaryCancer | None:
        """Return the primary cancer that the Condition with this id records."""
        name = f"Condition/{condition_id}"
        return next((primary for primary in self.primaries if name in primary.references), None)

    @cached_property
    def _facts(self) -> dict[str, Resource]:
        found = [*self.unlinked.resources]
        for primary in self.primaries:
            found += [*primary.conditions, *primary.resources]
        for home in PATIENT_HOMES:
            found += getattr(self, home)
        found += [item for item in self.others.values() if resource_type(item).subject]
        return {str(literal_reference(resource)): resource for resource in found}

    @cached_property
    def withdrawn(self) -> frozenset[str]:
        """`Type/id` of what is retracted."""
        return frozenset(_by_name(self.retracted))

    @cached_property
    def primary_names(self) -> frozenset[str]:
        """`Condition/id` of the Conditions that record the primary cancers."""
        return frozenset(name for primary in self.primaries for name in primary.references)

    @cached_property
    def _odd(self) -> frozenset[str]:
        return frozenset(_by_name(self.not_interpreted))

    @cached_property
    def _misfiled_by_key(self) -> dict[str, Resource]:
        return _by_name(reversed(self.misfiled))

    @cached_property
    def _primaries_by_code(self) -> dict[tuple[str, str], list[PrimaryCancer]]:
        found: dict[tuple[str, str], list[PrimaryCancer]] = {}
        for primary in self.primaries:
            for code in known_codes(primary.code):
                if len(same := found.setdefault(code, [])) < 2:
                    same.append(primary)
        return found

    @cached_property
    def _primary_by_key(self) -> dict[str, PrimaryCancer]:
        return {name: p for p in reversed(self.primaries) for name in p.keys}

    @cached_property
    def _tnm_stages(self) -> dict[int, Stage]:
        stages = [stage for cancer in (*self.primaries, self.unlinked) for stage in cancer.stages]
        tnm = [stage for stage in reversed(stages) if stage.system == "tnm"]
        return {id(part): stage for stage in tnm for part in stage.resources}

    @cached_property
    def _morphology(self) -> dict[str, Resource]:
        return {
            local_reference(member) or "": panel
            for panel in reversed(self.of_kinds(Kind.MORPHOLOGY))
            for member in items(panel.get("hasMember"))
        }

    @cached_property
    def _provenances(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for item in self.others.values():
            targets = items(item.get("target")) if item["resourceType"] == "Provenance" else []
            # The server chose it for this target, so its host does not matter.
            named = (text(target.get("reference")) for target in targets)
            for name in {address_reference(address)[0] for address in named if address}:
                found.setdefault(name or "", []).append(item)
        return found

    @cached_property
    def _by_key(self) -> dict[str, Resource]:
        rest = (self.patient, *self.retracted, *self.not_interpreted)
        return {**self.others, **self.people, **self._facts, **_by_name(rest)}


def _by_name(resources: Iterable[Resource]) -> dict[str, Resource]:
    """Return resources by their `Type/id`; of two with the same the last."""
    return {name: resource for resource in resources if (name := literal_reference(resource))}
