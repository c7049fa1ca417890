import pytest

from app.fhir.capability import Capability

STATEMENT = {
    "resourceType": "CapabilityStatement",
    "rest": [
        {"mode": "client"},
        {
            "mode": "server",
            "interaction": [{"code": "transaction"}],
            "resource": [
                {
                    "type": "Observation",
                    "interaction": [{"code": "read"}, {"code": "create"}],
                    "searchParam": [{"name": "patient"}, {"name": "code"}],
                    "searchRevInclude": ["Provenance:target"],
                },
                {"type": "Condition"},
            ],
        },
    ],
}


def test_a_statement_says_what_is_offered():
    capability = Capability(STATEMENT)
    assert capability.supports("Observation", "create") is True
    assert capability.supports("Observation", "update") is False
    assert capability.supports("Specimen", "read") is False
    assert capability.supports_transaction is True
    assert capability.search_params("Observation") == {"patient", "code"}
    assert capability.revincludes("Observation") == {"Provenance:target"}


@pytest.mark.parametrize(
    ("operation", "offered"),
    [
        ({"name": "expand"}, True),
        ({"name": "$expand"}, True),
        (
            {"name": "x", "definition": "http://hl7.org/fhir/OperationDefinition/ValueSet-expand"},
            True,
        ),
        ({"definition": "http://hl7.org/fhir/OperationDefinition/ValueSet-expand|4.0.1"}, True),
        ({"name": "validate-code"}, False),
        ({"definition": "http://hl7.org/fhir/OperationDefinition/CodeSystem-expand"}, False),
        ("expand", False),
    ],
)
def test_a_statement_says_which_operations_a_type_has(operation, offered):
    resource = {"type": "ValueSet", "operation": [operation]}
    statement = {"resourceType": "CapabilityStatement", "rest": [{"resource": [resource]}]}
    assert Capability(statement).offers("ValueSet", "expand") is offered
    assert Capability(statement).offers("Patient", "everything") is False
    assert Capability(None).offers("ValueSet", "expand") is None


def test_what_a_statement_leaves_open_is_unknown():
    capability = Capability(STATEMENT)
    assert capability.supports("Condition", "create") is None
    assert capability.search_params("Condition") is None
    assert capability.revincludes("Condition") == set()
    without = Capability({"resourceType": "CapabilityStatement", "rest": [{"mode": "server"}]})
    assert without.supports_transaction is None


@pytest.mark.parametrize(
    "statement",
    [
        None,
        {},
        {**STATEMENT, "resourceType": "Patient"},
        {"resourceType": "CapabilityStatement", "rest": "yes"},
        {"resourceType": "CapabilityStatement", "rest": [{"resource": {"type": ["x"]}}]},
        {"resourceType": "CapabilityStatement", "rest": [{"resource": [None, 1, {}]}]},
    ],
)
def test_a_missing_or_malformed_statement_says_nothing(statement):
    capability = Capability(statement)
    assert not capability.known
    assert capability.supports("Observation", "create") is None
    assert capability.search_params("Observation") is None


@pytest.mark.parametrize(
    ("entry", "versions", "conditional"),
    [
        ({"versioning": "versioned-update", "conditionalCreate": True}, True, True),
        ({"versioning": "versioned"}, True, None),
        ({"versioning": "no-version", "conditionalCreate": False}, False, False),
        ({"versioning": 7, "conditionalCreate": "yes"}, None, None),
        ({}, None, None),
    ],
)
def test_a_statement_says_how_a_type_is_written(entry, versions, conditional):
    resource = {"type": "Observation", **entry}
    statement = {"resourceType": "CapabilityStatement", "rest": [{"resource": [resource]}]}
    capability = Capability(statement)
    assert capability.keeps_versions("Observation") is versions
    assert capability.takes_conditional_create("Observation") is conditional
    assert capability.keeps_versions("Specimen") is None
    assert Capability(None).takes_conditional_create("Observation") is None


def test_a_statement_says_of_which_fhir_it_is():
    assert Capability({**STATEMENT, "fhirVersion": "4.0.1"}).fhir_version == "4.0.1"
    assert Capability({**STATEMENT, "fhirVersion": 4}).fhir_version is None
    assert Capability(None).fhir_version is None
