import pytest

from app.sandbox.fhir.json_text import dumps
from app.sandbox.fhir.structure import problems
from app.sandbox.fhir.views import Preferences

JSON = "application/fhir+json"
DEEP = '{"resourceType":"Observation",' + '"extension":[{' * 300 + '"url":"u"' + "}]" * 300 + "}"


def send(http, method, path, resource=None, **kwargs):
    data = resource if isinstance(resource, str | bytes | None) else dumps(resource)
    kwargs.setdefault("content_type", JSON if resource is not None else None)
    return http.open(f"/fhir/{path}", method=method, data=data, **kwargs)


def test_a_resource_goes_round(http, make):
    text = dumps(make.observation(effectiveDateTime="2026-03")).replace(
        '"status"', '"valueQuantity":{"value":10.50},"status"'
    )
    made = send(http, "POST", "Observation", text)
    assert made.status_code == 201
    assert made.headers["ETag"] == 'W/"1"'
    assert made.headers["Last-Modified"].endswith("GMT")
    assert made.headers["Cache-Control"] == "no-store"
    assert made.content_type == "application/fhir+json; charset=utf-8"
    location = made.headers["Location"].removeprefix("http://ehr.test/fhir/")
    again = send(http, "GET", location)
    assert again.data == made.data
    assert b'"value":10.50' in again.data


def test_what_comes_back_is_what_the_client_prefers(http, make):
    for wants, expected in (("minimal", None), ("OperationOutcome", "OperationOutcome")):
        made = send(
            http, "POST", "Observation", make.observation(), headers={"Prefer": f"return={wants}"}
        )
        assert made.status_code == 201
        assert (made.json["resourceType"] if made.data else None) == expected
    assert (
        send(http, "GET", "Patient/ada", headers={"Prefer": "return=minimal"}).json["id"] == "ada"
    )


def test_a_stale_update_is_refused(http, make):
    path = "Condition/breast"
    first = send(http, "PUT", path, make.condition("breast"), headers={"If-Match": 'W/"1"'})
    stale = send(http, "PUT", path, make.condition("breast"), headers={"If-Match": 'W/"1"'})
    assert (first.status_code, stale.status_code) == (200, 412)
    assert "Location" not in first.headers


def test_a_condition_is_read_from_the_header(http, make):
    resource = make.observation(identifier=[{"system": "u", "value": "1"}])
    headers = {"If-None-Exist": "identifier=u|1"}
    answers = [send(http, "POST", "Observation", resource, headers=headers) for _ in "12"]
    assert [answer.status_code for answer in answers] == [201, 200]


def test_not_modified_has_no_body(http):
    answer = send(http, "GET", "Patient/ada", headers={"If-None-Match": 'W/"1"'})
    assert (answer.status_code, answer.data) == (304, b"")


def test_a_search_may_be_a_form(http):
    form = {"name": "lovelace", "_count": "1"}
    found = http.post("/fhir/Patient/_search?birthdate=1815-12-10", data=form)
    assert [entry["resource"]["id"] for entry in found.json["entry"]] == ["ada"]
    assert send(http, "GET", "Patient?birthdate=1815-12-10").json["total"] == 2


def test_pages_are_linked_below_the_base(http):
    first = send(http, "GET", "Patient?_count=1&_sort=_id").json
    url = next(link["url"] for link in first["link"] if link["relation"] == "next")
    assert url.startswith("http://ehr.test/fhir/Patient?")
    second = send(http, "GET", url.removeprefix("http://ehr.test/fhir/")).json
    assert second["entry"][0]["resource"]["id"] == "grace"


