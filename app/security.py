"""Security headers of every response, and the cross-origin check of every write."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit, urlunsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, abort, current_app, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from app.errors import AppError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignWrite(AppError, status=403, title="This did not come from the app"):
    """A page of another site sent the write, with this browser's cookies."""


def init_app(app: Flask, frame_ancestors: Sequence[str]) -> None:
    """Check the origin of each write, and set the headers of each response of `app`.

    `frame_ancestors` are the origins of the EHRs that may frame the app; a page of a launch narrows
    them to its own EHR by `frame_within`.
    """
    # As Flask documents it; its types have a method there.
    app.wsgi_app = _with_readable_host(app.wsgi_app)  # type: ignore[assignment, method-assign]

    @app.before_request
    def refuse_unreadable_addresses() -> None:
        try:
            request.query_string.decode()
        except UnicodeDecodeError:  # no view could read the arguments
            abort(HTTPStatus.BAD_REQUEST)

    @app.before_request
    def refuse_foreign_writes() -> None:
        if request.method not in SAFE_METHODS and not _is_own_page():
            raise ForeignWrite(
                "Go back to the page of the app and send it from there. Nothing was changed."
            )

    @app.after_request
    def set_headers(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = content_security_policy(
            g.get("frame_ancestors", frame_ancestors), g.get("form_targets", "'self'")
        )
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = (
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        headers.setdefault("Cache-Control", "no-store")
        if response.status_code == HTTPStatus.PERMANENT_REDIRECT:
            # Flask would redirect to the host and scheme that reached this server, which need not
            # be those of the browser.
            headers["Location"] = _without_origin(headers["Location"])
        if not app.config["DEMO"]:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return response


def trust_proxies(app: Flask) -> None:
    """Take the client's address from the trusted proxies before `app`.

    Each of them adds the address that it saw to X-Forwarded-For; the client itself may have written
    what stands before those.
    """
    if number := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the way that Flask documents
            app.wsgi_app, x_for=number, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )


def frame_within(origins: Sequence[str]) -> None:
    """Let only pages of these origins frame the current page."""
    g.frame_ancestors = origins


def send_forms_to(sources: str) -> None:
    """Let the current page send its form to these sources (as CSP writes them) too."""
    g.form_targets = f"'self' {sources}"


def content_security_policy(frame_ancestors: Sequence[str], form_targets: str = "'self'") -> str:
    """Return the policy: own scripts and styles only, framed only by `frame_ancestors`."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            f"form-action {form_targets}",
            "base-uri 'none'",
            f"frame-ancestors {' '.join(frame_ancestors) or chr(39) + 'none' + chr(39)}",
        )
    )


def _with_readable_host(serve: WSGIApplication) -> WSGIApplication:
    """Drop a Host that is no host name: no address could be built with it."""

    def serve_readable(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        try:
            environ.get("HTTP_HOST", "").encode("idna")
        except UnicodeError:
            del environ["HTTP_HOST"]
        return serve(environ, start)

    return serve_readable


def _is_own_page() -> bool:
    """Tell whether a write came from a page of the app.

    Browsers send `Sec-Fetch-Site`, older ones `Origin`. A request with neither is not from a
    browser, so no foreign page can have sent it with this browser's cookies.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        return _origin(origin) == _origin(current_app.config["BASE_URL"])
    except ValueError:  # no address at all
        return False


def _without_origin(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(("", "", parts.path, parts.query, ""))


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme.lower(), parts.netloc.lower()


def origin_of(address: str) -> str:
    """Return the origin of an address, as CSP writes it."""
    return "{}://{}".format(*_origin(address))
