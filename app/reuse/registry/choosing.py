"""Which facts of a record belong into which section of a report, and why the others do not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from app.fhir.paths import codes, is_contained, items, literal_reference, local_reference
from app.fhir.types import Resource
from app.formatting import join
from app.mcode.content import newest_first
from app.mcode.kinds import CANCERS, TNM_KINDS, Kind
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.profiles import profile_names
from app.mcode.sorting import did_not_happen
from app.mcode.treated import treated_cancer
from app.mcode.vitals import newest_vital
from app.reuse.registry.guide import SECTIONS, Guide
from app.summary.display import shown
from app.terminology.systems import LOINC

_SECTIONS = {
    **dict.fromkeys(TNM_KINDS.values(), "stages"),
    **dict.fromkeys(
        (
            *(Kind.TUMOR_MARKER, Kind.TUMOR_SIZE, Kind.HISTOLOGY, Kind.GRADE, Kind.MORPHOLOGY),
            *(Kind.NODES, Kind.VARIANT, Kind.REGION, Kind.IMPLICATION, Kind.GENOMICS_REPORT),
        ),
        "results",
    ),
    Kind.STAGE: "stages",
    Kind.SECONDARY: "metastases",
    Kind.PATHOLOGY_REPORT: "notes",
    Kind.SURGERY: "procedures",
    Kind.SYSTEMIC: "procedures",
    Kind.RADIOTHERAPY: "procedures",
}
_DRUG_SECTIONS = {
    "MedicationAdministration": "given",
    "MedicationStatement": "medication",
    "MedicationRequest": "plan",
}
_SMOKING, _WORK = (LOINC, "72166-2"), (LOINC, "21843-8")
_PROBLEMS = frozenset({"problem-list-item", "health-concern"})
_COURSE = "radiotherapy-course-summary"

OF_ANOTHER_CANCER = "It is about another primary cancer."
NAMES_NO_CANCER = "It does not say which of the patient's cancers it is about."
OF_ANOTHER_DISEASE = "It was done for another disease."
NOT_DONE = "It says that this was not done, or is not to be done."
SAME_DIAGNOSIS = (
    "It records the same diagnosis as the Condition that is sent, whose codes it joins."
)
NO_SECTION = "The registry's guide has no section for it."
TEXT_NOT_CHOSEN = "Reports in free text are sent only where a person chooses to send them."
IS_INSIDE = "It stands inside of another entry, and only there."
NO_PROBLEM = "It is on no problem list."
OLDER = "A newer one is sent."
OF_ANOTHER_PATIENT = "It stands in this chart and is about another patient."
RETRACTED = "It was taken back."
NOT_READABLE = "The app cannot read it."
BY_CATEGORY_ONLY = "What has no category or code in the EHR was not read."
_MISFILED = "An entry"
ONE_STAGE = "This version of the guide takes one TNM stage group, with what it lists."


@dataclass(frozen=True)
class LeftOut:
    """A fact of the record that the registry does not get: what it is, and why.

    `key` is its `Type/id`; None for what could not be read.
    """

    key: str | None
    what: str
    reason: str


@dataclass
class Chosen:
    """The facts of each section, the newest first; why the others are left out, by `Type/id`."""

    sections: dict[str, list[Resource]] = field(default_factory=lambda: {k: [] for k in SECTIONS})
    members: list[Resource] = field(default_factory=list)
    """What no section names, and the Composition or a stage group does: encounter, T, N and M."""
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def resources(self) -> list[Resource]:
        """Return all facts that are sent, in the order of the sections."""
        return [*(r for found in self.sections.values() for r in found), *self.members]


def choose(
    record: CancerRecord,
    primary: PrimaryCancer,
    guide: Guide,
    today: date,
    encounter: Resource | None,
    *,
    notes: bool,
) -> Chosen:
    """Return what of a record is reported of a primary cancer; `notes` lets free text out."""
    chosen = Chosen()
    vitals = {
        vital.reference
        for name in ("height", "weight")
        if (vital := newest_vital(record, name, today))
    }
    for fact in sorted(record.facts(), key=_order, reverse=True):
        name = str(literal_reference(fact))
        reason = _reason_against(record, primary, fact)
        section = None if reason else _section_of(record, primary, fact, vitals)
        if section == "notes" and not notes:
            section, reason = None, TEXT_NOT_CHOSEN
        elif fact["resourceType"] == "Condition":
            reason = reason or NO_PROBLEM
        if section:
            chosen.sections[section].append(fact)
        else:
            chosen.reasons[name] = reason or NO_SECTION
    if encounter:
        chosen.reasons.pop(str(literal_reference(encounter)), None)
        own = chosen.sections["encounter"] if guide.has_encounter_section else chosen.members
        own.append(encounter)
    _choose_course(chosen)
    if guide.one_stage:
        _choose_stage(chosen, primary)
    for key in ("work", "smoking"):
        _leave_out(chosen, chosen.sections[key][1:], OLDER)
        del chosen.sections[key][1:]
    return chosen


def _reason_against(record: CancerRecord, primary: PrimaryCancer, fact: Resource) -> str | None:
    """Return why a fact is none of this cancer or of the patient; None for one that may be sent."""
    name, kind = str(literal_reference(fact)), record.kind(fact)
    owner = record.primary_of(fact)
    if is_contained(name):
        return IS_INSIDE
    if owner is not None and owner.id != primary.id:
        return OF_ANOTHER_CANCER
    if owner is None and (kind in CANCERS or _is_unlinked(record, fact)):
        return NAMES_NO_CANCER
    if name in primary.references and name != primary.reference:
        return SAME_DIAGNOSIS
    if did_not_happen(fact):
        return NOT_DONE
    if kind is not None and kind.row.home in {"treatments", "genomics"}:
        return _reason_of_treatment(record, primary, fact)
    return None


def left_out(record: CancerRecord, chosen: Chosen) -> tuple[LeftOut, ...]:
    """Return all of a record that is not sent: facts, what is none, and what was not read.

    Of what is about another patient nothing is said but that it is there.
    """
    facts = [
        LeftOut(name, _line(record, fact), reason)
        for name, reason in chosen.reasons.items()
        if (fact := record.find(name))
    ]
    foreign = [
        LeftOut(literal_reference(r), _MISFILED, OF_ANOTHER_PATIENT) for r in record.misfiled
    ]
    others = [
        LeftOut(literal_reference(resource), _line(record, resource), reason)
        for found, reason in ((record.retracted, RETRACTED), (record.not_interpreted, NOT_READABLE))
        for resource in found
    ]
    gaps = [LeftOut(None, gap.label, gap.reason) for gap in record.gaps]
    unread = [LeftOut(None, what, BY_CATEGORY_ONLY) for what in record.divided]
    return (*facts, *foreign, *others, *gaps, *unread)


def _line(record: CancerRecord, resource: Resource) -> str:
    found = shown(record, resource)
    return join([found.title, found.detail])


def _order(fact: Resource) -> tuple[tuple[str, str], str]:
    """Return a sort key that does not depend on the order in which the chart was read."""
    return newest_first(fact), str(literal_reference(fact))


def _is_unlinked(record: CancerRecord, fact: Resource) -> bool:
    return any(fact is found for found in record.unlinked.resources)


def _reason_of_treatment(
    record: CancerRecord, primary: PrimaryCancer, treatment: Resource
) -> str | None:
    """Return why a treatment, or a genomic finding, is not for this cancer."""
    named = [name for r in items(treatment.get("reasonReference")) if (name := local_reference(r))]
    if any(name in primary.keys for name in named):
        return None
    treated = treated_cancer(record, treatment)
    if treated is not None:
        return None if treated.id == primary.id else OF_ANOTHER_CANCER
    if any(name.startswith("Condition/") for name in named):
        return OF_ANOTHER_DISEASE
    return NAMES_NO_CANCER if len(record.primaries) > 1 else None


def _section_of(
    record: CancerRecord, primary: PrimaryCancer, fact: Resource, vitals: set[str]
) -> str | None:
    """Return the section of a fact, None where no section takes it."""
    name, kind = str(literal_reference(fact)), record.kind(fact)
    if name == primary.reference:
        return "cancer"
    if kind == Kind.MEDICATION:
        return _DRUG_SECTIONS[fact["resourceType"]]
    if kind is not None:
        return _SECTIONS.get(kind)
    if fact["resourceType"] == "Condition":
        return "problems" if _is_problem(fact) else None
    if fact["resourceType"] == "Observation":
        coded = codes(fact.get("code"))
        found = {"smoking": _SMOKING in coded, "work": _WORK in coded, "vitals": name in vitals}
        return next((section for section, is_it in found.items() if is_it), None)
    return None


def _is_problem(condition: Resource) -> bool:
    categories = items(condition.get("category"))
    return any(code in _PROBLEMS for category in categories for _, code in codes(category))


def _choose_course(chosen: Chosen) -> None:
    """Name the newest radiotherapy course in its section; the others stay among the procedures."""
    procedures = chosen.sections["procedures"]
    course = next((r for r in procedures if _COURSE in profile_names(r)), None)
    if course:
        procedures.remove(course)
        chosen.sections["radiotherapy"].append(course)


def _choose_stage(chosen: Chosen, primary: PrimaryCancer) -> None:
    """Name one stage group, a clinical one first, and send its T, N and M as its members."""
    found = chosen.sections["stages"]
    staged = [stage for stage in primary.stages if stage.system == "tnm" and stage.group]
    stage = min(staged, key=lambda each: each.basis != "clinical", default=None)
    group = stage.group if stage else None
    members = {local_reference(member) for member in items((group or {}).get("hasMember"))}
    chosen.sections["stages"] = [group] if group else []
    chosen.members += [r for r in found if literal_reference(r) in members and r is not group]
    sent = {id(r) for r in (group, *chosen.members)}
    _leave_out(chosen, (r for r in found if id(r) not in sent), ONE_STAGE)


def _leave_out(chosen: Chosen, resources: Iterable[Resource], reason: str) -> None:
    chosen.reasons.update({str(literal_reference(r)): reason for r in resources})
