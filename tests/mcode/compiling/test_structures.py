from app.mcode.compiling.structures import compile_structure, referred_structures

CORE = "http://hl7.org/fhir/StructureDefinition/"


def compiled(*elements):
    definition = {
        "url": "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-thing",
        "type": "Observation",
        "snapshot": {"element": [{"min": 0, "max": "1", **element} for element in elements]},
    }
    return compile_structure(definition)


def test_an_element_keeps_what_a_check_needs_and_no_prose():
    found = compiled(
        {
            "id": "Observation.value[x]",
            "short": "Prose",
            "definition": "More prose",
            "comment": "And more",
            "mustSupport": True,
            "patternCodeableConcept": {"coding": [{"code": "x"}]},
            "type": [{"code": "Reference", "targetProfile": [f"{CORE}Patient|4.0.1"]}],
            "binding": {
                "strength": "preferred",
                "description": "Prose",
                "valueSet": "http://example.org/vs|1",
                "extension": [
                    {
                        "url": f"{CORE}elementdefinition-maxValueSet",
                        "valueCanonical": "http://example.org/max",
                    },
                ],
            },
        }
    )
    assert found["name"] == "thing"
    assert found["elements"] == [
        {
            "id": "Observation.value[x]",
            "card": "0..1",
            "types": [{"code": "Reference", "targets": [f"{CORE}Patient"]}],
            "pattern": {"coding": [{"code": "x"}]},
            "binding": {
                "strength": "preferred",
                "set": "http://example.org/vs",
                "max": "http://example.org/max",
            },
        }
    ]


def test_limits_fixed_values_and_slicing_are_kept():
    found = compiled(
        {
            "id": "Observation.component",
            "slicing": {
                "rules": "open",
                "description": "Prose",
                "discriminator": [{"type": "pattern", "path": "code"}],
            },
        },
        {"id": "Observation.component:a", "sliceName": "a", "max": "2"},
        {"id": "Observation.component:a.code", "fixedCode": "z"},
        {"id": "Observation.valueInteger", "minValueInteger": 0, "maxValueInteger": 5},
        {"id": "Observation.component.value[x]", "contentReference": "#Observation.value[x]"},
    )["elements"]
    assert found[0]["slicing"] == {"rules": "open", "by": [["pattern", "code"]]}
    assert (found[1]["slice"], found[1]["card"]) == ("a", "0..2")
    assert found[2]["fixed"] == "z"
    assert (found[3]["minValue"], found[3]["maxValue"]) == (0, 5)
    assert found[4]["same_as"] == "Observation.value[x]"


def test_ids_and_addresses_have_the_types_of_fhir():
    system = "http://hl7.org/fhirpath/System.String"
    told = {"url": f"{CORE}structuredefinition-fhir-type", "valueUrl": "id"}
    found = compiled(
        {"id": "Observation.id", "type": [{"code": system, "extension": [told]}]},
    )
    assert found["elements"][0]["types"] == [{"code": "id"}]


def test_an_invariant_stands_once_with_all_its_places():
    rule = {"key": "a-1", "severity": "error", "human": "Do so.", "expression": "true"}
    everywhere = {"key": "ele-1", "severity": "error", "human": "x", "expression": "y"}
    found = compiled(
        {"id": "Observation", "constraint": [rule, everywhere]},
        {"id": "Observation.code", "constraint": [{**rule, "source": "elsewhere"}]},
    )
    assert found["invariants"] == [{**rule, "at": ["Observation", "Observation.code"]}]


def test_the_profiles_of_types_are_what_is_referred_to():
    found = compiled(
        {
            "id": "Observation.extension:a",
            "type": [{"code": "Extension", "profile": ["http://a|1"]}],
        }
    )
    assert referred_structures(found) == ["http://a"]
