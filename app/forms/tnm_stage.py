"""TNM stage: the stage group and its T, N and M categories, of AJCC or UICC, in one entry.

Source: mCODE 4.0.0, profiles TNM Stage Group, TNM Primary Tumor, Regional Nodes and Distant
Metastases Category. The categories' criteria are the staging manual's; the form offers all values
of a prefix and derives no stage group from them.
"""

from collections.abc import Collection, Iterator, Mapping

from app.fhir.patterns import Pattern
from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.forms._answers import AS_RECORDED, Answer, Coding, is_given, text_of
from app.forms._definition import Author, Originals, Part, Prefill, Question, Subject
from app.forms._elements.single import Coded
from app.forms._fields.base import Option, Target
from app.forms._fields.choices import CodedRadio, CodedSelect
from app.forms._new import new_observation
from app.forms._shared.common import add_members, effective_date, note
from app.forms._shared.staging import TNM_FORM, StageForm, stages_on_record, when
from app.forms._shared.tnm_answers import PREFIX_LABELS, category, concepts, options, value_of
from app.mcode.content import effective, is_deceased
from app.mcode.kinds import TNM_KINDS
from app.mcode.model import CancerRecord, PrimaryCancer, Stage
from app.mcode.pathology import nodes_and_reports
from app.mcode.tnm import (
    edition_of,
    editions,
    means,
    parts_of,
    recorded_prefix,
    stage_with,
    tnm_stages,
)
from app.mcode.treated import was_operated_first
from app.mcode.values import component_value
from app.terminology.concept import Concept
from app.terminology.lists import ConceptList
from app.terminology.systems import LOINC
from app.terminology.tnm import AXES, EDITION_LABELS, Axis, observation_code

_PROFILE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-tnm-"


