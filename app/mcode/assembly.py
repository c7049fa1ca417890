"""From a heap of resources to the cancer record: nothing is lost, nothing is shown as another's."""

from collections.abc import Collection, Iterable, Sequence

from app.fhir.paths import codes, has_code, is_contained, items, literal_reference, unique
from app.fhir.resource_types import resource_type
from app.fhir.types import Element, Resource
from app.mcode.content import newest_first
from app.mcode.diagnoses import same_diagnoses
from app.mcode.kinds import CANCERS, Kind
from app.mcode.links import Links, assessments
from app.mcode.model import (
    LINKED_HOMES,
    PATIENT_HOMES,
    CancerRecord,
    Decision,
    Gap,
    Linked,
    PrimaryCancer,
    Stage,
)
from app.mcode.profiles import profile_names
from app.mcode.recognise import classify
from app.mcode.resolving import made_relative, unpacked
from app.mcode.retraction import is_retracted
from app.mcode.sorting import (
    did_not_happen,
    is_understood,
    is_wellformed,
    misfiled_by_focus,
    sort_out,
)
from app.mcode.stages import STAGE_KINDS, assemble_stages
from app.terminology.concept import concept_text

ELSEWHERE = "elsewhere"
"""Stands for the cancer of what names something other than a primary of this patient."""

_KINDS_OF_A_CANCER = frozenset(kind for kind in Kind if kind.row.home in LINKED_HOMES)
_OF_THE_PATIENT = frozenset(kind for kind in Kind if kind.row.home in PATIENT_HOMES)
# What is found of a metastasis, and how it does, is not said of its primary.
_OF_A_METASTASIS = frozenset({"tumors", "morphology", "pathology", "statuses"})
# By cancer, then by the home of the kind.
_Linked = dict[str, dict[str, list[Resource]]]
_OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def assemble(
    patient: Resource,
    resources: Iterable[Resource],
    *,
    gaps: Sequence[Gap] = (),
    divided: Sequence[str] = (),
    base: str | Sequence[str] = "",
    unreadable: Collection[str] = (),
    decisions: Sequence[Decision] = (),
) -> CancerRecord:
    """Return the record of `patient` from all that was read of the chart.

    `base` is the address of the EHR's FHIR server, or all addresses that mean it. `unreadable` are
    `Type/id` of resources that others name and the EHR does not show in this chart; findings about
    such a Condition are misfiled. `decisions` are what people said of diagnoses, the oldest first.
    """
    bases = (base,) if isinstance(base, str) else base
    read = unique(resources)
    relative = [made_relative(resource, bases) for resource in read]
    sorted_ = sort_out(relative, str(patient.get("id")), bases)
    odd: list[Resource] = []
    wellformed: list[Resource] = []
    for resource in sorted_.own:
        if is_wellformed(resource) and is_understood(resource):
            holder, contained = unpacked(resource)
            wellformed += [holder, *(part for part in contained if not is_retracted(part))]
        else:
            odd.append(resource)
    kinds = classify(wellformed)
    links = Links(wellformed, kinds)
    foreign = {name for other in sorted_.misfiled if (name := literal_reference(other))} | set(
        unreadable
    )
    astray = misfiled_by_focus(wellformed, kinds, links, foreign)
    own = [resource for resource in wellformed if literal_reference(resource) not in astray]
    chart = _Chart(own, kinds, links, decisions)
    return CancerRecord(
        patient=patient,
        primaries=chart.primaries(),
        unlinked=chart.unlinked(),
        misfiled=(*sorted_.misfiled, *(r for r in wellformed if literal_reference(r) in astray)),
        astray=frozenset(astray),
        retracted=tuple(sorted_.retracted),
        not_interpreted=(*sorted_.unclear, *odd, *chart.unrecognised("not_interpreted")),
        labs=_newest_first(chart.unrecognised("labs")),
        people={str(literal_reference(r)): r for r in chart.unrecognised("people")},
        others={str(literal_reference(r)): r for r in chart.unrecognised("others")},
        gaps=tuple(gaps),
        divided=tuple(divided),
        decisions=tuple(decisions),
        kinds=kinds,
        stored=_stored(read, own),
        **chart.of_the_patient(),
    )


