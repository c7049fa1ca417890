"""Tumor: one mass in the body, so that sizes and specimens can say which one they are of.

Source: mCODE 4.0.0, Tumor and Body Structure Identifier.
"""

from collections.abc import Iterator, Mapping

from app.fhir.paths import get
from app.fhir.patterns import Pattern
from app.fhir.types import Element, Resource
from app.formatting import join
from app.forms._answers import AsRecorded, Reference, text_of
from app.forms._definition import EntryForm, Fold, Prefill, Question, Subject
from app.forms._elements.lists import Codes
from app.forms._elements.paths import Ext, Where
from app.forms._elements.plain import Words
from app.forms._elements.single import TUMOR_IDENTIFIER, Link
from app.forms._fields.base import FreeText, Target
from app.forms._fields.choices import CodedChecks, CodedRadio
from app.forms._fields.lines import ShortText
from app.forms._new import new_resource
from app.forms._shared.common import answers, coded, others
from app.forms._shared.links import offer
from app.forms._shared.site import (
    SIDE_CONCEPTS,
    SIDES,
    part_question,
    says_the_other_side,
    site,
    site_answer,
)
from app.mcode.content import condition_title
from app.mcode.diagnoses import same_diagnoses
from app.mcode.kinds import Kind
from app.mcode.model import PrimaryCancer
from app.mcode.profiles import EXTENSION, value_named
from app.mcode.tissue import is_number, tumor_identifiers, tumor_title
from app.terminology.concept import Concept
from app.terminology.systems import SNOMED, known_codes

_SIDE_CODES = {(concept.system, concept.code) for concept in SIDE_CONCEPTS}
_NUMBER = Where("identifier", is_number, TUMOR_IDENTIFIER)
_ADDRESS = Pattern(r"(?a)\A[a-z][a-z0-9+.-]*:\S+")


def _is_side(qualifier: Element) -> bool:
    return bool(known_codes(qualifier) & _SIDE_CODES)


def _is_part(qualifier: Element) -> bool:
    return not _is_side(qualifier)


def _metastases(primary: PrimaryCancer) -> list[Resource]:
    """Return one Condition of each metastasis."""
    return [diagnosis.conditions[0] for diagnosis in same_diagnoses(primary.metastases)]


class Tumor(EntryForm):
    """One tumor, by its place and the number under which it is known."""

    slug = "tumor"
    title = "Tumor"
    section = "Diagnosis"
    description = "One tumor by place and number, for sizes and specimens to refer to"
    order = 50
    profile = "tumor"
    kinds = (Kind.TUMOR,)
    new_resource = staticmethod(new_resource)
    rows = (
        ("disease",),
        ("location",),
        ("sides",),
        ("number",),
        Fold(
            "Part of the site, morphology, description, numbering",
            (("quarter",), ("morphology",), ("words",), ("numbering",)),
        ),
    )

    disease = CodedRadio[Reference | AsRecorded](
        "Tumor of",
        missing="Choose the diagnosis that the tumor belongs to",
        target=Target.main(
            Link("valueReference", ("Condition",)), Ext(EXTENSION["related-condition"])
        ),
    )
    location = site("Location", "location", missing="Enter where the tumor is")
    sides = CodedChecks(
        "Side",
        options=SIDES,
        target=Target.main(Codes(Where("locationQualifier", _is_side), SIDE_CONCEPTS)),
    )
    quarter = part_question(
        Target.main(Codes(Where("locationQualifier", _is_part), answers("body-location-qualifier")))
    )
    number = ShortText(
        "Number of the tumor",
        target=Target.main(Words("value"), _NUMBER),
        hint="As imaging or pathology calls it, such as Tumor 1",
    )
    numbering = ShortText(
        "Numbering system",
        target=Target.main(Words("system"), _NUMBER),
        pattern=_ADDRESS,
        sentence="Enter the numbering system as an address, such as urn:oid:1.2.3",
        hint="The address that the EHR has for these numbers",
    )
    morphology = coded("Morphology", "tumor-morphology-code", name="morphology", systems=(SNOMED,))
    words = FreeText("Description", target=Target.main(Words("description")))

    def prepare(self, subject: Subject) -> None:
        """Offer the cancer and its metastases, each of which may be what the tumor is of."""
        primaries = [subject.primary] if subject.primary else subject.record.primaries
        found = [c for primary in primaries for c in (primary.condition, *_metastases(primary))]
        offer(self.disease, subject, found, condition_title)
        super().prepare(subject)

    def finish(self, parts: dict[str, Resource], references: Mapping[str, str]) -> None:
        """Give a new tumor without a number an identifier by which specimens can name it."""
        tumor = parts["main"]
        if not references["main"].startswith("urn:uuid:") or self.number.data:
            return
        own = tumor["identifier"][-1]
        tumor["identifier"] = [{**TUMOR_IDENTIFIER, **own}, own]

    def headline(self, subject: Subject) -> str:
        """Return "Tumor · Tumor 1 · Left breast structure"."""
        location = self.display("location").removesuffix(" (as in the chart)")
        return join([self.title, self.number.data, location])

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Begin with the diagnosis, and the site and side that it names."""
        condition = subject.cancer.condition
        recorded = get(condition, "bodySite")
        prefilled: dict[str, Prefill] = {}
        if not subject.cancer.metastases:
            about = Reference(f"Condition/{subject.cancer.id}")
            prefilled["disease"] = Prefill(about, "the diagnosis that this entry is about")
        side = SIDE_CONCEPTS.match(known_codes(value_named(recorded, "laterality")))
        if located := site_answer(recorded):
            prefilled["location"] = Prefill(located, "from the diagnosis")
        if side:
            prefilled["sides"] = Prefill((side,), "from the diagnosis")
        return prefilled

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the other tumors of the cancer."""
        found = others(subject, subject.record.of_kinds(Kind.TUMOR))
        return [("On record", tumor_title(other), "") for other in found]

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse a side that the place contradicts, and numbers that name nothing."""
        place = self.display("location")
        only = self.sides.data[0] if len(self.sides.data) == 1 else None
        if says_the_other_side(place, only):
            yield "sides", f"Choose the side again: the location is “{place}”"
        morphology = self.morphology.data
        if isinstance(morphology, Concept) and not morphology.code:
            yield "morphology", "Enter the code of the morphology with its words"
        if self.numbering.data and not self.number.data:
            yield "number", "Enter the number, or remove the numbering system"
        elif not subject.is_new and self.load(subject.originals)["number"] and not self.number.data:
            yield "number", "Enter the number of the tumor: specimens name the tumor by it"

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a number that is in use: specimens name their tumor by it."""
        own = (self.numbering.data or "", self.number.data or "")
        for other in others(subject, subject.record.of_kinds(Kind.TUMOR)):
            if self.number.data and own in tumor_identifiers(other):
                yield Question(
                    "number-in-use",
                    "number",
                    f"Another tumor has this number: {tumor_title(other)}. "
                    "Tick to confirm that both are right",
                )
        held = self.load(subject.originals)
        before = (text_of(held["numbering"]), text_of(held["number"]))
        specimens = subject.record.of_kinds(Kind.SPECIMEN)
        named = sum(before in tumor_identifiers(specimen) for specimen in specimens)
        if held["number"] and before != own and named:
            yield Question(
                "specimens",
                "number",
                f"Specimens on record that name the tumor by its number: {named}. "
                "Tick to confirm that they no longer do",
            )
