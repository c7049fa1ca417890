import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.smart.scopes import ResourceScope, Scopes

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


@pytest.mark.parametrize(
    "query",
    [
        "code:in=http://x",
        "_tag=x",
        "status=final&date=gt2020",
        "x",
        "status=final&x",
        "&status=final",
    ],
)
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


@pytest.mark.parametrize(
    ("query", "held", "permitted"),
    [
        ("code=1-8", {}, True),
        ("status=final", {}, True),
        ("code=1-8&status=final", {"status": "final"}, True),
        ("code=1-8", {"code": {"coding": [{"code": "1-9"}]}}, False),
        ("status=final", {"status": "amended"}, False),
        ("category=laboratory", {}, False),
        ("_tag=x", {}, False),
    ],
)
def test_an_unfinished_resource_may_still_get_its_code_and_status(query, held, permitted):
    scopes = Scopes.parse(f"patient/Observation.c?{query}")
    resource = {"resourceType": "Observation", **held}
    assert scopes.permits("c", resource, unfinished=True) is permitted


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
        ("patient/Observation.rsu patient/Observation.cu openid", ["patient/Observation.rs"]),
        ("patient/Observation.s patient/Observation.u openid patient/Observation.cr", []),
        ("http://smarthealthit.org/fhir/scopes/patient/Observation.crus openid", []),
        ("https://smarthealthit.org/fhir/scopes/patient/*.cruds openid", []),
        (
            "http://openid.net/specs/openid-connect-core-1_0#openid patient/Observation.cruds",
            [],
        ),
        ("http://evil.example/patient/Observation.crus openid", ["patient/Observation.crus"]),
        ("xhttp://smarthealthit.org/fhir/scopes/openid patient/*.cruds", ["openid"]),
    ],
)
def test_what_was_not_granted_is_named(granted, missing):
    assert Scopes.parse(granted).missing(["openid", "patient/Observation.crus"]) == missing


def test_a_grant_for_the_patient_is_none_for_the_user():
    assert Scopes.parse("patient/*.rs").missing(["user/Practitioner.rs"]) == [
        "user/Practitioner.rs"
    ]


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        ("patient/Observation.c?category=a,b", []),
        ("patient/Observation.c?category=b patient/Observation.c?category=a", []),
        ("patient/Observation.c?category=c,b,a", []),
        ("patient/Observation.c", []),
        ("patient/*.cud", []),
        ("patient/Observation.c?category=a", ["patient/Observation.c?category=a,b"]),
        ("patient/Observation.c?code=a,b", ["patient/Observation.c?category=a,b"]),
        (
            "patient/Observation.c?category=a,b&status=final",
            ["patient/Observation.c?category=a,b"],
        ),
        ("patient/Observation.r?category=a,b", ["patient/Observation.c?category=a,b"]),
    ],
)
def test_conditions_are_compared_by_what_they_let_through(granted, missing):
    assert Scopes.parse(granted).missing(["patient/Observation.c?category=a,b"]) == missing


def test_the_order_of_conditions_does_not_matter():
    asked = "patient/Observation.c?category=a&status=final"
    assert Scopes.parse("patient/Observation.c?status=final&category=a").missing([asked]) == []


@pytest.mark.parametrize(
    ("granted", "extent", "conditions"),
    [
        ("patient/Observation.rs", "all", []),
        ("patient/*.read", "all", []),
        ("patient/Observation.rs?category=laboratory", "part", [(("category", "laboratory"),)]),
        (
            "patient/Observation.r?_tag=x patient/*.rs?category=a|b",
            "part",
            [(("_tag", "x"),), (("category", "a|b"),)],
        ),
        ("patient/Observation.rs patient/Observation.rs?category=laboratory", "all", []),
        ("patient/Observation.cud", "none", []),
        ("patient/Condition.rs", "none", []),
        ("", "none", []),
    ],
)
def test_a_grant_reaches_all_or_a_part_or_nothing_of_a_type(granted, extent, conditions):
    scopes = Scopes.parse(granted)
    assert scopes.extent("r", "Observation") == extent
    assert scopes.conditions("r", "Observation") == conditions


WORDS = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1)
LETTERS = st.sets(st.sampled_from("cruds"), min_size=1).map(
    lambda letters: "".join(letter for letter in "cruds" if letter in letters)
)
SCOPE = st.builds(
    ResourceScope,
    level=st.sampled_from(["patient", "user"]),
    type=st.sampled_from(["*", "Observation", "Condition"]),
    actions=LETTERS,
    conditions=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple),
)
PLAIN = st.builds(
    ResourceScope,
    level=st.just("patient"),
    type=st.sampled_from(["Observation", "Condition"]),
    actions=LETTERS,
    conditions=st.sampled_from([(), (("category", "a"),), (("category", "a,b"),)]),
)


@given(SCOPE)
def test_a_scope_is_written_as_it_was_read(scope):
    text = str(scope)
    assert ResourceScope.parse(text) == scope
    assert not set(text) & set(' "\\')
    assert ResourceScope.parse(f"http://smarthealthit.org/fhir/scopes/{text}") == scope


@given(st.text())
def test_no_text_is_read_as_more_than_it_says(text):
    scope = ResourceScope.parse(text)
    assert scope is None or ResourceScope.parse(str(scope)) == scope
    assert Scopes.parse(text).missing(text.split()) == []


@given(st.lists(PLAIN, min_size=1), st.randoms())
def test_however_a_grant_is_written_it_is_the_same(scopes, random):
    """Split into letters and values, in any order, as URIs: nothing lacks and nothing is added."""
    split = [
        str(ResourceScope(scope.level, scope.type, letter, condition))
        for scope in scopes
        for letter in scope.actions
        for condition in (
            [(("category", value),) for value in scope.conditions[0][1].split(",")]
            if scope.conditions
            else [()]
        )
    ]
    random.shuffle(split)
    wide = [str(ResourceScope("user", "*", "cruds"))]
    written = [f"http://smarthealthit.org/fhir/scopes/{word}" for word in split]
    asked = list(map(str, scopes))
    for grant in (split, written, wide):
        assert Scopes.parse(" ".join(grant)).missing(asked) == []
    whole, parts = Scopes.parse(" ".join(asked)), Scopes.parse(" ".join(written))
    for type_ in ("Observation", "Condition"):
        for code in ("a", "b", "c"):
            resource = {"resourceType": type_, "category": [{"coding": [{"code": code}]}]}
            for letter in "cruds":
                assert whole.permits(letter, resource) == parts.permits(letter, resource)


@given(PLAIN, PLAIN)
def test_nothing_lacks_only_where_all_that_was_asked_for_is_permitted(asked, granted):
    grant = Scopes.parse(str(granted))
    if grant.missing([str(asked)]):
        return
    for value in ("a", "b", "c"):
        resource = {"resourceType": asked.type, "category": [{"coding": [{"code": value}]}]}
        for letter in "cruds":
            if Scopes.parse(str(asked)).permits(letter, resource):
                assert grant.permits(letter, resource)
