"""Lists that answers are chosen from."""

from app.terminology.concept import Concept
from app.terminology.lists import ConceptList

SEMEN, SERUM, URINE = (
    Concept("urn:s", code, f"Antigen in {where}")
    for code, where in (("1", "Semen"), ("2", "Serum"), ("3", "Urine"))
)
ANTIGENS = (SEMEN, SERUM, URINE)


def test_what_is_common_is_found_first_and_the_rest_in_the_order_of_the_search():
    plain = ConceptList(lambda: ANTIGENS)
    assert plain.search("antigen") == list(ANTIGENS)
    ranked = ConceptList(lambda: ANTIGENS, common={SERUM.key})
    assert ranked.search("antigen") == [SERUM, SEMEN, URINE]
    assert ranked.search("antigen", limit=1) == [SERUM]
    assert ranked.search("urine") == [URINE]
    assert ranked.search("nothing") == []


def test_a_list_that_is_warm_is_not_read_again_for_its_first_search():
    reads = []

    def source():
        reads.append(1)
        return ANTIGENS

    listed = ConceptList(source)
    listed.warm()
    assert reads == [1]
    assert listed.search("urine") == [URINE]
    assert reads == [1]


def test_a_concept_is_found_by_key_and_by_any_of_several_codes():
    listed = ConceptList(lambda: (*ANTIGENS, SEMEN))
    assert list(listed) == list(ANTIGENS)
    assert listed.find("urn:s|2") is SERUM
    assert listed.find("urn:s|9") is None
    assert listed.match([("urn:s", "3"), ("urn:x", "1"), ("urn:s", "2")]) is SERUM
    assert (listed.rank("urn:s|3"), listed.rank("urn:s|9")) == (2, 3)
