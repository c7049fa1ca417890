"""Genomic variant: a change that a test has looked for, found or not, in one gene or a fusion.

Source: mCODE 4.0.0, Genomic Variant, on HL7 Genomics Reporting 2.0.0. The profile names no cancer:
the specimen says where a somatic variant was found, and a germline variant is the patient's.
"""

from collections.abc import Iterator

from app.fhir.paths import get, text
from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.forms._definition import Fold, Prefill, Question, Subject
from app.forms._elements.datatypes import Unit
from app.forms._elements.single import Coded
from app.forms._fields.base import Option, Target
from app.forms._fields.choices import CodedRadio, options_of
from app.forms._fields.search import SearchOne
from app.forms._new import possible_duplicate
from app.forms._shared.common import amount, answers, coded, effective_date, several
from app.forms._shared.genomics import (
    GENE,
    GENES,
    TBD,
    SequenceFields,
    change_of,
    component,
    finding_display,
    genes_of,
    hgvs,
)
from app.forms._shared.links import specimen
from app.mcode.content import effective
from app.mcode.kinds import Kind
from app.mcode.values import observation_value
from app.terminology.concept import Concept
from app.terminology.systems import HGNC, LOINC, SEQUENCE_ONTOLOGY

_CONCEPT = "valueCodeableConcept"
_ABSENT = answers("LL1971-2").find(f"{LOINC}|LA9634-2")
_SOURCES = answers("LL378-1")
_FOLDED = {"LA10429-1", "LA18196-8", "LA26807-0"}
_METHODS = answers("LL4048-6")
_METHODS_IN_SIGHT = 6
_SHOWN = 6
# One of these says what the variant is.
_NAMED_BY = ("genes", "protein", "coding", "genomic", "location", "karyotype")


