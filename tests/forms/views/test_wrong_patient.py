"""Wrong patient: no page of one patient does anything under the launch of another."""

import re

import pytest

from app.forms._registry import all_forms
from app.forms.ecog import Ecog
from app.forms.tnm_stage import TnmStage
from app.store import EventFilter
from tests.forms.cases import clinical_stage
from tests.forms.patient import CHART, PATIENT
from tests.forms.views.clinician import draft_of, written
from tests.forms.views.conftest import EVE

every_form = pytest.mark.parametrize("form_class", all_forms().values(), ids=lambda f: f.slug)
# What a page of another patient says, and what no page of the app says: "pa" is inside of "pat".
OTHERS = ("eve", "", "pa", "pat ", "PAT", "Patient/pat")
REFUSED = "This page belongs to another patient"
# Every address of a launch that takes a post, and those of them that write nothing of a patient.
WRITING = {"new", "edit", "autosave", "retract", "save", "discard"}
LOOKING = {"find"}


@pytest.fixture
def stage(chart):
    """A stage that stands in the chart; the address of its form."""
    for resource in clinical_stage():
        chart.stored[f"Observation/{resource['id']}"] = resource
    return "forms/tnm-stage/group"


def assert_refused(clinician, chart, path, data):
    """Assert that a page is not taken, whichever other patient it says that it is of."""
    unsaid = {name: value for name, value in data.items() if name != "patient"}
    for sent in (unsaid, *({**unsaid, "patient": other} for other in OTHERS)):
        answer = clinician.post(path, sent)
        assert answer.status_code == 409, (path, clinician.words)
        assert REFUSED in clinician.words
        assert "Nothing was written" in clinician.words
        assert chart.sent == []


def test_each_address_that_takes_a_post_is_tried_here(app):
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]
    posted = {rule.endpoint.removeprefix("forms.") for rule in rules if "forms." in rule.endpoint}
    assert posted == WRITING | LOOKING


@pytest.mark.parametrize("more", [{}, {"act": "leave"}, {"act": "compute"}])
def test_a_new_entry_says_whose_it_is_to_the_letter(nancy, chart, store, more):
    answers = {**nancy.answered(Ecog), **more}
    for path in ("forms/ecog/new", "forms/ecog/draft"):
        assert_refused(nancy, chart, path, answers)
    assert nancy.drafts(store) == []


def test_a_change_of_another_patient_s_entry_is_refused(nancy, chart, store, stage):
    changed = {**nancy.open(stage), "note": "another's"}
    before = dict(chart.stored)
    for path in (stage, "forms/tnm-stage/draft"):
        for more in ({}, {"act": "leave"}):
            assert_refused(nancy, chart, path, {**changed, **more})
    assert nancy.drafts(store) == []
    assert chart.stored == before


def test_a_retraction_of_another_patient_s_entry_is_refused(nancy, chart, store, stage):
    assert nancy.get(f"{stage}/retract").status_code == 200
    shown = nancy.inputs("entry")
    assert shown["patient"] == "pat"
    assert_refused(nancy, chart, f"{stage}/retract", shown)
    assert nancy.drafts(store) == []
    assert nancy.receipts(store) == []


@pytest.mark.parametrize("form", ["save", "discard"])
def test_a_review_of_another_patient_neither_saves_nor_discards(nancy, chart, store, form):
    review = nancy.review(Ecog)
    kept = nancy.drafts(store)
    nancy.get(review)
    shown = {**nancy.inputs("save"), "again": "no"}
    assert_refused(nancy, chart, review.replace("/review", f"/{form}"), shown)
    assert nancy.drafts(store) == kept
    assert nancy.receipts(store) == []


def test_a_receipt_is_not_shown_to_a_page_of_another_patient(nancy, chart):
    review = nancy.review(Ecog)
    nancy.get(review)
    shown = nancy.inputs("save")
    nancy.saved(review)
    chart.sent.clear()
    assert_refused(nancy, chart, review.replace("/review", "/save"), shown)


@pytest.mark.parametrize("path", ["forms/ecog/new", "forms/tnm-stage/group"])
def test_where_the_chart_cannot_be_read_nothing_of_another_patient_is_kept(
    nancy, chart, store, stage, path
):
    shown = nancy.open(path)
    chart.reading_fails = True
    assert_refused(nancy, chart, path, shown)
    assert nancy.drafts(store) == []


def test_a_refusal_goes_on_record(nancy, chart, store):
    assert_refused(nancy, chart, "forms/ecog/draft", nancy.answered(Ecog))
    recorded = [found.event for found in store.audit.find(EventFilter(user=nancy.user))]
    refusals = [event for event in recorded if event.type == "access-refused"]
    assert len(refusals) == len(OTHERS) + 1
    assert {(event.patient, event.details["why"]) for event in refusals} == {
        ("pat", "WrongPatient")
    }


