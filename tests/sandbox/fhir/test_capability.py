from app.sandbox.fhir.capability import capability_statement
from app.sandbox.fhir.search_parameters import TABLE
from app.sandbox.fhir.structure import problems


def test_the_statement_is_well_formed_and_names_what_the_table_has():
    uris = {"authorize": "http://ehr.test/auth", "token": "http://ehr.test/token"}
    statement = capability_statement("http://ehr.test/fhir", "2026-11-24T09:00:00Z", uris)
    assert problems(statement) == []
    rest = statement["rest"][0]
    assert {one["type"] for one in rest["resource"]} == TABLE.keys()
    for one in rest["resource"]:
        assert {param["name"] for param in one["searchParam"]} == TABLE[one["type"]].keys()
    (oauth,) = rest["security"]["extension"]
    assert {one["url"]: one["valueUri"] for one in oauth["extension"]} == uris


def test_a_server_without_authorization_claims_none():
    statement = capability_statement("http://ehr.test/fhir", "2026-11-24")
    assert "security" not in statement["rest"][0]


def test_us_core_parameters_of_the_reading_plan_are_there():
    for resource_type, names in {
        "Patient": "_id birthdate family gender given identifier name",
        "Condition": "patient category clinical-status code onset-date recorded-date",
        "Observation": "patient category code date status",
        "DiagnosticReport": "patient category code date status",
        "Procedure": "patient code date status",
        "MedicationRequest": "patient intent status authoredon encounter medication",
        "MedicationAdministration": "patient status effective-time medication",
        "Specimen": "patient _id",
        "BodyStructure": "patient",
        "FamilyMemberHistory": "patient",
        "Encounter": "patient date class type status identifier",
        "Practitioner": "name identifier _id",
        "PractitionerRole": "practitioner specialty",
        "Provenance": "target",
    }.items():
        assert set(names.split()) <= TABLE[resource_type].keys()
