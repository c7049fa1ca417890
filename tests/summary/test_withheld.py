"""What a sign-in does not show is told, so that an empty section is not taken for "none"."""

import pytest

from app.fhir.capability import Capability
from app.mcode.model import Gap
from app.mcode.plan import reading_needs
from app.smart.scopes import Scopes
from app.summary.withheld import DISPLAY, withheld
from tests.summary.resources import condition, order, record, stage

ALL = "patient/*.rs"
UNKNOWN = Capability(None)


def told(scope, *resources, capability=UNKNOWN, asked=()):
    return withheld(Scopes.parse(scope), capability, record(condition(), *resources), asked)


def granting_all_but(*types):
    return " ".join(f"patient/{type_}.rs" for type_ in DISPLAY if type_ not in types)


@pytest.mark.parametrize(
    "scope", [ALL, "user/*.cruds", "patient/*.read", "patient/*.s", granting_all_but()]
)
def test_a_grant_of_all_leaves_nothing_to_tell(scope):
    found = told(scope, asked=["online_access"])
    assert (found.sentences, found.types, found.scopes) == ((), frozenset(), ())


def test_every_kind_that_is_searched_has_words():
    searched = {need.type for need in reading_needs() if need.interactions == "s"}
    assert set(DISPLAY) == searched - {"Provenance"}


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [
        (["FamilyMemberHistory"], "This sign-in does not show family history."),
        (
            ["Procedure", "Specimen"],
            "This sign-in does not show operations and radiotherapy or specimens.",
        ),
        (
            ["MedicationRequest", "MedicationAdministration", "MedicationStatement"],
            "This sign-in does not show medications.",
        ),
        (
            ["MedicationRequest", "MedicationStatement"],
            "This sign-in does not show medication orders or medication taken.",
        ),
    ],
)
def test_kinds_that_were_not_granted_are_told_in_one_sentence(lacking, sentence):
    found = told(granting_all_but(*lacking), asked=["patient/X.s"])
    assert found.sentences == (sentence,)
    assert found.types == set(lacking)
    assert found.scopes == ("patient/X.s",)


def test_an_empty_grant_shows_nothing_but_what_came_all_the_same():
    found = told("")
    assert found.types == set(DISPLAY) - {"Condition"}
    assert found.sentences[1:] == ("Of diagnoses it shows only a part.",)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("category=http://category|laboratory", "category laboratory"),
        ("category=laboratory,vital-signs", "category laboratory or vital-signs"),
        ("category=laboratory&status=final", "category laboratory and status final"),
        ("_tag=x", "_tag x"),
    ],
)
def test_a_grant_under_conditions_shows_a_part(query, words):
    grant = f"{granting_all_but('Observation')} patient/Observation.rs?{query}"
    assert told(grant).sentences == (
        f"Of test results, stages and assessments it shows only a part: {words}.",
    )


def test_two_grants_under_conditions_show_two_parts():
    grant = f"{granting_all_but('Condition')} patient/Condition.rs?category=a"
    found = told(f"{grant} patient/Condition.rs?category=b")
    assert found.sentences == ("Of diagnoses it shows only a part: category a; category b.",)


def test_what_may_be_read_by_its_id_alone_is_not_found():
    assert told(f"{granting_all_but('Procedure')} patient/Procedure.r").types == {"Procedure"}


def test_what_the_server_has_not_is_not_told():
    resources = [{"type": type_, "interaction": [{"code": "search-type"}]} for type_ in DISPLAY]
    rest = [{"mode": "server", "resource": resources[:-1]}]
    statement = Capability({"resourceType": "CapabilityStatement", "rest": rest})
    (last,) = set(DISPLAY) - {resource["type"] for resource in resources[:-1]}
    assert told(granting_all_but(last), capability=statement).sentences == ()
    assert told(granting_all_but(last)).types == {last}


def test_the_page_says_it_before_everything_else_and_once(summary_page):
    gap = Gap("medication orders", "Your permissions do not include them.", "MedicationRequest")
    found = record(condition(), *stage(), gaps=[gap, Gap("reports", "The server failed.")])
    hidden = withheld(
        Scopes.parse(granting_all_but("MedicationRequest")),
        UNKNOWN,
        found,
        ["patient/MedicationRequest.s"],
    )
    page = summary_page(found, withheld=hidden)
    assert page.words.count("medication orders") == 1
    assert "This sign-in does not show medication orders." in page.words
    assert "reports: The server failed." in page.words
    assert page.words.index("does not show") < page.words.index("Carcinoma")
    assert "Asked for and not granted: patient/MedicationRequest.s" in page.words
    assert "None recorded" not in page.words


def test_without_a_word_on_it_a_refused_search_stays_a_gap(summary_page):
    gap = Gap("medication orders", "Your permissions do not include them.", "MedicationRequest")
    words = summary_page(record(condition(), order(), gaps=[gap])).words
    assert "medication orders: Your permissions do not include them." in words
    assert "This sign-in does not show" not in words


def test_no_diagnosis_is_only_said_as_far_as_it_could_be_read(summary_page):
    hidden = withheld(Scopes.parse(granting_all_but("Condition")), UNKNOWN, record(), [])
    assert "This sign-in does not show diagnoses." in hidden.sentences
    assert "as far as it could be read" in summary_page(record(), withheld=hidden).words
