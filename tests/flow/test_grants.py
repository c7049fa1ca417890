"""Sign-ins that were granted less than the app would need: each page says so before it matters."""

import re

import pytest

from app.fhir.resource_types import RESOURCE_TYPES
from app.forms._registry import all_forms, form_of
from tests.flow.answers import PATHOLOGIC
from tests.live import Chart, demo

pytestmark = pytest.mark.server

PATIENT = "elena-martinez"
SIGN_IN = ["launch", "openid", "fhirUser", "patient/Patient.r", "user/Practitioner.r"]
READ = [*(row.name for row in RESOURCE_TYPES.values() if row.search), "Provenance"]
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def reading(*left_out):
    return [f"patient/{type_}.rs" for type_ in READ if type_ not in left_out]


MEDICATION = ("MedicationRequest", "MedicationAdministration", "MedicationStatement")
SIGNED = "patient/Provenance.c"
GRANTS = {
    "no-medication": [*reading(*MEDICATION)],
    "labs": [
        *reading("Observation"),
        f"patient/Observation.rs?category={CATEGORY}|laboratory",
        "patient/Observation.cu",
        SIGNED,
    ],
    "exams": [*reading(), f"patient/Observation.c?category={CATEGORY}|exam", SIGNED],
    "blind": [*reading("Observation"), "patient/Observation.c", SIGNED],
    "changes": [*reading(), "patient/Observation.u", SIGNED],
    "unsigned": [*reading(), "patient/Observation.cu", "patient/BodyStructure.c"],
    "codes": [*reading(), "patient/Observation.c?code=http://loinc.org|6875-9", SIGNED],
    "procedures": [*reading(), "patient/Procedure.c", SIGNED],
}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    roles = {key: {"scopes": [*SIGN_IN, *scopes]} for key, scopes in GRANTS.items()}
    with demo(tmp_path_factory.mktemp("demo"), registration={"roles": roles}) as servers:
        yield servers


@pytest.fixture
def granted(clinician):
    """Launch with one of the grants."""

    def granted(key, user="oncologist-owen"):
        return clinician.launch(PATIENT, user, role=key)

    return granted


def listed(clinician, slug):
    """Return what the list of forms has for a form."""
    clinician.open("forms/")
    entries = re.findall(r"(?s)<li>(.*?)</li>", clinician.page.text)
    (entry,) = [entry for entry in entries if f"<span>{form_of(slug).title}<" in entry]
    return entry


def test_a_whole_grant_has_nothing_to_say(clinician):
    clinician.launch(PATIENT, "oncologist-owen")
    assert "This sign-in does not show" not in clinician.text
    clinician.open("forms/tnm-stage/new")
    assert "Provenance" not in clinician.text


def test_kinds_that_are_not_granted_are_told_once(granted):
    page = granted("no-medication")
    assert "This sign-in does not show medications." in page.text
    assert "This page is incomplete" not in page.text


def test_a_kind_of_which_only_a_part_is_granted_is_told(granted):
    page = granted("labs")
    assert (
        "Of test results, stages and assessments it shows only a part: category laboratory."
        in page.text
    )
    assert "None recorded" not in page.text


def test_what_could_not_be_read_back_is_not_taken_on(granted):
    for key in ("labs", "blind"):
        page = granted(key).open("forms/tnm-stage/new")
        assert "does not let the app read back" in page.text
        assert "Review 4 records" not in page.text
        assert "not to be read back with your sign-in" in listed(page, "tnm-stage")
        page.open("forms/tnm-stage/new").send(**PATHOLOGIC)
        assert page.page.status_code == 403


def test_a_form_is_allowed_by_the_category_that_it_writes(running, granted):
    page = granted("exams")
    assert "not for your sign-in" in listed(page, "ecog")
    page.open("forms/ecog/new")
    assert "allows only those with category exam" in page.text
    page.open("forms/tnm-stage/new").send(**PATHOLOGIC).send("save")
    chart = Chart(running, PATIENT)
    assert len([name for name in page.written() if name.startswith("Observation/")]) == 4
    assert chart.read(page.written()[0])["category"][0]["coding"][0]["code"] == "exam"


def test_changes_alone_are_told_from_nothing_at_all(granted):
    page = granted("changes")
    assert "allows changes only" in listed(page, "tnm-stage")
    assert "You can read, and not enter" not in page.text
    page.open("forms/tnm-stage/new")
    assert "does not allow new entries here (Observation), only changes" in page.text


def test_an_entry_that_nobody_will_be_named_for_says_so(granted):
    page = granted("unsigned")
    assert "the entries themselves will name you" in page.open("forms/tnm-stage/new").text
    assert "the chart will not say who entered this" in page.open("forms/tumor/new").text


def test_a_code_that_is_not_typed_yet_is_remarked_upon_and_looked_at_before_the_review(granted):
    page = granted("codes").open("forms/tumor-marker-test/new")
    assert "only with code 6875-9" in page.text
    assert "This cannot be saved from here" not in page.text
    page.open("forms/tnm-stage/new")
    assert "This cannot be saved from here" in page.text


def test_what_an_entry_may_do_without_is_told_apart(granted):
    page = granted("procedures").open("forms/radiotherapy-course/new")
    assert "This cannot be saved from here" not in page.text
    assert "does not allow new entries here (BodyStructure)" in page.text
    assert re.search(r"Leave out [^.]*[Vv]olume", page.text)


def test_a_nurse_who_records_stages_is_told_of_every_other_form_on_the_list(clinician):
    clinician.launch(PATIENT, "nurse-nancy")
    assert "Add stage" in clinician.text
    allowed = {slug for slug in all_forms() if f"/forms/{slug}/new" in listed(clinician, slug)}
    assert allowed == {"tnm-stage"}
    for slug in ("tumor-marker-test", "cancer-stage", "ecog", "primary-cancer"):
        assert "not for your sign-in" in listed(clinician, slug)
        assert "This cannot be saved from here" in clinician.open(f"forms/{slug}/new").text
    clinician.open("forms/tnm-stage/new")
    assert "Your sign-in allows" not in clinician.text
