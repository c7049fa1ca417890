"""Telling an observer of every exchange with the EHR: the request, what was sent, the result.

The observer gets the references of the resources, never their content.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qsl, unquote

from app.fhir.addresses import AddressRule
from app.fhir.budget import Budget
from app.fhir.errors import FhirError, ReaderGone, Unreachable
from app.fhir.paths import get, items
from app.fhir.transport import Limits, Params, Reply, TokenSource, Transport
from app.fhir.types import Resource
from app.fhir.writes import result_of_entry, result_of_reply, version_of

_LONGEST = 200


class NotRecorded(Unreachable, title="Nothing was sent"):
    """A write that could not be put on record was not sent."""

    default = (
        "The app records each entry before it sends it, and could not. "
        "Try again in a moment; if this stays, tell the app's administrator."
    )

    def __init__(self) -> None:
        super().__init__(sent=False)


@dataclass(frozen=True)
class Sent:
    """One resource of a write.

    `target` is its type, for an update with its id; `onto` the version that an update replaces;
    `once` the identifier by which a create is not done twice.
    """

    method: str
    target: str
    onto: str | None = None
    once: str | None = None


@dataclass(frozen=True)
class Act:
    """An exchange: `target` lies below the FHIR base and is empty for a transaction.

    `params` are the names of what a search asks by, without the values.
    """

    method: str
    target: str
    params: tuple[str, ...] = ()
    writes: tuple[Sent, ...] = ()


@dataclass(frozen=True)
class Result:
    """The result: the HTTP status, None without an answer.

    `failure` names the kind of error. `unknown` says that a write may have been stored although
    the EHR did not say so; `stored` are references with their versions, as the EHR answered.
    """

    status: int | None
    failure: str | None = None
    unknown: bool = False
    stored: tuple[str, ...] = ()


class Observer(Protocol):
    """Gets every exchange, called by the thread that makes it."""

    def sending(self, act: Act) -> None:
        """Put a write on record before it is sent; NotRecorded keeps it back."""

    def answered(self, act: Act, result: Result) -> None:
        """Take note of the result of an exchange."""


class Watched(Transport):
    """A transport that reports its exchanges to an observer."""

    def __init__(
        self,
        base: str,
        tokens: TokenSource,
        limits: Limits,
        rule: AddressRule,
        observer: Observer,
    ) -> None:
        super().__init__(base, tokens, limits, rule)
        self._observer = observer

    def get(self, address: str, params: Params = (), budget: Budget | None = None) -> Reply:
        """Fetch, and report it."""
        path, asked = self._parts(address)
        act = Act("GET", path, (*asked, *(name for name, _ in params)))
        return self._observed(act, partial(super().get, address, params, budget))

    def send(
        self,
        method: str,
        address: str,
        resource: Resource,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Write, on record before and after; raises NotRecorded where nothing was sent."""
        path, _ = self._parts(address)
        act = Act(method, path, writes=_writes(method, path, resource, headers or {}))
        self._observer.sending(act)
        return self._observed(act, partial(super().send, method, address, resource, headers))

    def _observed(self, act: Act, exchange: Callable[[], Reply]) -> Reply:
        try:
            reply = exchange()
        except FhirError as error:
            unknown = bool(act.writes) and error.outcome_unknown
            self._observer.answered(act, Result(error.http_status, type(error).__name__, unknown))
            raise
        except ReaderGone as gone:
            self._observer.answered(act, Result(None, type(gone).__name__))
            raise
        self._observer.answered(act, Result(reply.status, stored=_stored(act, reply)))
        return reply

    def _parts(self, address: str) -> tuple[str, tuple[str, ...]]:
        """Return the path below the base and the names of the query; a page's link has its own."""
        path, _, query = address.removeprefix(self.base).partition("?")
        names = tuple(name[:_LONGEST] for name, _ in parse_qsl(query, keep_blank_values=True))
        return path.strip("/")[:_LONGEST], names


def _writes(
    method: str, path: str, resource: Resource, headers: Mapping[str, str]
) -> tuple[Sent, ...]:
    if path:
        return (_sent(method, path, headers.get("If-Match"), headers.get("If-None-Exist")),)
    requests = [get(entry, "request") or {} for entry in items(resource.get("entry"))]
    return tuple(
        _sent(
            str(request.get("method")),
            str(request.get("url")),
            request.get("ifMatch"),
            request.get("ifNoneExist"),
        )
        for request in requests
    )


def _sent(method: str, target: str, if_match: str | None, if_none_exist: str | None) -> Sent:
    once = unquote(if_none_exist.partition("=")[2]) if if_none_exist else None
    return Sent(method, target, version_of(if_match), once)


def _stored(act: Act, reply: Reply) -> tuple[str, ...]:
    """Return `Type/id/_history/version` of each resource that the EHR says it has stored."""
    if not act.writes:
        return ()
    if act.target:
        results = [result_of_reply(reply.status, reply.headers, reply.body)]
    else:
        body = reply.body if isinstance(reply.body, dict) else {}
        results = [result_of_entry(entry) for entry in items(body.get("entry"))]
    return tuple(
        f"{result.reference}/_history/{result.version}" if result.version else result.reference
        for result in results
        if result.reference and result.status < HTTPStatus.BAD_REQUEST
    )
