"""What the forms of genomic findings share: components, notations, genes, places, names.

Source: the profiles of HL7 Genomics Reporting on which mCODE's are built; HGVS nomenclature
(den Dunnen et al., Hum Mutat 2016;37:564).
"""

from dataclasses import dataclass
from typing import Any

from app.fhir.paths import codings, get, items, text
from app.fhir.patterns import Pattern
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.formatting import join
from app.forms._answers import AsRecorded, Reference
from app.forms._definition import Subject
from app.forms._elements.paths import Component, Where
from app.forms._elements.plain import Named, Words
from app.forms._fields.base import Target
from app.forms._fields.choices import CodedSelect
from app.forms._fields.lines import ShortText
from app.forms._new import ObservationForm
from app.forms._shared.common import coded
from app.forms._shared.links import offer_specimens
from app.mcode.values import observation_value
from app.terminology.chosen import gene_concepts
from app.terminology.concept import Concept, whole_text
from app.terminology.lists import ConceptList
from app.terminology.systems import CLINVAR, HGVS, LOINC, REFSEQ, canonical, known_codes

GENES = ConceptList(gene_concepts)
GENE = Concept(LOINC, "48018-6", "Gene studied", official=False)
TBD = "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs"

# The sequence before the change, as in NM_004333.6 or NC_000007.14(BRAF), and its colon.
_REFERENCE = r"(?:[A-Z][A-Za-z0-9_.]{1,30}(?:\([A-Za-z0-9_.\-]{1,30}\))?:)?"
_CHANGE = r"[A-Za-z0-9_*>+=?()\[\];:.,^{}/~\-]{1,120}"
_ALLELE = Pattern(r"[ACGTNacgtn*.\-]{1,200}")
# Protein, coding DNA, genome, karyotype, place on the chromosome: the first says it shortest.
_CHANGES = ("48005-3", "48004-6", "81290-9", "81291-7", "48001-2")


# What one line of a form can show and send back as it is.
_LINE = Pattern(r"[^\x00-\x1f\x7f]{1,200}")


@dataclass(frozen=True)
class Symbol(Named[str]):
    """A CodeableConcept that is one typed expression, such as "c.1799T>A" or "17p13.1".

    With a `system` the expression is the code, without one the text of a concept without codes.
    """

    system: str | None = None

    def answer_of(self, value: Any) -> str | None:
        found = self._expression(value) or ""
        return found if _LINE.fullmatch(found) else None

    def value_of(self, answer: str, old: Any) -> Json:  # noqa: ARG002 -- nothing of it is kept
        coding = {"coding": [{"system": self.system, "code": answer}]} if self.system else {}
        return {**coding, "text": answer}

    def recorded(self, resource: Resource) -> str:
        return "" if self.read(resource) else whole_text(resource.get(self.name)) or ""

    def _expression(self, concept: Any) -> str | None:
        if self.system is None:
            return None if codings(concept) else text(get(concept, "text"))
        for coding in codings(concept):
            if canonical(text(coding.get("system")) or "") == self.system:
                return text(coding.get("code"))
        return None


def component(code: str, words: str, system: str = LOINC) -> Where:
    """Return the step to the component of a finding with a code of LOINC, called `words`."""
    return Component(Concept(system, code, words, official=False))


def symbol(label: str, step: Where, *, system: str | None = None, **asked: Any) -> ShortText:
    """Return the question for an expression of a notation, the value of a component."""
    target = Target.main(Symbol("valueCodeableConcept", system), step)
    return ShortText(label, target=target, **asked)


def hgvs(label: str, code: str, level: str, example: str) -> ShortText:
    """Return the question for a change in HGVS nomenclature on a level of the sequence.

    `level` has the letters before the dot: "c" of coding DNA, "p" of protein, "gm" of the genome.
    """
    return symbol(
        label,
        component(code, label),
        system=HGVS,
        pattern=Pattern(rf"{_REFERENCE}[{level}]\.{_CHANGE}"),
        sentence=f"Enter the change in the notation of HGVS, such as {example}",
        hint=f"Such as {example}",
    )


def genomic_sequence() -> ShortText:
    """Return the question for the genomic reference sequence, by its RefSeq accession."""
    return symbol(
        "Genomic sequence",
        component("48013-7", "Genomic reference sequence"),
        system=REFSEQ,
        pattern=Pattern(r"(?a)N[CGTW]_\d{6,9}\.\d{1,3}"),
        sentence="Enter the sequence with its version, such as NC_000007.14",
        hint="Such as NC_000007.14",
    )


def genes_of(finding: Resource) -> list[str]:
    """Return the symbols of the genes that a finding names."""
    return _component_displays(finding, GENE.code)


def change_of(finding: Resource) -> str:
    """Return the change that a variant is, the protein's first; empty where none is named."""
    return next((w[0] for code in _CHANGES if (w := _component_displays(finding, code))), "")


def finding_display(finding: Resource) -> str:
    """Return a variant or region as one is told from others: "BRAF p.Val600Glu"."""
    return join(["-".join(genes_of(finding)), change_of(finding)], " ")


def _component_displays(finding: Resource, code: str) -> list[str]:
    return [
        words
        for part in items(finding.get("component"))
        if (LOINC, code) in known_codes(part.get("code"))
        and (words := observation_value(part).text)
    ]


def _allele(label: str, code: str) -> ShortText:
    return ShortText(
        label,
        pattern=_ALLELE,
        sentence="Enter the bases, such as A or CT",
        target=Target.main(Words("valueString"), component(code, label)),
    )


class GenomicForm(ObservationForm):
    """Base of the forms of genomic findings: the patient's, with the specimen they were made in."""

    section = "Labs and genomics"
    about = "patient"
    category = "laboratory"
    focused = False
    specimen: CodedSelect[Reference | AsRecorded]

    def prepare(self, subject: Subject) -> None:
        """Offer the patient's specimens."""
        offer_specimens(self.specimen, subject)
        super().prepare(subject)


class SequenceFields(GenomicForm):
    """Base of a form that asks where in the genome a finding lies."""

    location = symbol(
        "Cytogenetic location", component("48001-2", "Cytogenetic location"), hint="Such as 17p13.1"
    )
    karyotype = symbol(
        "Karyotype (ISCN)",
        component("81291-7", "Variant in ISCN"),
        hint="Such as t(9;22)(q34;q11)",
    )
    chromosome = coded(
        "Chromosome", "LL2938-0", way=(component("48000-4", "Chromosome"),), extensible=False
    )
    build = coded("Genome build", "LL1040-6", way=(component("62374-4", "Genome build"),))
    transcript = symbol(
        "Transcript",
        component("51958-7", "Transcript reference sequence"),
        system=REFSEQ,
        pattern=Pattern(r"(?a)[NX][MR]_\d{6,9}\.\d{1,3}"),
        sentence="Enter the transcript with its version, such as NM_004333.6",
    )
    sequence = genomic_sequence()
    ref_allele = _allele("Reference allele", "69547-8")
    alt_allele = _allele("Alternative allele", "69551-0")
    clinvar = symbol(
        "ClinVar variation",
        component("81252-9", "Discrete genetic variant"),
        system=CLINVAR,
        pattern=Pattern(r"(?a)\d{1,9}"),
        sentence="Enter the number of the variation in ClinVar, such as 13961",
    )
