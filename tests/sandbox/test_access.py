"""What a token reaches in the chart: asked of the running sandbox, request by request."""

import pytest

SNOMED = "http://snomed.info/sct"


def observation(patient="ada-byron", code="399504009", **more):
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": SNOMED, "code": code}]},
        "subject": {"reference": f"Patient/{patient}"},
        **more,
    }


def transaction(*entries):
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": f"urn:uuid:0000000{number}-0000-4000-8000-000000000000",
                "resource": resource,
                "request": {"method": method, "url": url},
            }
            for number, (method, url, resource) in enumerate(entries)
        ],
    }


def signature(*targets):
    return {
        "resourceType": "Provenance",
        "target": [{"reference": target} for target in targets],
        "recorded": "2026-11-24T10:00:00Z",
        "agent": [{"who": {"reference": "Practitioner/nurse-nancy"}}],
    }


@pytest.fixture
def count(smart):
    """Count a patient's observations with a token that reaches everyone's."""
    token = smart.token(scope="launch user/*.rs")["access_token"]

    def call(patient="ada-byron"):
        return smart.fhir(token, f"Observation?patient={patient}&_total=accurate").json["total"]

    return call


@pytest.fixture
def ask(smart):
    """Send a FHIR request with a token of these scopes."""

    def call(scope, method, path, body=None, *, user="oncologist-owen"):
        token = smart.token(user, scope=f"launch {scope}")["access_token"]
        return smart.fhir(token, path, method, body)

    return call


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({}, False),
        ({"Authorization": "Basic abc"}, False),
        ({"Authorization": "Bearer"}, True),
        ({"Authorization": "Bearer unknown"}, True),
        ({"Authorization": "Bearer \u00ff\u00fe"}, True),
    ],
)
def test_without_a_live_token_there_is_nothing(http, headers, error):
    answer = http.get("/fhir/Patient/ada-byron", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert ('error="invalid_token"' in answer.headers["WWW-Authenticate"]) is error
    assert answer.json["resourceType"] == "OperationOutcome"


def test_a_token_in_the_address_does_not_count(smart, http):
    token = smart.token()["access_token"]

    assert http.get(f"/fhir/Patient/ada-byron?access_token={token}").status_code == 401


def test_a_refresh_token_is_no_access_token(smart):
    assert smart.fhir(smart.token()["refresh_token"], "Patient/ada-byron").status_code == 401


def test_a_token_ends(smart, later):
    token = smart.token()["access_token"]
    assert smart.fhir(token, "Patient/ada-byron").status_code == 200
    later(3600)

    answer = smart.fhir(token, "Patient/ada-byron")

    assert answer.status_code == 401
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("patient/Patient.rs", "Patient/ada-byron", 200),
        ("patient/*.read", "Condition/ada-cancer", 200),
        ("patient/Patient.r", "Patient/ada-byron", 200),
        ("patient/Patient.s", "Patient/ada-byron", 403),
        ("patient/Patient.rs", "Patient/ben-other", 403),
        ("patient/*.cruds", "Condition/ben-cancer", 403),
        ("patient/*.cruds", "Observation/ben-t/_history/1", 403),
        ("patient/Condition.rs", "Observation/ada-t", 403),
        ("patient/Practitioner.rs", "Practitioner/oncologist-owen", 200),
        ("user/Practitioner.rs", "Practitioner/oncologist-owen", 200),
        ("patient/Patient.rs", "Practitioner/oncologist-owen", 403),
        ("user/*.rs", "Condition/ben-cancer", 200),
        ("patient/Observation.r?code=http://snomed.info/sct|399504009", "Observation/ada-t", 200),
        (
            "patient/Observation.r?code=http://snomed.info/sct|399504009",
            "Observation/ada-weight",
            403,
        ),
    ],
)
def test_reading_is_held_to_scope_and_patient(ask, scope, path, status):
    assert ask(scope, "GET", path).status_code == status


@pytest.mark.parametrize(
    ("scope", "path", "found"),
    [
        ("patient/Observation.rs", "Observation", {"ada-t", "ada-weight"}),
        ("patient/Observation.rs", "Observation?patient=ben-other", set()),
        ("patient/Observation.rs", "Observation?_id=ben-t", set()),
        ("patient/Patient.rs", "Patient", {"ada-byron"}),
        ("user/Patient.rs", "Patient", {"ada-byron", "ben-other"}),
        ("patient/Condition.rs", "Condition?_include=Condition:subject", {"ada-cancer"}),
        (
            "patient/Condition.rs patient/Patient.r",
            "Condition?_include=Condition:subject",
            {"ada-cancer", "ada-byron"},
        ),
        (
            "patient/Observation.rs?code=http://snomed.info/sct|27113001",
            "Observation?_id=ada-t,ada-weight",
            {"ada-weight"},
        ),
        (
            "patient/Observation.rs?code=27113001 patient/Observation.rs?code=399504009",
            "Observation?_id=ada-t,ada-weight",
            {"ada-t", "ada-weight"},
        ),
    ],
)
def test_a_search_finds_only_what_the_token_reaches(ask, scope, path, found):
    bundle = ask(scope, "GET", path).json

    ids = {entry["resource"]["id"] for entry in bundle.get("entry", [])}
    created = {id_ for id_ in ids if len(id_) > 20}
    assert ids - created == found


