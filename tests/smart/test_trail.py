"""What the audit trail tells of launches and pages, each with its failure."""

import logging
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError

from app.errors import AppError
from app.fhir.errors import Forbidden
from app.fhir.watch import Act, NotRecorded, Result, Sent
from app.smart.ehrs.roles import EVERYBODY
from app.smart.gate import current_launch, fhir_session, launch_blueprint
from app.smart.throttle import MOST_REFUSALS
from app.smart.trail import PageWatch, launch_mark
from app.store import EventFilter, counts

ISSUER = "https://ehr.example/fhir"
OWEN = "Practitioner/owen"


class OfAnotherPatient(AppError):
    status = 409
    title = "Another patient's"
    goes_on_record = True


@pytest.fixture
def told(app):
    """The events so far, of one kind where it is named."""

    def told(kind=None):
        found = app.extensions["store"].audit.find(EventFilter(type=kind))
        return [recorded.event for recorded in found]

    return told


@pytest.fixture(autouse=True)
def pages(app):
    """Pages of a launch: one reads, one writes, one does neither."""
    blueprint = launch_blueprint("pages", __name__)

    @blueprint.get("/reads/<name>")
    def reads(name):
        fhir_session().read("Practitioner", "owen")
        fhir_session().read("Practitioner", "owen")
        return "MARTINEZ"

    @blueprint.post("/writes")
    def writes():
        fhir_session().create({"resourceType": "Observation", "valueString": "MARTINEZ"})
        return "written"

    @blueprint.get("/idle")
    def idle():
        return current_launch().patient_id

    @blueprint.get("/wrong")
    def wrong():
        raise OfAnotherPatient("It is another patient's.")

    app.register_blueprint(blueprint)


@pytest.fixture
def unrecordable(app, monkeypatch):
    """Let nothing be recorded any more."""

    def fail(event):
        raise OperationalError("INSERT", {"patient": "MARTINEZ"}, Exception("disk full"))

    def unrecordable():
        monkeypatch.setattr(app.extensions["store"].audit, "add", fail)

    return unrecordable


class TestLaunch:
    def test_that_opens_is_told_with_person_patient_and_rights(self, ehr, launch, told):
        ehr.token = {"encounter": "e1", "intent": "stage"}
        launch_id = launch()
        [event] = told()
        assert (event.type, event.ehr, event.issuer) == ("launch-opened", "example", ISSUER)
        assert (event.user, event.patient) == (OWEN, "elena")
        assert event.launch == launch_mark(launch_id)
        assert launch_id not in repr(event)
        assert event.details == {
            "name": "Dr Owen Hale",
            "role": EVERYBODY,
            "encounter": "e1",
            "intent": "stage",
            "scopes": ehr.scope,
        }

    def test_of_an_unknown_issuer_is_told_with_the_address_that_asked(self, browser, told):
        browser.get("/launch", query_string={"iss": f"https://evil.example/{'x' * 900}"})
        [event] = told()
        assert (event.type, event.ehr) == ("launch-refused", "")
        assert event.issuer == f"https://evil.example/{'x' * 900}"[:200]
        assert event.details == {"why": "UnknownIssuer", "words": []}

    def test_of_an_issuer_in_other_letters_is_told_in_ascii(self, browser, told):
        browser.get("/launch", query_string={"iss": "https://\u202e\x1bevil\n.ex\u00e4mple"})
        [event] = told()
        assert event.issuer == "https://??evil?.ex?mple"

    def test_from_an_ehr_that_is_unusable_is_told_with_the_ehr(self, ehr, browser, told):
        ehr.smart = (500, {}, "")
        browser.get("/launch", query_string={"iss": ISSUER, "launch": "xyz"})
        [event] = told()
        assert (event.ehr, event.issuer) == ("example", ISSUER)
        assert event.details["why"] == "EhrUnusable"

    def test_that_the_ehr_denies_is_told_in_the_words_of_the_ehr(self, begin, answer, told):
        answer(error="access_denied", state=begin()["state"])
        [event] = told()
        assert (event.type, event.ehr, event.details["why"]) == (
            "launch-refused",
            "example",
            "Denied",
        )
        assert event.details["words"]
        assert event.user is None

    @pytest.mark.parametrize(
        ("token", "why"),
        [
            ({"id_token": None}, "IdentityRefused"),
            ({"patient": None}, "NoPatient"),
            ((400, {}, '{"error": "invalid_grant"}'), "TokenRefused"),
        ],
    )
    def test_that_fails_at_its_end_is_told_with_the_reason(
        self, ehr, begin, answer, told, token, why
    ):
        ehr.token = token
        answer(code="code-1", state=begin()["state"])
        [event] = told()
        assert (event.type, event.ehr, event.details["why"]) == ("launch-refused", "example", why)

    def test_with_a_forged_state_is_told_without_an_ehr(self, answer, told):
        answer(code="code-1", state="forged")
        [event] = told()
        assert (event.ehr, event.details["why"]) == ("", "StateRefused")
        assert "forged" not in repr(event)

    def test_without_a_cookie_is_told(self, begin, answer, open_browser, told):
        asked = begin()
        assert answer(open_browser(), code="code-1", state=asked["state"]).status_code == 400
        [event] = told()
        assert (event.ehr, event.details["why"]) == ("example", "CookiesLost")

    def test_that_cannot_be_recorded_does_not_open(self, begin, answer, unrecordable):
        asked = begin()
        unrecordable()
        refused = answer(code="code-1", state=asked["state"])
        assert refused.status_code == 500
        assert "Location" not in refused.headers

    def test_that_is_closed_is_told(self, launch, browser, told):
        browser.post(f"/l/{launch()}/sign-out")
        assert [event.type for event in told()] == ["launch-opened", "signed-out"]
        assert told()[1].patient == "elena"

    def test_of_another_browser_is_told_as_whose_it_is(self, launch, open_browser, told):
        launch_id = launch()
        assert open_browser().get(f"/l/{launch_id}/idle").status_code == 404
        event = told()[-1]
        assert (event.type, event.user, event.patient) == ("access-refused", OWEN, "elena")
        assert event.details == {"why": "OtherBrowser"}

    def test_that_nobody_has_is_not_told(self, browser, told):
        assert browser.get("/l/unknown/idle").status_code == 404
        assert told() == []