class TestTwoTabs:
    """One person, one browser, one cookie: the chart of "pat" in one tab, of "eve" in the other."""

    @pytest.fixture
    def other(self, nancy, launch):
        return launch("eve", browser=nancy)

    def test_a_page_of_one_tab_is_refused_by_the_other(self, nancy, other, chart, store, stage):
        new, old = nancy.answered(Ecog), nancy.open(stage)
        for path, data in (
            ("forms/ecog/new", new),
            ("forms/ecog/draft", new),
            (stage, {**old, "note": "theirs"}),
            (f"{stage}/retract", {**old, "reason": "theirs"}),
        ):
            answer = other.post(path, data)
            assert answer.status_code in {404, 409}, other.words
        assert chart.sent == []
        assert nancy.drafts(store) == other.drafts(store) == []

    def test_a_draft_of_one_patient_is_not_found_by_the_other(self, nancy, other, chart, store):
        review = nancy.review(Ecog)
        nancy.get(review)
        shown = nancy.inputs("save")
        kept = nancy.drafts(store)
        page = f"drafts/{draft_of(review)}"
        for patient in ("eve", "pat"):
            data = {**shown, "patient": patient}
            assert other.get(f"{page}/review").status_code == 404
            assert other.post(f"{page}/save", data).status_code in {404, 409}
            assert other.post(f"{page}/discard", data).status_code in {404, 409}
        assert chart.sent == []
        assert nancy.drafts(store) == kept
        assert other.drafts(store) == []

    def test_a_receipt_of_one_patient_is_not_found_by_the_other(self, nancy, other, store):
        review = nancy.review(Ecog)
        receipt = nancy.saved(review).rpartition("/")[2]
        assert nancy.get(f"receipts/{receipt}").status_code == 200
        assert other.get(f"receipts/{receipt}").status_code == 404
        assert other.get("receipts/").status_code == 200
        assert receipt not in other.page.text
        assert "Nothing yet" in other.words
        shown = {"patient": "eve", "reviewed": ""}
        answer = other.post(f"drafts/{draft_of(review)}/save", shown)
        assert answer.status_code == 404

    def test_neither_list_nor_form_offers_the_other_s_draft(self, nancy, other, store):
        typed = nancy.answered(Ecog)
        assert nancy.post("forms/ecog/draft", typed).status_code == 200
        for path in ("forms/", ""):
            assert other.get(path).status_code == 200
            assert "Drafts that wait" not in other.page.text
        shown = other.open("forms/ecog/new")
        assert "continuing a draft" not in other.words
        assert shown.get("points", "") == ""
        assert nancy.open("forms/ecog/new")["points"] == typed["points"]

    def test_each_tab_writes_to_its_own_patient(self, nancy, other, chart, store):
        assert other.answered(Ecog)["patient"] == "eve"
        reviews = [(one, one.review(Ecog)) for one in (nancy, other)]
        for one, review in reviews:
            one.saved(review)
            whose = {r["subject"]["reference"] for r in written(chart) if "subject" in r}
            assert whose == {f"Patient/{one.patient}"}
            chart.sent.clear()
        assert len(nancy.receipts(store)) == len(other.receipts(store)) == 1

    def test_each_page_names_its_own_patient(self, nancy, other):
        for path in ("", "forms/", "forms/ecog/new", "receipts/"):
            for one, name, another in ((nancy, "Pat", "Eve"), (other, "Eve", "Pat")):
                assert one.get(path).status_code == 200
                assert re.search(rf"\b{name}\b", one.words), path
                assert not re.search(rf"\b{another}\b", one.words), path


