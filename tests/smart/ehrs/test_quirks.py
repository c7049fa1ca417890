"""Each quirk: the launch that fails without it goes through with it, and what stays checked."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from app.config import ROOT
from app.smart.ehrs.quirks import QUIRKS

ISSUER = "https://ehr.example/fhir"


@pytest.fixture
def tolerate(request, registration):
    """The quirk that a test names, or none."""
    registration["quirks"] = [request.param] if request.param else []
    return request.param


def _with(quirk):
    return pytest.mark.parametrize("tolerate", [None, quirk], indirect=True)


def _launch_page(browser):
    return browser.get("/launch", query_string={"iss": ISSUER, "launch": "xyz"})


def test_every_quirk_stands_in_the_documentation():
    page = (ROOT / "docs" / "registering.md").read_text(encoding="utf-8")
    for quirk in QUIRKS:
        assert f"`{quirk}`" in page


@pytest.mark.parametrize("announced", [None, [], ["plain"]])
@_with("pkce-unannounced")
def test_an_ehr_may_leave_s256_unannounced(tolerate, ehr, browser, announced):
    ehr.smart["code_challenge_methods_supported"] = announced
    page = _launch_page(browser)
    assert page.status_code == (302 if tolerate else 502)
    if tolerate:
        asked = parse_qs(urlsplit(page.location).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["code_challenge"]


@_with("pkce-unannounced")
def test_where_s256_is_unannounced_only_a_proven_user_opens(tolerate, ehr, begin, answer):
    ehr.token = {"scope": "launch patient/Patient.rs", "id_token": None}
    opened = answer(code="code-1", state=begin()["state"])
    assert opened.status_code == (502 if tolerate else 303)
    if tolerate:
        assert "did not say who you are" in opened.text
        assert [form["token"] for form in ehr.forms("/revoke")] == ["refresh-1", "access-1"]


@_with("token-type-other")
@pytest.mark.parametrize("token_type", [None, "", "BearerToken", "JWT", "access_token"])
def test_a_token_may_be_of_an_odd_type_also_at_a_renewal(
    tolerate, ehr, begin, answer, browser, token_type
):
    ehr.token = {"token_type": token_type}
    opened = answer(code="code-1", state=begin()["state"])
    assert opened.status_code == (303 if tolerate else 502)
    if tolerate:
        assert browser.post(f"{opened.location}extend").status_code == 303


@pytest.mark.parametrize("tolerate", ["token-type-other"], indirect=True)
@pytest.mark.parametrize("token_type", ["DPoP", "mac", "pop", "N_A", 7, ["Bearer"]])
def test_a_token_that_is_sent_in_another_way_is_never_taken_for_a_bearer_token(
    tolerate, ehr, begin, answer, token_type
):
    ehr.token = {"token_type": token_type}
    assert answer(code="code-1", state=begin()["state"]).status_code == 502


@_with("scope-omitted")
def test_a_token_response_may_leave_the_scope_out(tolerate, ehr, app, begin, answer):
    ehr.token = {"scope": None}
    opened = answer(code="code-1", state=begin()["state"])
    assert opened.status_code == (303 if tolerate else 502)
    if tolerate:
        tokens = app.extensions["store"].launches.tokens(opened.location.split("/")[2])
        assert tokens.tokens["scope"] == ehr.scope


@pytest.mark.parametrize("tolerate", ["scope-omitted"], indirect=True)
def test_a_scope_that_is_told_is_never_replaced(tolerate, ehr, app, begin, answer):
    ehr.token = {"scope": "openid patient/Patient.rs"}
    opened = answer(code="code-1", state=begin()["state"])
    tokens = app.extensions["store"].launches.tokens(opened.location.split("/")[2])
    assert tokens.tokens["scope"] == "openid patient/Patient.rs"


@pytest.mark.parametrize("tolerate", ["scope-omitted"], indirect=True)
def test_a_user_who_was_asked_for_must_be_proved_though_no_scope_is_told(
    tolerate, ehr, begin, answer
):
    ehr.token = {"scope": None, "id_token": None}
    assert answer(code="code-1", state=begin()["state"]).status_code == 502


@_with("oidc-issuer-is-fhir-base")
def test_the_fhir_base_may_be_the_issuer(tolerate, ehr, begin, answer, browser):
    ehr.smart["issuer"] = None
    ehr.openid["issuer"] = ehr.claims["iss"] = ISSUER
    ehr._serve("GET", f"{ISSUER}/.well-known/openid-configuration", lambda: ehr.openid)
    opened = answer(code="code-1", state=begin()["state"])
    assert opened.status_code == (303 if tolerate else 502)


@pytest.mark.parametrize("tolerate", ["oidc-issuer-is-fhir-base"], indirect=True)
@pytest.mark.parametrize("spoiled", ["claim", "configuration"])
def test_the_issuer_is_compared_all_the_same(tolerate, ehr, begin, answer, spoiled):
    ehr.smart["issuer"] = None
    ehr.openid["issuer"] = ehr.claims["iss"] = ISSUER
    ehr._serve("GET", f"{ISSUER}/.well-known/openid-configuration", lambda: ehr.openid)
    (ehr.claims if spoiled == "claim" else ehr.openid).update(
        {"iss": "https://evil.example", "issuer": "https://evil.example"}
    )
    assert answer(code="code-1", state=begin()["state"]).status_code == 502


@pytest.mark.parametrize("tolerate", ["oidc-issuer-is-fhir-base"], indirect=True)
def test_an_issuer_that_is_named_counts(tolerate, ehr, launch):
    assert ehr.smart["issuer"] == ehr.auth
    launch()


@_with("scopes-version-1")
def test_scopes_may_be_asked_for_in_version_1(tolerate, ehr, begin):
    asked = begin()["scope"].split()
    assert ("patient/Observation.write" in asked) is bool(tolerate)
    assert ("patient/Observation.crus" in asked) is not bool(tolerate)


@_with("secret-in-body")
def test_the_secret_may_go_in_the_body(tolerate, registration, monkeypatch, request):
    monkeypatch.setenv("EXAMPLE_SECRET", "s3cret:/%")
    registration |= {"client_auth": "symmetric", "client_secret_env": "EXAMPLE_SECRET"}
    ehr, launch = request.getfixturevalue("ehr"), request.getfixturevalue("launch")
    browser = request.getfixturevalue("browser")
    browser.post(f"/l/{launch()}/sign-out")
    sent = [*ehr.requests("/token"), *ehr.requests("/revoke")]
    forms = [*ehr.forms("/token"), *ehr.forms("/revoke")]
    assert len(sent) == 3
    for made, form in zip(sent, forms, strict=True):
        assert ("Authorization" in made.headers) is not bool(tolerate)
        assert form.get("client_secret") == ("s3cret:/%" if tolerate else None)
        assert form.get("client_id") == ("oncoform" if tolerate else None)


@_with("secret-form-encoded")
def test_the_secret_may_be_form_encoded(tolerate, registration, monkeypatch, request):
    monkeypatch.setenv("EXAMPLE_SECRET", "s3cret:/%+")
    registration |= {"client_auth": "symmetric", "client_secret_env": "EXAMPLE_SECRET"}
    ehr, launch = request.getfixturevalue("ehr"), request.getfixturevalue("launch")
    request.getfixturevalue("browser").post(f"/l/{launch()}/sign-out")
    sent = [*ehr.requests("/token"), *ehr.requests("/revoke")]
    assert len(sent) == 3
    for made in sent:
        basic = made.headers["Authorization"].removeprefix("Basic ")
        name, secret = base64.b64decode(basic).decode().split(":", 1)
        assert name == "oncoform"
        assert secret == ("s3cret%3A%2F%25%2B" if tolerate else "s3cret:/%+")
        assert "s3cret" not in made.body


@_with("nonce-omitted")
@pytest.mark.parametrize("nonce", [None, "another", ""])
def test_an_id_token_may_lack_the_nonce_but_never_has_another(tolerate, ehr, begin, answer, nonce):
    ehr.claims = {"nonce": nonce}
    opened = answer(code="code-1", state=begin()["state"])
    assert opened.status_code == (303 if tolerate and nonce is None else 502)


@_with("user-in-profile")
def test_the_user_may_be_named_as_profile(tolerate, ehr, app, browser, launch):
    ehr.claims = {"fhirUser": None, "profile": f"{ISSUER}/Practitioner/owen"}
    assert _user(app, browser, launch()) == ("Practitioner/owen" if tolerate else None)


@pytest.mark.parametrize("tolerate", ["user-in-profile"], indirect=True)
@pytest.mark.parametrize(
    ("claims", "user"),
    [
        ({"profile": f"{ISSUER}/Practitioner/other"}, "Practitioner/owen"),
        ({"fhirUser": None, "profile": "https://evil.example/Practitioner/owen"}, None),
        ({"fhirUser": None, "profile": 7}, None),
        ({"fhirUser": None}, None),
    ],
)
def test_profile_is_believed_no_further_than_fhir_user(
    tolerate, ehr, app, browser, launch, claims, user
):
    ehr.claims = claims
    assert _user(app, browser, launch()) == user


def _user(app, browser, launch_id):
    key = browser.get_cookie("__Host-oncoform", domain="app.example").value
    return app.extensions["smart"].find_launch(launch_id, key).user.reference
