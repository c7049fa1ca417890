"""Specimen: what was taken, when and from where, and which tumor it is of.

Source: mCODE 4.0.0, Human Specimen. A specimen names its tumor by having the tumor's identifier.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.fhir.paths import items, text
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.formatting import join
from app.forms._answers import Identifier
from app.forms._definition import EntryForm, Fold, Subject
from app.forms._elements.paths import Key
from app.forms._elements.plain import Date, Element, Words, replace_item
from app.forms._elements.single import TUMOR_IDENTIFIER, Coded
from app.forms._fields.base import Option, Target
from app.forms._fields.choices import CodedRadio, CodedSelect
from app.forms._new import new_resource
from app.forms._shared.common import answers, day, note, others
from app.forms._shared.links import some, specimen_display
from app.forms._shared.site import part_of_site, side, side_problems, site
from app.mcode.kinds import Kind
from app.mcode.tissue import names_a_tumor, tumor_identifiers, tumor_title

# What oncology sends most, and shorter words for some of the others.
_USUAL = ("TISS", "TUMOR", "BLD", "MAR", "BON", "SKN", "CSF", "PLR", "FGA", "UR")
_LABELS = {
    "BIFL": "Bile",
    "BLDA": "Arterial blood",
    "BLDV": "Venous blood",
    "CSERU": "Convalescent serum",
    "CSF": "Cerebrospinal fluid",
    "FBLOOD": "Fetal blood",
    "FGA": "Abdominal fluid",
    "GENV": "Vaginal swab",
    "HYDC": "Hydrocele fluid",
    "KIDFLD": "Kidney fluid",
    "LSAC": "Lumbar sac fluid",
    "MAR": "Bone marrow",
    "PCFL": "Pericardial fluid",
    "PLR": "Pleural fluid",
    "SNV": "Joint fluid",
    "STL": "Stool",
}
_STATUSES = {
    "available": "Available",
    "unavailable": "No longer there",
    "unsatisfactory": "Not fit for examination",
}


def _types() -> list[Option]:
    concepts = {concept.code: concept for concept in answers("human-specimen-type")}
    others = [code for code in concepts if code not in _USUAL]
    words = {code: _LABELS.get(code, concept.display) for code, concept in concepts.items()}
    usual = [Option(concepts[code], words[code]) for code in _USUAL]
    rest = [Option(concepts[code], words[code], group="Other") for code in others]
    return usual + sorted(rest, key=lambda option: option.label)


@dataclass(frozen=True)
class TumorName(Element[Identifier]):
    """The identifier by which a specimen names its tumor.

    mCODE ties the two by equal identifiers (mCODE 4.0.0, Human Specimen); other identifiers of the
    specimen are left alone.
    """

    def read(self, resource: Resource) -> Identifier | None:
        found = self._found(resource)
        return Identifier(str(found.get("system") or ""), found["value"]) if found else None

    def put(self, resource: Resource, answer: Identifier | None) -> None:
        new = None
        if answer:
            system = {"system": answer.system} if answer.system else {}
            new = {**TUMOR_IDENTIFIER, **system, "value": answer.value}
        replace_item(resource, "identifier", self._found(resource), new)

    @staticmethod
    def _found(resource: Resource) -> Json | None:
        for entry in items(resource.get("identifier")):
            if names_a_tumor(entry) and text(entry.get("value")):
                return entry
        return None


class Specimen(EntryForm):
    """A specimen, and the tumor that it was taken from."""

    slug = "specimen"
    title = "Specimen"
    section = "Diagnosis"
    description = "What was taken, when, from where, and of which tumor"
    order = 70
    profile = "human-specimen"
    kinds = (Kind.SPECIMEN,)
    about = "patient"
    new_resource = staticmethod(new_resource)
    rows = (
        ("kind",),
        ("collected",),
        ("tumor",),
        ("site",),
        ("side",),
        Fold("Part of the site, status, note", (("part",), ("status",), ("note",))),
    )

    kind = CodedSelect(
        "Kind of specimen",
        missing="Choose the kind of specimen",
        options=_types(),
        target=Target.main(Coded("type", answers("human-specimen-type"))),
    )
    collected = day(
        "Collected on",
        "date of collection",
        Target.main(Date("collectedDateTime", stem="collected"), Key("collection")),
    )
    tumor = CodedSelect[Identifier]("Tumor", target=Target.main(TumorName()))
    site = site("Body site", "bodySite", Key("collection"))
    side = side(Key("collection"), Key("bodySite"))
    part = part_of_site(Key("collection"), Key("bodySite"))
    status = CodedRadio[str](
        "Status",
        options=[Option(code, words) for code, words in _STATUSES.items()],
        target=Target.main(Words("status")),
    )
    note = note("main")

    def prepare(self, subject: Subject) -> None:
        """Offer the patient's tumors, and the one that an entry names already."""
        offered: dict[Identifier, str] = {}
        held = self.load(subject.originals)["tumor"]
        for tumor in some(self.tumor, subject.record.of_kinds(Kind.TUMOR)):
            names = [Identifier(system, value) for system, value in tumor_identifiers(tumor)]
            for name in [name for name in names if name == held] or names[:1]:
                offered[name] = tumor_title(tumor)
        if isinstance(held, Identifier) and held not in offered:
            offered[held] = f"{held.value}, which this chart does not show"
        self.tumor.offer(Option(name, words) for name, words in offered.items())
        super().prepare(subject)

    def headline(self, subject: Subject) -> str:
        """Return "Specimen · Tissue, 12-Mar-2026"."""
        details = join([self.display("kind"), self.display("collected")], ", ")
        return join([self.title, details])

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the specimens on record, so that none is entered twice."""
        found = others(subject, subject.record.of_kinds(Kind.SPECIMEN))
        return [("On record", specimen_display(other), _number(other)) for other in found]

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse a side without a site."""
        yield from side_problems(self.display("site"), self.side.data, self.part.data)


def _number(specimen: Resource) -> str:
    """Return the laboratory's number of a specimen."""
    found = items(specimen.get("accessionIdentifier"))
    return str(found[0].get("value") or "") if found else ""
