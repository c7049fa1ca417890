"""Tumor morphology: what pathology says of type, behavior and grade, as one panel.

Source: mCODE 4.0.0, Tumor Morphology, Histologic Behavior and Type, Histologic Grade.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from app.fhir.paths import extension_value, items
from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.forms._definition import (
    Author,
    EntryForm,
    Fold,
    Originals,
    Part,
    Prefill,
    Question,
    Subject,
)
from app.forms._new import new_finding
from app.forms._shared.common import (
    add_members,
    answer_from,
    answers,
    coded,
    effective_date,
    labelled,
    note,
    others,
)
from app.forms._shared.diseases import (
    HISTOLOGY_HINT,
    HISTOLOGY_SYSTEMS,
    histology_problems,
    suggest_histologies,
)
from app.forms._shared.links import offer_specimens, specimen
from app.mcode.content import asserted_date, effective
from app.mcode.definitions import profile_url
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.profiles import EXTENSION
from app.mcode.suited import GRADINGS, Suited
from app.mcode.tissue import member_of, panel_of
from app.mcode.values import result
from app.terminology.concept import Concept
from app.terminology.systems import LOINC, NCIT, SNOMED

_HISTOLOGY, _GRADE, _PANEL = "histology", "grade", "panel"
_TYPES = "histologic-behavior-and-type"
_ALL_PARTS = (_PANEL, _HISTOLOGY, _GRADE)
_MEMBERS = {_HISTOLOGY: Kind.HISTOLOGY, _GRADE: Kind.GRADE}
_CODES = {
    _HISTOLOGY: Concept(LOINC, "31206-6", "Histologic type and behavior", official=False),
    _GRADE: Concept(NCIT, "C18000", "Histologic grade", official=False),
    _PANEL: Concept(LOINC, "77753-2", "Tumor morphology", official=False),
}
_GRADE_LABELS = {"1155708003": "Low", "1286893008": "Intermediate", "1155707008": "High"}


class TumorMorphology(EntryForm):
    """Histologic type, behavior and grade of a tumor."""

    slug = "tumor-morphology"
    title = "Tumor morphology"
    section = "Diagnosis"
    description = "What pathology found: histologic type, behavior and grade"
    order = 40
    parts = (
        Part(_HISTOLOGY, "Histologic type and behavior", profile_url(_TYPES)),
        Part(_GRADE, "Histologic grade", profile_url("histologic-grade")),
        Part(_PANEL, "Tumor morphology", profile_url("tumor-morphology")),
    )
    kinds = (Kind.MORPHOLOGY, Kind.HISTOLOGY, Kind.GRADE)
    headline_fields = ("date",)
    rows = (
        ("histology",),
        ("grade",),
        ("specimen",),
        ("date",),
        Fold("Grading system, note", (("system",), ("note",))),
    )

    histology = coded(
        "Histologic type and behavior",
        _TYPES,
        parts=(_HISTOLOGY,),
        stem="value",
        extensible=True,
        systems=HISTOLOGY_SYSTEMS,
        hint=HISTOLOGY_HINT,
    )
    grade = labelled(
        "Histologic grade",
        "histologic-grade",
        _GRADE_LABELS,
        parts=(_GRADE,),
        stem="value",
    )
    specimen = specimen(*_ALL_PARTS)
    date = effective_date("date of the finding", *_ALL_PARTS, to_the_day=True)
    system = coded(
        "Grading system",
        "histologic-grading-system",
        parts=(_GRADE,),
        name="method",
        systems=(SNOMED,),
    )
    note = note(*_ALL_PARTS)

    _held: Originals

    @classmethod
    def find(
        cls, record: CancerRecord, resource: Resource
    ) -> tuple[PrimaryCancer | None, dict[str, Resource]]:
        """Return the panel with its histology and grade.

        A finding that is in no panel, or not the first of its kind there, stands alone.
        """
        kind = record.kind(resource)
        panel = resource if kind == Kind.MORPHOLOGY else panel_of(record, resource)
        parts = {key: resource for key, own in _MEMBERS.items() if own == kind}
        if panel:
            found = {key: member_of(record, panel, own) for key, own in _MEMBERS.items()}
            whole = {_PANEL: panel, **{key: member for key, member in found.items() if member}}
            parts = whole if resource in whole.values() else parts
        return record.primary_of(resource), parts

    def prepare(self, subject: Subject) -> None:
        """Offer the patient's specimens, and the histology that the chart tells of elsewhere."""
        self._held = subject.originals
        offer_specimens(self.specimen, subject)
        super().prepare(subject)
        suggest_histologies(self.histology, subject)

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return a laboratory finding about the cancer."""
        return new_finding(part, subject, author, code=_CODES[part.key].codeable())

    def written_parts(self) -> Sequence[Part]:
        """Return the findings that are answered; whatever is added comes with a panel."""
        answered = {_HISTOLOGY: self.histology.data, _GRADE: self.grade.data}
        members = [key for key, answer in answered.items() if answer]
        needed = {*members, *([_PANEL] if set(members) - set(self._held) else [])}
        return [part for part in self.parts if part.key in needed]

    def fill(self, resource: Resource, part: Part, unchanged: Collection[str] = ()) -> None:
        """Write the answers; the note into one part alone."""
        elsewhere = set() if part.key == self._note_home() else {"note"}
        super().fill(resource, part, {*unchanged, *elsewhere})

    def finish(self, parts: dict[str, Resource], references: Mapping[str, str]) -> None:
        """Make the panel hold what it does not hold yet."""
        has_panel = _PANEL in self._held
        new = [key for key in _MEMBERS if key in parts and not (has_panel and key in self._held)]
        add_members(parts.get(_PANEL), (references[key] for key in new))

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Begin with the histology that the diagnosis carries."""
        condition = subject.cancer.condition
        recorded = extension_value(condition, EXTENSION["histology"])
        answer = answer_from(recorded, answers(_TYPES), HISTOLOGY_SYSTEMS)
        when = partial_date(asserted_date(condition), "")
        origin = join(["from the diagnosis", when], ", ")
        return {"histology": Prefill(answer, origin)} if answer else {}

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return what pathology said before."""
        known = subject.primary.morphology if subject.primary else ()
        kinds = subject.record.kind
        return [
            (str(kinds(found)).capitalize(), result(found), partial_date(effective(found)))
            for found in others(subject, known)
            if kinds(found) in _MEMBERS.values()
        ]

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse an entry without a finding."""
        if not (self.histology.data or self.grade.data):
            yield "histology", "Enter the histologic type, the grade, or both"
        elif _HISTOLOGY in subject.originals and not self.histology.data:
            yield "histology", "Enter the histologic type: this finding is nothing without it"
        elif _GRADE in subject.originals and not self.grade.data:
            yield "grade", "Choose the grade: this finding is nothing without it"
        if self.system.data and not self.grade.data:
            yield "grade", "Choose the grade that this system gave"
        yield from histology_problems("histology", self.histology.data)

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a grading that is made for another cancer."""
        code = self.system.data.code if isinstance(self.system.data, Concept) else ""
        suited = GRADINGS.get(code, Suited())
        if not suited.takes_cancer(subject.primary):
            yield Question(
                "grading-of-another-cancer",
                "system",
                f"“{self.display('system')}” is for {suited.of}, and the diagnosis is "
                f"“{subject.title}”. Tick to record it all the same",
            )

    def _note_home(self) -> str:
        """Return the part that has the note, or is to have it."""
        noted = [key for key in _ALL_PARTS if items(self._held.get(key, {}).get("note"))]
        return next(iter([*noted, *(key for key in _ALL_PARTS if key in self._held)]), _PANEL)