def test_the_server_is_lenient_on_request(http):
    headers = {"Prefer": "handling=lenient"}
    assert send(http, "GET", "Patient?foo=1").status_code == 400
    assert send(http, "GET", "Patient?foo=1", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/fhir", "/fhir/"])
def test_a_transaction_goes_to_the_base(http, make, path):
    bundle = make.bundle(make.entry("POST", "Observation", make.observation()))
    headers = {"Prefer": "return=representation"}
    answer = http.post(path, data=dumps(bundle), content_type=JSON, headers=headers)
    assert answer.status_code == 200
    assert answer.json["entry"][0]["resource"]["status"] == "final"
    assert problems(answer.json) == []


def test_metadata_needs_no_token(http):
    answer = send(http, "GET", "metadata", headers={"X-Test": "deny"})
    assert answer.json["fhirVersion"] == "4.0.1"
    assert "security" in answer.json["rest"][0]


def test_without_a_token_nothing_is_told(http):
    for path in ("Patient/ada", "Patient", "Nothing/1", "Patient/none"):
        answer = send(http, "GET", path, headers={"X-Test": "deny"})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        assert answer.json["issue"][0]["code"] == "login"


@pytest.mark.parametrize(
    ("method", "path", "body", "kwargs", "status"),
    [
        ("POST", "Observation", "{", {}, 400),
        ("POST", "Observation", "", {"content_type": JSON}, 400),
        ("POST", "Observation", "[]", {}, 400),
        ("POST", "Observation", '{"resourceType":7}', {}, 400),
        ("POST", "Observation", b"\xff", {}, 400),
        ("POST", "Observation", '{"a":1,"a":1}', {}, 400),
        ("POST", "Observation", "[" * 40_000, {}, 400),
        ("POST", "Observation", DEEP, {}, 400),
        ("POST", "Observation", "<a/>", {"content_type": "application/fhir+xml"}, 415),
        ("POST", "Observation", "{}", {"content_type": "application/json; charset=utf-16"}, 415),
        ("POST", "Observation", "{}", {"content_type": None}, 415),
        ("POST", "Observation", " " * 50_001, {}, 413),
        ("POST", "Observation/_search", "{}", {}, 415),
        ("POST", "", "{}", {}, 400),
        ("POST", "Nothing", '{"resourceType":"Nothing"}', {}, 404),
        ("POST", "Patient/ada", "{}", {}, 405),
        ("PUT", "Patient", "{}", {}, 405),
        ("DELETE", "Patient?name=x", None, {}, 405),
        ("PATCH", "Patient/ada", "[]", {"content_type": "application/json-patch+json"}, 405),
        ("GET", "", None, {}, 405),
        ("GET", "Nothing", None, {}, 404),
        ("GET", "Nothing/1", None, {}, 404),
        ("GET", "Patient/none", None, {}, 404),
        ("GET", "Patient/a b", None, {}, 404),
        ("GET", "Patient/ada/_history/x", None, {}, 404),
        ("GET", "Patient/ada/Observation", None, {}, 404),
        ("GET", "Patient/ada/$everything", None, {}, 404),
        ("GET", "Patient/ada/_history/1/x", None, {}, 404),
        ("GET", "Patient?date=x", None, {}, 400),
        ("GET", "Patient/ada", None, {"headers": {"Accept": "application/fhir+xml"}}, 406),
        ("GET", "Patient/ada?_format=xml", None, {}, 406),
        ("GET", "metadata?_format=xml", None, {}, 406),
    ],
)
def test_each_refusal_is_an_operation_outcome(http, method, path, body, kwargs, status):
    answer = send(http, method, path, body, **kwargs)
    assert answer.status_code == status
    assert answer.content_type.startswith("application/fhir+json")
    assert problems(answer.json) == []
    issue = answer.json["issue"][0]
    assert issue["severity"] == "error"
    assert len(issue["diagnostics"].split()) > 2
    if status == 405:
        assert answer.headers["Allow"]


@pytest.mark.parametrize("name", ["status", "code", "subject", "component", "meta", "contained"])
@pytest.mark.parametrize(
    "value",
    [None, 7, "x", [], {}, [7], [None], {"coding": [7]}, {"reference": 7}, [{"code": ["x"]}]],
)
def test_no_shape_of_an_element_is_more_than_refused(http, make, name, value):
    resource = {**make.observation(id_="x"), name: value}
    bundle = make.bundle(make.entry("PUT", "Observation/x", resource))
    for method, path, body in (("PUT", "Observation/x", resource), ("POST", "", bundle)):
        assert send(http, method, path, body).status_code == 422


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "application/fhir+json;q=0.9, text/html",
        "application/json; fhirVersion=4.0",
    ],
)
def test_json_is_answered_by_any_of_its_names(http, accept):
    assert send(http, "GET", "Patient/ada", headers={"Accept": accept}).status_code == 200
    assert send(http, "GET", "Patient/ada?_format=application/fhir+json").status_code == 200


def test_head_is_a_read_without_its_body(http):
    answer = send(http, "HEAD", "Patient/ada")
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (200, b"", 'W/"1"')


def test_a_fault_of_the_server_tells_nothing_of_itself(http, monkeypatch):
    def fail(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr("app.sandbox.fhir.interactions.read", fail)
    answer = send(http, "GET", "Patient/ada")
    assert answer.status_code == 500
    assert answer.json["issue"][0]["code"] == "exception"
    assert b"secret" not in answer.data


@pytest.mark.parametrize(
    ("header", "wants", "lenient"),
    [
        ("", None, False),
        ("return=minimal", "minimal", False),
        ("return=OperationOutcome; handling=lenient", "OperationOutcome", True),
        ('handling="lenient", return=representation', "representation", True),
        ("handling=strict, return=everything, respond-async", None, False),
    ],
)
def test_a_preference_that_is_known_counts(header, wants, lenient):
    assert Preferences.read(header) == Preferences(wants, lenient)
