"""The authorization in front of another server: one without any, which knows many patients."""

import json
import threading

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app.sandbox import create_sandbox
from app.sandbox.config import SandboxConfig
from app.sandbox.fhir.access import AllowAll
from app.sandbox.fhir.load import DataError
from app.sandbox.fhir.store import FhirStore
from app.sandbox.fhir.views import fhir_blueprint

pytestmark = pytest.mark.network

SANDBOX = "http://127.0.0.1:9000/fhir"
SNOMED = "http://snomed.info/sct"


@pytest.fixture(scope="module")
def upstream(tmp_path_factory):
    """Serve the sandbox's FHIR engine with no authorization, at an address of its own."""
    app = Flask("upstream")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    base = f"http://127.0.0.1:{server.port}/r4"
    store = FhirStore(tmp_path_factory.mktemp("upstream") / "chart.sqlite", base)
    app.register_blueprint(fhir_blueprint(store, lambda _: AllowAll()), url_prefix="/r4")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield base
    server.shutdown()
    thread.join()
    server.server_close()
    store.close()


@pytest.fixture(scope="module")
def sandbox(upstream, config):
    return create_sandbox(
        SandboxConfig(upstream=upstream, data=config.data, clients=config.clients)
    )


@pytest.fixture
def ask(smart):
    def call(scope, method, path, body=None, *, user="oncologist-owen", **headers):
        token = smart.token(user, scope=f"launch {scope}")["access_token"]
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {token}"
        data = body if body is None or isinstance(body, str) else json.dumps(body)
        return smart.http.open(
            f"/fhir/{path}",
            method=method,
            data=data,
            headers=sent,
            content_type="application/fhir+json" if data else None,
        )

    return call


def observation(patient="ada-byron", code="399504009", **more):
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": SNOMED, "code": code}]},
        "subject": {"reference": f"Patient/{patient}"},
        **more,
    }


def provenance(target):
    return {
        "resourceType": "Provenance",
        "target": [{"reference": target}],
        "recorded": "2026-11-24T10:00:00Z",
        "agent": [{"who": {"reference": "Practitioner/nurse-nancy"}}],
    }


def entry(method, url, resource=None, number=0, **more):
    made = {"request": {"method": method, "url": url} | more.pop("request", {})} | more
    if resource is not None:
        made["resource"] = resource
        made.setdefault("fullUrl", f"urn:uuid:0000000{number}-0000-4000-8000-000000000000")
    return made


def bundle(*entries, kind="transaction"):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def ids(answer):
    return {one["resource"]["id"] for one in answer.json.get("entry", [])}


def test_the_launcher_lists_who_is_there_and_nothing_shipped_is_sent(http):
    text = http.get("/").text

    assert "BYRON, Ada" in text
    assert "elena-martinez" not in text


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("patient/*.rs", "Patient/ada-byron", 200),
        ("patient/*.rs", "Patient/ben-other", 403),
        ("patient/*.rs", "Condition/ben-cancer", 403),
        ("patient/*.rs", "Observation/ben-t/_history/1", 403),
        ("patient/*.rs", "Observation/ada-t/_history/1", 200),
        ("patient/Condition.rs", "Patient/ada-byron", 403),
        ("patient/*.rs", "Practitioner/nurse-nancy", 200),
        ("patient/*.rs", "Patient/nobody", 404),
        ("patient/*.rs", "Patient/ada-byron/$everything", 404),
        ("patient/*.rs", "Patient/ada-byron/Observation", 404),
        ("patient/*.rs", "?_type=Patient", 404),
        ("user/*.rs", "_history", 404),
        ("user/*.rs", "Observation/_history", 404),
        ("patient/*.rs", "..%2f..%2fx", 404),
        ("patient/*.rs", "Patient/ada-byron?_format=xml", 200),
    ],
)
def test_reading_is_held_to_the_token(ask, scope, path, status):
    assert ask(scope, "GET", path).status_code == status


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer unknown"}])
def test_nothing_is_asked_without_a_token(http, headers):
    assert http.get("/fhir/Patient/ada-byron", headers=headers).status_code == 401
    assert http.post("/fhir/", json=bundle(), headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("scope", "path", "found"),
    [
        ("patient/*.rs", "Patient", {"ada-byron"}),
        ("patient/*.rs", "Condition", {"ada-cancer"}),
        ("patient/*.rs", "Condition?patient=ben-other", set()),
        ("patient/Condition.rs", "Condition?_include=Condition:subject", {"ada-cancer"}),
        ("user/*.rs", "Condition?_count=10", {"ada-cancer", "ben-cancer"}),
        (f"patient/Observation.rs?code={SNOMED}|27113001", "Observation", {"ada-weight"}),
    ],
)
def test_a_search_finds_only_what_the_token_reaches(ask, scope, path, found):
    answer = ask(scope, "GET", path)

    assert ids(answer) == found
    assert "total" not in answer.json


