import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fhir.needs import Need, Needs
from app.smart.ehrs.registry import IssuerPattern, Registration
from app.smart.ehrs.roles import Role
from app.smart.oauth.requested_scopes import requested_scopes, resource_scopes, scope_parameter
from app.smart.scopes import ResourceScope, Scopes

EXAM, LAB = "http://category|exam", "http://category|laboratory"
NEEDS = Needs(
    reading=(Need("Patient", "r"), Need("Observation", "s"), Need("Practitioner", "r")),
    forms={
        "stage": (Need("Observation", "crus", (EXAM,)), Need("Provenance", "cs")),
        "marker": (Need("Observation", "crus", (LAB,)), Need("Provenance", "cs")),
        "size": (Need("Observation", "crus"), Need("Provenance", "cs")),
        "surgery": (Need("Procedure", "crus"), Need("Provenance", "cs")),
    },
)
SIGN_IN = ["launch", "openid", "fhirUser", "online_access"]


def asked(role=None, **changes):
    registration = Registration(
        key="example",
        name="Example EHR",
        issuers=(IssuerPattern("https://ehr.example/fhir"),),
        client_id="oncoform",
        client_auth="public",
        frame_ancestors=(),
        **changes,
    )
    found = requested_scopes(registration, role or Role(), NEEDS)
    assert list(found[:4]) == SIGN_IN or found == role.scopes
    return list(found[4:]) if found[:4] == tuple(SIGN_IN) else list(found)


def enabling(*slugs):
    return Role("some", frozenset(slugs))


def test_all_forms_ask_for_all_that_they_write_and_for_the_user():
    assert asked() == [
        "patient/Observation.crus",
        "patient/Patient.r",
        "user/Practitioner.r",
        "user/PractitionerRole.r",
        "patient/Procedure.crus",
        "patient/Provenance.cs",
    ]


def test_nothing_is_asked_for_a_form_that_is_not_there():
    assert asked(enabling("surgery")) == [
        "patient/Observation.s",
        "patient/Patient.r",
        "user/Practitioner.r",
        "user/PractitionerRole.r",
        "patient/Procedure.crus",
        "patient/Provenance.cs",
    ]
    assert asked(enabling()) == [
        "patient/Observation.s",
        "patient/Patient.r",
        "user/Practitioner.r",
        "user/PractitionerRole.r",
    ]


def test_what_the_launch_file_lists_is_asked_for_as_it_stands():
    listed = ("launch", "patient/*.read", "patient/Observation.cruds")
    assert asked(Role("some", frozenset({"surgery"}), listed)) == list(listed)


def test_the_level_is_that_of_the_registration():
    assert "user/Observation.crus" in asked(level="user")
    assert not [scope for scope in asked(level="user") if scope.startswith("patient/")]


def observations(*slugs, granular=True):
    return [scope for scope in asked(enabling(*slugs), granular=granular) if "Observ" in scope]


def test_creating_is_narrowed_to_the_categories_that_every_form_writes():
    assert observations("stage", "marker") == [
        "patient/Observation.rus",
        f"patient/Observation.c?category={EXAM},{LAB}",
    ]
    assert observations("stage") == [
        "patient/Observation.rus",
        f"patient/Observation.c?category={EXAM}",
    ]


def test_nothing_is_narrowed_where_a_form_writes_without_a_category():
    assert observations("stage", "size") == ["patient/Observation.crus"]


def test_nothing_is_narrowed_for_an_ehr_that_is_not_known_to_take_it():
    assert observations("stage", granular=False) == ["patient/Observation.crus"]


TYPES = st.sampled_from(["Patient", "Observation", "Condition", "Practitioner", "Organization"])
LETTERS = st.sets(st.sampled_from("cruds"), min_size=1).map(
    lambda letters: "".join(letter for letter in "cruds" if letter in letters)
)
NEED = st.builds(
    Need, TYPES, LETTERS, st.lists(st.sampled_from([EXAM, LAB]), unique=True).map(tuple)
)


@given(st.lists(NEED), st.sampled_from(["patient", "user"]), st.booleans())
def test_the_scopes_cover_the_needs_and_nothing_else(needs, level, granular):
    found = resource_scopes(needs, level=level, granular=granular)
    grant = Scopes.parse(" ".join(map(str, found)))
    needed = {(need.type, letter) for need in needs for letter in need.interactions}
    assert {(scope.type, letter) for scope in found for letter in scope.actions} == needed
    for need in needs:
        for letter in need.interactions:
            for token in need.categories or ("http://category|unheard-of",):
                system, _, code = token.partition("|")
                category = [{"coding": [{"system": system, "code": code}]}]
                resource = {"resourceType": need.type, "category": category}
                assert grant.permits(letter, resource)


@given(st.lists(NEED), st.booleans())
def test_the_scopes_are_the_shortest_and_in_the_order_of_version_2(needs, granular):
    found = resource_scopes(needs, level="patient", granular=granular)
    assert len({(scope.type, scope.conditions) for scope in found}) == len(found)
    for scope in found:
        assert ResourceScope.parse(str(scope)) == scope
    by_type = {}
    for scope in found:
        by_type.setdefault(scope.type, []).append(scope.actions)
    for letters in by_type.values():
        assert len("".join(letters)) == len(set("".join(letters)))


@pytest.mark.parametrize("type_", ["Practitioner", "PractitionerRole", "Organization"])
def test_people_are_asked_for_at_the_level_of_the_user(type_):
    (scope,) = resource_scopes([Need(type_, "r")], level="patient")
    assert str(scope) == f"user/{type_}.r"


@pytest.mark.parametrize(("standalone", "first"), [(False, "launch"), (True, "launch/patient")])
def test_what_is_asked_for_depends_on_where_the_launch_began(standalone, first):
    asked = scope_parameter(
        ["launch", "openid", "patient/Observation.cu"],
        capabilities=["permission-v2"],
        standalone=standalone,
    )
    assert asked == f"{first} openid patient/Observation.cu"


def test_version_1_names_a_scope_once():
    asked = scope_parameter(
        ["patient/Observation.cu", "patient/Observation.d?status=final", "patient/*.s"],
        capabilities=[],
        standalone=False,
    )
    assert asked == "patient/Observation.write patient/*.read"
