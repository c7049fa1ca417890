"""Code systems and codes under all the names under which they come."""

import pytest

from app.terminology.systems import HGNC, known_codes, system_name


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("http://www.genenames.org", "HGNC:1100"),
        ("http://www.genenames.org", "1100"),
        ("http://www.genenames.org/geneId", "HGNC:1100"),
        ("http://www.genenames.org/", "1100"),
    ],
)
def test_a_gene_is_one_gene_however_its_identifier_is_written(system, code):
    gene = {"coding": [{"system": system, "code": code, "display": "BRCA1"}]}
    assert known_codes(gene) == {(HGNC, "HGNC:1100")}


def test_gene_groups_are_no_genes():
    group = {"coding": [{"system": "http://www.genenames.org/genegroup", "code": "1100"}]}
    assert known_codes(group) == {("http://www.genenames.org/genegroup", "1100")}


def test_a_system_is_called_by_its_name_and_an_unknown_one_by_its_address():
    assert system_name("http://www.genenames.org/geneId") == "HGNC"
    assert system_name("urn:of:another") == "urn:of:another"
