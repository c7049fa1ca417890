import pytest

from app.sandbox.fhir.json_text import loads
from app.sandbox.fhir.load import load_bundle
from app.sandbox.fhir.outcome import FhirError
from app.sandbox.fhir.references import Local


def test_the_official_examples_load_whole(store, examples, ids):
    warnings = load_bundle(store, loads(examples))
    assert store.rows("SELECT count(*) FROM versions") == [(86,)]
    assert len(ids("Patient")) == 4
    # Stages whose focus is another patient's cancer are in them on purpose.
    assert warnings
    assert all("another patient's record" in warning for warning in warnings)


@pytest.mark.parametrize("kind", ["collection", "searchset", "transaction", "batch"])
def test_a_bundle_of_any_kind_keeps_ids_and_links_its_entries(store, make, kind):
    entries = [
        {"fullUrl": "urn:uuid:0a", "resource": make.patient()},
        {"fullUrl": "urn:uuid:0b", "resource": make.observation("urn:uuid:0a")},
        make.entry("POST", "Condition", make.condition("c", "Patient/ada"), fullUrl="urn:uuid:0c"),
        make.entry("PUT", "Condition/d", make.condition(None, "Patient/ada")),
    ]
    assert load_bundle(store, make.bundle(*entries, kind=kind)) == []
    assert store.find(Local("Observation", "0b"))["subject"] == {"reference": "Patient/ada"}
    assert store.find(Local("Condition", "c"))
    assert store.find(Local("Condition", "d"))


def test_what_is_not_right_is_loaded_with_a_warning(store, make):
    odd = make.observation("Patient/none", id_="odd", status="banana", unknown=1)
    assert load_bundle(store, make.bundle({"resource": odd}, kind="collection"))
    assert store.find(Local("Observation", "odd"))["unknown"] == 1


@pytest.mark.parametrize(
    "resource", [None, 7, {}, {"resourceType": "Nothing"}, {"resourceType": []}]
)
def test_what_is_no_resource_is_left_out_with_a_warning(store, make, resource):
    bundle = make.bundle({"resource": resource}, {"resource": make.patient()}, kind="collection")
    (warning,) = load_bundle(store, bundle)
    assert warning.startswith("Bundle.entry[0] is left out")
    assert store.find(Local("Patient", "ada"))


@pytest.mark.parametrize(
    "name", ["name", "subject", "code", "target", "meta", "telecom", "identifier"]
)
@pytest.mark.parametrize(
    "value", [7, "x", [7], [[7]], {"coding": 7, "reference": 7}, {"event": 7}, None]
)
def test_no_shape_of_an_element_stops_the_loading(store, make, name, value):
    for resource_type in ("Patient", "Observation", "Provenance", "Group", "Condition"):
        resource = {"resourceType": resource_type, "id": "x", name: value}
        assert load_bundle(store, make.bundle({"resource": resource}, kind="collection"))


@pytest.mark.parametrize(
    "bundle", [7, [], {}, {"resourceType": "Bundle"}, {"resourceType": "Patient"}]
)
def test_what_is_no_bundle_is_refused(store, bundle):
    with pytest.raises(FhirError):
        load_bundle(store, bundle)
