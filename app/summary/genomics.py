"""Genomic variants as a table, and what was looked at without finding one."""

from __future__ import annotations

from dataclasses import dataclass

from app.fhir.paths import has_code, items
from app.fhir.types import Resource
from app.formatting import join
from app.mcode.codes import Kind
from app.mcode.facts import concept_text
from app.mcode.model import CancerRecord
from app.mcode.recognise import kind_of
from app.mcode.values import component_value, observation_value
from app.summary.words import day_of, result, specimen
from app.terminology.systems import LOINC

_GENE = "48018-6"
# HGVS names, the protein's first: it is the one that clinicians say ("p.Gly12Cys").
_CHANGES = ("48005-3", "48004-6", "81290-9", "81252-9", "48001-2")
_ALLELE_FREQUENCY = "81258-6"


@dataclass(frozen=True)
class Genomics:
    """`rows` are variants and regions studied, `reports` what reports there are and of when."""

    rows: tuple[GenomicRow, ...]
    reports: tuple[str, ...]


@dataclass(frozen=True)
class GenomicRow:
    gene: str
    change: str
    result: str
    specimen: str | None
    date: str


def genomics(record: CancerRecord) -> Genomics:
    """Return the genomic findings, newest first."""
    findings = [item for item in record.genomics if kind_of(item) in {Kind.VARIANT, Kind.REGION}]
    reports = [item for item in record.genomics if item not in findings]
    return Genomics(
        rows=tuple(_row(record, item) for item in findings),
        reports=tuple(
            join([concept_text(item.get("code")) or "Genomics report", day_of(item)], ", ")
            for item in reports
        ),
    )


def _row(record: CancerRecord, resource: Resource) -> GenomicRow:
    is_variant = kind_of(resource) == Kind.VARIANT
    return GenomicRow(
        gene=join(_components(resource, _GENE), ", "),
        change=_change(resource) if is_variant else "",
        result=_variant_result(resource) if is_variant else "region studied",
        specimen=specimen(record, resource),
        date=day_of(resource),
    )


def _change(variant: Resource) -> str:
    found = [words for code in _CHANGES for words in _components(variant, code)]
    return join(dict.fromkeys(found), ", ")


def _variant_result(variant: Resource) -> str:
    fraction = component_value(variant, LOINC, _ALLELE_FREQUENCY)
    share = fraction.text if fraction else None
    return join([result(variant), share and f"allele frequency {share}"])


def _components(observation: Resource, code: str) -> list[str]:
    parts = items(observation.get("component"))
    found = [observation_value(part) for part in parts if has_code(part.get("code"), LOINC, code)]
    return [value.text for value in found if value.text]
