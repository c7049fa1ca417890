"""AdverseEvent: a type without status, whose identifier is one and no search parameter."""

import pytest
from werkzeug.datastructures import MultiDict

from app.sandbox.access import TokenAccess
from app.sandbox.scopes import parse_all

OUTCOME = "http://terminology.hl7.org/CodeSystem/adverse-event-outcome"
IDENTIFIER = {"system": "urn:test", "value": "draft-1"}
OWEN = "Practitioner/oncologist-owen"


def adverse_event(subject="Patient/ada-byron", **more):
    return {
        "resourceType": "AdverseEvent",
        "identifier": IDENTIFIER,
        "actuality": "actual",
        "event": {"coding": [{"system": "http://ncit", "code": "C143481"}]},
        "subject": {"reference": subject},
        "date": "2026-06-10",
        "outcome": {"coding": [{"system": OUTCOME, "code": "ongoing"}]},
        "recorder": {"reference": OWEN},
        **more,
    }


@pytest.fixture
def ask(smart):
    """Send a FHIR request with a token of these scopes."""

    def call(method, path, body=None, scope="patient/AdverseEvent.cruds"):
        token = smart.token(scope=f"launch {scope} user/Practitioner.rs")["access_token"]
        return smart.fhir(token, path, method, body)

    return call


def test_it_is_created_read_changed_and_keeps_its_history(ask):
    created = ask("POST", "AdverseEvent", adverse_event())
    assert created.status_code == 201, created.text
    path = created.headers["Location"].partition("/fhir/")[2].partition("/_history")[0]
    stored = ask("GET", path).json
    assert stored["identifier"] == IDENTIFIER

    changed = ask(
        "PUT", path, stored | {"outcome": {"coding": [{"system": OUTCOME, "code": "fatal"}]}}
    )

    assert changed.status_code == 200, changed.text
    versions = ask("GET", f"{path}/_history").json["entry"]
    assert [entry["resource"]["meta"]["versionId"] for entry in versions] == ["2", "1"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("subject=Patient/ada-byron", True),
        ("subject:Patient=ada-byron&date=ge2026-06", True),
        ("event=http://ncit|C143481", True),
        (f"recorder={OWEN}", True),
        ("actuality=potential", False),
        ("subject=Patient/ben-other", False),
    ],
)
def test_it_is_found_by_the_parameters_of_r4(ask, query, found):
    path = ask("POST", "AdverseEvent", adverse_event()).headers["Location"]
    id_ = path.partition("AdverseEvent/")[2].partition("/")[0]

    bundle = ask("GET", f"AdverseEvent?{query}").json

    assert (id_ in {entry["resource"]["id"] for entry in bundle.get("entry", [])}) is found


@pytest.mark.parametrize("query", ["identifier=urn:test|draft-1", "patient=ada-byron"])
def test_it_is_found_by_nothing_that_r4_does_not_name(ask, query):
    answer = ask("GET", f"AdverseEvent?{query}")

    assert answer.status_code == 400
    assert answer.json["issue"][0]["code"] == "not-supported"


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"actuality": None}, "AdverseEvent.actuality"),
        ({"actuality": "certain"}, "AdverseEvent.actuality"),
        ({"subject": None}, "AdverseEvent.subject"),
        ({"identifier": [IDENTIFIER]}, "AdverseEvent.identifier"),
        ({"status": "final"}, "AdverseEvent.status"),
        ({"outcome": {"coding": [{"system": OUTCOME, "code": "well"}]}}, "AdverseEvent.outcome"),
        ({"severity": {"text": "bad"}}, "AdverseEvent.severity"),
    ],
)
def test_one_of_another_shape_is_refused(ask, wrong, path):
    body = {name: v for name, v in (adverse_event() | wrong).items() if v is not None}

    answer = ask("POST", "AdverseEvent", body)

    assert answer.status_code == 422
    assert path in [issue["expression"][0] for issue in answer.json["issue"]]


def test_it_is_its_subjects_alone(ask):
    others = ask("POST", "AdverseEvent", adverse_event("Patient/ben-other"))
    assert others.status_code == 403
    theirs = ask("POST", "AdverseEvent", adverse_event("Patient/ben-other"), "user/AdverseEvent.c")
    assert theirs.status_code == 201
    path = theirs.headers["Location"].partition("/fhir/")[2]
    id_ = path.split("/")[1]

    assert ask("GET", f"AdverseEvent/{id_}").status_code == 403
    found = ask("GET", "AdverseEvent").json.get("entry", [])
    assert id_ not in {entry["resource"]["id"] for entry in found}


def test_a_search_is_narrowed_in_a_way_that_every_server_knows():
    access = TokenAccess(parse_all("patient/AdverseEvent.rs"), "ada-byron", lambda _: set())
    narrowed = access.narrow("AdverseEvent", MultiDict({"date": "2026"}))
    assert list(narrowed.items()) == [("date", "2026"), ("subject", "Patient/ada-byron")]


def test_its_provenance_is_of_the_same_patient(ask):
    path = ask("POST", "AdverseEvent", adverse_event()).headers["Location"]
    id_ = path.partition("AdverseEvent/")[2].partition("/")[0]
    signature = {
        "resourceType": "Provenance",
        "target": [{"reference": f"AdverseEvent/{id_}"}],
        "recorded": "2026-11-24T10:00:00Z",
        "agent": [{"who": {"reference": OWEN}}],
    }
    scopes = "patient/Provenance.crs patient/AdverseEvent.rs"

    assert ask("POST", "Provenance", signature, scopes).status_code == 201
    bundle = ask("GET", f"AdverseEvent?_id={id_}&_revinclude=Provenance:target", scope=scopes).json

    assert [e["resource"]["resourceType"] for e in bundle["entry"]] == [
        "AdverseEvent",
        "Provenance",
    ]
