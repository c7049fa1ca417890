"""The HTTP side of the FHIR server: headers, content types and bodies around the engine."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from flask import Blueprint, Request, Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from app.sandbox.fhir import dispatch, transaction
from app.sandbox.fhir.access import Access
from app.sandbox.fhir.capability import capability_statement
from app.sandbox.fhir.interactions import Answer
from app.sandbox.fhir.json_text import dumps, loads
from app.sandbox.fhir.outcome import FhirError, Issue, bad_request, outcome
from app.sandbox.fhir.store import FhirStore
from app.sandbox.fhir.writing import Preconditions

logger = logging.getLogger(__name__)

AccessFor = Callable[[Request], Access]
Return = Literal["minimal", "representation", "OperationOutcome"]
_PREFERENCE = re.compile(r'\s*(?P<name>[a-z]+)\s*=\s*"?(?P<value>[A-Za-z]+)"?\s*')

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_JSON = frozenset({"application/fhir+json", "application/json"})
_DEEPEST = 60
_FORM = "application/x-www-form-urlencoded"
_FORMATS = _JSON | {"json", "application/*", "*/*"}


@dataclass(frozen=True)
class Preferences:
    """The Prefer header: `wants` is None without `return`; `lenient` is about search parameters."""

    wants: Return | None = None
    lenient: bool = False

    @classmethod
    def read(cls, header: str) -> "Preferences":
        """Read the header; unknown preferences are ignored."""
        found = (_PREFERENCE.fullmatch(part) for part in re.split("[,;]", header))
        given = {match["name"]: match["value"] for match in found if match}
        wants = next((one for one in get_args(Return) if one == given.get("return")), None)
        return cls(wants, given.get("handling") == "lenient")


def fhir_blueprint(
    store: FhirStore,
    access_for: AccessFor,
    *,
    oauth_uris: Mapping[str, str] | None = None,
    max_body: int = 5_000_000,
) -> Blueprint:
    """Return the blueprint `fhir`, to be registered under the path of `store.base`.

    `access_for` tells what the sender of a request may do, or raises AccessDenied(401). It is not
    asked for /metadata. `oauth_uris` go into the CapabilityStatement; `max_body` is in bytes.
    """
    blueprint = Blueprint("fhir", __name__)
    started = store.now()

    @blueprint.get("/metadata")
    def metadata() -> Response:
        _check_accept(request)
        statement = capability_statement(store.base, started, oauth_uris)
        return _respond(Answer(200, statement), Preferences())

    @blueprint.route("/", defaults={"path": ""}, methods=_METHODS, strict_slashes=False)
    @blueprint.route("/<path:path>", methods=_METHODS)
    def interaction(path: str) -> Response:
        access = access_for(request)
        _check_accept(request)
        # The limit of this request only: the other pages of the sandbox have their own.
        request.max_content_length = max_body
        preferences = Preferences.read(request.headers.get("Prefer", ""))
        asked = _read(request, path, preferences)
        if asked.path == "" and asked.method == "POST":
            bundle = transaction.process(
                store,
                access,
                dispatch.resource_in(asked.body),
                show=preferences.wants == "representation",
                lenient=preferences.lenient,
            )
            return _respond(Answer(200, bundle), Preferences())
        # What was asked for is shown; what was sent is shown unless the sender prefers otherwise.
        answered = dispatch.handle(store, access, asked)
        return _respond(answered, preferences if asked.method in ("POST", "PUT") else Preferences())

    refuse_by(blueprint, _refused)
    return blueprint


def refuse_by(blueprint: Blueprint, refuse: Callable[[FhirError], Response]) -> None:
    """Answer every error in `blueprint` by `refuse`, faults of the sandbox too."""
    blueprint.register_error_handler(FhirError, refuse)

    @blueprint.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if error.code == 413:
            issue = Issue("too-long", "The body is larger than this server reads.")
        else:
            issue = Issue("processing", error.description or "Refused.")
        return refuse(FhirError(error.code or 500, issue))

    @blueprint.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        logger.error("fault in %s %s", request.method, request.path, exc_info=error)
        return refuse(FhirError(500, Issue("exception", "The server met a fault of its own.")))


def _read(sent: Request, path: str, preferences: Preferences) -> dispatch.Request:
    params: MultiDict[str, str] = MultiDict(sent.args)
    body: Any = None
    if sent.method == "POST" and path.endswith("_search"):
        _check_content_type(sent, {_FORM})
        params.update(sent.form)
    elif sent.method in ("POST", "PUT"):
        body = json_body(sent)
    return dispatch.Request(
        method="GET" if sent.method == "HEAD" else sent.method,
        path=path.strip("/"),
        params=params,
        body=body,
        conditions=Preconditions(
            if_match=sent.headers.get("If-Match"),
            if_none_match=sent.headers.get("If-None-Match"),
            if_none_exist=sent.headers.get("If-None-Exist"),
        ),
        lenient=preferences.lenient,
    )


def json_body(sent: Request) -> Any:
    """Return the parsed body of a request. Raises FhirError 415 or 400."""
    _check_content_type(sent, _JSON)
    try:
        return loads(sent.get_data(), deepest=_DEEPEST)
    except ValueError as error:
        raise bad_request(f"The body cannot be read as JSON: {error}", "structure") from None


def _check_content_type(sent: Request, allowed: frozenset[str] | set[str]) -> None:
    if sent.mimetype not in allowed:
        words = f"Content-Type must be {' or '.join(sorted(allowed))}, not {sent.mimetype!r}."
        raise FhirError(415, Issue("not-supported", words))
    charset = sent.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8"):
        raise FhirError(415, Issue("not-supported", f"The body must be in UTF-8, not {charset}."))


def _check_accept(sent: Request) -> None:
    """Refuse a request for another format than JSON; `_format` overrides Accept."""
    wanted = sent.args.get("_format")
    # An unencoded plus in the query arrives as a blank.
    asked = [wanted.replace(" ", "+")] if wanted else list(sent.accept_mimetypes.values())
    if asked and not any(kind.partition(";")[0].strip() in _FORMATS for kind in asked):
        raise FhirError(406, Issue("not-supported", "This server answers in JSON only."))


def _respond(answered: Answer, preferences: Preferences) -> Response:
    resource = answered.resource
    if preferences.wants == "minimal":
        resource = None
    elif preferences.wants == "OperationOutcome":
        resource = outcome([Issue("informational", "Stored.", severity="information")])
    response = Response(
        "" if resource is None else dumps(resource),
        status=answered.status,
        content_type="application/fhir+json; charset=utf-8",
    )
    if answered.etag:
        response.headers["ETag"] = answered.etag
    if answered.last_modified:
        response.headers["Last-Modified"] = http_date(
            datetime.fromisoformat(answered.last_modified)
        )
    if answered.location:
        response.headers["Location"] = answered.location
    response.headers["Cache-Control"] = "no-store"
    return response


def _refused(error: FhirError) -> Response:
    response = _respond(Answer(error.status, outcome(error.issues)), Preferences())
    response.headers.update(error.headers)
    return response