class TestRefusalsOfStrangers:
    @pytest.fixture(autouse=True)
    def clock(self, monkeypatch):
        """Let a minute end only where a test moves the moment on."""
        moment = [counts.now()]
        monkeypatch.setattr(counts, "now", lambda: moment[0])
        return moment

    @pytest.fixture
    def settings(self, settings):
        return {**settings, "LAUNCHES_PER_MINUTE": 0}

    def _stray(self, client, place="10.0.0.1"):
        answer = client.get("/launch?iss=x", environ_overrides={"REMOTE_ADDR": place})
        assert answer.status_code == 403

    def test_are_left_out_after_twenty_of_one_place_and_the_trail_says_so(self, browser, told):
        for _ in range(30):
            self._stray(browser)
        kinds = [event.type for event in told()]
        assert kinds == ["launch-refused"] * MOST_REFUSALS + ["refusals-left-out"]

    def test_are_told_again_of_another_place_and_in_the_next_minute(self, browser, told, clock):
        for _ in range(30):
            self._stray(browser)
        before = len(told())
        self._stray(browser, "10.0.0.2")
        clock[0] += timedelta(minutes=1)
        self._stray(browser)
        assert [event.type for event in told()[before:]] == ["launch-refused"] * 2

    def test_are_counted_with_pages_of_another_browser(self, launch, open_browser, told):
        launch_id = launch()
        other = open_browser()
        for _ in range(30):
            assert other.get(f"/l/{launch_id}/idle").status_code == 404
        kinds = [event.type for event in told()[1:]]
        assert kinds == ["access-refused"] * MOST_REFUSALS + ["refusals-left-out"]

    def test_keep_no_refusal_of_a_known_person_out(self, launch, browser, told):
        launch_id = launch()
        for _ in range(30):
            self._stray(browser, "127.0.0.1")
        for _ in range(30):
            assert browser.get(f"/l/{launch_id}/wrong").status_code == 409
        assert [event.type for event in told()][-30:] == ["access-refused"] * 30


class TestMoreTime:
    def test_that_is_given_is_told(self, ehr, launch, browser, told):
        launch_id = launch()
        ehr.token = {"access_token": "access-2"}
        browser.post(f"/l/{launch_id}/extend")
        assert told()[-1].type == "access-extended"
        assert "access-2" not in repr(told())

    def test_that_is_refused_is_told(self, ehr, launch, browser, told):
        launch_id = launch()
        ehr.token = (400, {}, '{"error": "invalid_grant"}')
        browser.post(f"/l/{launch_id}/extend")
        assert told()[-1].type == "access-not-extended"


class TestPage:
    def test_is_told_in_one_event_with_all_that_it_read(self, launch, browser, told):
        browser.get(f"/l/{launch()}/reads/x?find=MARTINEZ")
        [event] = told("read")
        assert (event.user, event.patient) == (OWEN, "elena")
        assert event.details == {
            "page": "pages.reads",
            "path": "/reads/x",
            "method": "GET",
            "status": 200,
            "asked": [["Practitioner/owen", 200, 2]],
        }

    def test_that_the_ehr_refuses_is_told_too(self, ehr, launch, browser, told):
        launch_id = launch()
        ehr.user = (403, {}, '{"resourceType": "OperationOutcome"}')
        assert browser.get(f"/l/{launch_id}/reads/x").status_code == Forbidden.status
        [event] = told("read")
        assert event.details["asked"] == [["Practitioner/owen", 403, 1]]
        assert event.details["status"] == 403

    def test_that_reads_nothing_is_not_told(self, launch, browser, told):
        browser.get(f"/l/{launch()}/idle")
        assert [event.type for event in told()] == ["launch-opened"]

    def test_that_cannot_be_recorded_is_not_shown(self, launch, browser, unrecordable, caplog):
        launch_id = launch()
        unrecordable()
        refused = browser.get(f"/l/{launch_id}/reads/x")
        assert refused.status_code == 503
        assert "The app records what it reads, and could not" in refused.text
        assert "MARTINEZ" not in refused.text + caplog.text
        assert refused.headers["Content-Security-Policy"]