def test_a_search_may_be_posted(smart):
    token = smart.token(scope="launch patient/*.rs")["access_token"]

    answer = smart.http.post(
        "/fhir/Condition/_search",
        data={"patient": "ada-byron"},
        headers={"Authorization": f"Bearer {token}"},
    )

    assert ids(answer) == {"ada-cancer"}


def test_addresses_are_the_sandboxes_own_and_pages_can_be_turned(ask):
    first = ask("user/*.rs", "GET", "Practitioner?_count=1")
    assert "/r4" not in first.text
    (match,) = first.json["entry"]
    assert match["fullUrl"].startswith(f"{SANDBOX}/Practitioner/")
    links = {link["relation"]: link["url"] for link in first.json["link"]}

    second = ask("user/*.rs", "GET", links["next"].removeprefix(f"{SANDBOX}/"))

    assert len(ids(first) | ids(second)) == 2


def test_a_page_of_another_token_shows_nothing_more(ask):
    wide = ask("user/*.rs", "GET", "Condition?_count=1")
    following = next(link["url"] for link in wide.json["link"] if link["relation"] == "next")

    narrow = ask("patient/Condition.rs", "GET", following.removeprefix(f"{SANDBOX}/"))

    assert ids(narrow) <= {"ada-cancer"}


def test_the_headers_of_versions_are_passed_both_ways(ask):
    made = ask(
        "patient/*.cruds", "POST", "Observation", observation(), Prefer="return=representation"
    )
    assert made.status_code == 201
    assert made.headers["ETag"] == 'W/"1"'
    id_ = made.json["id"]
    assert made.headers["Location"] == f"{SANDBOX}/Observation/{id_}/_history/1"
    path = f"Observation/{id_}"

    changed = made.json | {"status": "amended"}
    again = ask("patient/*.cruds", "PUT", path, changed, If_Match='W/"1"')
    stale = ask("patient/*.cruds", "PUT", path, changed, If_Match='W/"1"')

    assert (again.status_code, again.headers["ETag"]) == (200, 'W/"2"')
    assert stale.status_code == 412
    assert ask("patient/*.cruds", "DELETE", path).status_code in {200, 204}


def test_a_decimal_stays_as_it_was(ask):
    quantity = '"valueQuantity":{"value":10.50,"unit":"mm"}'
    body = json.dumps(observation())[:-1] + f",{quantity}}}"

    made = ask("patient/*.cruds", "POST", "Observation", body)

    assert '"value":10.50' in made.text


@pytest.mark.parametrize(
    ("user", "method", "path", "body", "status"),
    [
        ("nurse-nancy", "POST", "Observation", observation(code="27113001"), 403),
        ("nurse-nancy", "POST", "Observation", observation("ben-other"), 403),
        ("nurse-nancy", "PUT", "Observation/ada-weight", observation(id="ada-weight"), 403),
        ("nurse-nancy", "PUT", "Observation/ben-t", observation(id="ben-t"), 403),
        ("nurse-nancy", "PUT", "Observation/ada-t", observation("ben-other", id="ada-t"), 403),
        ("nurse-nancy", "PUT", "Observation/ada-t", observation(code="1", id="ada-t"), 403),
        ("nurse-nancy", "PUT", "Observation/ada-t", observation(id="other"), 400),
        ("nurse-nancy", "POST", "Provenance", provenance("Observation/ben-t"), 403),
        ("nurse-nancy", "POST", "Provenance", provenance(f"{SANDBOX}/Observation/ada-t"), 201),
        ("nurse-nancy", "DELETE", "Observation/ada-t", None, 403),
        ("reader-rita", "POST", "Observation", observation(), 403),
        ("oncologist-owen", "POST", "Condition", observation(), 400),
        ("oncologist-owen", "DELETE", "Observation/ben-t", None, 403),
        ("oncologist-owen", "PATCH", "Observation/ada-t", {}, 404),
        ("oncologist-owen", "POST", "Observation", ["no resource"], 400),
    ],
)
def test_writing_is_held_to_the_token(ask, user, method, path, body, status):
    answer = ask("patient/*.cruds", method, path, body, user=user)

    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.json["resourceType"] == "OperationOutcome"


