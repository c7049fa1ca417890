"""Genomic findings: what was found, in which gene, what was only looked at, what was concluded."""

import pytest

from app.summary.panels.genomics import genomics
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


@pytest.mark.parametrize(
    ("coding", "gene"),
    [
        ({"code": "HGNC:3467", "display": "estrogen receptor 1"}, "ESR1 (estrogen receptor 1)"),
        ({"code": "HGNC:3467", "display": "ESR1"}, "ESR1"),
        ({"code": "HGNC:3467", "display": "ESR1 gene"}, "ESR1 gene"),
        ({"code": "HGNC:3467"}, "ESR1"),
        ({"code": "HGNC:0", "display": "a gene of the house"}, "a gene of the house"),
    ],
)
@pytest.mark.parametrize("system", ["http://www.genenames.org", "http://www.genenames.org/geneId"])
@pytest.mark.parametrize("code", ["69548-6", "53041-0"])
def test_a_gene_is_named_by_its_symbol_too(code, system, coding, gene):
    part = component("48018-6", valueCodeableConcept={"coding": [{"system": system, **coding}]})
    (row,) = shown(observation("v", coded(LOINC, code), component=[part])).rows
    assert row.gene == gene


def test_a_region_names_all_genes_that_were_looked_at():
    parts = [component("48018-6", "BRCA1"), component("48018-6", "BRCA2")]
    (row,) = shown(observation("r", coded(LOINC, "53041-0"), component=parts)).rows
    assert (row.gene, row.change, row.result) == (
        "BRCA1, BRCA2",
        "extent not described",
        "region studied",
    )


@pytest.mark.parametrize(
    ("part", "change"),
    [
        (component("82155-3", valueQuantity={"value": 9, "unit": "copies"}), "copy number 9"),
        (component("81291-7", "46,XY,t(12;21)(p13;q22)"), "46,XY,t(12;21)(p13;q22)"),
        (component("48001-2", "1q21"), "1q21"),
    ],
)
def test_a_variant_without_an_hgvs_name_says_what_changed(part, change):
    (row,) = shown(observation("v", coded(LOINC, "69548-6"), component=[part])).rows
    assert (row.change, row.result, row.more) == (change, "No data", ())


def test_the_source_of_a_variant_stands_with_its_result():
    parts = [component("48002-0", "Germline")]
    variant = observation("v", coded(LOINC, "69548-6"), concept_value("Present"), component=parts)
    assert shown(variant).rows[0].result == "Present · Germline"


def test_a_region_says_which_ranges_were_examined():
    parts = [component("81293-3", valueString="All coding exons")]
    (row,) = shown(observation("r", coded(LOINC, "53041-0"), component=parts)).rows
    assert row.change == "examined: All coding exons"


def test_of_one_day_what_was_found_comes_before_what_was_looked_at():
    day, later = "2026-03-20", "2026-06-29"
    found = shown(
        observation("r", coded(LOINC, "53041-0"), on=f"{day}T15:00:00Z"),
        observation("v", coded(LOINC, "69548-6"), on=day),
        observation("w", coded(LOINC, "53041-0"), on=later),
    )
    assert [(row.date, row.change) for row in found.rows] == [
        ("29-Jun-2026", "extent not described"),
        ("20-Mar-2026", "none named"),
        ("20-Mar-2026", "extent not described"),
    ]


def test_whatever_else_is_said_of_a_finding_is_shown():
    significance = {
        "code": {"coding": [{"display": "Clinical significance [Imp]"}]},
        **concept_value("Pathogenic"),
    }
    variant = observation(
        "v",
        coded(LOINC, "69548-6"),
        component=[significance, {"code": {}}],
        interpretation=[{"text": "Positive"}],
        note=[{"text": "Likely mechanism of resistance"}],
    )
    assert shown(variant).rows[0].more == (
        "Clinical significance: Pathogenic",
        "Not named: No data",
        "Positive",
        "Likely mechanism of resistance",
    )


@pytest.mark.parametrize(
    ("more", "name", "conclusion"),
    [
        ({}, "Genetic analysis report", ""),
        ({"conclusion": "MET amplification."}, "Genetic analysis report", "MET amplification."),
        (
            {"conclusionCode": [{"text": "Pathogenic"}], "status": "preliminary"},
            "Genetic analysis report, preliminary",
            "Pathogenic",
        ),
    ],
)
def test_a_report_says_when_and_what_it_concludes(more, name, conclusion):
    report = {
        "resourceType": "DiagnosticReport",
        "id": "d",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "code": coded(LOINC, "51969-4", "Genetic analysis report"),
        "effectiveDateTime": "2026-04-08",
        **more,
    }
    found = shown(report)
    assert found.rows == ()
    assert [(r.name, r.date, r.value) for r in found.reports] == [(name, "08-Apr-2026", conclusion)]
