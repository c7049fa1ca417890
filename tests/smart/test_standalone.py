"""A launch from outside of a chart, at EHRs that let a patient be chosen and at others."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses

from app.smart.cookies import NAME
from app.smart.errors import PatientChosen
from app.smart.oauth.requested_scopes import standalone_scopes
from app.store.audit import EventFilter
from tests.smart.conftest import ISSUER

USER_SCOPES = "openid fhirUser user/Patient.rs user/Observation.crus"
ELENA = {
    "resourceType": "Patient",
    "id": "elena",
    "name": [{"family": "Martinez", "given": ["Elena"]}],
    "birthDate": "1964-02-14",
    "gender": "female",
}
MARTIN = {**ELENA, "id": "martin", "name": [{"family": "<b>Martin</b>"}]}


class Directory:
    """The EHR's patients, whom it finds by anything; `queries` are what was asked."""

    def __init__(self, http) -> None:
        self.found = [ELENA, MARTIN, {"resourceType": "Patient"}, "nonsense"]
        self.next: str | None = None
        self.refusal: object = None
        self.queries: list[list[tuple[str, str]]] = []
        http.add_callback(responses.GET, f"{ISSUER}/Patient", callback=self._answer)
        http.get(f"{ISSUER}/Patient/elena", json=ELENA)
        http.get(f"{ISSUER}/Patient/martin", json=MARTIN)
        http.get(f"{ISSUER}/Patient/swapped", json=ELENA)
        http.get(f"{ISSUER}/Patient/gone", status=410)

    def _answer(self, request):
        self.queries.append(parse_qsl(urlsplit(request.url).query))
        if isinstance(self.refusal, Exception):
            raise self.refusal
        if self.refusal:
            return self.refusal, {}, ""
        bundle = {
            "resourceType": "Bundle",
            "entry": [{"resource": patient} for patient in self.found],
            "link": [{"relation": "next", "url": self.next}] if self.next else [],
        }
        return 200, {}, json.dumps(bundle)


@pytest.fixture
def no_picker(ehr):
    """The EHR lists what it can do, and choosing a patient is not among it."""
    ehr.smart["capabilities"].remove("context-standalone-patient")
    ehr.token = {"scope": USER_SCOPES, "patient": None}


@pytest.fixture
def directory(ehr):
    return Directory(ehr.http)


@pytest.fixture
def pending(no_picker, begin, answer):
    """Sign in from outside; the address at which the patient is chosen."""
    opened = answer(code="code-1", state=begin(launch=None)["state"])
    assert opened.status_code == 303, opened.text
    assert re.fullmatch(r"/l/[\w-]{32}/patient/", opened.location)
    return opened.location


@pytest.fixture
def kept(app, browser):
    """The launch of an address, as the app has it open."""

    def kept(address: str):
        key = browser.get_cookie(NAME, domain="app.example").value
        return app.extensions["smart"].find_launch(address.split("/")[2], key)

    return kept


class TestWhatIsAskedFor:
    def test_a_choice_of_patient_where_the_ehr_offers_one(self, ehr, begin):
        asked = begin(launch=None)
        assert asked["scope"] == ehr.scope.replace("launch ", "launch/patient ")

    def test_a_choice_of_patient_where_the_ehr_says_nothing_of_what_it_can(self, ehr, begin):
        del ehr.smart["capabilities"]
        assert "launch/patient" in begin(launch=None)["scope"].split()

    def test_the_user_s_own_access_where_the_ehr_offers_no_choice(self, no_picker, begin):
        assert begin(launch=None)["scope"] == (
            "openid fhirUser online_access user/Patient.rs user/Observation.crus"
        )

    @pytest.mark.parametrize(
        ("configured", "asked"),
        [
            (["patient/Patient.r"], ["user/Patient.rs"]),
            (["patient/Patient.r", "user/Patient.s"], ["user/Patient.r", "user/Patient.s"]),
            (["user/Patient.s", "patient/Condition.r"], ["user/Condition.r", "user/Patient.rs"]),
            (["patient/Patient.rs"], ["user/Patient.rs"]),
            (["patient/*.rs"], ["user/*.rs"]),
            (["openid"], ["openid", "user/Patient.rs"]),
        ],
    )
    def test_the_search_for_patients_once(self, configured, asked):
        assert standalone_scopes(configured, ["launch-standalone"]) == asked

    def test_the_patient_s_from_a_chart_whatever_else_the_ehr_offers(self, ehr, no_picker, begin):
        assert begin()["scope"] == ehr.scope


