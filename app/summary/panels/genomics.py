"""Genomic variants, what follows from them, regions studied, and the conclusions of reports."""

from dataclasses import dataclass

from app.fhir.paths import has_code, items, literal_reference, local_reference, text
from app.fhir.types import Element, Resource
from app.formatting import NO_DATA, join
from app.mcode.content import effective
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.mcode.pathology import specimen
from app.mcode.recognise import kind_of
from app.mcode.retraction import caveat
from app.mcode.values import observation_value, own_result, result, with_caveat
from app.summary.display import MOST_NAMED, Row, day_of, short_name, unnamed
from app.summary.panels._panel import Page, Panel
from app.terminology.concept import concept_text
from app.terminology.displays import display_of
from app.terminology.systems import HGNC, LOINC, known_codes

_GENE = "48018-6"
# HGVS names, the protein's first: it is the one that clinicians say ("p.Gly12Cys"). Then the whole
# karyotype (ISCN), and where on the chromosome.
_CHANGES = ("48005-3", "48004-6", "81290-9", "81252-9", "81291-7", "48001-2")
_COPY_NUMBER = "82155-3"
_ALLELE_FREQUENCY = "81258-6"
_SOURCE = "48002-0"
_RANGES = "81293-3"
_DRUG = "51963-7"


@dataclass(frozen=True)
class Genomics:
    """`rows` are variants, what follows from them, and regions; `reports` what was concluded."""

    rows: "tuple[GenomicRow, ...]"
    reports: tuple[Row, ...]


@dataclass(frozen=True)
class GenomicRow:
    """`more` holds whatever else the chart says of the finding, in lines."""

    gene: str
    change: str
    result: str
    specimen: str | None
    date: str
    key: str | None
    more: tuple[str, ...] = ()


def genomics(record: CancerRecord) -> Genomics:
    """Return the genomic findings, newest first; of one day what was found before what was not."""
    findings: list[Resource] = []
    reports: list[Resource] = []
    for item in record.genomics:
        (reports if kind_of(item) == Kind.GENOMICS_REPORT else findings).append(item)
    findings.sort(key=lambda item: ((effective(item) or "")[:10], _is_variant(item)), reverse=True)
    return Genomics(
        rows=tuple(
            _implication(record, item) if kind_of(item) == Kind.IMPLICATION else _row(record, item)
            for item in findings
        ),
        reports=tuple(_report(item) for item in reports),
    )


def _report(report: Resource) -> Row:
    name, _ = short_name(report.get("code"), "Genomics report")
    coded = [concept_text(code) for code in items(report.get("conclusionCode"))]
    return Row(
        name=join([name, caveat(report)], ", "),
        date=day_of(report),
        value=join([text(report.get("conclusion")), *coded]),
        key=literal_reference(report),
    )


def _row(record: CancerRecord, resource: Resource) -> GenomicRow:
    said = _Components(resource)
    if _is_variant(resource):
        copies = join(said.take(_COPY_NUMBER, unit=False), ", ")
        changes = [change for code in _CHANGES for change in said.take(code)]
        change = join(dict.fromkeys([copies and f"copy number {copies}", *changes]), ", ")
        change = change or "none named"
        shares = [f"allele frequency {share}" for share in said.take(_ALLELE_FREQUENCY)]
        found = join([_answer(resource), join(said.take(_SOURCE), ", "), *shares])
    else:
        ranges = join(said.take(_RANGES), "; ")
        change = f"examined: {ranges}" if ranges else "extent not described"
        found = join(["region studied", join(said.take(_SOURCE), ", ")])
        found = with_caveat(found, resource)
    return GenomicRow(
        gene=join(said.genes(), ", "),
        change=change,
        result=found,
        specimen=specimen(record, resource),
        date=day_of(resource),
        key=literal_reference(resource),
        more=tuple(line for line in (*said.rest(), *_remarks(resource)) if line),
    )


def _implication(record: CancerRecord, resource: Resource) -> GenomicRow:
    """Return what follows from a variant: for which drug, and how it is expected to act."""
    said = _Components(resource)
    derived = (local_reference(variant) or "" for variant in items(resource.get("derivedFrom")))
    named = [found for name in dict.fromkeys(derived) if (found := record.find(name))]
    variants = [_row(record, found) for found in named[:MOST_NAMED]]
    name, _ = short_name(resource.get("code"), "Implication")
    genes = [*(variant.gene for variant in variants), *said.genes()]
    changes = [*(variant.change for variant in variants), *unnamed(named)]
    own = observation_value(resource).display
    drugs = said.take(_DRUG)
    return GenomicRow(
        gene=join(dict.fromkeys(genes), ", "),
        change=join([name, join(dict.fromkeys(changes), ", ")], ": "),
        result=with_caveat(join([*drugs, own, *said.rest()]) or NO_DATA, resource),
        specimen=specimen(record, resource),
        date=day_of(resource),
        key=literal_reference(resource),
        more=tuple(line for line in _remarks(resource) if line),
    )


def _is_variant(finding: Resource) -> bool:
    return kind_of(finding) == Kind.VARIANT


def _answer(variant: Resource) -> str:
    """Return whether the variant is there; its components are shown for themselves."""
    return own_result(variant)


def _remarks(finding: Resource) -> list[str | None]:
    """Return the laboratory's interpretation and its notes."""
    notes = [text(note.get("text")) for note in items(finding.get("note"))]
    return [observation_value(finding).interpretation, *notes]


class _Components:
    """The components of an Observation, each given out once: by its code, or as the rest."""

    def __init__(self, observation: Resource) -> None:
        self._left = items(observation.get("component"))

    def take(self, code: str, *, unit: bool = True) -> list[str]:
        """Return the results of the components with this LOINC code."""
        values = [observation_value(part) for part in self._taken(code)]
        return [said for value in values if (said := value.display if unit else value.text)]

    def genes(self) -> list[str]:
        """Return the genes in the chart's words, after their symbol where these lack it."""
        return [gene for part in self._taken(_GENE) if (gene := _gene(part))]

    def _taken(self, code: str) -> list[Element]:
        taken = [part for part in self._left if has_code(part.get("code"), LOINC, code)]
        self._left = [part for part in self._left if part not in taken]
        return taken

    def rest(self) -> list[str]:
        """Return the results of the components that nobody asked for, with their names."""
        return [
            f"{short_name(part.get('code'), 'Not named')[0]}: {result(part)}" for part in self._left
        ]


def _gene(component: Element) -> str | None:
    said = observation_value(component).display
    named = sorted(known_codes(component.get("valueCodeableConcept")))
    symbol = next((found for c in named if c[0] == HGNC and (found := display_of(*c))), "")
    return said if not said or symbol in said else f"{symbol} ({said})"


def _genomics(page: Page) -> Genomics | None:
    return genomics(page.record) if page.record.genomics else None


PANEL = Panel("main", 40, rows=_genomics, claims=lambda record: record.genomics)
