from __future__ import annotations

import pytest

from app.smart.oauth.scopes import ResourceScope, Scopes, for_launch

LOINC = "http://loinc.org"
LAB = {
    "resourceType": "Observation",
    "status": "final",
    "category": [{"coding": [{"system": "http://category", "code": "laboratory"}]}],
    "code": {"coding": [{"system": LOINC, "code": "1-8"}, {"system": "http://x", "code": "y"}]},
}


@pytest.mark.parametrize(
    ("scope", "letters"),
    [
        ("patient/Observation.read", "rs"),
        ("patient/Observation.write", "cud"),
        ("patient/Observation.*", "cruds"),
        ("patient/*.read", "rs"),
        ("user/Observation.crus", "crus"),
        ("patient/*.cruds", "cruds"),
        ("patient/Observation.s", "s"),
        ("patient/Observation.sr", ""),
        ("patient/Observation.dus", ""),
        ("patient/Observation.rr", ""),
        ("patient/Observation.", ""),
        ("patient/Observation.readwrite", ""),
        ("patient/Observation", ""),
        ("patient/Condition.cruds", ""),
        ("system/Observation.cruds", ""),
        ("Patient/Observation.rs", ""),
        ("patient/observation.rs", ""),
        ("xpatient/Observation.rs", ""),
        ("patient/Observation.rs?", ""),
        ("openid", ""),
        ("", ""),
    ],
)
def test_a_grant_permits_its_letters_alone(scope, letters):
    scopes = Scopes.parse(scope)
    assert {letter for letter in "cruds" if scopes.permits(letter, "Observation")} == set(letters)
    assert {letter for letter in "cruds" if scopes.permits(letter, LAB)} == set(letters)


def test_several_scopes_add_up():
    scopes = Scopes.parse("  openid patient/Observation.rs\npatient/Observation.c openid ")
    assert "openid" in scopes
    assert "fhirUser" not in scopes
    assert [letter for letter in "cruds" if scopes.permits(letter, "Observation")] == list("crs")


@pytest.mark.parametrize(
    ("query", "permitted"),
    [
        (f"code={LOINC}|1-8", True),
        (f"code={LOINC}%7C1-8", True),
        (f"code=a,{LOINC}|1-8", True),
        ("code=1-8", True),
        (f"code={LOINC}|", True),
        ("category=http://category|laboratory", True),
        ("category=laboratory&status=final", True),
        ("status=final,amended", True),
        (f"code={LOINC}|1-9", False),
        ("code=http://x|1-8", False),
        ("code=|1-8", False),
        ("code=", False),
        ("code=|", False),
        ("category=vital-signs", False),
        ("category=laboratory&status=amended", False),
        ("status=http://x|final", False),
    ],
)
def test_conditions_are_compared_with_the_resource(query, permitted):
    scopes = Scopes.parse(f"patient/Observation.c?{query}")
    assert scopes.permits("c", LAB) is permitted
    assert scopes.permits("c", "Observation")


@pytest.mark.parametrize("query", ["code:in=http://x", "_tag=x", "status=final&date=gt2020", "x"])
def test_a_condition_that_is_not_understood_permits_nothing(query):
    scopes = Scopes.parse(f"patient/Observation.c?{query}")
    assert not scopes.permits("c", LAB)
    assert not scopes.permits("c", "Observation")


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Observation"},
        {"resourceType": "Observation", "code": None},
        {"resourceType": "Observation", "code": {"coding": ["x", {}]}},
        {"resourceType": "Observation", "code": {"coding": {"code": "1-8"}}},
        {"code": {"coding": [{"system": LOINC, "code": "1-8"}]}},
    ],
)
def test_a_resource_without_the_code_is_not_permitted(resource):
    assert not Scopes.parse(f"patient/Observation.c?code={LOINC}|1-8").permits("c", resource)


def test_the_code_of_a_medication_request_is_its_medication():
    request = {
        "resourceType": "MedicationRequest",
        "medicationCodeableConcept": {"coding": [{"system": "rx", "code": "1"}]},
    }
    assert Scopes.parse("patient/MedicationRequest.c?code=rx|1").permits("c", request)


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        ("openid patient/Observation.crus", []),
        ("openid patient/Observation.c patient/Observation.rus", []),
        ("openid patient/*.cruds", []),
        ("openid user/*.*", []),
        ("openid patient/Observation.read", ["patient/Observation.cu"]),
        ("patient/Observation.write patient/Observation.read", ["openid"]),
        ("openid patient/Observation.crus?status=final", ["patient/Observation.crus"]),
        ("openid patient/Condition.crus", ["patient/Observation.crus"]),
        ("", ["openid", "patient/Observation.crus"]),
    ],
)
def test_what_was_not_granted_is_named(granted, missing):
    assert Scopes.parse(granted).missing(["openid", "patient/Observation.crus"]) == missing


def test_a_grant_for_the_patient_is_none_for_the_user():
    assert Scopes.parse("patient/*.rs").missing(["user/Practitioner.rs"]) == [
        "user/Practitioner.rs"
    ]


@pytest.mark.parametrize(("standalone", "first"), [(False, "launch"), (True, "launch/patient")])
def test_what_is_asked_for_depends_on_where_the_launch_began(standalone, first):
    asked = for_launch(
        ["launch", "openid", "patient/Observation.cu"],
        capabilities=["permission-v2"],
        standalone=standalone,
    )
    assert asked == f"{first} openid patient/Observation.cu"


def test_version_1_names_a_scope_once():
    asked = for_launch(
        ["patient/Observation.cu", "patient/Observation.d?status=final", "patient/*.s"],
        capabilities=[],
        standalone=False,
    )
    assert asked == "patient/Observation.write patient/*.read"


def test_a_scope_is_written_as_it_was_read():
    assert str(ResourceScope.parse("patient/Observation.crus")) == "patient/Observation.crus"