class TnmStage(StageForm):
    """Stage of a solid tumor by T, N and M."""

    slug = "tnm-stage"
    title = TNM_FORM
    description = "Clinical, pathologic or other TNM categories with their stage group"
    parts = (
        Part("t", "Primary tumor (T)", f"{_PROFILE}primary-tumor-category"),
        Part("n", "Regional nodes (N)", f"{_PROFILE}regional-nodes-category"),
        Part("m", "Distant metastases (M)", f"{_PROFILE}distant-metastases-category"),
        Part("group", "TNM stage group", f"{_PROFILE}stage-group"),
    )
    kinds = tuple(TNM_KINDS.values())
    order = 10
    told_apart_by = "prefix"
    headline_fields = ("prefix", "date")
    rows = (("prefix",), ("t",), ("n",), ("m",), ("group", "edition", "date"), ("note",))

    prefix = CodedRadio[str](
        "Kind of staging",
        missing="Choose the kind of staging",
        options=[Option(key, words) for key, words in PREFIX_LABELS.items()],
    )
    t = category("t", "T  primary tumor", "Choose the T category", ("not-performed",))
    n = category("n", "N  regional nodes", "Choose the N category", ("not-performed",))
    m = category(
        "m", "M  distant metastases", "Choose the M category", ("not-applicable", "not-performed")
    )
    group = CodedSelect(
        "Stage group",
        missing="Choose the stage group",
        target=Target(("group",), value_of("group")),
        options=options("group"),
        absent=("unknown",),
        depends_on="prefix",
    )
    edition = CodedSelect(
        "Edition",
        missing="Choose the edition of the staging manual",
        target=Target(AXES, Coded("method", ConceptList(editions))),
        options=[Option(edition, EDITION_LABELS[edition.code]) for edition in editions()],
    )
    date = effective_date("date of staging", *AXES)
    note = note("group")

    @classmethod
    def matches(cls, record: CancerRecord, resource: Resource) -> bool:
        """Tell whether a resource is part of a TNM stage."""
        return super().matches(record, resource) and stage_with(record, resource) is not None

    @classmethod
    def find(
        cls, record: CancerRecord, resource: Resource
    ) -> tuple[PrimaryCancer | None, dict[str, Resource]]:
        """Return the stage that the resource is part of: its group and categories."""
        stage = stage_with(record, resource)
        return record.primary_of(resource), parts_of(stage) if stage else {}

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return a TNM observation of the kind that the prefix, and for M the value, asks for."""
        code = self._code(part).codeable()
        return new_observation(part, subject, author, code=code, category="exam")

    def written_parts(self) -> list[Part]:
        """Return all parts of a new entry; a category that was never recorded may stay so."""
        return [part for part in self.parts if self[part.key].data]

    def fill(self, resource: Resource, part: Part, unchanged: Collection[str] = ()) -> None:
        """Write the answers, and the code that goes with a changed prefix or value."""
        super().fill(resource, part, unchanged)
        if {"prefix", part.key} - set(unchanged) and self[part.key].data != AS_RECORDED:
            code = self._code(part)
            if resource["code"] != code.codeable() and not means(resource, code):
                resource["code"] = code.codeable()

    def finish(self, parts: dict[str, Resource], references: Mapping[str, str]) -> None:
        """Make the group hold each category that is new."""
        new = [references[axis] for axis in ("t", "n", "m") if axis in parts]
        add_members(parts.get("group"), (name for name in new if name.startswith("urn:uuid:")))

    def load(self, originals: Originals) -> dict[str, Answer | None]:
        """Return the answers in the chart; the prefix is read off the values."""
        return {**super().load(originals), "prefix": recorded_prefix(originals) or None}

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Begin with the kind of staging that is still to be done, and the edition in use."""
        stages = tnm_stages(subject.cancer)
        if not stages:
            return {}
        latest = stages[0]
        prefilled = {}
        edition = next(filter(None, map(edition_of, latest.resources)), None)
        if edition:
            prefilled["edition"] = Prefill(edition, f"as in the stage of {when(latest)}")
        only_clinical = {stage.basis for stage in stages} == {"clinical"}
        if only_clinical and was_operated_first(subject.record, subject.cancer):
            prefilled["prefix"] = Prefill("p", "the chart has a clinical stage and an operation")
        return prefilled

    def stages(self, primary: PrimaryCancer) -> list[Stage]:
        """Return the TNM stages on record."""
        return tnm_stages(primary)

    def is_same_kind(self, stage: Stage) -> bool:
        """Tell whether a stage has the prefix that is answered."""
        return recorded_prefix(parts_of(stage)) == self.prefix.data

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the stages on record, the tumor's size, and what pathology found."""
        if subject.primary is None:
            return []
        rows = stages_on_record(subject)
        for tumor in subject.primary.tumors:
            size = component_value(tumor, LOINC, _LONGEST)
            if size and size.text:
                words = f"{size.text} {size.unit or ''}".strip()
                rows.append(("Tumor size", words, partial_date(effective(tumor) or "")))
        return rows + nodes_and_reports(subject.record, subject.primary)

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse values of another prefix, and a note without the stage group that holds it."""
        if self.note.data and not self.group.data:
            yield "group", "Choose the stage group, or remove the note, which is kept with it"
        for axis in AXES:
            if not self._fits_prefix(axis):
                name = "stage group" if axis == "group" else f"{axis.upper()} category"
                chosen, kind = self.display(axis), self.display("prefix")
                yield axis, f"Choose the {name} again: {chosen} does not go with “{kind}”"

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about what is possible and seldom meant."""
        if self.prefix.data == "a" and not is_deceased(subject.record.patient):
            yield Question(
                "autopsy",
                "prefix",
                "An autopsy stage is for a patient who has died, and the chart does not say so. "
                "Tick to confirm the autopsy stage",
            )
        if _METASTATIC.search(self.display("m")) and _EARLY.fullmatch(self.display("group")):
            yield Question(
                "early-with-metastasis",
                "group",
                f"Stage group {self.display('group')} with {self.display('m')} is unusual. "
                "Tick to confirm that both are right",
            )
        yield from super().questions(subject)

    def derived_questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a stage group that stays beside other categories."""
        held = self.load(subject.originals)
        known = {axis: answer for axis, answer in held.items() if axis in AXES and is_given(answer)}
        changed = [
            axis for axis, answer in known.items() if text_of(answer) != self.asked[axis].text
        ]
        if "group" in known and changed and "group" not in changed:
            categories = join((self.display(axis) for axis in changed), ", ")
            yield Question(
                "group-stays",
                "group",
                f"The stage group stays {self.display('group')}, and {categories} is new. "
                "Tick to confirm that the group still holds",
            )

    def _code(self, part: Part) -> Concept:
        axis: Axis = part.key  # type: ignore[assignment]  # the parts are the axes
        value: Coding | None = self[axis].data
        return observation_code(
            axis, self.prefix.data or "c", value if value in concepts(axis) else None
        )

    def _fits_prefix(self, axis: Axis) -> bool:
        option = next((o for o in options(axis) if o.value == self[axis].data), None)
        return option is None or self.prefix.data in option.only_for


_LONGEST = "33728-7"
_METASTATIC = Pattern(r"M1")
_EARLY = Pattern(r"0\w*|II?[A-E]?[0-9]?|IS|II bulky")
