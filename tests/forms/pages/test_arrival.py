"""What an EHR names when it opens the app, and where that leads in this patient's record."""

import pytest

from app.forms._pages.arrive_views import DEFAULT, NOT_FOUND, Destination, Meant
from app.forms._registry import all_forms
from app.mcode.assembly import assemble
from tests.forms.cases import BASE, CONDITION, PATIENT, concept, observation

SECOND = {
    **CONDITION,
    "id": "melanoma",
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C43.72"}]},
}
HEART = {
    **CONDITION,
    "id": "heart",
    "code": concept("I50.9", "Heart failure", "http://hl7.org/fhir/sid/icd-10-cm"),
}
ECOG = observation("ecog", "423740007", {"valueInteger": 1})
ECOG["code"] = concept("89247-1", "ECOG", "http://loinc.org")
STATUS = observation("status", "97509-4", {})
STATUS["code"] = concept("97509-4", "Cancer disease status", "http://loinc.org")
STATUS["valueCodeableConcept"] = concept("268910001", "Improved")
OF_ANOTHER = {**ECOG, "id": "other", "subject": {"reference": "Patient/somebody"}}


@pytest.fixture(scope="module")
def record():
    return assemble(PATIENT, [CONDITION, SECOND, HEART, ECOG, STATUS, OF_ANOTHER], base=BASE)


def item(reference: str, role: str = "launch", **more) -> dict:
    return {"reference": reference, "role": role, **more}


def arrives(record, *items: dict, intent: str | None = None) -> Destination:
    meant = Meant.of(intent, items, BASE)
    return meant.without_record() or meant.within(record)


def form(slug: str, **values: str) -> Destination:
    return Destination("forms.new", {"slug": slug, **values})


def entry(slug: str, resource_id: str) -> Destination:
    return Destination("forms.edit", {"slug": slug, "resource_id": resource_id})


class TestIntent:
    @pytest.mark.parametrize("slug", all_forms())
    def test_of_a_form_s_slug_opens_that_form(self, slug):
        assert Meant.of(slug, [], BASE).without_record() == form(slug)

    @pytest.mark.parametrize(
        ("intent", "endpoint"),
        [
            ("summary", "summary.page"),
            ("forms", "forms.index"),
            ("reconcile-medications", "summary.page"),
            ("tnm-stage/../..", "summary.page"),
            ("TNM-STAGE", "summary.page"),
            (None, "summary.page"),
        ],
    )
    def test_of_a_page_opens_that_page_and_of_nothing_known_the_summary(self, intent, endpoint):
        assert Meant.of(intent, [], BASE).without_record() == Destination(endpoint, {})

    def test_of_a_page_comes_before_what_is_named(self, record):
        assert arrives(record, item("Observation/ecog"), intent="forms").endpoint == "forms.index"


class TestContext:
    @pytest.mark.parametrize(
        ("reference", "destination"),
        [
            ("Condition/breast", entry("primary-cancer", "breast")),
            (f"{BASE}/Condition/breast", entry("primary-cancer", "breast")),
            ("Condition/breast/_history/2", entry("primary-cancer", "breast")),
            ("Observation/ecog", entry("ecog", "ecog")),
            ("Observation/status", entry("disease-status", "status")),
        ],
    )
    def test_opens_the_form_of_an_entry_of_this_record(self, record, reference, destination):
        assert arrives(record, item(reference)) == destination

    @pytest.mark.parametrize(
        "reference",
        [
            "Observation/other",
            "Observation/unheard-of",
            "Condition/heart",
            "Condition/ecog",
            "https://elsewhere.example/fhir/Condition/breast",
            "https://ehr.example/fhir2/Condition/breast",
        ],
    )
    def test_says_so_where_it_is_not_among_the_entries_of_this_record(self, record, reference):
        assert arrives(record, item(reference)) == NOT_FOUND
        assert arrives(record, item(reference), intent="ecog") == NOT_FOUND
        assert arrives(record, item(reference), intent="tnm-stage") == NOT_FOUND

    @pytest.mark.parametrize(
        "ignored",
        [
            item("Observation/ecog", role="https://ehr.example/role"),
            item("Patient/pat"),
            item("Encounter/visit"),
            item("ImagingStudy/1"),
            item("Practitioner/owen"),
            {"canonical": "https://x.example/Questionnaire/1", "role": "launch"},
            {"identifier": {"value": "1"}, "role": "launch"},
            item("Observation"),
            item("#contained"),
            item("http://["),
        ],
    )
    def test_ignores_what_no_form_could_open(self, record, ignored):
        assert arrives(record, ignored) == DEFAULT
        assert arrives(record, ignored, item("Observation/ecog")) == entry("ecog", "ecog")

    def test_opens_the_first_that_it_finds(self, record):
        named = [item("Observation/other"), item("Observation/status"), item("Observation/ecog")]
        assert arrives(record, *named) == entry("disease-status", "status")


class TestBoth:
    def test_a_diagnosis_is_what_the_form_is_about(self, record):
        for diagnosis in ("breast", "melanoma"):
            named = item(f"Condition/{diagnosis}")
            assert arrives(record, named, intent="tnm-stage") == form("tnm-stage", about=diagnosis)

    def test_an_entry_names_the_diagnosis_that_it_speaks_of(self, record):
        named = item("Observation/status")
        assert arrives(record, named, intent="tnm-stage") == form("tnm-stage", about="breast")

    def test_an_entry_of_that_form_is_opened(self, record):
        named = [item("Condition/breast"), item("Observation/ecog")]
        assert arrives(record, *named, intent="ecog") == entry("ecog", "ecog")

    def test_a_form_about_the_patient_needs_no_diagnosis(self, record):
        named = item("Condition/breast")
        assert arrives(record, named, intent="karnofsky") == form("karnofsky")

    def test_no_form_opens_about_another_diagnosis_than_the_one_that_was_meant(self, record):
        assert arrives(record, item("Observation/ecog"), intent="tnm-stage") == NOT_FOUND
