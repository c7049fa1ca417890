"""Each row says of its type what FHIR R4 has, as the element tables of fhirclient know it."""

import importlib
import pkgutil
import re

import pytest
from fhirclient import models
from fhirclient.models.domainresource import DomainResource
from fhirclient.models.fhirelementfactory import FHIRElementFactory
from fhirclient.models.fhirreference import FHIRReference

from app.fhir.resource_types import RESOURCE_TYPES, UNREAD, resource_type
from app.mcode.definitions import profile

ROWS = pytest.mark.parametrize("row", RESOURCE_TYPES.values(), ids=lambda row: row.name)


def model_of(row):
    # Required elements may lack: only the table is looked at.
    return type(FHIRElementFactory.instantiate(row.name, None))


def resource_models():
    """Return the model of each resource type of FHIR R4."""
    for module in pkgutil.iter_modules(models.__path__):
        if not module.name.endswith("_tests"):
            importlib.import_module(f"{models.__name__}.{module.name}")
    return {model.resource_type: model for model in DomainResource.__subclasses__()}


def elements(model):
    """Return (type, whether it is a list) of each element of a model."""
    return {name: (kind, many) for _, name, kind, many, *_ in model().elementProperties()}


def find(row, path):
    """Return (type, whether it is a list) of an element by its path; KeyError without one."""
    model, found = model_of(row), None
    for step in path.split("."):
        name = step.removesuffix("[]")
        known = elements(model)
        if name.endswith("[x]"):
            stem = name.removesuffix("[x]")
            choices = [known[n] for n in known if re.fullmatch(rf"{stem}[A-Z]\w*", n)]
            assert choices, f"{row.name} has no choice {path}"
            return choices[0]
        found = known[name]
        assert found[1] is step.endswith("[]") or step == path.split(".")[-1], path
        model = found[0]
    return found


@ROWS
def test_its_elements_exist(row):
    paths = {row.subject, row.encounter, row.recorded, row.status} - {None}
    paths |= {*row.dates, *row.names, *row.headline, *row.says, *row.counting}
    for path in paths:
        find(row, path)


@ROWS
def test_a_status_that_is_a_concept_names_its_code_system(row):
    coded = row.status and find(row, row.status)[0].__name__ == "CodeableConcept"
    assert bool(row.status_system) is bool(coded)


@ROWS
def test_its_authors_are_references_and_lists_where_it_says_so(row):
    assert set(row.signed_by) <= set(row.authors)
    for path in row.authors:
        kind, many = find(row, path)
        assert kind.__name__ == "FHIRReference"
        assert many is path.endswith("[]")


@ROWS
def test_its_identifiers_are_as_many_as_it_says(row):
    _, many = elements(model_of(row)).get("identifier", (None, None))
    assert {"many": True, "one": False, "none": None}[row.identifier] is many


@ROWS
def test_what_names_the_patient_is_named_and_asked_for_only_where_it_must_be(row):
    if row.subject:
        assert {row.subject} == {"subject", "patient"} & set(elements(model_of(row)))
    if row.search:
        assert row.subject
        assert row.label
    assert not (row.person and row.subject)


def test_a_type_that_names_a_patient_is_searched_or_said_to_be_unread():
    searched = {row.name for row in RESOURCE_TYPES.values() if row.search}
    assert searched.isdisjoint(UNREAD)
    named = {"subject", "patient", "beneficiary", "individual", "candidate", "for_fhir"}
    types = {
        name
        for name, model in resource_models().items()
        if any(kind is FHIRReference and e in named for e, (kind, _) in elements(model).items())
    }
    assert len(types) > 50
    # The subject of a medicinal product's sheet is the product.
    assert {t for t in types if not t.startswith("Medicinal")} <= searched | {*UNREAD}


@ROWS
def test_its_labels_are_those_of_its_elements(row):
    known = elements(model_of(row))
    for name in row.labels:
        own_r5 = row.status_extension.endswith(f"/{name}")
        assert name in known or own_r5 or profile(name).type == "Extension"


def test_an_unlisted_type_is_read_as_most_are():
    row = resource_type({"resourceType": "Unheard"})
    assert row is resource_type("Unseen") is resource_type({})
    assert row is resource_type({"resourceType": ["Condition"]})
    assert row.name == ""
    assert row.search is None


@pytest.mark.parametrize(
    ("type_", "expected"),
    [("Condition", ("patient", "p1")), ("AdverseEvent", ("subject", "Patient/p1"))],
)
def test_the_search_for_a_patient_says_whose_the_id_is(type_, expected):
    assert resource_type(type_).patient_search("p1") == expected


def test_an_identifier_is_added_where_there_may_be_several_and_is_an_object_where_not():
    one, another = {"value": "1"}, {"value": "2"}
    procedure = {"identifier": [one]}
    resource_type("Procedure").identify(procedure, another)
    assert procedure == {"identifier": [one, another]}
    event = {}
    resource_type("AdverseEvent").identify(event, one)
    assert event == {"identifier": one}
