"""Security headers and CORS of every response."""

from flask import Flask, Response, request

from app.sandbox.clients import Clients

# Any origin may read these: they are public.
_PUBLIC = frozenset(
    {
        "/fhir/.well-known/smart-configuration",
        "/fhir/metadata",
        "/.well-known/openid-configuration",
        "/auth/jwks.json",
        "/smart-style.json",
    }
)
# A registered web app may call these from its origins.
_CALLED = ("/fhir", "/auth/token", "/auth/revoke", "/auth/introspect")
_SENT = "Authorization, Content-Type, Accept, Prefer, If-Match, If-None-Match, If-None-Exist"
_READ = "ETag, Location, Content-Location, Last-Modified, WWW-Authenticate"


def register(app: Flask, clients: Clients) -> None:
    """Set the security headers and CORS on each answer of `app`."""

    @app.before_request
    def preflight() -> Response | None:
        asked = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        return Response(status=204) if asked else None

    @app.after_request
    def set_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", content_security_policy(clients))
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("Cache-Control", "no-store")
        _share(response, clients)
        return response


def content_security_policy(clients: Clients) -> str:
    """Return the policy: no scripts at all, own styles, and the registered apps in frames.

    The apps are in form-action too, since browsers hold the redirects after a form to it.
    """
    apps = " ".join(("'self'", *sorted(clients.origins)))
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self' data:",
            f"form-action {apps}",
            f"frame-src {apps}",
            "base-uri 'none'",
            "frame-ancestors 'self'",
        )
    )


def _share(response: Response, clients: Clients) -> None:
    headers = response.headers
    origin = request.headers.get("Origin")
    if request.path in _PUBLIC:
        headers["Access-Control-Allow-Origin"] = "*"
    elif request.path.startswith(_CALLED):
        headers.add("Vary", "Origin")
        if origin not in clients.origins:
            return
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = _READ
    else:
        return
    headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE, OPTIONS"
    headers["Access-Control-Allow-Headers"] = _SENT
