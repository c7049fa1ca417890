import pytest

from app.fhir.capability import Capability
from app.forms._pages.permission import (
    accepts_provenance,
    hindrance,
    not_as,
    obstacles,
    remarks,
    unnamed,
)
from app.smart.scopes import Scopes

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
    "scopes",
    [
        "patient/Observation.cru",
        "patient/Observation.cu user/Observation.s",
        "patient/*.write patient/*.read",
        "user/*.*",
        f"patient/*.rs {STAGING}",
    ],
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
    ("scopes", "interaction", "words", "short"),
    [
        (
            "patient/Observation.rus",
            "c",
            "does not allow new entries here (Observation), only changes.",
            "your sign-in allows changes only",
        ),
        (
            "patient/Observation.crs",
            "u",
            "does not allow changes here (Observation), only new entries.",
            "not for your sign-in",
        ),
        (
            "patient/*.rs patient/Observation.cu?code=http://loinc.org|1-8,http://loinc.org|2-6",
            "c",
            "of Observation it allows only those with code 1-8 or 2-6",
            "not for your sign-in",
        ),
        (
            "patient/*.rs patient/Observation.cu?code=http://snomed.info/sct|384625004,2-6",
            "c",
            "of Observation it allows only those with code 384625004 (pT category) or 2-6",
            "not for your sign-in",
        ),
        (
            "patient/*.rs patient/Observation.cu?_tag=x",
            "c",
            "only those with _tag x, as far as the app can tell",
            "not for your sign-in",
        ),
        (
            "patient/Observation.cu",
            "c",
            "does not let the app read back what it would write here (Observation)",
            "not to be read back with your sign-in",
        ),
        (
            "patient/Observation.cu patient/Observation.rs?code=http://loinc.org|1-8",
            "u",
            "does not let the app read back",
            "not to be read back with your sign-in",
        ),
    ],
)
def test_each_lack_has_its_own_words(scopes, interaction, words, short):
    grants = Scopes.parse(scopes)
    (told,) = obstacles(grants, UNKNOWN, [(interaction, GROUP)])
    assert words in told
    assert hindrance(grants, UNKNOWN, [(interaction, GROUP)]) == short


def test_each_resource_of_an_entry_is_looked_at():
    other = {**GROUP, "code": {"coding": [{"system": "http://loinc.org", "code": "1-8"}]}}
    writings = [("c", GROUP), ("c", other), ("c", {"resourceType": "Procedure"})]
    told = obstacles(Scopes.parse(f"patient/*.rs {STAGING}"), UNKNOWN, writings)
    assert ["of Observation" in sentence for sentence in told] == [True, False]
    assert "(Procedure)" in told[1]


UNSAID = {"resourceType": "Observation"}


def test_a_code_that_is_still_to_be_typed_is_no_obstacle_and_is_remarked_upon():
    grants = Scopes.parse(f"patient/*.rs patient/Provenance.c {STAGING}")
    assert obstacles(grants, UNKNOWN, [("c", UNSAID)], unfinished=True) == []
    assert hindrance(grants, UNKNOWN, [("c", UNSAID)]) == ""
    (told,) = remarks(grants, UNKNOWN, [("c", UNSAID)])
    assert "only with code 399588009" in told
    assert "when you review" in told
    assert obstacles(grants, UNKNOWN, [("c", UNSAID)])
    assert remarks(grants, UNKNOWN, [("c", GROUP)]) == []


def test_a_category_that_no_form_asks_for_is_not_to_be_waited_for():
    grants = Scopes.parse("patient/*.rs patient/Observation.c?category=laboratory")
    assert obstacles(grants, UNKNOWN, [("c", UNSAID)], unfinished=True)


@pytest.mark.parametrize(
    ("interaction", "type_", "words"),
    [
        ("c", "Observation", "the entries themselves will name you"),
        ("c", "BodyStructure", "the chart will not say who entered this"),
        ("c", "DiagnosticReport", "the chart will not say who entered this"),
        ("u", "Observation", "the chart will not say who made this change"),
    ],
)
def test_what_becomes_of_authorship_without_a_provenance_is_told(interaction, type_, words):
    grants = Scopes.parse("patient/*.rs patient/Observation.cu patient/BodyStructure.c")
    (told,) = remarks(grants, UNKNOWN, [(interaction, {"resourceType": type_})])
    assert told.endswith(f"{words}.")
    assert remarks(Scopes.parse("patient/*.cruds"), UNKNOWN, [("c", GROUP)]) == []


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
    assert accepts_provenance(Scopes.parse(scopes), capability) is taken


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("Patient/elena", "You are signed in as the patient."),
        ("RelatedPerson/aunt", "You are signed in as a person close to the patient"),
    ],
)
def test_who_is_no_clinician_enters_nothing(user, words):
    (told,) = not_as(user)
    assert told.startswith(words)
    assert "you can read them here" in told


@pytest.mark.parametrize("user", ["Practitioner/owen", "PractitionerRole/7", "Person/owen", None])
def test_clinicians_and_those_of_unknown_kind_enter(user):
    assert not_as(user) == []


def test_an_author_who_is_not_known_is_told_once():
    (told,) = unnamed(None, "somebody")
    assert "carry no author" in told
    assert told.endswith("the chart will read: somebody.")
    assert unnamed("Practitioner/owen", "Dr Owen") == []
    nothing = Scopes.parse("patient/*.rs patient/Observation.c")
    assert remarks(nothing, UNKNOWN, [("c", GROUP)], named=False) == []