class TestAnswer:
    def test_with_a_patient_opens_the_record(self, begin, answer):
        opened = answer(code="code-1", state=begin(launch=None)["state"])
        assert re.fullmatch(r"/l/[\w-]{32}/", opened.location)

    def test_without_a_patient_and_the_user_s_access_says_what_to_do(self, ehr, begin, answer):
        ehr.token = {"patient": None}
        refused = answer(code="code-1", state=begin(launch=None)["state"])
        assert refused.status_code == 400
        assert "user/Patient.rs" in refused.text

    @pytest.mark.parametrize(
        "scope", ["user/Patient.r", "user/Patient.s", "patient/*.rs", "user/Observation.rs"]
    )
    def test_needs_both_searching_and_reading(self, ehr, begin, answer, scope):
        ehr.token = {"patient": None, "scope": scope, "id_token": None}
        assert answer(code="code-1", state=begin(launch=None)["state"]).status_code == 400

    @pytest.mark.parametrize("patient", ["a/b", "", 7.5, ["elena"]])
    def test_with_a_patient_that_is_none_is_refused(self, ehr, no_picker, begin, answer, patient):
        ehr.token["patient"] = patient
        assert answer(code="code-1", state=begin(launch=None)["state"]).status_code == 400

    def test_from_a_chart_without_a_patient_is_refused(self, no_picker, begin, answer):
        refused = answer(code="code-1", state=begin()["state"])
        assert refused.status_code == 400
        assert "Open a patient&#39;s chart" in refused.text


class TestSearch:
    def test_says_whose_sign_in_it_is_and_asks_for_a_patient(self, pending, browser):
        page = browser.get(pending).text
        assert "You are signed in to Example EHR as Dr Owen Hale" in page
        assert "No patient is open" in page

    def test_asks_the_ehr_and_shows_whom_it_finds(self, pending, directory, browser):
        page = browser.post(pending, data={"name": "Mart", "born": "", "number": ""})
        assert page.status_code == 200
        assert directory.queries == [[("name", "Mart"), ("_count", "20")]]
        assert page.text.count('name="patient"') == 2
        assert "MARTINEZ, Elena" in page.text
        assert "14-Feb-1964" in page.text
        assert "&lt;B&gt;MARTIN&lt;/B&gt;" in page.text
        assert "<B>" not in page.text

    def test_puts_nothing_that_was_typed_into_an_address(self, pending, directory, browser):
        page = browser.post(pending, data={"name": "Mart"}).text
        assert not re.search(r'(?:href|action)="[^"]*(?:Mart|elena)', page)

    def test_says_what_to_type_and_asks_nothing(self, pending, directory, browser):
        page = browser.post(pending, data={"name": "", "born": "03/04/1964"})
        assert page.status_code == 422
        assert "with the month in letters" in page.text
        assert 'value="03/04/1964"' in page.text
        assert not directory.queries

    def test_says_when_nobody_is_found(self, pending, directory, browser):
        directory.found = []
        assert "finds nobody like this" in browser.post(pending, data={"name": "Nobody"}).text

    def test_shows_no_more_than_one_page_and_says_so(self, pending, directory, browser):
        directory.found = [{**ELENA, "id": f"p{n}"} for n in range(30)]
        page = browser.post(pending, data={"name": "Mart"}).text
        assert page.count('name="patient"') == 20
        assert "These are not all" in page
        directory.found, directory.next = [ELENA], f"{ISSUER}/Patient?page=2"
        page = browser.post(pending, data={"name": "Mart"}).text
        assert "These are not all" in page
        assert len(directory.queries) == 2

    @pytest.mark.parametrize("refusal", [403, 500, requests.ConnectionError()])
    def test_of_an_ehr_that_does_not_answer_is_an_error_in_words(
        self, pending, directory, browser, refusal
    ):
        directory.refusal = refusal
        page = browser.post(pending, data={"name": "Mart"})
        assert page.status_code >= 400
        assert "The chart" in page.text
        assert f'href="{pending}"' in page.text
        assert "finds nobody" not in page.text

    def test_is_on_record_without_what_was_typed(self, app, pending, directory, browser):
        browser.post(pending, data={"name": "Mart"})
        browser.post(f"{pending}open", data={"patient": "elena"})
        events = [recorded.event for recorded in app.extensions["store"].audit.find(EventFilter())]
        found = [(event.type, event.patient) for event in events]
        assert sorted(found, key=str) == [
            ("launch-opened", "elena"),
            ("launch-opened", None),
            ("read", None),
            ("read", None),
        ]
        assert {event.user for event in events} == {"Practitioner/owen"}
        asked = [event.details["asked"] for event in events if event.type == "read"]
        assert sorted(asked) == [[["Patient/elena", 200, 1]], [["Patient?name&_count", 200, 1]]]

    def test_comes_from_the_app_s_own_page(self, pending, directory, browser):
        for path in ("", "confirm", "open", "sign-out"):
            refused = browser.post(
                f"{pending}{path}",
                data={"name": "Mart", "patient": "elena"},
                headers={"Sec-Fetch-Site": "cross-site"},
            )
            assert refused.status_code == 403
        assert browser.get(pending).status_code == 200


