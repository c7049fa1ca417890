"""Whatever an answer names, the token goes to the FHIR base and nowhere else."""

import contextlib
from urllib.parse import urlsplit

import pytest

from app.fhir.errors import FhirError
from app.fhir.search import Query

EVIL = "https://evil.example/fhir"
NEW = {"resourceType": "Observation", "status": "final"}
LED_ASTRAY = {
    "resourceType": "Observation",
    "id": "o1",
    "meta": {"profile": [f"{EVIL}/StructureDefinition/x"], "source": f"{EVIL}/source"},
    "implicitRules": f"{EVIL}/rules",
    "contained": [
        {
            "resourceType": "Patient",
            "id": "p",
            "link": [{"other": {"reference": f"{EVIL}/Patient/1"}}],
        }
    ],
    "subject": {"reference": f"{EVIL}/Patient/p1"},
    "hasMember": [{"reference": f"{EVIL}/Observation/2"}],
    "derivedFrom": [{"reference": "#p"}, {"reference": "//evil.example/fhir/Observation/3"}],
    "extension": [{"url": f"{EVIL}/x", "valueAttachment": {"url": f"{EVIL}/file"}}],
}
HEADERS = {
    "Location": f"{EVIL}/Observation/o1/_history/1",
    "Content-Location": f"{EVIL}/Observation/o1",
    "Link": f'<{EVIL}/Observation?page=2>; rel="next"',
    "Refresh": f"0; url={EVIL}",
    "Set-Cookie": "sid=1; Domain=evil.example",
}
LABS = Query("Observation", (), "results")


def link(relation, url):
    return {"relation": relation, "url": url}


@pytest.fixture
def astray(ehr):
    """Let every answer name another server wherever an answer can."""
    page = ehr.searchset(
        link=[link(name, f"{EVIL}?page=2") for name in ("self", "first", "previous", "last")],
        entry=[
            {
                "fullUrl": f"{EVIL}/Observation/o1",
                "resource": LED_ASTRAY,
                "link": [link("next", f"{EVIL}/entry")],
                "request": {"method": "GET", "url": f"{EVIL}/Observation/o1"},
            }
        ],
    )
    written = {
        "resourceType": "Bundle",
        "type": "transaction-response",
        "entry": [{"response": {"status": "201", "location": f"{EVIL}/Observation/o1"}}],
    }
    ehr.answers("/Observation", page, headers=HEADERS)
    ehr.answers("/Observation/o1", LED_ASTRAY, headers=HEADERS)
    ehr.answers("/Observation", LED_ASTRAY, status=201, method="POST", headers=HEADERS)
    ehr.answers("/Observation/o1", LED_ASTRAY, method="PUT", headers=HEADERS)
    ehr.answers("", written, method="POST", headers=HEADERS)
    ehr.answers("/metadata", {"resourceType": "CapabilityStatement", "url": EVIL}, headers=HEADERS)
    ehr.answers(
        "/ValueSet/$expand",
        {"resourceType": "ValueSet", "url": EVIL, "expansion": {"next": f"{EVIL}/x"}},
        headers=HEADERS,
    )
    return ehr


@pytest.mark.parametrize(
    "act",
    [
        lambda session: session.read("Observation", "o1"),
        lambda session: session.search(LABS),
        lambda session: session.search_all([LABS, LABS]),
        lambda session: session.create(NEW),
        lambda session: session.update({**NEW, "id": "o1"}, if_match="1"),
        lambda session: session.transaction({"resourceType": "Bundle", "entry": [{}]}),
        lambda session: session.capability(),
        lambda session: session.expand(f"{EVIL}/ValueSet/x", "words", 5),
    ],
    ids=["read", "search", "search all", "create", "update", "transaction", "capability", "expand"],
)
def test_no_answer_leads_the_token_elsewhere(astray, act):
    act(astray.session())
    assert astray.requests
    assert all(urlsplit(request.url).netloc == "ehr.example" for request in astray.requests)
    assert all("Cookie" not in request.headers for request in astray.requests)


@pytest.mark.parametrize(
    "target",
    [
        EVIL,
        "//evil.example/fhir",
        "https://ehr.example@evil.example/fhir",
        "https://ehr.example./fhir",
    ],
)
def test_a_page_that_goes_on_elsewhere_is_left_and_said_to_be_missing(ehr, target):
    page = ehr.searchset(NEW, link=[link("next", f"{target}/Observation?page=2")])
    ehr.answers("/Observation", page)
    answer = ehr.session().search(LABS)
    assert not answer.complete
    assert len(ehr.requests) == 1


@pytest.mark.parametrize(
    "name", ["../../admin", "..", ".", "%2e%2e", "a/b", "..;/x", "x?y=z", "x#y", "//evil.example/x"]
)
def test_an_id_leads_nowhere_but_to_itself(ehr, name):
    with contextlib.suppress(FhirError):
        ehr.session().read("Patient", name)
    for request in ehr.requests:
        assert request.url.startswith(f"{ehr.base}/Patient/")
        assert not set("/?#") & set(request.url.removeprefix(f"{ehr.base}/Patient/"))