class TestWrite:
    def test_is_on_record_before_the_ehr_has_it(self, ehr, launch, browser, told):
        launch_id = launch()

        def stored(request):
            assert told()[-1].type == "write-sent"
            return 201, {"Location": f"{ISSUER}/Observation/7/_history/1"}, ""

        ehr.http.add_callback("POST", f"{ISSUER}/Observation", callback=stored)
        browser.post(f"/l/{launch_id}/writes")
        sent, answered = told()[1:]
        writes = [{"method": "POST", "target": "Observation", "onto": None, "once": None}]
        assert sent.details == {"writes": writes}
        assert answered.type == "write-answered"
        assert answered.details == {
            "writes": writes,
            "status": 201,
            "failure": None,
            "unknown": False,
            "stored": ["Observation/7/_history/1"],
        }
        assert "MARTINEZ" not in repr(told())

    def test_that_cannot_be_recorded_is_not_sent(self, ehr, launch, browser, unrecordable, caplog):
        ehr.http.add("POST", f"{ISSUER}/Observation")
        launch_id = launch()
        unrecordable()
        refused = browser.post(f"/l/{launch_id}/writes")
        assert refused.status_code == NotRecorded.status
        assert "Nothing was sent" in refused.text
        assert ehr.requests("/Observation") == []
        assert "MARTINEZ" not in caplog.text

    def test_whose_answer_cannot_be_recorded_goes_on(
        self, ehr, app, launch, browser, told, monkeypatch, caplog
    ):
        launch_id = launch()
        audit = app.extensions["store"].audit
        add = audit.add

        def fail_once_sent(event):
            if event.type == "write-answered":
                raise OperationalError("INSERT", {}, Exception("MARTINEZ"))
            add(event)

        monkeypatch.setattr(audit, "add", fail_once_sent)
        ehr.http.add("POST", f"{ISSUER}/Observation", status=201)
        assert browser.post(f"/l/{launch_id}/writes").text == "written"
        assert told()[-1].type == "write-sent"
        assert "not recorded: write-answered" in caplog.text
        assert "MARTINEZ" not in caplog.text


class TestPageWatch:
    READ = Act("GET", "Observation", ("patient", "code"))

    @pytest.fixture
    def events(self):
        return []

    @pytest.fixture
    def watch(self, events):
        trail = SimpleNamespace(
            record=lambda kind, launch, **details: events.append((kind, details)),
            try_to_record=lambda kind, launch, **details: events.append((f"{kind}, late", details)),
        )
        return PageWatch(trail, None)

    def test_counts_what_is_asked_again(self, watch, events):
        for status in (200, 200, None):
            watch.answered(self.READ, Result(status, None if status else "Unreachable"))
        watch.close(page="summary.page")
        asked = [
            ["Observation?patient&code", 200, 2],
            ["Observation?patient&code", "Unreachable", 1],
        ]
        assert events == [("read", {"page": "summary.page", "asked": asked})]

    def test_is_told_by_many_threads(self, watch, events):
        threads = [
            threading.Thread(
                target=lambda: [watch.answered(self.READ, Result(200)) for _ in range(500)]
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        watch.close()
        assert events == [("read", {"asked": [["Observation?patient&code", 200, 4000]]})]

    def test_records_at_once_what_is_read_after_the_page(self, watch, events):
        watch.close()
        watch.answered(self.READ, Result(200))
        assert events == [("read, late", {"asked": [["Observation?patient&code", 200, 1]]})]

    @pytest.mark.parametrize("target", ["metadata", "ValueSet/$expand", "ValueSet/$validate-code"])
    def test_leaves_out_what_is_no_patient_s(self, watch, events, target):
        watch.answered(Act("GET", target, ("url", "filter")), Result(200))
        watch.close()
        assert events == []

    def test_keeps_a_write_back_that_cannot_be_recorded(self, caplog):
        def fail(kind, launch, **details):
            raise RuntimeError("MARTINEZ")

        watch = PageWatch(SimpleNamespace(record=fail, try_to_record=fail), None)
        with pytest.raises(NotRecorded), caplog.at_level(logging.DEBUG):
            watch.sending(Act("POST", "", writes=(Sent("POST", "Observation"),)))
        assert "MARTINEZ" not in caplog.text
