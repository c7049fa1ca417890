"""Genomic findings: what was found, in which gene, and what was only looked at."""

from app.summary.genomics import genomics
from tests.summary.resources import LOINC, coded, concept_value, condition, observation, record


def component(code, words=None, **value):
    return {"code": coded(LOINC, code), **(value or concept_value(words))}


def shown(*resources):
    return genomics(record(condition(), *resources))


def test_a_variant_has_gene_change_result_and_share():
    parts = [
        component("48018-6", "EGFR"),
        component("48005-3", "p.(Leu858Arg)"),
        component("48004-6", "c.2573T>G"),
        component("81258-6", valueQuantity={"value": 0.34}),
    ]
    (row,) = shown(
        observation("v", coded(LOINC, "69548-6"), concept_value("Present"), component=parts)
    ).rows
    assert (row.gene, row.change) == ("EGFR", "p.(Leu858Arg), c.2573T>G")
    assert row.result == "Present · allele frequency 0.34"


def test_a_region_names_all_genes_that_were_looked_at():
    parts = [component("48018-6", "BRCA1"), component("48018-6", "BRCA2")]
    (row,) = shown(observation("r", coded(LOINC, "53041-0"), component=parts)).rows
    assert (row.gene, row.change, row.result) == ("BRCA1, BRCA2", "", "region studied")


def test_a_report_is_named_with_its_date():
    report = {
        "resourceType": "DiagnosticReport",
        "id": "d",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "code": coded(LOINC, "51969-4", "Genetic analysis report"),
        "effectiveDateTime": "2026-04-08",
    }
    found = shown(report)
    assert (found.rows, found.reports) == ((), ("Genetic analysis report, 08-Apr-2026",))