def test_a_conditional_create_looks_at_this_patient_only(ask):
    identifier = {"identifier": [{"system": "http://x", "value": "1"}]}
    ask("user/*.cruds", "POST", "Observation", observation("ben-other", **identifier))
    condition = {"If_None_Exist": "identifier=http://x|1"}

    first = ask("patient/*.cruds", "POST", "Observation", observation(**identifier), **condition)
    second = ask("patient/*.cruds", "POST", "Observation", observation(**identifier), **condition)

    assert (first.status_code, second.status_code) == (201, 200)


FORBIDDEN = [
    entry("POST", "Observation", observation("ben-other"), 1),
    entry("POST", "Observation", observation(code="27113001"), 1),
    entry("POST", "Provenance", provenance("Observation/ben-t"), 1),
    entry("PUT", "Observation/ben-t", observation("ben-other", id="ben-t"), 1),
    entry("PUT", "Patient/ben-other", {"resourceType": "Patient", "id": "ben-other"}, 1),
    entry("DELETE", "Observation/ada-t"),
    entry("DELETE", "Observation?patient=ben-other"),
    entry("PUT", "Observation?identifier=x", observation(), 1),
    entry("PATCH", "Observation/ada-t", observation(), 1),
    entry("POST", "Patient/ada-byron/$everything", observation(), 1),
    entry("GET", "http://127.0.0.1/Observation/ben-t"),
    entry("POST", "Observation", observation("ada-byron"), 1, fullUrl="Patient/ben-other"),
    entry("POST", "Observation", observation(), 1, fullUrl=f"{SANDBOX}/Observation/ben-t"),
    entry("POST", "Observation"),
    {"resource": observation()},
    "nonsense",
]


@pytest.mark.parametrize("forbidden", FORBIDDEN, ids=range(len(FORBIDDEN)))
def test_a_transaction_with_one_forbidden_entry_is_not_sent(ask, forbidden):
    path = "Observation?patient=ada-byron&code=399504009&_count=500"
    before = ids(ask("user/*.rs", "GET", path))

    answer = ask(
        "patient/*.cruds",
        "POST",
        "",
        bundle(entry("POST", "Observation", observation()), forbidden),
        user="nurse-nancy",
    )

    assert answer.status_code in {400, 403}, answer.text
    assert "Bundle.entry[1]" in answer.text
    assert ids(ask("user/*.rs", "GET", path)) == before


def test_a_nurse_records_a_stage_and_signs_it_in_one_transaction(ask):
    answer = ask(
        "patient/*.cruds",
        "POST",
        "",
        bundle(
            entry("POST", "Observation", observation()),
            entry(
                "POST", "Provenance", provenance("urn:uuid:00000000-0000-4000-8000-000000000000"), 1
            ),
            entry("GET", "Observation/ada-t"),
            entry("GET", "Condition"),
        ),
        user="nurse-nancy",
    )

    assert answer.status_code == 200, answer.text
    made, _, read, search = answer.json["entry"]
    assert made["response"]["status"].startswith("201")
    assert read["resource"]["id"] == "ada-t"
    assert [one["resource"]["id"] for one in search["resource"]["entry"]] == ["ada-cancer"]


def test_a_batch_is_sent_without_what_is_forbidden(ask):
    answer = ask(
        "patient/*.cruds",
        "POST",
        "",
        bundle(
            entry("POST", "Observation", observation("ben-other")),
            entry("GET", "Patient/ada-byron"),
            entry("GET", "Patient/ben-other"),
            kind="batch",
        ),
    )

    refused, read, hidden = answer.json["entry"]
    assert refused["response"]["status"] == "403"
    assert read["resource"]["id"] == "ada-byron"
    assert "resource" not in hidden


def test_metadata_is_open_and_names_the_sandbox(http):
    answer = http.get("/fhir/metadata")

    assert answer.json["implementation"]["url"] == SANDBOX


def test_a_server_that_is_not_there_is_said_so(config):
    address = "http://127.0.0.1:1/fhir"
    lonely = create_sandbox(SandboxConfig(upstream=address)).test_client()

    assert lonely.get("/fhir/metadata").status_code == 502
    assert lonely.get("/").status_code == 502
    with pytest.raises(DataError, match="cannot be reached"):
        create_sandbox(SandboxConfig(upstream=address, data=config.data))
