from app.mcode.codes import antineoplastics
from app.terminology.chosen import antineoplastic_concepts
from app.terminology.search import Index
from app.terminology.systems import RXNORM


def test_each_drug_stands_once_by_name():
    concepts = antineoplastic_concepts()
    names = [concept.term for concept in concepts]
    assert names == sorted(set(names))
    assert len({concept.code for concept in concepts}) == len(concepts)
    assert all(concept.system == RXNORM and concept.code.isdigit() for concept in concepts)


def test_what_is_given_for_much_else_is_offered_but_proves_no_cancer():
    prednisone = next(c for c in antineoplastic_concepts() if c.term == "prednisone")
    assert prednisone.code == "8640"
    assert prednisone.code not in antineoplastics()
    assert antineoplastics()["56946"] == "paclitaxel"


def test_drugs_are_found_by_name_short_name_and_code():
    index = Index(antineoplastic_concepts())

    def first(typed):
        return index.search(typed)[0].term

    assert first("trast") == "trastuzumab"
    assert first("T-DM1") == "trastuzumab emtansine"
    assert first("5-FU") == "fluorouracil"
    assert first("56946") == "paclitaxel"
