import pytest

from app.sandbox.fhir.access import AllowAll
from app.sandbox.fhir.json_text import loads
from app.sandbox.fhir.outcome import FhirError
from app.sandbox.fhir.references import Local
from app.sandbox.fhir.transaction import process

ALL = AllowAll()
T, GROUP = "urn:uuid:00000000-0000-4000-8000-00000000000a", "urn:uuid:group"


def statuses(bundle):
    return [entry["response"]["status"].split()[0] for entry in bundle["entry"]]


def refusal(store, bundle, access=ALL):
    before = store.rows("SELECT count(*) FROM versions")
    with pytest.raises(FhirError) as refused:
        process(store, access, bundle)
    assert store.rows("SELECT count(*) FROM versions") == before
    return refused.value


@pytest.fixture
def staging(make):
    """A stage group, its T category and their Provenance, which is first and refers to both."""
    provenance = make.resource(
        "Provenance",
        target=[{"reference": GROUP}, {"reference": T}],
        recorded="2026-11-24T09:00:00Z",
        agent=[{"who": {"display": "Owen"}}],
    )
    group = make.observation(
        hasMember=[{"reference": T}],
        identifier=[{"system": "urn:ietf:rfc:3986", "value": T}],
    )
    return make.bundle(
        make.entry("POST", "Provenance", provenance, fullUrl="urn:uuid:provenance"),
        make.entry("POST", "Observation", group, fullUrl=GROUP),
        make.entry("POST", "Observation", make.observation(), fullUrl=T),
    )


def test_entries_refer_to_each_other_in_any_order(chart, staging):
    answered = process(chart, ALL, staging, show=True)
    assert answered["type"] == "transaction-response"
    assert statuses(answered) == ["201", "201", "201"]
    provenance, group, t = (entry["resource"] for entry in answered["entry"])
    assert group["hasMember"] == [{"reference": f"Observation/{t['id']}"}]
    assert [target["reference"] for target in provenance["target"]] == [
        f"Observation/{group['id']}",
        f"Observation/{t['id']}",
    ]
    assert group["identifier"][0]["value"] == T
    response = answered["entry"][1]["response"]
    assert response["location"].endswith(f"/Observation/{group['id']}/_history/1")
    assert (response["etag"], response["lastModified"]) == ('W/"1"', group["meta"]["lastUpdated"])


def test_what_was_written_is_shown_on_request_only(chart, staging):
    assert not any("resource" in entry for entry in process(chart, ALL, staging)["entry"])


def test_one_patients_token_may_write_a_provenance_of_what_it_writes(chart, only, staging):
    assert statuses(process(chart, only("ada"), staging)) == ["201"] * 3


def test_the_order_is_delete_post_put_get(chart, make):
    bundle = make.bundle(
        make.entry("GET", "Condition?_sort=_id"),
        make.entry("PUT", "Condition/new", make.condition("new")),
        make.entry("DELETE", "Condition/breast"),
        make.entry("POST", "Observation", make.observation()),
        make.entry("GET", "Condition/new"),
    )
    answered = process(chart, ALL, bundle)
    assert statuses(answered) == ["200", "201", "204", "201", "200"]
    found = answered["entry"][0]["resource"]["entry"]
    assert [entry["resource"]["id"] for entry in found] == ["lung", "new"]
    assert answered["entry"][4]["resource"]["id"] == "new"


def test_what_is_deleted_first_fulfils_no_condition(chart, make):
    condition = "code=254837009&patient=ada"
    bundle = make.bundle(
        make.entry("POST", "Condition", make.condition(None), ifNoneExist=condition),
        make.entry("DELETE", "Condition/breast"),
    )
    assert statuses(process(chart, ALL, bundle)) == ["201", "204"]


def test_addresses_of_entries_are_read_as_the_bundle_has_them(chart, make):
    root = "http://elsewhere.test/fhir"
    bundle = make.bundle(
        make.entry("POST", "Condition", make.condition("tmp"), fullUrl=f"{root}/Condition/tmp"),
        make.entry(
            "POST",
            "Observation",
            make.observation(
                focus=[{"reference": "Condition/tmp"}, {"reference": f"{root}/Condition/tmp"}],
                subject={"reference": "Patient?name=lovelace"},
            ),
            fullUrl=f"{root}/Observation/tmp",
        ),
    )
    condition, observation = (
        e["resource"] for e in process(chart, ALL, bundle, show=True)["entry"]
    )
    assert {one["reference"] for one in observation["focus"]} == {f"Condition/{condition['id']}"}
    assert observation["subject"] == {"reference": "Patient/ada"}


def test_a_retry_makes_no_second_copy_and_its_references_lead_to_the_first(chart, make, ids):
    key = {"identifier": [{"system": "urn:draft", "value": "7"}]}
    condition = "identifier=urn:draft|7"

    def send():
        group = make.observation(hasMember=[{"reference": T}])
        bundle = make.bundle(
            make.entry("POST", "Observation", group, fullUrl=GROUP),
            make.entry(
                "POST", "Observation", make.observation(**key), fullUrl=T, ifNoneExist=condition
            ),
        )
        return process(chart, ALL, bundle, show=True)

    first, second = send(), send()
    assert (statuses(first), statuses(second)) == (["201", "201"], ["201", "200"])
    members = {
        bundle["entry"][0]["resource"]["hasMember"][0]["reference"] for bundle in (first, second)
    }
    assert len(members) == 1
    assert len(ids("Observation", identifier="7")) == 1


