"""The check against an EHR whose statements a test bends: each fault, and what is said of it."""

import json
import time
from email.utils import formatdate

import pytest

from app.fhir.addresses import AddressRule
from app.smart.checking.chart import FormNeeds
from app.smart.checking.check import check
from app.smart.ehrs.launch_file import load_registry
from app.smart.oauth.http import Web

ISSUER = "https://ehr.example/fhir"
AUTH = "https://auth.example"
FORMS = (FormNeeds("ECOG", ("Observation",)), FormNeeds("Tumor", ("BodyStructure",), ("Specimen",)))


def _statement(*types, **more):
    codes = [{"code": code} for code in ("read", "create", "update", "search-type")]
    return {
        "resourceType": "CapabilityStatement",
        "fhirVersion": "4.0.1",
        "rest": [
            {
                "mode": "server",
                "interaction": [{"code": "transaction"}],
                "resource": [{"type": type_, "interaction": codes, **more} for type_ in types],
            }
        ],
    }


ALL_TYPES = ("Patient", "Observation", "BodyStructure", "Specimen", "Provenance")


@pytest.fixture
def ehr(ehr):
    """An EHR that has all that the app asks of one."""
    ehr.statement = _statement(*ALL_TYPES)
    ehr.smart |= {
        "capabilities": [
            "launch-ehr",
            "launch-standalone",
            "context-ehr-patient",
            "sso-openid-connect",
            "permission-patient",
            "permission-v2",
            "permission-online",
            "client-public",
            "client-confidential-symmetric",
            "client-confidential-asymmetric",
        ],
        "introspection_endpoint": f"{AUTH}/introspect",
        "registration_endpoint": f"{AUTH}/register",
        "management_endpoint": f"{AUTH}/manage",
        "scopes_supported": ["launch", "openid", "fhirUser", "online_access", "patient/*.cruds"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
        "authorization_response_iss_parameter_supported": True,
    }
    ehr.openid["id_token_signing_alg_values_supported"] = ["RS256"]
    ehr._serve("GET", f"{ISSUER}/metadata", lambda: ehr.statement)
    return ehr


@pytest.fixture
def checked(ehr, registration, tmp_path, monkeypatch):
    """Check the EHR, registered with changes."""

    def checked(sharing=(), fault=None, environment=None, **changes):
        path = tmp_path / "launch.json"
        path.write_text(json.dumps({"ehrs": [{**registration, **changes}]}))
        registry = load_registry(str(path), demo=False, environment=environment or {})
        return check(
            Web(AddressRule(demo=False), 5),
            registry.with_issuer(ISSUER),
            asked=registration["scopes"],
            forms=FORMS,
            sharing=sharing,
            fault=fault,
        )

    return checked


def _verdicts(report):
    return {(finding.label, finding.verdict) for finding in report.of("stops", "warning", "note")}


def test_an_ehr_that_has_everything_gives_no_cause_for_words(checked):
    report = checked()
    assert report.works
    assert _verdicts(report) == set()
    text = report.text()
    for words in (
        f"Example EHR (example)  {ISSUER}",
        f"{AUTH}/introspect",
        f"{AUTH}/manage",
        "S256",
        "6 scopes in version 2",
        "RSA",
        "4.0.1",
        "Nothing that can be seen from here",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("off", "verdict", "words"),
    [
        (0, None, "to within a minute"),
        (-50, None, "to within a minute"),
        (240, "note", "seconds ahead of the app's"),
        (-240, "note", "seconds behind the app's"),
        (3600, "warning", "seconds ahead of the app's, which allows for five minutes"),
    ],
)
def test_how_the_clock_goes_is_told(ehr, checked, off, verdict, words):
    ehr.smart = (200, {"Date": formatdate(time.time() + off)}, json.dumps(ehr.smart))
    report = checked()
    assert report.works
    assert _verdicts(report) == ({("clock", verdict)} if verdict else set())
    assert words in report.text()


def test_only_what_anybody_may_ask_is_asked(ehr, checked):
    checked()
    assert {call.request.method for call in ehr.http.calls} == {"GET"}
    assert not [call for call in ehr.http.calls if "Authorization" in call.request.headers]


@pytest.mark.parametrize(
    ("smart", "finding"),
    [
        ({"authorization_endpoint": None}, ("authorization endpoint", "stops")),
        ({"token_endpoint": "http://auth.example/token"}, ("token endpoint", "stops")),
        ({"token_endpoint": "https://10.0.0.1/token"}, ("token endpoint", "stops")),
        ({"revocation_endpoint": None}, ("revocation endpoint", "note")),
        ({"management_endpoint": "http://x"}, ("management endpoint", "warning")),
        ({"code_challenge_methods_supported": ["plain"]}, ("PKCE", "stops")),
        ({"code_challenge_methods_supported": ["plain", "S256"]}, ("PKCE", "note")),
        ({"capabilities": ["client-public", "permission-v2"]}, ("launch", "warning")),
        ({"capabilities": ["launch-ehr", "permission-v2"]}, ("client-public", "note")),
        ({"scopes_supported": None}, ("offered", "note")),
        ({"scopes_supported": ["launch", "openid"]}, ("asked for and not listed", "note")),
        ({"token_endpoint_auth_methods_supported": None}, ("methods it takes", "note")),
        (
            {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
            ("methods it takes", "note"),
        ),
        ({"issuer": None}, ("issuer", "stops")),
    ],
)
def test_what_discovery_lacks_is_told(ehr, checked, smart, finding):
    ehr.smart |= smart
    report = checked()
    assert finding in _verdicts(report)
    assert report.works is (finding[1] != "stops")


@pytest.mark.parametrize(
    ("change", "works"),
    [
        ({"code_challenge_methods_supported": []}, False),
        ({"authorization_endpoint": "javascript:alert(1)"}, False),
        ({"revocation_endpoint": "http://auth.example/revoke"}, True),
        ({"introspection_endpoint": "http://auth.example/introspect"}, True),
        ({"registration_endpoint": "http://auth.example/register"}, True),
        ({"capabilities": []}, True),
        ({"scopes_supported": []}, True),
    ],
)
def test_the_check_and_the_app_agree_on_what_can_be_used(ehr, checked, browser, change, works):
    """Whatever keeps the app from a launch is found, and what is found keeps it from one."""
    ehr.smart |= change
    page = browser.get("/launch", query_string={"iss": ISSUER, "launch": "xyz"})
    assert page.status_code == (302 if works else 502)
    assert checked().works is works


@pytest.mark.parametrize("answer", [(404, {}, ""), (200, {}, "<html>"), (302, {}, "")])
def test_an_ehr_that_cannot_be_reached_is_told_and_asked_no_further(ehr, checked, answer):
    ehr.smart = answer
    report = checked()
    assert not report.works
    assert "could not be read" in report.text()
    assert len(ehr.http.calls) == 1


@pytest.mark.parametrize(
    ("changes", "methods", "verdict", "words"),
    [
        ({}, ["client_secret_post"], "stops", "secret-in-body"),
        ({"quirks": ["secret-in-body"]}, ["client_secret_post"], None, ""),
        ({}, ["private_key_jwt"], "stops", "another type of client"),
        ({}, ["client_secret_basic"], None, ""),
    ],
)
def test_a_secret_is_sent_as_the_ehr_takes_it(ehr, checked, changes, methods, verdict, words):
    ehr.smart["token_endpoint_auth_methods_supported"] = methods
    report = checked(
        client_auth="symmetric",
        client_secret_env="S",
        environment={"S": "s3cret"},
        **changes,
    )
    assert (("methods it takes", verdict) in _verdicts(report)) is (verdict is not None)
    assert words in report.text()
    assert "s3cret" not in report.text()


@pytest.mark.parametrize(
    ("issuer", "verdict"),
    [
        (ISSUER, None),
        ([ISSUER, "https://ehr.example/other/fhir"], None),
        ("https://ehr.example/*", "warning"),
        ([ISSUER, "https://b.example/fhir"], "warning"),
    ],
)
def test_a_secret_that_several_houses_would_get_is_told(ehr, checked, issuer, verdict):
    secret = {"client_auth": "symmetric", "client_secret_env": "S", "environment": {"S": "s3cret"}}
    report = checked(issuer=issuer, **secret)
    assert (("secret", "warning") in _verdicts(report)) is (verdict is not None)
    assert report.works
    assert ("secret", "warning") not in _verdicts(checked(issuer=issuer))


@pytest.mark.parametrize(
    ("listed", "works", "words"),
    [
        (["ES384", "RS384"], True, "RS384 signs now, by key app-rsa"),
        (["ES384"], False, "no key for ES384"),
        (["RS256"], False, "neither RS384 nor ES384"),
        (None, True, "not said; RS384 signs now"),
    ],
)
def test_the_key_that_would_sign_is_told(ehr, checked, rsa_key, listed, works, words):
    ehr.smart["token_endpoint_auth_signing_alg_values_supported"] = listed
    key = json.dumps(rsa_key.as_dict(private=True))
    report = checked(client_auth="asymmetric", private_key_env="K", environment={"K": key})
    assert report.works is works
    assert words in report.text()
    assert rsa_key.as_dict(private=True)["d"] not in report.text()


def test_two_ehrs_at_one_callback_are_told_apart_by_iss_alone(ehr, checked):
    label = "answers name their sender (iss)"
    assert (label, "warning") not in _verdicts(checked(sharing=["Other EHR"]))
    ehr.smart["authorization_response_iss_parameter_supported"] = False
    mixed = checked(sharing=["Other EHR"])
    assert (label, "warning") in _verdicts(mixed)
    assert mixed.works
    assert "Other EHR answers at /callback too" in mixed.text()
    assert (label, "warning") not in _verdicts(checked())
    assert (label, "warning") not in _verdicts(checked(sharing=["Other EHR"], callback="own"))


@pytest.mark.parametrize("callback", ["own", "shared"])
@pytest.mark.parametrize("issuer", [[ISSUER, "https://b.example/fhir"], "https://ehr.example/*"])
def test_several_bases_at_one_callback_are_told(ehr, checked, issuer, callback):
    ehr.smart["authorization_response_iss_parameter_supported"] = False
    report = checked(issuer=issuer, callback=callback)
    assert ("answers name their sender (iss)", "note") in _verdicts(report)
    assert report.works


@pytest.mark.parametrize(
    ("part", "content", "finding"),
    [
        ("openid", (404, {}, ""), ("keys", "stops")),
        ("openid", {"issuer": "https://other.example"}, ("keys", "stops")),
        ("jwks", (500, {}, ""), ("keys", "stops")),
        ("jwks", {"keys": []}, ("keys", "stops")),
        ("jwks", {"keys": [7, {"kty": "RSA", "use": "enc"}]}, ("keys", "stops")),
    ],
)
def test_an_ehr_that_cannot_prove_who_the_user_is_is_told(ehr, checked, part, content, finding):
    setattr(ehr, part, content)
    report = checked()
    assert finding in _verdicts(report)
    assert not report.works


def test_id_tokens_by_a_shared_secret_are_told(ehr, checked):
    ehr.openid["id_token_signing_alg_values_supported"] = ["HS256", "none"]
    assert ("algorithms of id_tokens", "stops") in _verdicts(checked())


def test_without_openid_nobody_is_named_and_nothing_is_asked(ehr, checked, registration):
    registration["scopes"] = ["launch", "patient/Patient.rs"]
    ehr.smart["issuer"] = None
    report = checked()
    assert report.works
    assert ("asked for", "note") in _verdicts(report)
    assert not ehr.requests("/openid-configuration")


@pytest.mark.parametrize(
    ("quirk", "smart"),
    [
        ("pkce-unannounced", {"code_challenge_methods_supported": None}),
        ("oidc-issuer-is-fhir-base", {"issuer": None}),
    ],
)
def test_a_quirk_lets_the_ehr_pass(ehr, checked, quirk, smart):
    ehr.smart |= smart
    ehr.openid["issuer"] = ISSUER if "issuer" in smart else AUTH
    ehr._serve("GET", f"{ISSUER}/.well-known/openid-configuration", lambda: ehr.openid)
    refused = checked()
    assert not refused.works
    assert quirk in refused.text()
    assert checked(quirks=[quirk]).works


def test_a_post_that_the_ehr_does_not_list_is_told(ehr, checked):
    assert ("authorize-post", "warning") in _verdicts(checked(authorize="post"))
    ehr.smart["capabilities"].append("authorize-post")
    assert _verdicts(checked(authorize="post")) == set()


def test_version_1_of_the_scopes_is_told(ehr, checked):
    report = checked(quirks=["scopes-version-1"])
    assert "scopes in version 1" in report.text()


def test_an_entry_that_keeps_the_app_from_starting_is_told(checked):
    report = checked(fault="example: set S to the client secret (ASCII).")
    assert not report.works
    assert "set S to the client secret" in report.text()


@pytest.mark.parametrize("answer", [(404, {}, ""), (200, {}, "<html>"), {"resourceType": "Bundle"}])
def test_a_server_that_says_nothing_of_itself_is_no_obstacle(ehr, checked, answer):
    ehr.statement = answer
    report = checked()
    assert report.works
    assert "new: not said" in report.text()


def test_what_an_ehr_says_cannot_paint_the_terminal(ehr, checked):
    ehr.smart["code_challenge_methods_supported"] = ["S256", "\x1b[31mplain\x07", "x" * 5000]
    ehr.statement["fhirVersion"] = "4.0.1\x1b[2J\n"
    text = checked().text()
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "x" * 1000 not in text