class TestSomebodyElse:
    """Another browser that knows every address, and another person with the same patient."""

    def test_no_page_of_a_launch_opens_in_another_browser(self, app, nancy, chart, store):
        review = nancy.review(Ecog)
        receipt = nancy.saved(nancy.review(TnmStage)).rpartition("/")[2]
        nancy.get(review)
        shown = nancy.inputs("save")
        kept, sent = nancy.drafts(store), len(chart.sent)
        known = {
            "launch_id": nancy.launch_id,
            "slug": "ecog",
            "resource_id": "kras",
            "field": "points",
            "draft_id": draft_of(review),
            "receipt_id": receipt,
            "key": "mcode-bundle",
            "about": "record",
            "sending": "any",
            "name": "bundle.json",
        }
        tried = 0
        with app.test_request_context():
            adapter = app.url_map.bind("app.example", url_scheme="https")
            for rule in app.url_map.iter_rules():
                if "launch_id" not in rule.arguments:
                    continue
                address = adapter.build(rule.endpoint, {n: known[n] for n in rule.arguments})
                for method in rule.methods & {"GET", "POST"}:
                    stranger = app.test_client()
                    answer = stranger.open(
                        address, method=method, data=shown, base_url="https://app.example"
                    )
                    assert answer.status_code == 404, (method, address)
                    assert "Pat" not in answer.text.replace("Patient", "")
                    tried += 1
        assert tried > 15
        assert nancy.drafts(store) == kept
        assert len(chart.sent) == sent

    def test_a_launch_of_another_browser_opens_nothing(self, nancy, launch, chart, store):
        stranger = launch("eve", "Practitioner/stranger")
        typed = nancy.answered(Ecog)
        address = f"{nancy.home}forms/ecog/new"
        assert stranger.get(address).status_code == 404
        assert stranger.post(address, typed).status_code == 404
        assert stranger.post(f"{nancy.home}forms/ecog/draft", typed).status_code == 404
        assert nancy.drafts(store) == []
        assert chart.sent == []

    @pytest.mark.parametrize("user", ["Practitioner/colleague", None])
    def test_a_colleague_has_drafts_and_receipts_of_their_own(
        self, nancy, launch, chart, store, user
    ):
        review = nancy.review(Ecog)
        receipt = nancy.saved(nancy.review(TnmStage)).rpartition("/")[2]
        nancy.get(review)
        shown, kept, sent = nancy.inputs("save"), nancy.drafts(store), len(chart.sent)
        colleague = launch("pat", user, browser=nancy)
        page = f"drafts/{draft_of(review)}"
        assert colleague.get(f"{page}/review").status_code == 404
        assert colleague.post(f"{page}/save", shown).status_code == 404
        assert colleague.post(f"{page}/discard", shown).status_code == 404
        assert colleague.get(f"receipts/{receipt}").status_code == 404
        colleague.get("receipts/")
        assert "Nothing yet" in colleague.words
        assert colleague.open("forms/ecog/new").get("points", "") == ""
        assert nancy.drafts(store) == kept
        assert len(chart.sent) == sent

    def test_people_whom_the_ehr_does_not_name_share_nothing(self, launch, chart, store):
        one = launch("pat", None)
        assert one.post("forms/ecog/draft", one.answered(Ecog)).status_code == 200
        next_one = launch("pat", None, browser=one)
        assert next_one.drafts(store) == []
        assert next_one.open("forms/ecog/new").get("points", "") == ""
        assert len(one.drafts(store)) == 1


class TestTheEhrGivesOutAnothersData:
    """A server that does not heed whose chart was asked for."""

    def belonging(self, resource, patient):
        other = f"Patient/{patient}"
        whose = "patient" if "patient" in resource else "subject"
        return {**resource, "id": f"of-{patient}", whose: {"reference": other}}

    @pytest.fixture
    def foreign(self, chart):
        """Eve's cancer and an entry of each kind that a form opens."""
        kras = next(r for r in CHART if r["id"] == "kras")
        for resource in (CHART[0], kras):
            theirs = self.belonging(resource, "eve")
            chart.stored[f"{theirs['resourceType']}/{theirs['id']}"] = theirs

    def test_another_patient_s_entry_is_neither_shown_nor_changed(self, nancy, foreign, chart):
        kept = dict(chart.stored)
        path = "forms/genomic-variant/of-eve"
        shown = {"patient": "pat", "entry": "of-eve"}
        for address in (path, f"{path}/retract"):
            assert nancy.get(address).status_code == 404
            assert nancy.post(address, shown).status_code == 404
        assert chart.sent == []
        assert chart.stored == kept

    def test_an_entry_about_another_patient_s_cancer_is_not_begun(self, nancy, foreign, chart):
        path = "forms/tnm-stage/new?about=of-eve"
        assert nancy.get(path).status_code == 404
        assert nancy.post(path, {"patient": "pat", "entry": "new:of-eve"}).status_code == 404
        assert chart.sent == []

    def test_a_patient_who_is_not_the_one_of_the_launch_is_not_shown(self, nancy, chart, store):
        shown = nancy.answered(Ecog)
        mistaken = {**EVE}
        chart.stored["Patient/pat"] = mistaken
        for path in ("", "forms/", "forms/ecog/new", "receipts/"):
            answer = nancy.get(path)
            assert answer.status_code == 502, path
            assert "Eve" not in answer.text
        assert nancy.post("forms/ecog/new", shown).status_code == 502
        assert chart.sent == []
        # What was typed is about the patient of the launch, and is kept.
        assert [values["points"] for values in nancy.drafts(store)] == [shown["points"]]


@every_form
def test_each_form_takes_pages_of_the_launch_s_patient_alone_and_writes_to_them_alone(
    nancy, chart, store, form_class
):
    answers = nancy.answered(form_class)
    assert answers["patient"] == "pat"
    path = f"forms/{form_class.slug}/new"
    for address in (path, f"forms/{form_class.slug}/draft"):
        answer = nancy.post(address, {**answers, "patient": "eve"})
        assert answer.status_code == 409
        assert REFUSED in nancy.words
    assert chart.sent == []
    assert nancy.drafts(store) == []
    nancy.saved(nancy.enter(path, answers))
    resources = written(chart)
    whose = [r.get("subject") or r.get("patient") for r in resources if "target" not in r]
    assert whose
    assert all(one == {"reference": f"Patient/{PATIENT['id']}"} for one in whose)
    assert not re.search(r"\beve\b", str(resources), re.IGNORECASE)
    signed = [r["agent"][0]["who"]["reference"] for r in resources if "target" in r]
    assert signed == [nancy.user]
