from __future__ import annotations

import pytest

from app.fhir.capability import Capability
from app.forms._pages.permission import obstacles, takes_provenance
from app.smart.oauth.scopes import Scopes

GROUP = {
    "resourceType": "Observation",
    "meta": {"versionId": "1"},
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "399588009"}]},
}
STAGING = "patient/Observation.cu?code=http://snomed.info/sct|399588009"


def server(**interactions):
    resources = [
        {"type": type_, "interaction": [{"code": code} for code in codes]}
        for type_, codes in interactions.items()
    ]
    rest = [{"mode": "server", "resource": resources}]
    return Capability({"resourceType": "CapabilityStatement", "rest": rest})


UNKNOWN = Capability(None)


@pytest.mark.parametrize(
    "scopes", ["patient/Observation.cu", "patient/*.write", "user/*.*", STAGING]
)
@pytest.mark.parametrize("interaction", ["c", "u"])
def test_what_is_granted_and_offered_meets_no_obstacle(scopes, interaction):
    assert obstacles(Scopes.parse(scopes), UNKNOWN, [(interaction, GROUP)]) == []


@pytest.mark.parametrize(
    ("scopes", "interaction", "words"),
    [
        ("patient/Observation.rs", "c", "does not allow new entries"),
        ("patient/Observation.crs", "u", "does not allow changes"),
        ("patient/Condition.cruds", "c", "does not allow new entries"),
        ("patient/Observation.c?code=http://loinc.org|1-8", "c", "does not allow new entries"),
        ("patient/Observation.c?unheard-of=1", "c", "does not allow new entries"),
        ("", "c", "does not allow new entries"),
    ],
)
def test_a_missing_scope_is_told_before_anything_is_typed(scopes, interaction, words):
    told = obstacles(Scopes.parse(scopes), UNKNOWN, [(interaction, GROUP)])
    assert len(told) == 1
    assert words in told[0]


def test_a_server_that_takes_no_such_entries_is_told():
    reading = server(Observation=["read", "search-type"])
    told = obstacles(Scopes.parse("patient/*.cruds"), reading, [("c", GROUP), ("c", GROUP)])
    assert told == ["This EHR does not take new entries of the kind Observation from apps."]


def test_an_entry_without_a_version_is_not_overwritten():
    told = obstacles(Scopes.parse("patient/*.cruds"), UNKNOWN, [("u", {**GROUP, "meta": {}})])
    assert "no versions" in told[0]


@pytest.mark.parametrize(
    ("scopes", "capability", "taken"),
    [
        ("patient/Provenance.c", UNKNOWN, True),
        ("patient/Provenance.rs", UNKNOWN, False),
        ("patient/*.cruds", server(Observation=["create"]), False),
        ("patient/*.cruds", server(Provenance=["create"]), True),
    ],
)
def test_authorship_is_recorded_where_it_can_be(scopes, capability, taken):
    assert takes_provenance(Scopes.parse(scopes), capability) is taken
