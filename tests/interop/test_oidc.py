"""Another maker's authorization server: what it tells of a launch, and what it refuses."""

import html
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from tests.client_types import TYPES
from tests.flow.answers import PATHOLOGIC
from tests.interop import servers
from tests.interop.oidc import registered
from tests.interop.upstream import ONCOLOGIST
from tests.live import Clinician

pytestmark = [pytest.mark.interop, pytest.mark.network]

TOKEN_SECONDS = 3


@pytest.fixture(scope="module")
def at(oidc, tmp_path_factory):
    """Gives the app as it is registered as a type of client, in any way that a test asks for."""
    with ExitStack() as running:

        def site(name: str, **how: object):
            folder = tmp_path_factory.mktemp(name)
            return running.enter_context(registered(oidc, folder, TYPES[name], **how))

        yield site


@pytest.fixture(scope="module")
def public(at):
    return at("public")


@pytest.fixture
def patient(hapi) -> str:
    return hapi.chart.new_patient()


def _saved_stage(clinician: Clinician) -> list[str]:
    clinician.open("forms/tnm-stage/new").send(**PATHOLOGIC)
    return clinician.send("save").written()


def _opened(site, address: str) -> Clinician:
    clinician = Clinician(site)
    clinician.page = clinician.http.get(address, timeout=30)
    return clinician


def _answer(site, patient: str, **launch: str) -> tuple[requests.Session, str]:
    """Launch up to the answer; gives the browser and the callback's address, not yet opened."""
    browser = requests.Session()
    address = site.launch_address(patient, ONCOLOGIST, **launch)
    while not address.startswith(f"{site.app}/callback"):
        answer = browser.get(address, allow_redirects=False, timeout=30)
        assert answer.is_redirect, answer.text
        address = requests.compat.urljoin(address, answer.headers["Location"])
    return browser, address


def _bent(address: str, **changes: str | None) -> str:
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    query = {name: value for name, value in {**query, **changes}.items() if value is not None}
    return f"{address.partition('?')[0]}?{urlencode(query)}"


def test_a_statement_signed_by_es256_with_a_relative_user_is_believed(at, hapi, patient):
    site = at("ES384", signed="ES256")
    clinician = Clinician(site).launch(patient, ONCOLOGIST, relative="yes")
    written = _saved_stage(clinician)
    who = hapi.chart.read(written[4])["agent"][0]["who"]["reference"]
    assert who == f"Practitioner/{ONCOLOGIST}"


def test_a_secret_of_any_characters_is_sent_as_the_server_reads_it(at, patient):
    site = at("symmetric", awkward=True, quirks=["secret-form-encoded"])
    assert Clinician(site).launch(patient, ONCOLOGIST).page.status_code == 200
    raw = at("symmetric", awkward=True)
    assert Clinician(raw).launch(patient, ONCOLOGIST).page.status_code == 502


def test_the_context_of_the_launch_reaches_the_page_and_what_is_written(public, hapi, patient):
    visit = hapi.chart.put(_encounter(patient))
    clinician = Clinician(public).launch(patient, ONCOLOGIST, encounter=visit["id"], banner="no")
    assert "banner-line" in clinician.page.text
    group = hapi.chart.read(_saved_stage(clinician)[3])
    assert group["encounter"]["reference"] == f"Encounter/{visit['id']}"


def test_the_intent_of_the_launch_opens_its_form(public, patient):
    clinician = Clinician(public).launch(patient, ONCOLOGIST, intent="tnm-stage")
    assert clinician.page.url == f"{clinician.home}forms/tnm-stage/new"


def test_an_entry_that_the_launch_names_opens_in_its_form(public, patient):
    diagnosis = f"Condition/{patient}-colon-cancer"
    clinician = Clinician(public).launch(patient, ONCOLOGIST, context=diagnosis)
    assert clinician.page.url == f"{clinician.home}forms/primary-cancer/{patient}-colon-cancer"


def test_a_request_that_is_posted_is_answered_alike(at, patient):
    clinician = Clinician(at("public", authorize="post")).launch(patient, ONCOLOGIST)
    page = clinician.page.text
    action = html.unescape(re.search(r'<form method="post" action="([^"]+)"', page)[1])
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    sent = {name: html.unescape(value) for name, value in fields.items()}
    clinician.page = clinician.http.post(action, sent, timeout=30)
    assert clinician.page.url == clinician.home
    assert "Adenocarcinoma of ascending colon" in clinician.text


def test_a_launch_from_outside_opens_the_patient_that_the_ehr_chose(public, patient):
    Clinician(public).launch(patient, ONCOLOGIST)
    clinician = _opened(public, f"{public.app}/launch?iss={public.fhir}")
    assert re.fullmatch(rf"{public.app}/l/[\w-]+/", clinician.page.url), clinician.text
    assert patient in clinician.text


