import re

from app.terminology.chosen import gene_concepts
from app.terminology.search import Index
from app.terminology.systems import HGNC


def test_each_gene_stands_once_with_its_identifier():
    concepts = gene_concepts()
    symbols = [concept.term for concept in concepts]
    assert symbols == sorted(set(symbols))
    assert len({concept.code for concept in concepts}) == len(concepts)
    assert all(
        concept.system == HGNC and re.fullmatch(r"HGNC:\d+", concept.code) for concept in concepts
    )


def test_genes_are_found_by_symbol_identifier_and_common_name():
    index = Index(gene_concepts())

    def first(typed):
        return index.search(typed)[0].term

    assert first("brca1") == "BRCA1"
    assert first("1100") == first("HGNC:1100") == "BRCA1"
    assert first("HER2") == "ERBB2"
    assert first("PD-L1") == "CD274"
