"""Who signs, per kind of user: elements hold whom their profile allows, and nobody is invented."""

import copy

import pytest

from app.fhir.resource_types import RESOURCE_TYPES
from app.forms._definition import Subject
from app.forms._new import allowed, signature
from app.forms._pages.workspace import author_of, existing_workspace
from app.forms._registry import find_subject, form_of
from app.forms._saving.plan import plan_entry, plan_retraction
from app.mcode.assembly import assemble
from app.mcode.conformance import problems
from tests.forms import valid
from tests.forms.patient import AUTHOR, CHART, PATIENT, TODAY
from tests.forms.test_every_form import confirmed, every_form, stored, subject_of

USERS = {
    "Practitioner/owen": "Dr Owen",
    "PractitionerRole/oncologist": "Dr Owen",
    "RelatedPerson/aunt": "Aunt Patient",
    "Patient/pat": "Pat Patient",
    "Person/owen": "Owen",
    None: "",
}
every_user = pytest.mark.parametrize(("user", "name"), USERS.items(), ids=str)
# FHIR R4, Provenance.agent.who: a Person is none of them.
AGENTS = ("Practitioner/", "PractitionerRole/", "Patient/", "RelatedPerson/")
# mCODE STU4 on US Core 6.1.0: the elements that name an author, and the people among their targets.
PEOPLE = {
    ("disease-status", "performer"): {"Practitioner"},
    ("deauville", "performer"): {"Practitioner", "PractitionerRole"},
    ("tnm-stage", "performer"): {"Practitioner", "PractitionerRole", "Patient", "RelatedPerson"},
    ("medication-request", "requester"): {"Practitioner", "Patient"},
    ("medication-request", "recorder"): {"Practitioner", "PractitionerRole"},
    ("primary-cancer", "recorder"): {
        *("Practitioner", "PractitionerRole", "Patient", "RelatedPerson"),
    },
}


def signatures(resource):
    """Return (element, who is named) of the elements that name who made a resource."""
    found = []
    for element in ("performer", "recorder", "asserter", "requester", "author"):
        value = resource.get(element, [])
        for named in value if isinstance(value, list) else [value]:
            actor = named.get("actor")
            found.append((f"{element}.actor", actor) if actor else (element, named))
    return found


def people_in(value):
    """Return every reference to a person other than the patient whose chart it is."""
    if isinstance(value, list):
        return {person for item in value for person in people_in(item)}
    if not isinstance(value, dict):
        return set()
    own = {value["reference"]} if str(value.get("reference")).startswith(AGENTS) else set()
    return (own | people_in(list(value.values()))) - {"Patient/pat"}


def agents(provenance):
    return [(agent["type"]["coding"][0]["code"], agent["who"]) for agent in provenance["agent"]]


@pytest.fixture
def plan(form_class):
    """The plan of a new entry with typical answers, signed by an author."""

    def plan(author):
        subject = subject_of(form_class)
        work = confirmed(form_class, subject, valid.typical(form_class, subject))
        assert work.validate(), work.problems()
        return plan_entry(work.form, subject, author, "draft-1")

    return plan


@every_user
@every_form
def test_a_new_entry_names_its_user_where_the_profile_allows_and_nobody_else(
    form_class, plan, user, name
):
    author = author_of(user, name, None)
    made = plan(author)
    for write in made.writes:
        for element, named in signatures(write.after):
            may = (user or "").partition("/")[0] in allowed(
                write.after["meta"]["profile"][0], element
            )
            expected = {"display": author.name} | ({"reference": user} if may else {})
            assert named == expected, (write.label, element)
        assert people_in(write.after) <= {user}
        assert problems(write.after) == []
    assert agents(made.provenance) == [
        ("author", _who(user, author.name)),
        ("assembler", {"display": "Oncoform"}),
    ]
    assert problems(made.provenance) == []


@every_user
@every_form
def test_a_retraction_leaves_the_signature_and_names_who_retracts(form_class, plan, user, name):
    before = plan(AUTHOR)
    resources = stored(before, subject_of(form_class))
    main = [write.label for write in before.writes].index(form_class.parts[-1].label)
    record = assemble(copy.deepcopy(PATIENT), [*copy.deepcopy(CHART), *resources])
    id_ = resources[main]["id"]
    primary, originals = find_subject(form_class, record, id_)
    subject = Subject(record, "pat", primary, TODAY, originals)
    work = existing_workspace(form_class, subject, id_, None, None)
    author = author_of(user, name, None)
    made = plan_retraction(work.form, subject, author, "another patient's")
    assert made.writes
    for write in made.writes:
        assert signatures(write.after) == signatures(write.before)
    assert ("author", _who(user, author.name)) in agents(made.provenance)
    assert people_in(made.provenance) <= {user}


def _who(user, name):
    may = str(user).startswith(AGENTS)
    return {"display": name} | ({"reference": user} if may else {})


@pytest.mark.parametrize(("place", "people"), PEOPLE.items(), ids=map(" ".join, PEOPLE))
def test_the_profiles_say_who_may_be_named(place, people):
    slug, element = place
    part = form_of(slug).parts[-1]
    assert allowed(part.profile, element) & {*people, *(kind[:-1] for kind in AGENTS)} == people


@pytest.mark.parametrize(
    ("reference", "signed"),
    [
        (
            "Practitioner/nancy",
            {"requester": {"display": "Nancy", "reference": "Practitioner/nancy"}},
        ),
        (
            "PractitionerRole/nurse",
            {
                "requester": {"display": "Nancy"},
                "recorder": {"display": "Nancy", "reference": "PractitionerRole/nurse"},
            },
        ),
        ("RelatedPerson/aunt", {"requester": {"display": "Nancy"}}),
        (None, {"requester": {"display": "Nancy"}}),
    ],
)
def test_an_order_names_whom_the_profile_lets_order(reference, signed):
    part = form_of("medication-request").parts[0]
    assert signature(part, author_of(reference, "Nancy", None)) == signed


@every_form
def test_each_type_that_a_form_writes_has_a_row_that_lets_it_be_found_again(form_class):
    for part in form_class.parts:
        row = RESOURCE_TYPES[part.type]
        assert row.subject
        assert row.status
        assert row.identifier != "none"
