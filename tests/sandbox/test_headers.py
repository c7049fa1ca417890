"""Headers: nothing but the sandbox's own style, its frames and its registered apps."""

import pytest

APP = "http://127.0.0.1:8000"


@pytest.mark.parametrize("path", ["/", "/nowhere", "/auth/authorize", "/chart"])
def test_pages_allow_no_scripts_and_frame_only_the_app(http, path):
    headers = http.get(path).headers

    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert policy["frame-src"] == policy["form-action"] == f"'self' {APP}"
    assert policy["frame-ancestors"] == "'self'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/auth/token", "/auth/revoke", "/fhir/Patient", "/fhir/"])
@pytest.mark.parametrize(("origin", "allowed"), [(APP, APP), ("https://evil.example", None)])
def test_web_apps_are_answered_at_their_registered_origins(http, path, origin, allowed):
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}

    preflight = http.options(path, headers=asked)

    assert preflight.status_code == 204
    assert preflight.headers.get("Access-Control-Allow-Origin") == allowed
    assert ("Authorization" in preflight.headers.get("Access-Control-Allow-Headers", "")) is bool(
        allowed
    )


def test_pages_are_not_shared_with_other_origins(http):
    answer = http.get("/", headers={"Origin": APP})

    assert "Access-Control-Allow-Origin" not in answer.headers
