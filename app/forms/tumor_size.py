"""Tumor size: up to three dimensions of one tumor, or of the specimen taken from it.

Source: mCODE 4.0.0, Tumor Size; a size is either a tumor's or a specimen's, never both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.fhir.paths import items
from app.fhir.quantity import Quantity
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.formatting import join, partial_date, quantity
from app.forms._answers import AS_RECORDED, AsRecorded, Lengths, Reference
from app.forms._definition import Prefill, Question, Subject
from app.forms._elements.datatypes import Amount, Unit
from app.forms._elements.plain import Element, put_element
from app.forms._elements.single import Coded, Link, OneLink
from app.forms._fields.base import Target
from app.forms._fields.choices import CodedSelect, labelled_options
from app.forms._fields.numbers import Sizes
from app.forms._new import ObservationForm
from app.forms._shared.common import answers, effective_date, others
from app.forms._shared.links import offer, specimen_display
from app.mcode.content import condition_title, effective
from app.mcode.kinds import Kind
from app.mcode.plausible import LONGEST_SIZE
from app.mcode.tissue import tumor_title
from app.terminology.concept import Concept, concept_text
from app.terminology.systems import LOINC, known_codes

_LONGEST = Concept(LOINC, "33728-7", "Longest dimension", official=False)
_OTHER = Concept(LOINC, "33729-5", "Further dimension", official=False)
_UNITS = (Unit("mm", "mm"), Unit("cm", "cm"))

# In millimetres: beyond these a unit or a decimal point has most likely slipped.
_SELDOM_BELOW, _SELDOM_ABOVE = 1, 300

_METHODS = answers("tumor-size-method")
_METHOD_LABELS = {
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


_MOST_OTHERS = 2


@dataclass(frozen=True)
class Dimensions(Element[Lengths | AsRecorded]):
    """Components of a tumor size: the longest first, all in one unit.

    Sizes in several units, or with less or more than the form asks for, read as recorded. Other
    components stay, and so does what a component says beside its number.
    """

    longest: Concept
    other: Concept
    units: Sequence[Unit]

    def read(self, resource: Resource) -> Lengths | AsRecorded | None:
        first, rest = self._own(resource)
        if not first and not rest:
            return None
        sides = [self._amount().read(component) for component in (*first, *rest)]
        found = tuple(side for side in sides if side and self._is_plain(side))
        usual = len(first) == 1 and len(rest) <= _MOST_OTHERS and len(found) == len(sides)
        return Lengths(found) if usual and len({s.unit for s in found}) == 1 else AS_RECORDED

    def put(self, resource: Resource, answer: Lengths | AsRecorded | None) -> None:
        first, rest = self._own(resource)
        sides = answer.sides if isinstance(answer, Lengths) else ()
        kept = [
            *self._sized(first, sides[:1], self.longest),
            *self._sized(rest, sides[1:], self.other),
        ]
        gone = [c for c in (*first, *rest) if not any(c is k for k in kept)]
        entries = [c for c in items(resource.get("component")) if not any(c is g for g in gone)]
        entries += [c for c in kept if not any(c is e for e in entries)]
        put_element(resource, "component", entries)

    def recorded(self, resource: Resource) -> str:
        if self.read(resource) != AS_RECORDED:
            return ""
        first, rest = self._own(resource)
        sides = (quantity(component.get("valueQuantity"), "") for component in (*first, *rest))
        return join(sides, " x ") or "recorded without a number"

    def _own(self, resource: Resource) -> tuple[list[Json], list[Json]]:
        components = items(resource.get("component"))
        found = [
            [c for c in components if (code.system, code.code) in known_codes(c.get("code"))]
            for code in (self.longest, self.other)
        ]
        return found[0], found[1]

    def _is_plain(self, side: Quantity) -> bool:
        known = side.unit in {unit.code for unit in self.units}
        return known and not side.comparator and side.value >= 0

    def _sized(
        self, components: list[Json], sides: Sequence[Quantity], code: Concept
    ) -> list[Json]:
        """Return one component for each size, the present ones first."""
        new = [{"code": code.codeable()} for _ in sides[len(components) :]]
        result = [*components[: len(sides)], *new]
        for component, side in zip(result, sides, strict=True):
            component.pop("dataAbsentReason", None)
            self._amount().write(component, side)
        return result

    def _amount(self) -> Amount:
        return Amount("valueQuantity", self.units)


_SIZE = Dimensions(_LONGEST, _OTHER, _UNITS)


class TumorSize(ObservationForm):
    """How large a tumor is, how and when it was measured."""

    slug = "tumor-size"
    title = "Tumor size"
    section = "Diagnosis"
    description = "Up to three dimensions of a tumor or specimen, and how they were measured"
    order = 60
    profile = "tumor-size"
    kinds = (Kind.TUMOR_SIZE,)
    code = Concept(LOINC, "21889-1", "Tumor size", official=False)
    category = None
    focused = False
    headline_fields = ("size", "date")
    rows = (("measured",), ("size",), ("method",), ("date",), ("note",))

    measured = CodedSelect[Reference | AsRecorded](
        "Tumor or specimen",
        missing="Choose the tumor or specimen that was measured",
        target=Target.main(
            OneLink(
                (
                    Link("focus", ("BodyStructure", "Condition"), listed=True),
                    Link("specimen", ("Specimen",)),
                )
            )
        ),
    )
    size = Sizes(
        "Size",
        missing="Enter the longest dimension",
        units=_UNITS,
        target=Target.main(_SIZE),
    )
    method = CodedSelect(
        "Measured by",
        options=labelled_options(_METHODS, _METHOD_LABELS),
        target=Target.main(Coded("method", _METHODS)),
    )
    date = effective_date("date of measurement", "main")

    def prepare(self, subject: Subject) -> None:
        """Offer the cancer's tumors and the patient's specimens."""
        found = [*_tumors(subject), *subject.record.of_kinds(Kind.SPECIMEN)]
        offer(self.measured, subject, found, _display)
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

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
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
        """Refuse a size that nobody can have."""
        yield from super().check(subject)
        if (self._length() or 0) > LONGEST_SIZE:
            yield "size", f"Enter a size of at most {LONGEST_SIZE / 10:f} cm"

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a size that a slipped unit or decimal point would give."""
        size, length = self.size.data, self._length()
        if length is not None and not _SELDOM_BELOW <= length <= _SELDOM_ABOVE:
            yield Question(
                "unusual-size",
                "size",
                f"{size} is an unusual size. Tick to confirm that it is right",
            )

    def _length(self) -> Decimal | None:
        """Return the longest dimension in millimeters, None where the answer has none."""
        size = self.size.data
        if not isinstance(size, Lengths):
            return None
        return size.sides[0].value * (10 if size.unit == "cm" else 1)


def _tumors(subject: Subject) -> list[Resource]:
    """Return the tumors of the cancer that the entry is about, else all of the patient's."""
    found = subject.record.of_kinds(Kind.TUMOR)
    primary = subject.primary
    return [r for r in found if primary is None or subject.record.primary_of(r) is primary]


def _display(resource: Resource) -> str:
    match resource["resourceType"]:
        case "BodyStructure":
            return f"Tumor: {tumor_title(resource)}"
        case "Specimen":
            return f"Specimen: {specimen_display(resource)}"
    return condition_title(resource)


_NOTHING_TO_MEASURE = (
    "A size is that of a tumor or of a specimen, and the chart has neither. Record the tumor first."
)
