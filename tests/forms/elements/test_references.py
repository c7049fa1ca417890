import copy

import pytest

from app.forms._answers import AS_RECORDED, Identifier, Reference
from app.forms._elements.lists import NestedCodes
from app.forms._elements.paths import Ext, Within
from app.forms._elements.single import TUMOR_IDENTIFIER, Coded, Link, OneLink
from app.forms.specimen import TumorName
from app.terminology.concept import Concept
from app.terminology.lists import ConceptList

MEASURED = OneLink(
    (Link("focus", ("BodyStructure",), listed=True), Link("specimen", ("Specimen",)))
)
LISTED = (Concept("urn:s", "1", "One"), Concept("urn:s", "2", "Two"))
EVIDENCE = NestedCodes("evidence", "code", ConceptList(lambda: LISTED))
ONE, TWO = LISTED[0].codeable(), LISTED[1].codeable()
FOREIGN = {"coding": [{"system": "urn:other", "code": "9"}], "text": "Another list"}


def link(name):
    return {"reference": name}


@pytest.mark.parametrize(
    ("element", "resource", "shown"),
    [
        (MEASURED, {}, None),
        (MEASURED, {"focus": [link("BodyStructure/a")]}, Reference("BodyStructure/a")),
        (MEASURED, {"specimen": link("Specimen/b")}, Reference("Specimen/b")),
        (MEASURED, {"focus": [link("Condition/c")]}, None),
        (MEASURED, {"specimen": {"display": "a jar"}}, AS_RECORDED),
        (TumorName(), {}, None),
        (TumorName(), {"identifier": [{"system": "urn:lab", "value": "S1"}]}, None),
        (TumorName(), {"identifier": [{**TUMOR_IDENTIFIER, "value": "7"}]}, Identifier("", "7")),
        (TumorName(), {"identifier": [TUMOR_IDENTIFIER]}, None),
        (
            TumorName(),
            {"identifier": [{**TUMOR_IDENTIFIER, "system": ["urn:odd"], "value": "7"}]},
            Identifier("['urn:odd']", "7"),
        ),
        (EVIDENCE, {}, ()),
        (EVIDENCE, {"evidence": [{"code": [TWO]}, {"code": [ONE, FOREIGN]}]}, LISTED),
        (EVIDENCE, {"evidence": [{"detail": [link("Observation/o")]}]}, ()),
    ],
)
def test_what_is_shown_and_sent_back_unchanged_changes_nothing(element, resource, shown):
    before = copy.deepcopy(resource)
    assert element.read(resource) == shown
    element.write(resource, shown)
    assert resource == before


def test_one_reference_takes_the_place_of_the_other():
    resource = {"focus": [link("Condition/c"), link("BodyStructure/a")]}
    MEASURED.write(resource, Reference("Specimen/b"))
    assert resource == {"focus": [link("Condition/c")], "specimen": link("Specimen/b")}
    MEASURED.write(resource, Reference("BodyStructure/a"))
    assert resource == {"focus": [link("Condition/c"), link("BodyStructure/a")]}
    MEASURED.write(resource, None)
    assert resource == {"focus": [link("Condition/c")]}


def test_what_a_reference_says_in_words_alone_is_told():
    assert MEASURED.recorded({"specimen": {"display": "a jar"}}) == "a jar"
    assert MEASURED.recorded({"specimen": link("Specimen/b")}) == ""


def test_a_specimen_names_its_tumor_beside_its_own_identifiers():
    own = {"system": "urn:lab", "value": "S1"}
    resource = {"identifier": [own]}
    TumorName().write(resource, Identifier("urn:radiology", "Tumor 1"))
    named = {**TUMOR_IDENTIFIER, "system": "urn:radiology", "value": "Tumor 1"}
    assert resource == {"identifier": [own, named]}
    TumorName().write(resource, Identifier("", "7"))
    assert resource == {"identifier": [own, {**TUMOR_IDENTIFIER, "value": "7"}]}
    TumorName().write(resource, None)
    assert resource == {"identifier": [own]}
    TumorName().write(resource, Identifier("", "7"))
    TumorName().write(resource, None)
    assert resource == {"identifier": [own]}


def test_an_entry_goes_only_where_nothing_else_is_left_in_it():
    detail = {"detail": [link("Observation/o")]}
    resource = {"evidence": [{"id": "a", "code": [ONE]}, {"code": [ONE, FOREIGN], **detail}]}
    EVIDENCE.write(resource, (LISTED[1],))
    assert resource == {"evidence": [{"code": [FOREIGN], **detail}, {"code": [TWO]}]}
    EVIDENCE.write(resource, ())
    assert resource == {"evidence": [{"code": [FOREIGN], **detail}]}
    assert EVIDENCE.recorded(resource) == "Another list"


def test_the_last_entry_takes_the_list_with_it():
    resource = {"evidence": [{"code": [ONE]}]}
    EVIDENCE.write(resource, ())
    assert resource == {}


def test_an_extension_under_its_earlier_address_is_changed_where_it_stands():
    side = Within(
        (Ext("urn:side", "urn:old-side"),), Coded("valueCodeableConcept", EVIDENCE.concepts)
    )
    resource = {"extension": [{"url": "urn:old-side", "valueCodeableConcept": ONE}]}
    assert side.read(resource) == LISTED[0]
    side.write(resource, LISTED[1])
    assert resource == {"extension": [{"url": "urn:old-side", "valueCodeableConcept": TWO}]}
    fresh = {}
    side.write(fresh, LISTED[1])
    assert fresh == {"extension": [{"url": "urn:side", "valueCodeableConcept": TWO}]}