class GenomicVariant(SequenceFields):
    """A change in a gene, with what is known of it."""

    slug = "genomic-variant"
    title = "Genomic variant"
    description = "A mutation, fusion or copy number change, found or ruled out"
    order = 20
    profile = "genomic-variant"
    kinds = (Kind.VARIANT,)
    code = Concept(LOINC, "69548-6", "Genetic variant assessment", official=False)
    rows = (
        ("found",),
        ("genes",),
        ("protein", "coding", "genomic"),
        ("source",),
        ("fraction", "copies"),
        ("date", "specimen"),
        ("method",),
        Fold(
            "Zygosity, kind of change and its effect",
            (("zygosity",), ("dna_change",), ("amino_change",), ("consequence",)),
        ),
        Fold(
            "Target on the chromosome and reference sequences",
            (
                ("location", "karyotype"),
                ("chromosome", "build"),
                ("transcript", "sequence"),
                ("ref_allele", "alt_allele"),
                ("clinvar",),
            ),
        ),
        ("note",),
    )

    found = coded("Variant", "LL1971-2", missing="Choose whether the variant was found")
    genes = several(
        "Gene",
        GENES,
        way=component(GENE.code, GENE.term),
        member=_CONCEPT,
        extensible=True,
        systems=(HGNC,),
        hint="Of a fusion both genes",
        alternative=True,
    )
    protein = hgvs("Protein change", "48005-3", "p", "p.Val600Glu")
    coding = hgvs("Coding DNA change", "48004-6", "cn", "c.1799T>A or NM_004333.6:c.1799T>A")
    genomic = hgvs("Genomic change", "81290-9", "gm", "NC_000007.14:g.140753336A>T")
    source = CodedRadio(
        "Origin",
        options=[
            Option(concept, concept.display, folded=concept.code in _FOLDED)
            for concept in sorted(_SOURCES, key=lambda c: c.code in _FOLDED)
        ],
        target=Target.main(Coded(_CONCEPT, _SOURCES), component("48002-0", "Genomic source class")),
    )
    fraction = amount(
        "Allele fraction",
        (Unit("%", "%"), Unit("1", "of 1")),
        component("81258-6", "Sample variant allelic frequency"),
        least="0",
        most="100",
        compares=True,
    )
    copies = amount(
        "Copy number",
        (Unit("1", "copies"),),
        component("82155-3", "Copy number"),
        least="0",
        most="10000",
        compares=True,
    )
    date = effective_date("date of the finding", "main")
    specimen = specimen("main")
    method = SearchOne(
        "Method",
        concepts=_METHODS,
        extensible=True,
        systems=(LOINC,),
        suggested=options_of(_METHODS)[:_METHODS_IN_SIGHT],
        target=Target.main(Coded("method", _METHODS, extensible=True)),
    )
    zygosity = coded("Zygosity", "LL381-5", way=(component("53034-5", "Allelic state"),))
    dna_change = coded(
        "Kind of change of the DNA",
        "dna-change-type",
        way=(component("48019-4", "DNA change type"),),
        systems=(SEQUENCE_ONTOLOGY,),
    )
    amino_change = coded(
        "Kind of change of the protein",
        "LL380-7",
        way=(component("48006-1", "Amino acid change type"),),
    )
    consequence = coded(
        "Molecular consequence",
        "molecular-consequence",
        way=(component("molecular-consequence", "Molecular consequence", TBD),),
        systems=(SEQUENCE_ONTOLOGY,),
    )

    def headline(self, subject: Subject) -> str:
        """Return "Genomic variant, BRAF p.Val600Glu, 20-Nov-2026"."""
        change = next((self.display(n) for n in _NAMED_BY[1:] if self[n].data), "")
        genes = "-".join(gene.display for gene in self.genes.data)
        return join([self.title, join([genes, change], " "), self.display("date")], ", ")

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Go on with the test of a variant that was entered today: a panel finds several."""
        latest = next(iter(subject.record.of_kinds(Kind.VARIANT)), None)
        entered = text(get(latest, "meta", "lastUpdated")) or ""
        if latest is None or entered[:10] != subject.today.isoformat():
            return {}
        held = self.load({"main": latest})
        origin = f"as in {finding_display(latest) or 'the variant'}, entered today"
        again = {name: held[name] for name in ("date", "specimen", "method")}
        return {name: Prefill(answer, origin) for name, answer in again.items() if answer}

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the variants on record, the newest first."""
        return [
            (
                "-".join(genes_of(variant)) or "Variant",
                join([change_of(variant), observation_value(variant).text], ", "),
                partial_date(effective(variant)),
            )
            for variant in subject.record.of_kinds(Kind.VARIANT)[:_SHOWN]
        ]

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Ask what the variant is, and refuse numbers that cannot be."""
        if not any(self[name].data for name in _NAMED_BY):
            yield "genes", "Choose the gene, or enter the change or its place on the chromosome"
        fraction, copies = self.fraction.data, self.copies.data
        if fraction and fraction.unit == "1" and fraction.value > 1:
            yield "fraction", "Enter a fraction from 0 to 1, or choose %"
        if copies and not isinstance(copies.number, int):
            yield "copies", "Enter the copy number as a whole number"

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about what is seldom meant: fractions in the wrong unit, an absence with numbers."""
        fraction = self.fraction.data
        if fraction and fraction.unit == "%" and 0 < fraction.value < 1:
            yield Question(
                "small-fraction",
                "fraction",
                f"The allele fraction is less than 1 %. Tick to confirm {fraction.value:f} % "
                f"(not {float(fraction.value) * 100:g} %)",
            )
        if self.found.data == _ABSENT and self.fraction.data:
            yield Question(
                "absent-with-fraction",
                "found",
                "The variant is absent and has an allele fraction. Tick to confirm both",
            )
        if subject.is_new and (twin := self._twin(subject)):
            day = partial_date(effective(twin))
            existing = f"{finding_display(twin)} is on record already, {day}"
            yield possible_duplicate("second-variant", "genes", existing)

    def _twin(self, subject: Subject) -> Resource | None:
        """Return a variant on record of the same genes and changes, from the same specimen."""
        own = {n: self[n].data for n in (*_NAMED_BY, "date") if self[n].data}
        for variant in subject.record.of_kinds(Kind.VARIANT):
            held = self.load({"main": variant})
            same = {name: held[name] for name in own} == own
            if same and held["specimen"] == self.specimen.data:
                return variant
        return None
