"""The FHIR endpoint in front of the upstream: every request checked, every answer filtered."""

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, Request, Response, request
from werkzeug.datastructures import MultiDict

from app.sandbox.access import TokenAccess
from app.sandbox.fhir.access import Resource
from app.sandbox.fhir.dispatch import resource_in
from app.sandbox.fhir.json_text import dumps
from app.sandbox.fhir.outcome import FhirError, Issue, outcome
from app.sandbox.fhir.structure import ID
from app.sandbox.fhir.views import json_body, refuse_by
from app.sandbox.upstream import bundle, checks
from app.sandbox.upstream.server import JSON, Reply, UpstreamServer

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_PASSED_ON = ("Prefer", "If-Match", "If-None-Match", "Cache-Control")
_LARGEST_BODY = 5_000_000
# How servers name a further page where its address is the base alone.
_PAGE = "_getpages"
_FORMATS = ("_format", "_pretty")


def proxy_blueprint(
    server: UpstreamServer, access_for: Callable[[Request], TokenAccess]
) -> Blueprint:
    """Return the blueprint, to be registered under the path of the sandbox's FHIR base."""
    blueprint = Blueprint("fhir", __name__)

    @blueprint.get("/metadata")
    def metadata() -> Response:
        return _respond(server.send("GET", "metadata"))

    @blueprint.route("/", defaults={"path": ""}, methods=_METHODS, strict_slashes=False)
    @blueprint.route("/<path:path>", methods=_METHODS)
    def interaction(path: str) -> Response:
        access = access_for(request)
        request.max_content_length = _LARGEST_BODY
        return _respond(_Exchange(server, access).answer(path.strip("/").split("/")))

    refuse_by(blueprint, _refused)
    return blueprint


class _Exchange:
    """Handles one request of a client."""

    def __init__(self, server: UpstreamServer, access: TokenAccess) -> None:
        self._server = server
        self._access = access
        sent = request.headers
        self._headers = {name: sent[name] for name in _PASSED_ON if name in sent}

    def answer(self, segments: list[str]) -> Reply:
        """Carry out the request whose address below the base is `segments`."""
        named = all(ID.fullmatch(part) or part in {"_history", "_search"} for part in segments)
        match request.method, segments:
            case "POST", [""]:
                return bundle.process(
                    self._server,
                    lambda patients_of: replace(self._access, patients_of=patients_of),
                    resource_in(json_body(request)),
                    self._headers,
                )
            case "GET", [""] if _PAGE in request.args:
                return checks.shown(self._access, self._get(""))
            case _ if not named or not segments[0].isalpha():
                pass
            case "GET", [resource_type] | [resource_type, "_search"]:
                return self._search(resource_type)
            case "POST", [resource_type, "_search"]:
                return self._search(resource_type)
            case "POST", [resource_type]:
                return self._create(resource_type)
            case "GET", [resource_type, id_, *rest] if ID.fullmatch(id_) and _history(rest):
                return self._read(resource_type, "/".join(segments))
            case "PUT", [resource_type, id_] if ID.fullmatch(id_):
                body = resource_in(json_body(request))
                checks.updated(self._access, self._server, resource_type, id_, body)
                return self._write("PUT", f"{resource_type}/{id_}", body)
            case "DELETE", [resource_type, id_] if ID.fullmatch(id_):
                checks.deleted(self._access, self._server, resource_type, id_)
                return self._write("DELETE", f"{resource_type}/{id_}")
        raise FhirError(404, Issue("not-supported", "Nothing is passed on for this address."))

    def _read(self, resource_type: str, path: str) -> Reply:
        self._access.check("r", resource_type, None)
        reply = self._get(path)
        if reply.status == 200 and reply.resource and reply.resource["resourceType"] != "Bundle":
            self._access.check("r", resource_type, reply.resource)
        return checks.shown(self._access, reply)

    def _search(self, resource_type: str) -> Reply:
        narrowed = checks.searched(self._access, resource_type, _params())
        asked = list(narrowed.items(multi=True))
        if request.method == "POST":
            path = f"{resource_type}/_search"
            reply = self._server.send("POST", path, form=asked, headers=self._headers)
        else:
            reply = self._server.send("GET", resource_type, params=asked, headers=self._headers)
        return checks.shown(self._access, reply)

    def _get(self, path: str) -> Reply:
        asked = _params().items(multi=True)
        return self._server.send("GET", path, params=asked, headers=self._headers)

    def _create(self, resource_type: str) -> Reply:
        body = resource_in(json_body(request))
        checks.created(self._access, resource_type, body)
        if query := request.headers.get("If-None-Exist"):
            self._headers["If-None-Exist"] = checks.condition(self._access, resource_type, query)
        return self._write("POST", resource_type, body)

    def _write(self, method: str, path: str, body: Resource | None = None) -> Reply:
        reply = self._server.send(method, path, headers=self._headers, body=body)
        return checks.shown(self._access, reply)


def _history(rest: list[str]) -> bool:
    """Say whether what follows an id asks for the present, all or one of its versions."""
    return rest[:1] in ([], ["_history"]) and len(rest) <= 2


def _params() -> MultiDict[str, str]:
    """Return the query without parameters that change the format of the answer."""
    params = MultiDict(request.args)
    params.update(request.form)
    for name in _FORMATS:
        params.poplist(name)
    return params


def _respond(reply: Reply) -> Response:
    body = "" if reply.resource is None else dumps(reply.resource)
    content_type = f"{JSON}; charset=utf-8"
    return Response(body, reply.status, reply.headers, content_type=content_type)


def _refused(error: FhirError) -> Response:
    return _respond(Reply(error.status, outcome(error.issues), error.headers))
