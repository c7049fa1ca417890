import pytest

from app.fhir import paths

BASE = "https://ehr.example/fhir"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Condition/1", "Condition/1"),
        ({"reference": "Condition/1"}, "Condition/1"),
        ("Condition/1/_history/2", "Condition/1"),
        (f"{BASE}/Condition/1", "Condition/1"),
        ("https://other.example/fhir/Condition/1", None),
        ("https://ehr.example/fhirx/Condition/1", None),
        ("urn:uuid:6f1c", None),
        ("#contained", None),
        ("Condition/../Patient/1", None),
        ("Condition/..", None),
        ("Condition/.", None),
        ("Condition/1?x=y", None),
        ({"identifier": {"value": "1"}}, None),
        ({"reference": ["Condition/1"]}, None),
        (None, None),
        (7, None),
    ],
)
def test_a_reference_into_the_ehr_is_known_from_one_that_leads_away(reference, expected):
    assert paths.local_reference(reference, BASE) == expected


def test_the_id_of_a_reference_is_given_for_the_right_type_only():
    assert paths.reference_id("Condition/1", "Condition") == "1"
    assert paths.reference_id("Patient/1", "Condition") is None


@pytest.mark.parametrize("odd", [None, "text", 7, [], {}, [None, "x", 1], {"coding": "x"}, [[]]])
def test_malformed_elements_count_as_absent(odd):
    assert paths.codings(odd) == []
    assert paths.codes({"coding": odd}) == set()
    assert paths.get(odd, "a", "b") is None
    assert paths.extensions({"extension": odd}, "u") == []
    assert paths.text(odd) in {None, "text"}
    assert paths.extension_value(odd, "u") is None


def test_codes_are_pairs_and_a_missing_system_is_empty():
    concept = {"coding": [{"system": "s", "code": "c"}, {"code": "d"}, {"system": "s"}]}
    assert paths.codes(concept) == {("s", "c"), ("", "d")}
    assert paths.has_code(concept, "s", "c")
    assert not paths.has_code(concept, "t", "c")


def test_references_are_found_at_any_depth():
    resource = {"a": [{"b": {"reference": "Specimen/1"}}], "c": {"reference": f"{BASE}/Patient/2"}}
    assert set(paths.references(resource, BASE)) == {"Specimen/1", "Patient/2"}


def test_a_choice_element_is_found_by_its_stem_and_an_empty_one_is_none():
    assert paths.choice({"valueString": "x"}, "value") == ("valueString", "x")
    assert paths.choice({"value": "x", "valueSet": None, "_valueString": {}}, "value") == (
        None,
        None,
    )


def test_resources_read_twice_are_kept_once_and_those_without_an_id_all():
    once = {"resourceType": "A", "id": "1"}
    assert paths.unique([once, dict(once), {"x": 1}, {"x": 1}]) == [once, {"x": 1}, {"x": 1}]
