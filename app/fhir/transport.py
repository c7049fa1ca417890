"""One HTTP exchange with the EHR: token, redirects, errors; the guard bounds it.

Everything that the FHIR interactions share; `FhirSession` says what to ask.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol

import requests

from app.fhir import guard
from app.fhir.addresses import AddressRule, below_base
from app.fhir.budget import Budget
from app.fhir.credentials import Bearer
from app.fhir.errors import (
    BadAnswer,
    Expired,
    FhirError,
    ReaderGone,
    ServerFault,
    Unreachable,
    error_for,
    issues_of,
)
from app.fhir.paths import address_reference
from app.fhir.patterns import Pattern
from app.fhir.types import Resource
from app.fhir.wire import MAX_NODES, NotJson, TooManyNodes, count_nodes, dumps, loads

MAX_THREADS = 6
FHIR_JSON = "application/fhir+json"
Params = tuple[tuple[str, str], ...]

# Servers answer a repeated search from memory for a minute; what is shown, or looked for after a
# save, must be what the chart holds at this moment.
_FRESH = {"Cache-Control": "no-cache"}
_MAX_REDIRECTS = 3
_TOO_LARGE = "The EHR's answer is too large to be read."
_SECONDS = Pattern(r"\d{1,6}")


class TokenSource(Protocol):
    """Where bearer tokens come from. Used from several threads, also outside a request."""

    def current(self) -> str | None:
        """Return the bearer token; None for a server without authorization."""

    def renew(self, spent: str | None) -> str | None:
        """Return a token other than `spent`, which the EHR refused; None when there is none."""


@dataclass(frozen=True)
class Limits(guard.Bounds):
    """How long, how large and how many answers may be; the bounds are those of one exchange."""

    max_pages: int = 50
    at_once: Callable[[], int] = lambda: MAX_THREADS  # requests at this moment, MAX_THREADS at most
    longest_wait: float = 5  # seconds that a reader waits because the EHR asks for it
    all_answers: int = 5  # times `max_bytes`, for all that is read together
    all_nodes: int = 2 * MAX_NODES  # for all that is read together
    all_resources: int = 20_000  # for all that is read together: seconds to make a page of them
    all_seconds: float = 120  # for all that is read together

    def budget(self) -> Budget:
        """Return those of answers that are read together, from now on."""
        return Budget(
            max_bytes=self.all_answers * self.max_bytes,
            max_nodes=self.all_nodes,
            max_resources=self.all_resources,
            seconds=self.all_seconds,
        )


@dataclass(frozen=True)
class Reply:
    """A successful HTTP answer. `body` is None where there was no content."""

    status: int
    headers: Mapping[str, str]
    body: Any
    address: str


@dataclass(frozen=True)
class _Request:
    method: str
    address: str
    params: Params = ()
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    budget: Budget | None = None


class Transport:
    """Speaks HTTP to one FHIR base. Safe to use from several threads."""

    def __init__(self, base: str, tokens: TokenSource, limits: Limits, rule: AddressRule) -> None:
        self.base = base.rstrip("/")
        self.limits = limits
        self._tokens = tokens
        self._http = requests.Session()
        # What an EHR keeps in cookies would be shared between launches by the pool.
        self._http.cookies.set_policy(_NoCookies())
        adapter = guard.GuardedAdapter(rule, limits, connections=MAX_THREADS, redirects=True)
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, adapter)

    def close(self) -> None:
        """Let go of idle connections; whoever uses it still gets new ones."""
        self._http.close()

    def get(self, address: str, params: Params = (), budget: Budget | None = None) -> Reply:
        """Fetch an address below the base; waits once where the EHR asks for a short delay.

        `budget` is for answers that are read together, each of which takes of it.
        """
        try:
            return self._follow(address, params, budget)
        except ServerFault as fault:
            longest = self.limits.longest_wait
            if budget:
                longest = min(longest, budget.seconds())
            if fault.retry_after is None or fault.retry_after > longest:
                raise
            time.sleep(fault.retry_after)
            return self._follow(address, params, budget)

    def send(
        self,
        method: str,
        address: str,
        resource: Resource,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Write once: never repeated but after a 401, which the EHR answers before it acts."""
        sent_headers = {
            "Content-Type": f"{FHIR_JSON}; charset=utf-8",
            "Prefer": "return=representation",
            **(headers or {}),
        }
        reply = self._authorized(_Request(method, address, (), dumps(resource), sent_headers))
        if _is_redirect(reply.status):
            raise BadAnswer(
                "The EHR sent the entry on to another address.", http_status=reply.status
            )
        return reply

    def _follow(self, address: str, params: Params, budget: Budget | None) -> Reply:
        for _ in range(_MAX_REDIRECTS + 1):
            reply = self._authorized(_Request("GET", address, params, None, _FRESH, budget))
            if not _is_redirect(reply.status):
                return reply
            target = below_base(self.base, reply.headers.get("Location"), reply.address)
            if target is None:
                raise BadAnswer("The EHR sent the app to another server.", http_status=reply.status)
            address, params = target, ()
        raise BadAnswer("The EHR sends the app in a circle.")

    def _authorized(self, request: _Request) -> Reply:
        if below_base(self.base, request.address) is None:
            raise BadAnswer("The address is not one of the EHR's FHIR server.")
        token = self._tokens.current()
        try:
            return self._exchange(request, token)
        except Expired:
            renewed = self._tokens.renew(token)
            if renewed is None or renewed == token:
                raise
            return self._exchange(request, renewed)

    def _exchange(self, request: _Request, token: str | None) -> Reply:
        budget = request.budget
        if self.limits.is_given_up():
            raise ReaderGone
        try:
            response = self._http.request(
                request.method,
                request.address,
                params=list(request.params),
                data=request.body,
                headers={"Accept": FHIR_JSON, **request.headers},
                auth=Bearer(token),
                timeout=budget.seconds() if budget else None,
                allow_redirects=False,
            )
        except guard.GivenUp:
            raise ReaderGone from None
        except requests.RequestException as error:
            raise _unreachable(error) from None
        if budget:
            budget.spend(len(response.content), count_nodes(response.content))
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise _refusal(response, token)
        return Reply(response.status_code, response.headers, _parsed(response), response.url)


class _NoCookies(DefaultCookiePolicy):
    def set_ok(self, *_: Any) -> bool:
        return False


def _is_redirect(status: int) -> bool:
    return HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST


def _parsed(response: requests.Response) -> Any:
    if not response.content.strip() or _is_redirect(response.status_code):
        return None
    try:
        return loads(response.content)
    except TooManyNodes:
        raise BadAnswer(_TOO_LARGE, http_status=response.status_code) from None
    except NotJson:
        reference, _ = address_reference(response.headers.get("Location"))
        written = [reference] if reference else []
        raise BadAnswer(http_status=response.status_code, written=written) from None


def _refusal(response: requests.Response, token: str | None) -> FhirError:
    try:
        issues = issues_of(loads(response.content), token)
    except NotJson:
        issues = []
    return error_for(response.status_code, issues, retry_after=_retry_after(response))


def _retry_after(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if _SECONDS.fullmatch(value.strip()) else None


def _unreachable(error: requests.RequestException) -> FhirError:
    """Return the error; its `sent` tells whether the request may have reached the EHR."""
    if isinstance(error, guard.TooLarge):
        return BadAnswer(_TOO_LARGE)
    if isinstance(error, requests.ReadTimeout):
        return Unreachable("The EHR's answer took too long. Try again in a moment.", sent=True)
    return Unreachable(sent=not isinstance(error, guard.NotReached))
