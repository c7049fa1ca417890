"""Sending a product: what leaves is what the page showed, once, to whom it named, and on record."""

import json
import re
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from app.reuse.receivers import Receiver, Receivers
from app.store import EventFilter, Outcome
from tests.forms.views.conftest import SCOPE
from tests.reuse.registry import charts

REPORT = "reuse/state-registry/breast"
SITE = asdict(charts.SITE)
REGISTRY = Receiver(
    key="state-registry",
    name="State registry",
    product="registry-report",
    address="https://registry.example/reports",
    purpose="The law asks for it.",
    version="2.0.0-ballot",
    site=SITE,
)
TOLD = {
    "telecom": [{"system": "phone", "value": "555-0101"}],
    "address": [{"line": ["2 Example Way"], "city": "Sampleton", "state": "MA"}],
}


@pytest.fixture
def receivers():
    return (REGISTRY,)


@pytest.fixture(autouse=True)
def configured(app, chart, receivers, person, monkeypatch):
    """A registry in the launch file, and a chart that has what it requires."""
    post = replace(app.extensions["outbox"], receivers=Receivers(receivers))
    monkeypatch.setitem(app.extensions, "outbox", post)
    # Each test has a report of its own: they share one outbox.
    own = {"identifier": [{"system": "urn:x", "value": person}]}
    chart.stored["Patient/pat"].update(TOLD | own)
    asserted = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
    histology = "http://hl7.org/fhir/us/mcode/StructureDefinition/"
    cancer = chart.stored["Condition/breast"]
    cancer.setdefault("bodySite", [{"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}])
    names = [one["url"] for one in cancer.setdefault("extension", [])]
    if asserted not in names:
        cancer["extension"].append({"url": asserted, "valueDateTime": "2026-03-12"})
    if f"{histology}mcode-histology-morphology-behavior" not in names:
        coded = {"coding": [{"system": "http://snomed.info/sct", "code": "82711006"}]}
        cancer["extension"].append(
            {
                "url": f"{histology}mcode-histology-morphology-behavior",
                "valueCodeableConcept": coded,
            }
        )


@pytest.fixture
def sent(store):
    """What is in the outbox of this patient; nothing of an earlier test."""

    def found():
        return list(store.outbox.of_patient("https://ehr.example/fhir", "pat"))

    before = {one.id for one in found()}
    yield lambda: [one for one in found() if one.id not in before]
    for one in found():
        settle(store, one, "refused")


def settle(store, sending, state, words=""):
    claimed = store.outbox.claim(sending.id, timedelta(minutes=1))
    if claimed:
        store.outbox.settle(claimed, Outcome(state, words, 200, None))


def shown(clinician, path=REPORT):
    """Open the page and return what its button sends."""
    assert clinician.get(path).status_code == 200, clinician.words
    names = ("patient", "content", "at")
    found = {n: re.search(rf'name="{n}" value="([^"]*)"', clinician.page.text) for n in names}
    return {name: match[1] for name, match in found.items() if match}


def press(clinician, form, path=REPORT):
    return clinician.post(f"{path}/send", form)


def test_what_was_shown_is_queued_to_whom_the_page_named(nancy, sent, store, person):
    form = shown(nancy)
    assert "Send to State registry" in nancy.words
    assert "https://registry.example/reports" in nancy.words
    assert "The law asks for it." in nancy.words
    answer = press(nancy, form)
    assert answer.status_code == 303, nancy.words
    (one,) = sent()
    assert (one.receiver, one.address) == ("state-registry", REGISTRY.address)
    assert (one.state, one.key) == ("queued", form["content"])
    nancy.get(REPORT)
    assert "It waits to be sent." in nancy.words
    (event,) = store.audit.find(EventFilter(user=person, type="sending-queued"))
    assert event.event.patient == "pat"
    assert one.sha256 in json.dumps(event.event.details)


def test_a_second_press_sends_nothing_more(nancy, sent):
    form = shown(nancy)
    assert [press(nancy, form).status_code for _ in range(3)] == [303] * 3
    assert len(sent()) == 1
    shown(nancy)
    assert "was confirmed already" in nancy.words
    assert "Send to State registry" not in nancy.words


def test_a_chart_that_changed_since_the_page_is_shown_again(nancy, chart, sent):
    form = shown(nancy)
    chart.stored["Patient/pat"]["gender"] = "other"
    assert press(nancy, form).status_code == 409
    assert "Look at it again" in nancy.words
    assert not sent()
    assert press(nancy, shown(nancy)).status_code == 303


@pytest.mark.parametrize("at", ["", "yesterday", "2026-11-29T10:00:00", -2, 1])
def test_a_page_without_its_moment_sends_nothing(nancy, sent, at):
    if isinstance(at, int):
        at = (datetime.now(UTC) + timedelta(hours=at)).isoformat()
    assert press(nancy, {**shown(nancy), "at": at}).status_code == 409
    assert not sent()


@pytest.mark.parametrize("change", [{"patient": "eve"}, {"content": "x"}, {"content": ""}])
def test_a_page_of_something_else_sends_nothing(nancy, sent, change):
    assert press(nancy, {**shown(nancy), **change}).status_code == 409
    assert not sent()


def test_who_may_enter_nothing_sends_nothing(nancy, launch, sent):
    form = shown(nancy)
    reader = launch(scope="launch patient/*.rs")
    shown(reader)
    assert "Your sign-in does not send." in reader.words
    assert press(reader, form).status_code == 403
    assert not sent()


def test_an_amended_report_replaces_the_one_that_was_taken(nancy, chart, sent, store):
    press(nancy, shown(nancy))
    (first,) = sent()
    settle(store, first, "accepted", "Thank you.")
    nancy.get(REPORT)
    assert "The receiver has taken it." in nancy.words
    assert "Thank you." in nancy.words
    chart.stored["Patient/pat"]["gender"] = "unknown"
    form = shown(nancy)
    assert "It replaces the report that was sent before." in nancy.words
    assert press(nancy, form).status_code == 303
    second = next(one for one in sent() if one.id != first.id)
    assert second.event.details["identifier"] != first.event.details["identifier"]
    settle(store, second, "accepted")
    shown(nancy)
    assert "was sent already" in nancy.words


def test_an_amended_report_names_the_identifier_of_the_one_that_it_replaces(
    nancy, chart, sent, store
):
    def composition():
        message = json.loads(nancy.post(f"{REPORT}/message.json", {"patient": "pat"}).data)
        return message["entry"][1]["resource"]["entry"][0]["resource"]

    first = composition()
    press(nancy, shown(nancy))
    settle(store, sent()[0], "accepted")
    chart.stored["Patient/pat"]["gender"] = "unknown"
    (replaced,) = composition()["relatesTo"]
    assert replaced["code"] == "replaces"
    assert replaced["targetIdentifier"] == first["identifier"]


def test_nothing_follows_a_report_whose_fate_is_not_known(nancy, chart, sent, store):
    press(nancy, shown(nancy))
    chart.stored["Patient/pat"]["gender"] = "unknown"
    form = shown(nancy)
    assert "The earlier report has no fate yet" in nancy.words
    assert press(nancy, form | {"content": "x"}).status_code == 409
    assert len(sent()) == 1


def test_two_tenants_with_the_same_ids_have_reports_of_their_own(launch, sent, store):
    one = launch(tenant="hospital-a")
    press(one, shown(one))
    settle(store, sent()[0], "accepted", "Taken for hospital A.")
    other = launch(tenant="hospital-b")
    shown(other)
    assert "Taken for hospital A." not in other.words
    assert "Send to State registry" in other.words
    one.get(REPORT)
    assert "Taken for hospital A." in one.words


def test_a_registry_at_another_address_has_got_nothing_yet(nancy, app, sent, store, monkeypatch):
    press(nancy, shown(nancy))
    settle(store, sent()[0], "accepted")
    moved = replace(REGISTRY, address="https://production.example/reports")
    post = replace(app.extensions["outbox"], receivers=Receivers([moved]))
    monkeypatch.setitem(app.extensions, "outbox", post)
    form = shown(nancy)
    assert "It replaces the report" not in nancy.words
    assert press(nancy, form).status_code == 303
    assert {one.address for one in sent()} == {REGISTRY.address, moved.address}


def test_a_chart_that_is_read_in_part_replaces_nothing(nancy, launch, chart, sent, store):
    press(nancy, shown(nancy))
    settle(store, sent()[0], "accepted")
    scope = SCOPE.replace("patient/Procedure.crus", "")
    partly = launch(scope=scope)
    chart.stored["Patient/pat"]["gender"] = "unknown"
    shown(partly)
    assert "would be replaced by less" in partly.words
    assert "Send to State registry" not in partly.words


@pytest.mark.parametrize("name", ["name", "identifier", "birthDate"])
def test_a_report_of_nobody_is_not_sent(nancy, chart, sent, name):
    del chart.stored["Patient/pat"][name]
    form = shown(nancy)
    assert "It needs first:" in nancy.words
    assert press(nancy, {"patient": "pat", **form}).status_code == 409
    assert not sent()


@pytest.mark.parametrize("status", ["provisional", "differential", "unconfirmed"])
def test_a_diagnosis_in_doubt_is_not_reported(nancy, chart, sent, status):
    system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
    coded = {"coding": [{"system": system, "code": status}]}
    chart.stored["Condition/breast"]["verificationStatus"] = coded
    shown(nancy)
    assert f"The diagnosis is marked as {status}" in nancy.words
    assert "Send to State registry" not in nancy.words


class TestARegistryOfAnotherEhr:
    @pytest.fixture
    def receivers(self):
        return (replace(REGISTRY, ehrs=("elsewhere",)),)

    def test_is_none_of_this_patient(self, nancy):
        assert nancy.get(REPORT).status_code == 404
        nancy.get("reuse/")
        assert "State registry" not in nancy.words


def test_a_refused_report_can_be_sent_again(nancy, sent, store):
    press(nancy, shown(nancy))
    settle(store, sent()[0], "refused", "Segment missing")
    form = shown(nancy)
    assert "The receiver refused it." in nancy.words
    assert "Segment missing" in nancy.words
    assert press(nancy, form).status_code == 303
    assert sent()[0].state == "queued"


def test_what_waits_can_be_withdrawn_and_confirmed_anew(nancy, sent):
    press(nancy, shown(nancy))
    nancy.get(REPORT)
    assert "Withdraw" in nancy.words
    (one,) = sent()
    path = f"{REPORT}/sent/{one.id}"
    assert nancy.post(path, {"patient": "eve", "withdraw": ""}).status_code == 409
    assert nancy.post(path, {"patient": "pat", "withdraw": ""}).status_code == 303
    assert sent()[0].state == "given up"
    assert nancy.post(path, {"patient": "pat", "withdraw": ""}).status_code == 409
    assert press(nancy, shown(nancy)).status_code == 303
    assert sent()[0].state == "queued"


def test_what_nobody_knows_of_is_sent_once_more_by_who_confirmed_it(nancy, launch, sent, store):
    press(nancy, shown(nancy))
    (one,) = sent()
    settle(store, one, "unknown")
    nancy.get(REPORT)
    assert "It is not known whether it arrived." in nancy.words
    path = f"{REPORT}/sent/{one.id}"
    other = launch(user="Practitioner/other")
    other.get(REPORT)
    assert "Send it once more" not in other.words
    assert other.post(path, {"patient": "pat", "again": ""}).status_code == 409
    assert "Send it once more" in nancy.words
    assert nancy.post(path, {"patient": "pat", "again": ""}).status_code == 303
    assert sent()[0].next_attempt


def test_what_the_guide_refuses_is_not_sent(nancy, chart, sent):
    del chart.stored["Condition/breast"]["extension"]
    form = shown(nancy)
    assert "The guide refuses a report without it" in nancy.words
    assert (
        press(nancy, {"patient": "pat", **form, "at": datetime.now(UTC).isoformat()}).status_code
        == 409
    )
    assert not sent()


def test_what_cannot_be_recorded_is_not_queued(nancy, sent, store, monkeypatch):
    form = shown(nancy)

    def fail(*_args, **_more):
        raise OSError

    monkeypatch.setattr(type(store.audit), "add", fail)
    assert press(nancy, form).status_code in (500, 503)
    monkeypatch.undo()
    assert not sent()


def test_chart_text_in_the_document_is_text(nancy, chart):
    chart.stored["Patient/pat"]["name"] = [
        {"family": "<script>alert(1)</script>", "given": ["<b>"]}
    ]
    shown(nancy)
    document = nancy.page.text.partition('class="document"')[2].lower()
    assert "&lt;script&gt;" in document
    assert "<script>alert" not in nancy.page.text.lower()


class TestARegistryThatTheLaunchFileDescribesWrongly:
    @pytest.fixture(
        params=[
            {"site": {}},
            {"site": {**SITE, "npi": ""}},
            {"site": {**SITE, "x": "1"}},
            {"version": "3"},
        ]
    )
    def receivers(self, request):
        return (replace(REGISTRY, **request.param),)

    def test_gets_nothing_and_the_page_says_why(self, nancy, sent):
        assert "content" not in shown(nancy)
        assert "launch.json" in nancy.words
        assert (
            press(nancy, {"patient": "pat", "at": datetime.now(UTC).isoformat()}).status_code == 409
        )
        assert not sent()