@pytest.mark.parametrize(
    ("sent", "resource", "more", "status", "place"),
    [
        (("POST", "Observation"), {"status": "banana"}, {}, 422, ".resource.status"),
        (("POST", "Observation"), {"focus": [{"reference": GROUP}]}, {}, 422, ".resource.focus[0]"),
        (
            ("POST", "Observation"),
            {"focus": [{"reference": "Condition/lung"}]},
            {},
            422,
            ".resource.focus[0]",
        ),
        (("POST", "Observation"), {"subject": {"reference": "Patient?name=x"}}, {}, 412, ""),
        (("POST", "Condition"), {}, {}, 400, ""),
        (("POST", "Observation/x"), {}, {}, 400, ""),
        (("POST", "Nothing"), {}, {}, 404, ""),
        (("POST", "Observation"), None, {}, 400, ""),
        (("POST", "Observation"), {}, {"ifNoneExist": "foo=1"}, 400, ""),
        (("PUT", "Condition/breast"), {}, {"ifMatch": 'W/"7"'}, 412, ""),
        (("PUT", "Condition"), {}, {}, 400, ""),
        (("DELETE", "Condition?code=x"), None, {}, 400, ""),
        (("DELETE", "Condition/breast"), None, {"ifMatch": 'W/"7"'}, 412, ""),
        (("PATCH", "Condition/breast"), {}, {}, 400, ""),
        (("GET", "Condition/none"), None, {}, 404, ""),
        (("GET", "Condition?foo=1"), None, {}, 400, ""),
        (("GET", ""), None, {}, 405, ""),
        (("PUT", "Condition/new"), {}, {}, 400, ""),
        ((None, "Condition/new"), None, {}, 400, ""),
        (("GET", None), None, {}, 400, ""),
        (("GET", 7), None, {}, 400, ""),
    ],
)
def test_an_entry_that_fails_undoes_all_and_is_named(
    chart, make, sent, resource, more, status, place
):
    given = None if resource is None else make.observation(**resource)
    bundle = make.bundle(
        make.entry("PUT", "Condition/new", make.condition("new")),
        make.entry("DELETE", "Patient/grace"),
        make.entry(*sent, given, **more),
    )
    error = refusal(chart, bundle)
    assert error.status == status
    assert error.issues[0].expression == f"Bundle.entry[2]{place}"
    assert chart.find(Local("Patient", "grace"))


def test_a_deletion_of_what_another_entry_refers_to_is_refused(chart, make):
    bundle = make.bundle(
        make.entry(
            "POST", "Observation", make.observation(focus=[{"reference": "Condition/breast"}])
        ),
        make.entry("DELETE", "Condition/breast"),
    )
    assert refusal(chart, bundle).issues[0].expression == "Bundle.entry[0].resource.focus[0]"


def test_two_entries_about_one_resource_are_refused(chart, make):
    twice = [make.entry("PUT", "Condition/x", make.condition("x"))] * 2
    assert refusal(chart, make.bundle(*twice)).status == 400
    new = make.entry("POST", "Observation", make.observation(), ifNoneExist="status=final")
    assert refusal(chart, make.bundle(new, new)).status == 400


def test_each_entry_is_asked_for(chart, only, make, staging):
    staging["entry"].append(make.entry("POST", "Condition", make.condition(None, "Patient/grace")))
    error = refusal(chart, staging, only("ada"))
    assert (error.status, error.issues[0].expression) == (403, "Bundle.entry[3]")
    assert refusal(chart, staging, only("ada", "r")).issues[0].expression == "Bundle.entry[0]"


@pytest.mark.parametrize(
    "bundle",
    [
        {"resourceType": "Patient"},
        {"resourceType": "Bundle"},
        {"resourceType": "Bundle", "type": "collection"},
        {"resourceType": "Bundle", "type": "transaction", "entry": {}},
        {"resourceType": "Bundle", "type": "transaction", "entry": [7]},
        {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": "GET"}]},
    ],
)
def test_what_is_no_transaction_is_refused(chart, bundle):
    assert refusal(chart, bundle).status == 400


def test_a_batch_answers_entry_by_entry(chart, only, make, ids):
    bundle = make.bundle(
        make.entry("POST", "Observation", make.observation()),
        make.entry("POST", "Observation", make.observation(status="banana")),
        make.entry("GET", "Condition/lung"),
        make.entry("GET", "Condition/breast"),
        {"nothing": 1},
        make.entry("DELETE", "Condition/breast"),
        kind="batch",
    )
    answered = process(chart, only("ada"), bundle)
    assert answered["type"] == "batch-response"
    assert statuses(answered) == ["201", "422", "403", "200", "400", "204"]
    assert answered["entry"][1]["response"]["outcome"]["issue"][0]["code"] == "code-invalid"
    assert answered["entry"][3]["resource"]["id"] == "breast"
    assert len(ids("Observation")) == 1


def test_the_official_examples_cross_patients_which_a_client_may_not(chart, examples):
    error = refusal(chart, loads(examples))
    assert error.status == 422
    assert error.issues[0].expression.startswith("Bundle.entry[")