class TestChoice:
    def test_is_shown_read_anew_before_it_counts(self, pending, directory, browser):
        page = browser.post(f"{pending}confirm", data={"patient": "elena"})
        assert page.status_code == 200
        assert "Is this the patient?" in page.text
        assert "MARTINEZ, Elena" in page.text
        assert browser.get(pending).status_code == 200

    def test_opens_the_record_of_that_patient(self, pending, directory, browser, kept):
        opened = browser.post(f"{pending}open", data={"patient": "elena"})
        assert (opened.status_code, opened.location) == (303, pending.removesuffix("patient/"))
        launch = kept(pending)
        assert launch.patient_id == "elena"
        assert launch.user.reference == "Practitioner/owen"
        assert launch.scopes.permits("c", "Observation")

    def test_stays(self, pending, directory, browser, kept):
        browser.post(f"{pending}open", data={"patient": "elena"})
        for page in (
            browser.get(pending),
            browser.post(pending, data={"name": "Mart"}),
            browser.post(f"{pending}confirm", data={"patient": "martin"}),
            browser.post(f"{pending}open", data={"patient": "martin"}),
        ):
            assert page.status_code == 409
            assert "chosen already" in page.text
        assert kept(pending).patient_id == "elena"

    def test_stays_where_two_tabs_choose_at_once(self, app, pending, directory, browser, kept):
        smart = app.extensions["smart"]
        key = browser.get_cookie(NAME, domain="app.example").value
        before = smart.find_pending(pending.split("/")[2], key)
        smart.choose_patient(before, "elena")
        with pytest.raises(PatientChosen):
            smart.choose_patient(before, "martin")
        assert kept(pending).patient_id == "elena"

    @pytest.mark.parametrize("patient", ["gone", "swapped", "..", "", "a/../elena"])
    def test_of_one_who_cannot_be_read_opens_nothing(self, pending, directory, browser, patient):
        for path in ("confirm", "open"):
            page = browser.post(f"{pending}{path}", data={"patient": patient})
            assert page.status_code in {404, 502}
        assert browser.get(pending).status_code == 200

    def test_is_asked_before_any_other_page_of_the_launch(self, pending, browser, app):
        home = pending.removesuffix("patient/")
        for path in ("", "forms/", "forms/tnm-stage/new", "receipts/", "arrive"):
            page = browser.get(f"{home}{path}")
            assert page.status_code == 409, path
            assert f'href="{pending}"' in page.text
        for path in ("forms/tnm-stage/draft", "extend", "sign-out"):
            assert browser.post(f"{home}{path}").status_code == 409

    def test_is_this_browser_s_alone(self, pending, directory, open_browser):
        stranger = open_browser()
        assert stranger.get(pending).status_code == 404
        assert stranger.post(f"{pending}open", data={"patient": "elena"}).status_code == 404

    def test_finds_the_drafts_of_a_launch_from_the_chart(
        self, ehr, pending, directory, browser, kept, launch
    ):
        browser.post(f"{pending}open", data={"patient": "elena"})
        ehr.token = {}
        assert kept(f"/l/{launch()}/").owner == kept(pending).owner

    def test_can_be_left_by_signing_out(self, ehr, pending, browser):
        assert browser.post(f"{pending}sign-out").location == "/signed-out"
        assert browser.get(pending).status_code == 404
        assert [form["token"] for form in ehr.forms("/revoke")] == ["refresh-1", "access-1"]

    def test_leads_to_what_the_ehr_opened_the_app_for(
        self, ehr, no_picker, directory, begin, answer, browser
    ):
        ehr.token["intent"] = "disease-status"
        address = answer(code="code-1", state=begin(launch=None)["state"]).location
        opened = browser.post(f"{address}open", data={"patient": "elena"})
        assert opened.location == address.replace("patient/", "arrive")

    def test_takes_no_visit_along_that_the_ehr_named_without_a_patient(
        self, ehr, no_picker, directory, begin, answer, browser, kept
    ):
        ehr.token["encounter"] = "visit-of-another"
        address = answer(code="code-1", state=begin(launch=None)["state"]).location
        browser.post(f"{address}open", data={"patient": "elena"})
        opened = kept(address)
        assert (opened.patient_id, opened.encounter_id) == ("elena", None)