def test_a_search_without_the_scope_is_refused(ask):
    assert ask("patient/Observation.r", "GET", "Observation").status_code == 403
    assert ask("patient/Condition.rs", "GET", "Observation").status_code == 403


@pytest.mark.parametrize(
    ("user", "scope", "resource", "status"),
    [
        ("oncologist-owen", "patient/Observation.c", observation(), 201),
        ("oncologist-owen", "patient/*.write", observation(), 201),
        ("oncologist-owen", "patient/Observation.rus", observation(), 403),
        ("oncologist-owen", "patient/Observation.c", observation("ben-other"), 403),
        ("oncologist-owen", "patient/Observation.c", observation(subject=None), 403),
        ("oncologist-owen", "user/Observation.c", observation("ben-other"), 201),
        ("oncologist-owen", "patient/Practitioner.c", {"resourceType": "Practitioner"}, 403),
        ("nurse-nancy", "patient/*.cruds", observation(), 201),
        ("nurse-nancy", "patient/*.cruds", observation(code="27113001"), 403),
        ("nurse-nancy", "user/*.cruds", observation(code="27113001"), 403),
        ("nurse-nancy", "patient/*.cruds", observation("ben-other"), 403),
        ("nurse-nancy", "patient/*.cruds", signature("Observation/ada-t"), 201),
        ("nurse-nancy", "patient/*.cruds", signature("Observation/ben-t"), 403),
        (
            "nurse-nancy",
            "patient/*.cruds",
            signature("Observation/ada-t", "Observation/ben-t"),
            403,
        ),
        ("reader-rita", "patient/*.cruds", observation(), 403),
        ("reader-rita", "patient/*.* user/*.*", observation(), 403),
    ],
)
def test_creating_is_held_to_scope_user_code_and_patient(ask, user, scope, resource, status):
    body = {name: value for name, value in resource.items() if value is not None}

    answer = ask(scope, "POST", body["resourceType"], body, user=user)

    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("stored", "becomes", "status"),
    [
        ("ada-t", observation(), 200),
        ("ada-t", observation(code="27113001"), 403),
        ("ada-weight", observation(code="27113001"), 403),
        ("ada-weight", observation(), 403),
        ("ada-t", observation("ben-other"), 403),
        ("ben-t", observation("ben-other"), 403),
        ("ben-t", observation("ada-byron"), 403),
    ],
)
def test_an_update_is_held_to_what_was_and_to_what_becomes(ask, stored, becomes, status):
    answer = ask(
        "patient/*.cruds",
        "PUT",
        f"Observation/{stored}",
        becomes | {"id": stored},
        user="nurse-nancy",
    )

    assert answer.status_code == status, answer.text


def test_deleting_needs_its_scope(ask):
    assert (
        ask("patient/*.cruds", "DELETE", "Observation/ada-t", user="nurse-nancy").status_code == 403
    )
    assert ask("patient/*.rus", "DELETE", "Observation/ada-t").status_code == 403
    assert ask("patient/*.cruds", "DELETE", "Observation/ben-t").status_code == 403


@pytest.mark.parametrize(
    "forbidden",
    [
        ("POST", "Observation", observation("ben-other")),
        ("POST", "Observation", observation(code="27113001")),
        ("POST", "Provenance", signature("Observation/ben-t")),
        ("PUT", "Observation/ben-t", observation("ben-other", id="ben-t")),
        ("DELETE", "Observation/ada-t", None),
        ("GET", "Observation/ben-t", None),
    ],
)
def test_a_transaction_with_one_forbidden_entry_writes_nothing(smart, count, forbidden):
    before = count(), count("ben-other")
    token = smart.token("nurse-nancy", scope="launch patient/*.cruds")["access_token"]
    method, url, resource = forbidden
    bundle = transaction(("POST", "Observation", observation()), (method, url, resource))
    if resource is None:
        del bundle["entry"][1]["resource"]

    answer = smart.fhir(token, "", "POST", bundle)

    assert answer.status_code == 403, answer.text
    assert "Bundle.entry[1]" in answer.text
    assert (count(), count("ben-other")) == before


def test_a_nurse_records_a_stage_and_signs_it_in_one_transaction(smart, count):
    before = count()
    token = smart.token("nurse-nancy", scope="launch patient/*.cruds")["access_token"]
    bundle = transaction(
        ("POST", "Observation", observation()),
        ("POST", "Provenance", signature("urn:uuid:00000000-0000-4000-8000-000000000000")),
    )

    answer = smart.fhir(token, "", "POST", bundle)

    assert answer.status_code == 200, answer.text
    assert count() == before + 1
