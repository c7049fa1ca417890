"""Security headers of every response, and the cross-origin check of every write."""

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit, urlunsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, abort, current_app, g, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RequestRedirect

from app.errors import AppError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_UNREADABLE_HOST = "oncoform.unreadable_host"
# An EHR opens these in a window, and may want to know later whether the user closed it.
_IN_WINDOW_OF_EHR = ("/launch", "/callback", "/l/", "/signed-out")


class ForeignWrite(AppError, status=403, title="This did not come from the app"):
    """A page of another site sent the write, with this browser's cookies."""


def init_app(app: Flask, frame_ancestors: Sequence[str]) -> None:
    """Check the origin of each write, and set the headers of each response of `app`.

    `frame_ancestors` are the origins of the EHRs that may frame the app; a page of a launch narrows
    them to its own EHR by `frame_within`.
    """
    # As Flask documents it; its types have a method there.
    app.wsgi_app = _with_readable_host(app.wsgi_app)  # type: ignore[assignment, method-assign]

    app.before_request(_refuse_unreadable_addresses)
    app.before_request(_refuse_writes)

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
            response.set_data("")  # it held the whole address
        if not request.path.startswith(_IN_WINDOW_OF_EHR):
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if not app.config["DEMO"]:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return response


def _refuse_unreadable_addresses() -> None:
    try:
        request.query_string.decode()
    except UnicodeDecodeError:  # no view could read the arguments
        abort(HTTPStatus.BAD_REQUEST)
    if _UNREADABLE_HOST in request.environ:
        abort(HTTPStatus.BAD_REQUEST)
    if "\x00" in request.path:  # nothing is called so, and PostgreSQL cannot even be asked
        abort(HTTPStatus.NOT_FOUND)


def _refuse_writes() -> None:
    """Refuse a write of another site, and one that Flask would redirect together with its body."""
    if request.method in SAFE_METHODS:
        return
    if isinstance(request.routing_exception, RequestRedirect):
        abort(HTTPStatus.NOT_FOUND)
    if not _is_own_page():
        raise ForeignWrite(
            "Go back to the page of the app and send it from there. Nothing was changed."
        )


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
    """Drop a Host that is no host name, and mark the request: no address can be built with it."""

    def serve_readable(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if not _is_readable_host(environ.get("HTTP_HOST", "")):
            del environ["HTTP_HOST"]
            environ[_UNREADABLE_HOST] = True
        return serve(environ, start)

    return serve_readable


def _is_readable_host(host: str) -> bool:
    """Tell whether a Host is a name or an address, with or without a port; it may be empty."""
    match = _HOST.fullmatch(host)
    if match is None:
        return not host
    try:
        match[1].encode("idna").decode("idna")  # punycode of a name need not be readable
    except UnicodeError:
        return False
    return True


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
    # With two slashes at its beginning it would name another host.
    return urlunsplit(("", "", f"/{parts.path.lstrip('/')}", parts.query, ""))


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme.lower(), parts.netloc.lower()


def origin_of(address: str) -> str:
    """Return the origin of an address, as CSP writes it."""
    return "{}://{}".format(*_origin(address))
