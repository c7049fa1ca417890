"""A person says which diagnoses are one cancer: kept for the chart, recorded, taken back."""

import pytest

from app.forms.disease_status import DiseaseStatus
from app.smart.gate import NotOnRecord
from app.store import EventFilter
from tests.forms.entering import subject_of
from tests.forms.valid import typical
from tests.forms.views.conftest import SCOPE
from tests.forms.views.test_one_cancer import visit

POST = "one-cancer"
CHART = ("https://ehr.example/fhir", "pat", "")
OLD = {"code": {"text": "Malignant tumor of left mamma"}}


@pytest.fixture
def joined(chart):
    """The chart has the problem "breast" and two visits for it."""
    for id_ in ("visit-1", "visit-2"):
        chart.stored[f"Condition/{id_}"] = visit(id_)


@pytest.fixture
def apart(chart):
    """The chart has a diagnosis beside "breast" that the app does not join with it."""
    chart.stored["Condition/old"] = visit("old", **OLD)


@pytest.fixture(autouse=True)
def nothing_said(store):
    """Take back after each test what it said of the one patient that they share."""
    yield
    chart = CHART
    for decision in store.decisions.list(chart):
        store.decisions.take_back(chart, decision.id)


def said(clinician, **data):
    answer = clinician.post(POST, {"patient": "pat", **data})
    if answer.status_code == 303:
        assert answer.headers["Location"] == clinician.home
        clinician.get("")
    return answer.status_code


def test_cancers_of_one_title_are_told_apart_wherever_one_is_named(nancy, joined):
    nancy.get("")
    assert said(nancy, one="visit-2") == 303
    title = "Malignant neoplasm of upper-outer quadrant of left female breast"
    names = [f"{title}, diagnosed 12-Mar-2026", f"{title}, first recorded 01-Jun-2026"]
    complete = nancy.words.partition("To complete")[2]
    for name in names:
        assert f"Add stage of {name}" in nancy.words
        assert name in complete
    nancy.get("forms/disease-status/new")
    chosen = nancy.words.partition("Choose the one that this entry is about.")[2]
    assert all(name in chosen for name in names)
    nancy.get("forms/disease-status/new?about=visit-2")
    assert nancy.words.count("first recorded 01-Jun-2026") == 1
    about = nancy.inputs("entry")
    review = nancy.enter(
        "forms/disease-status/new?about=visit-2",
        {**about, **typical(DiseaseStatus, subject_of(DiseaseStatus))},
    )
    nancy.get(review)
    assert names[1] in nancy.words
    assert names[0] not in nancy.words


def test_one_is_taken_out_and_put_back(nancy, joined, store, person):
    nancy.get("")
    assert "3 entries of the chart record this cancer" in nancy.words
    assert said(nancy, one="visit-2") == 303
    assert "2 entries of the chart record this cancer" in nancy.words
    assert "is another cancer. Take it back" in nancy.words
    assert "Nancy" in nancy.words.partition("said on")[0][-40:]
    (event,) = store.audit.find(EventFilter(user=person, type="diagnoses-parted"))
    assert event.event.details == {
        "one": "Condition/visit-2",
        "others": ["Condition/breast", "Condition/visit-1"],
    }
    (decision,) = store.decisions.list(CHART)
    assert said(nancy, decision=decision.id) == 303
    assert "3 entries of the chart record this cancer" in nancy.words
    (event,) = store.audit.find(EventFilter(user=person, type="decision-taken-back"))
    assert event.event.details == {
        "decision": decision.id,
        "one": "Condition/visit-2",
        "others": ["Condition/breast", "Condition/visit-1"],
    }


def test_two_are_joined_for_all_who_open_the_chart_and_in_the_forms(nancy, apart, launch):
    nancy.get("")
    assert "It is the same as Malignant tumor of left mamma" in nancy.words
    assert said(nancy, one="breast", other="old") == 303
    assert "that 2 entries are one cancer." in nancy.words
    owen = launch(user="Practitioner/owen")
    owen.get("")
    assert "2 entries of the chart record this cancer" in owen.words
    assert "that 2 entries are one cancer." in owen.words
    page = owen.get("forms/disease-status/new")
    assert 'value="new:breast"' in page.text


@pytest.mark.parametrize("patient", ["eve", "", "pat "])
def test_a_page_of_another_patient_says_nothing(nancy, joined, store, patient):
    assert said(nancy, patient=patient, one="visit-2") == 409
    assert "This page belongs to another patient" in nancy.words
    assert store.decisions.list(CHART) == []


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"one": "gone"},
        {"one": "heart"},
        {"one": "breast", "other": "breast"},
        {"one": "breast", "other": "visit-1"},
        {"one": "breast", "other": "heart"},
    ],
)
def test_what_the_chart_does_not_have_so_is_refused(nancy, joined, store, sent):
    assert said(nancy, **sent) == 409
    assert store.decisions.list(CHART) == []


def test_the_only_entry_of_a_cancer_is_taken_out_of_nothing(nancy, store):
    assert said(nancy, one="breast") == 409


def test_who_only_reads_says_nothing_and_is_offered_nothing(launch, joined, store):
    reader = launch(scope=SCOPE.replace(".crus", ".rs"))
    reader.get("")
    assert "3 entries of the chart record this cancer" in reader.words
    assert "another cancer" not in reader.words
    assert said(reader, one="visit-2") == 403
    assert store.decisions.list(CHART) == []


@pytest.mark.parametrize("user", ["Patient/pat", "RelatedPerson/aunt"])
def test_a_patient_does_not_change_what_clinicians_see(launch, joined, store, user):
    patient = launch(user=user)
    patient.get("")
    assert "3 entries of the chart record this cancer" in patient.words
    assert "another cancer" not in patient.words
    assert said(patient, one="visit-2") == 403
    assert store.decisions.list(CHART) == []


@pytest.mark.parametrize("decision", ["unknown", "x" * 100_000, "another patient's"])
def test_nothing_is_taken_back_and_recorded_that_was_not_said_of_this_chart(
    nancy, joined, store, person, decision
):
    others = (*CHART[:1], "eve", *CHART[2:])
    kept = store.decisions.add(others, "Condition/a", ["Condition/b"], same=True, by="Owen")
    sent = kept.id if decision == "another patient's" else decision
    assert said(nancy, decision=sent) == 409
    assert store.decisions.list(others) == [kept]
    assert not list(store.audit.find(EventFilter(user=person, type="decision-taken-back")))
    store.decisions.take_back(others, kept.id)


def test_what_cannot_be_recorded_is_not_done(nancy, joined, store, monkeypatch):
    def fail(*_, **__):
        raise OSError

    monkeypatch.setattr(store.audit, "add", fail)
    answer = nancy.post(POST, {"patient": "pat", "one": "visit-2"})
    assert answer.status_code == NotOnRecord.status
    assert store.decisions.list(CHART) == []
