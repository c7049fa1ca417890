"""Whatever is sent, nothing is a fault of the server."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NAMES = {
    "/auth/authorize": (
        "response_type client_id redirect_uri scope state aud launch code_challenge "
        "code_challenge_method nonce prompt max_age response_mode display claims"
    ),
    "/auth/token": (
        "grant_type code redirect_uri code_verifier client_id client_assertion "
        "client_assertion_type refresh_token scope"
    ),
    "/auth/revoke": "token token_type_hint client_id client_assertion client_assertion_type",
    "/auth/introspect": "token token_type_hint client_id client_assertion client_assertion_type",
    "/auth/choose": "choice decision user patient",
    "/launch": "patient user encounter intent need_patient_banner client visit context",
    "/chart": "patient user encounter intent need_patient_banner client visit context _external",
}
GOOD = st.sampled_from(
    [
        *("code", "oncoform", "oncoform-symmetric", "inline-keys", "S256", "none", "login", "true"),
        *("http://127.0.0.1:8000/callback", "http://127.0.0.1:9000/fhir", "launch patient/*.rs"),
        *("authorization_code", "refresh_token", JWT_BEARER, "ada-byron", "nurse-nancy", "allow"),
        *("a.b.c", "e30.e30.e30", "eyJhbGciOiJSUzM4NCJ9.e30.", "launch/patient", "v" * 43),
    ]
)
VALUES = st.lists(GOOD | st.text(max_size=20), min_size=1, max_size=2)
CREDENTIALS = st.sampled_from(["Basic ", "Bearer ", "basic", "Basic YTpi", ""]).flatmap(
    lambda scheme: st.text(
        st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=12
    ).map(lambda text: scheme + text)
)


@pytest.mark.parametrize("path", NAMES)
@settings(
    max_examples=min(60, settings.default.max_examples),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_malformed_parameters_are_refused_and_no_fault(http, path, data):
    parameters = data.draw(st.dictionaries(st.sampled_from(NAMES[path].split()), VALUES))
    headers = data.draw(st.fixed_dictionaries({}, optional={"Authorization": CREDENTIALS}))

    got = http.get(path, query_string=parameters, headers=headers)
    posted = http.post(path, data=parameters, headers=headers)

    assert got.status_code < 500
    assert posted.status_code < 500


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data"])
@pytest.mark.parametrize("path", ["/auth/token", "/auth/revoke", "/auth/authorize", "/auth/choose"])
def test_bodies_of_other_types_are_refused(http, path, content_type):
    answer = http.post(path, data=b"\xff{", content_type=content_type)

    assert 400 <= answer.status_code < 500


def test_a_form_that_is_too_large_is_refused(http):
    answer = http.post("/auth/token", data={"grant_type": "x" * 200_000})

    assert answer.status_code == 413