def _stored(read: Iterable[Resource], own: Iterable[Resource]) -> dict[str, Resource]:
    """Return what was read of the resources that are copies in the record, by `Type/id`."""
    copies = {literal_reference(resource): resource for resource in own}
    named = ((str(literal_reference(resource)), resource) for resource in read)
    return {name: found for name, found in named if copies.get(name, found) is not found}


class _Chart:
    """A patient's own resources, each with the cancer or the part of the record it belongs to."""

    def __init__(
        self,
        own: Sequence[Resource],
        kinds: dict[str, Kind],
        links: Links,
        decisions: Sequence[Decision],
    ) -> None:
        self._kinds = kinds
        self._links = links
        self._own = {str(literal_reference(resource)): resource for resource in own}
        # A diagnosis inside of another resource says again what that one is about.
        self._reasons = {n for n in self._own if is_contained(n) and kinds.get(n) in CANCERS}
        conditions = [condition for _, condition in self._of_kinds({Kind.PRIMARY})]
        self._diagnoses = {
            str(literal_reference(diagnosis.conditions[0])): diagnosis
            for diagnosis in same_diagnoses(conditions, decisions, self._histologies())
        }
        self._primaries = {
            str(literal_reference(condition)): name
            for name, diagnosis in self._diagnoses.items()
            for condition in diagnosis.conditions
        }
        self._only = next(iter(self._diagnoses)) if len(self._diagnoses) == 1 else None
        self._assessed = {
            observation: name
            for name, diagnosis in self._diagnoses.items()
            for condition in diagnosis.conditions
            for observation in assessments(condition)
        }
        self._stages = assemble_stages(
            [(resource, kinds[name]) for name, resource in self._of_kinds(STAGE_KINDS)],
            links,
            self._staged_cancer,
            self._only,
        )
        self._of_metastases: dict[str, dict[str, tuple[Resource, ...]]] = {}
        self._linked = self._link()
        self._unrecognised = self._sort_the_rest()

    def primaries(self) -> tuple[PrimaryCancer, ...]:
        """Return the primary cancers, the newest diagnosis first."""
        found = [
            PrimaryCancer(
                condition=diagnosis.conditions[0],
                further=diagnosis.conditions[1:],
                doubts=diagnosis.doubts,
                condition_stages=tuple(
                    stage for each in diagnosis.conditions for stage in items(each.get("stage"))
                ),
                stages=self._stages.get(name, ()),
                of_metastases=self._of_metastases.get(name, {}),
                **self._linked.get(name, {}),
            )
            for name, diagnosis in self._diagnoses.items()
        ]
        return tuple(sorted(found, key=lambda p: newest_first(p.condition), reverse=True))

    def unlinked(self) -> Linked:
        """Return what names no primary of this patient."""
        stages: tuple[Stage, ...] = (*self._stages.get(None, ()), *self._stages.get(ELSEWHERE, ()))
        return Linked(
            stages=stages,
            of_metastases=self._of_metastases.get(ELSEWHERE, {}),
            **self._linked.get(ELSEWHERE, {}),
        )

    def of_the_patient(self) -> dict[str, tuple[Resource, ...]]:
        """Return what belongs to the patient rather than to one cancer."""
        homes: dict[str, list[Resource]] = {}
        for name, resource in self._of_kinds(_OF_THE_PATIENT):
            if not did_not_happen(resource):
                homes.setdefault(self._kinds[name].row.home, []).append(resource)
        return {home: _newest_first(found) for home, found in homes.items()}

    def unrecognised(self, home: str) -> list[Resource]:
        """Return what is no part of the cancer: `people`, `labs`, `others`, `not_interpreted`."""
        return self._unrecognised.get(home, [])

    def _of_kinds(self, kinds: Collection[Kind]) -> list[tuple[str, Resource]]:
        return [
            (name, resource)
            for name, resource in self._own.items()
            if self._kinds.get(name) in kinds and name not in self._reasons
        ]

    def _link(self) -> dict[str, dict[str, tuple[Resource, ...]]]:
        primaries: _Linked = {}
        metastases: _Linked = {}
        for name, resource in self._of_kinds(_KINDS_OF_A_CANCER):
            cancer = self._cancer_of(resource) or self._only or ELSEWHERE
            home = self._kinds[name].row.home
            metastasis = self._metastasis_of(resource) if home in _OF_A_METASTASIS else None
            found = (metastases if metastasis else primaries).setdefault(cancer, {})
            found.setdefault(metastasis or home, []).append(resource)
        self._of_metastases = _ordered(metastases)
        return _ordered(primaries)

    def _staged_cancer(self, observation: Resource) -> str | None:
        """A stage that names a metastasis is not the stage of its primary."""
        return self._primary_named(self._condition_of(observation))

    def _cancer_of(self, resource: Resource) -> str | None:
        condition = self._condition_of(resource)
        if metastasis := self._metastasis_of(resource):
            condition = self._condition_of(self._own[metastasis]) or self._only
        return self._primary_named(condition)

    def _primary_named(self, condition: str | None) -> str | None:
        """Return the primary that a Condition records; None stays None."""
        return condition and self._primaries.get(condition, ELSEWHERE)

    def _metastasis_of(self, resource: Resource) -> str | None:
        """Return the `Condition/id` of the metastasis that a finding names."""
        condition = self._condition_of(resource)
        is_secondary = self._kinds.get(condition or "") == Kind.SECONDARY
        return condition if is_secondary and condition in self._own else None

    def _histologies(self) -> dict[str, list[Element]]:
        """Return the histologies that pathology found, by the Condition that they name."""
        found: dict[str, list[Element]] = {}
        for _, finding in self._of_kinds({Kind.HISTOLOGY}):
            concept = finding.get("valueCodeableConcept")
            condition = self._links.condition_of(finding)
            if condition and isinstance(concept, dict):
                found.setdefault(condition, []).append(concept)
        return found

    def _condition_of(self, resource: Resource) -> str | None:
        """By priority: what it names, what its panel or group names, which Condition names it."""
        condition = self._links.condition_of(resource)
        if condition and condition not in self._reasons:
            return condition
        names = [
            literal_reference(resource),
            *(literal_reference(parent) for parent in self._links.parents(resource)),
        ]
        return next((self._assessed[name] for name in names if name in self._assessed), None)

    def _sort_the_rest(self) -> dict[str, list[Resource]]:
        recognised = {Kind.PRIMARY, *STAGE_KINDS, *_KINDS_OF_A_CANCER}
        homes: dict[str, list[Resource]] = {}
        for name, resource in self._own.items():
            kind = self._kinds.get(name)
            stands = kind in recognised and name not in self._reasons
            if stands or (kind in _OF_THE_PATIENT and not did_not_happen(resource)):
                continue
            home = "others" if kind else self._home_of(resource)
            homes.setdefault(home, []).append(resource)
        return homes

    def _home_of(self, resource: Resource) -> str:
        row = resource_type(resource)
        if row.person:
            return "people"
        named = any(concept_text(resource.get(name)) for name in row.names)
        if not row.name or (row.needs_name and not named):
            return "not_interpreted"
        return self._home_of_observation(resource) if row.name == "Observation" else "others"

    def _home_of_observation(self, observation: Resource) -> str:
        named = self._links.condition_of(observation)
        claims_mcode = next(profile_names(observation), None) is not None
        if claims_mcode or self._kinds.get(named or "") in CANCERS:
            return "not_interpreted"
        categories = items(observation.get("category"))
        laboratory = any(
            has_code(c, _OBSERVATION_CATEGORY, "laboratory") or ("", "laboratory") in codes(c)
            for c in categories
        )
        return "labs" if laboratory else "others"


def _ordered(linked: _Linked) -> dict[str, dict[str, tuple[Resource, ...]]]:
    return {
        cancer: {home: _newest_first(found) for home, found in homes.items()}
        for cancer, homes in linked.items()
    }


def _newest_first(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    return tuple(sorted(resources, key=newest_first, reverse=True))
