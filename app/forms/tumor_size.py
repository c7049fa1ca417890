"""Tumor size: up to three dimensions of one tumor, or of the specimen taken from it.

Source: mCODE 4.0.0, Tumor Size; a size is either a tumor's or a specimen's, never both.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.forms._answers import AsRecorded, Lengths, Reference
from app.forms._definition import Part, Prefill, Question, Subject
from app.forms._elements import Coded, Dimensions, Link, OneLink, Unit
from app.forms._fields import CodedSelect, Place, Sizes, options_in_words
from app.forms._new import ObservationForm
from app.forms._shared.common import answers, day_problems, effective_date, note, others
from app.forms._shared.links import offer, specimen_words
from app.mcode.content import condition_title, effective
from app.mcode.definitions import profile_url
from app.mcode.kinds import Kind
from app.mcode.tissue import tumor_title
from app.terminology.concept import Concept, concept_text
from app.terminology.systems import LOINC

_LONGEST = Concept(LOINC, "33728-7", "Longest dimension", official=False)
_OTHER = Concept(LOINC, "33729-5", "Further dimension", official=False)
_UNITS = (Unit("mm", "mm"), Unit("cm", "cm"))
_SIZE = Dimensions(_LONGEST, _OTHER, _UNITS)

# In millimetres: beyond these a unit or a decimal point has most likely slipped.
_SELDOM_BELOW, _SELDOM_ABOVE = 1, 300

_METHODS = answers("tumor-size-method")
_METHOD_WORDS = {
    "787377000": "Pathology, gross examination",
    "104157003": "Pathology, microscopy",
    "77477000": "CT",
    "113091000": "MRI",
    "16310003": "Ultrasound",
    "82918005": "PET",
    "363680008": "X-ray",
    "363679005": "Other imaging",
    "5880005": "Physical examination",
}


class TumorSize(ObservationForm):
    """How large a tumor is, how and when it was measured."""

    slug = "tumor-size"
    title = "Tumor size"
    section = "Diagnosis"
    description = "Up to three dimensions of a tumor or specimen, and how they were measured"
    order = 60
    parts = (Part("main", "Tumor size", profile_url("tumor-size")),)
    kinds = (Kind.TUMOR_SIZE,)
    code = Concept(LOINC, "21889-1", "Tumor size", official=False)
    category = None
    focused = False
    told = ("size",)
    rows = (("measured",), ("size",), ("method",), ("date",), ("note",))

    measured = CodedSelect[Reference | AsRecorded](
        "Tumor or specimen",
        missing="Choose the tumor or specimen that was measured",
        place=Place.main(
            OneLink(
                (
                    Link("focus", ("BodyStructure", "Condition"), listed=True),
                    Link("specimen", ("Specimen",)),
                )
            )
        ),
    )
    size = Sizes(
        "Size", missing="Enter the longest dimension", units=_UNITS, place=Place.main(_SIZE)
    )
    method = CodedSelect(
        "Measured by",
        missing=None,
        options=options_in_words(_METHODS, _METHOD_WORDS),
        place=Place.main(Coded("method", _METHODS)),
    )
    date = effective_date("date of measurement", "main")
    note = note("main")

    def prepare(self, subject: Subject) -> None:
        """Offer the cancer's tumors and the patient's specimens."""
        found = [*_tumors(subject), *subject.record.of_kinds(Kind.SPECIMEN)]
        offer(self.measured, subject, found, _words)
        super().prepare(subject)

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Begin with the tumor where the cancer has only one."""
        tumors = _tumors(subject)
        if len(tumors) != 1:
            return {}
        tumor = Reference(f"BodyStructure/{tumors[0]['id']}")
        return {"measured": Prefill(tumor, "the tumor on record")}

    def notices(self, subject: Subject) -> list[str]:
        """Say what to do where there is nothing that could have been measured."""
        return [] if self.measured.options else [_NOTHING_TO_MEASURE]

    def facts(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the sizes on record, the newest first."""
        known = subject.primary.tumors if subject.primary else ()
        sizes = [r for r in known if subject.record.kind(r) == Kind.TUMOR_SIZE]
        return [
            (
                "On record",
                _SIZE.recorded(size) or str(_SIZE.read(size) or ""),
                join([partial_date(effective(size)), concept_text(size.get("method"))]),
            )
            for size in others(subject, sizes)
        ]

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse days outside the patient's life so far."""
        return day_problems("date", self.date.data, subject, "date of measurement")

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a size that a slipped unit or decimal point would give."""
        size = self.size.data
        if isinstance(size, Lengths):
            length = size.sides[0].value * (10 if size.unit == "cm" else 1)
            if not _SELDOM_BELOW <= length <= _SELDOM_ABOVE:
                yield Question(
                    "unusual-size",
                    "size",
                    f"{size} is an unusual size. Tick to confirm that it is right",
                )


def _tumors(subject: Subject) -> list[Resource]:
    """Return the tumors of the cancer that the entry is about, else all of the patient's."""
    found = subject.record.of_kinds(Kind.TUMOR)
    primary = subject.primary
    return [r for r in found if primary is None or subject.record.primary_of(r) is primary]


def _words(resource: Resource) -> str:
    match resource["resourceType"]:
        case "BodyStructure":
            return f"Tumor: {tumor_title(resource)}"
        case "Specimen":
            return f"Specimen: {specimen_words(resource)}"
    return condition_title(resource)


_NOTHING_TO_MEASURE = (
    "A size is that of a tumor or of a specimen, and the chart has neither. Record the tumor first."
)