def test_many_requests_at_the_tokens_end_spend_the_refresh_token_once(public, patient):
    """A second use of it would end the whole grant there."""
    clinician = Clinician(public).launch(patient, ONCOLOGIST, seconds=str(TOKEN_SECONDS))
    for _ in range(2):
        time.sleep(TOKEN_SECONDS + 1)
        with ThreadPoolExecutor(6) as pool:
            pages = list(pool.map(lambda _: clinician.http.get(clinician.home), range(6)))
        assert [page.status_code for page in pages] == [200] * 6
        assert all("Adenocarcinoma of ascending colon" in page.text for page in pages)


def test_a_grant_that_was_ended_elsewhere_asks_to_open_the_app_again(public, patient):
    clinician = Clinician(public).launch(patient, ONCOLOGIST, seconds=str(TOKEN_SECONDS))
    launch_id = clinician.home.rstrip("/").rpartition("/")[2]
    tokens = public.flask.extensions["store"].launches.tokens(launch_id).tokens
    renewal = {
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
        "client_id": public.client_id,
    }
    for status in (200, 400):
        answer = requests.post(f"{public.ehr.op}/token", renewal, timeout=30)
        assert answer.status_code == status
    clinician.open("")
    assert clinician.page.status_code == 401
    assert "Open the app again from the chart" in clinician.text


def test_a_scope_that_was_not_granted_is_missed_before_anything_is_typed(hapi, tmp_path, patient):
    """The server knows scopes of version 1 only, and withholds writing of observations."""
    with (
        servers.oidc(tmp_path, hapi.chart.base, version=1) as ehr,
        registered(ehr, tmp_path, TYPES["public"]) as site,
    ):
        clinician = Clinician(site).launch(
            patient, ONCOLOGIST, withhold="patient/Observation.write"
        )
        assert clinician.page.status_code == 200
        assert "Adenocarcinoma of ascending colon" in clinician.text
        clinician.open("forms/tnm-stage/new")
        assert "does not allow new entries here (Observation)" in clinician.text
        clinician.open("forms/primary-cancer/new")
        assert "does not allow" not in clinician.text


def test_without_a_statement_of_who_it_is_the_app_opens_for_reading(public, patient):
    clinician = Clinician(public).launch(patient, ONCOLOGIST, withhold="fhirUser")
    assert clinician.page.status_code == 200
    assert "Adenocarcinoma of ascending colon" in clinician.text


def test_a_registration_that_asks_for_no_statement_of_identity_opens_for_reading(at, patient):
    """OpenID Connect allows a nonce only where openid is asked for, and this server holds to it."""
    site = at("public", scopes=["launch", "patient/*.rs"])
    clinician = Clinician(site).launch(patient, ONCOLOGIST)
    assert clinician.page.status_code == 200, clinician.text
    assert "Adenocarcinoma of ascending colon" in clinician.text


def test_an_answer_counts_once(public, patient):
    browser, address = _answer(public, patient)
    assert browser.get(address, timeout=30).status_code == 200
    again = browser.get(address, timeout=30)
    assert again.status_code == 400
    assert "was used before" in again.text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"state": "forged"}, 400),
        ({"iss": None}, 400),
        ({"iss": "http://localhost:9/op"}, 400),
        ({"code": "forged"}, 502),
        ({"code": None}, 400),
    ],
    ids=["state", "no issuer", "foreign issuer", "code", "no code"],
)
def test_an_answer_that_was_bent_opens_nothing(public, patient, changes, status):
    browser, address = _answer(public, patient)
    refused = browser.get(_bent(address, **changes), timeout=30)
    assert refused.status_code == status
    assert refused.history == []


def test_an_answer_in_another_browser_opens_nothing(public, patient):
    _, address = _answer(public, patient)
    refused = requests.get(address, timeout=30)
    assert refused.status_code == 400
    assert refused.url == address


def test_a_launch_that_no_chart_began_is_refused(public):
    clinician = _opened(public, f"{public.app}/launch?iss={public.fhir}&launch=forged")
    assert clinician.page.status_code == 403
    assert "did not let the app in" in clinician.text


@pytest.mark.parametrize("name", ["symmetric", "RS384", "ES384"])
def test_a_client_that_proves_itself_wrongly_gets_no_token(at, patient, name):
    """Another secret than the registered one; a key that is not in the registered set."""
    site = at(name, impostor=True)
    clinician = Clinician(site).launch(patient, ONCOLOGIST)
    assert clinician.page.status_code == 502
    assert "does not accept the app as it is registered there" in clinician.text


def _encounter(patient: str) -> dict:
    return {
        "resourceType": "Encounter",
        "id": f"{patient}-visit",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": f"Patient/{patient}"},
    }
