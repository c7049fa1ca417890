"""The FHIR interactions with one EHR, on behalf of one launch."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import quote

from app.fhir.addresses import STRICT, AddressRule, below_base
from app.fhir.budget import Budget
from app.fhir.capability import Capability
from app.fhir.errors import BadAnswer, FhirError, Missing
from app.fhir.paths import items
from app.fhir.search import Answer, Query, next_link
from app.fhir.terms import Term, terms_of, verdict_of
from app.fhir.transport import MAX_THREADS, Limits, TokenSource, Transport
from app.fhir.types import Resource
from app.fhir.watch import Observer, Watched
from app.fhir.writes import WriteResult, match_header, result_of_entry, result_of_reply

__all__ = ["Answer", "FhirSession", "Limits", "Query", "TokenSource", "WriteResult"]

T = TypeVar("T")


class FhirSession:
    """Reads and writes below one FHIR base, `base` without a trailing slash.

    Every method raises a FhirError unless it says otherwise. Safe to use from several threads.
    """

    def __init__(
        self,
        base: str,
        tokens: TokenSource,
        limits: Limits | None = None,
        observer: Observer | None = None,
        *,
        rule: AddressRule = STRICT,
        other_bases: Sequence[str] = (),
    ) -> None:
        """`observer` gets every exchange. `rule` says which addresses the app may speak to; the
        default allows no private one. `other_bases` are addresses that the EHR's own references may
        begin with; nothing is sent there.
        """
        self.base = base.rstrip("/")
        self.bases = (self.base, *other_bases)
        self._tokens = tokens
        self._limits = limits or Limits()
        self._observer = observer
        self._rule = rule
        access = (self.base, tokens, self._limits, rule)
        self._transport = Watched(*access, observer) if observer else Transport(*access)
        self._capability: Capability | None = None
        self._hurried: list[FhirSession] = []

    def close(self) -> None:
        """Let go of idle connections, also those of sessions made by `within`.

        Whoever still uses one of them gets new connections.
        """
        self._transport.close()
        for session in self._hurried:
            session.close()

    def within(self, seconds: float) -> "FhirSession":
        """Return a session for the same user that gives up after `seconds`, and never waits."""
        third = seconds / 3
        hurried = replace(
            self._limits, total=seconds, connect=third, silence=2 * third, longest_wait=0
        )
        session = FhirSession(
            self.base,
            self._tokens,
            hurried,
            self._observer,
            rule=self._rule,
            other_bases=self.bases[1:],
        )
        self._hurried.append(session)
        return session

    def budget(self) -> Budget:
        """Return a budget, begun now, for all that is to be read together."""
        return self._limits.budget()

    def read(
        self, type_: str, id_: str, *, version: str | None = None, budget: Budget | None = None
    ) -> Resource:
        """Return the newest version of one resource, or a named one."""
        past = ("_history", version) if version else ()
        resource = self._transport.get(self._address(type_, id_, *past), budget=budget).body
        if not isinstance(resource, dict) or resource.get("resourceType") != type_:
            raise BadAnswer
        if resource.get("id") != id_:
            raise BadAnswer("The EHR answered with another entry than the one asked for.")
        return resource

    def capability(self, budget: Budget | None = None) -> Capability:
        """Return what the server says it can do; a server that says nothing is no error."""
        if self._capability is None:
            try:
                statement = self._transport.get(f"{self.base}/metadata", budget=budget).body
            except FhirError:
                statement = None
            self._capability = Capability(statement if isinstance(statement, dict) else None)
        return self._capability

    def search(self, query: Query, budget: Budget | None = None) -> Answer:
        """Return all pages of a search, within `budget` or one of its own.

        Raises where the first page fails; a later failure is the answer's `error`. A `next` link
        that leads away from the base is never followed, since the token would go with it.
        """
        answer = Answer(query)
        budget = budget or self.budget()
        reply = self._transport.get(self._address(query.type), query.params, budget)
        answer.add_page(reply.body, budget)
        try:
            self._next_pages(answer, reply.body, reply.address, budget)
        except FhirError as error:
            answer.fail(error)
        return answer

    def first_page(self, query: Query) -> Answer:
        """Return the first page of a search; `complete` is False where there are more."""
        answer = Answer(query)
        reply = self._transport.get(self._address(query.type), query.params)
        answer.add_page(reply.body)
        answer.complete = next_link(reply.body) is None
        return answer

    def try_search(self, query: Query, budget: Budget | None = None) -> Answer:
        """Search as `search` does; a failure of the first page too is the answer's `error`."""
        try:
            return self.search(query, budget)
        except FhirError as error:
            answer = Answer(query)
            answer.fail(error)
            return answer

    def search_all(self, queries: Sequence[Query], budget: Budget | None = None) -> list[Answer]:
        """Return the answers in the order of `queries`, run at the same time; never raises.

        They share `budget`, or one of their own.
        """
        budget = budget or self.budget()
        return self.run_all([partial(self.try_search, query, budget) for query in queries])

    def run_all(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Return the results of calls that run at the same time, in the order of `calls`."""
        if not calls:
            return []
        threads = min(self._limits.at_once(), MAX_THREADS, len(calls))
        with ThreadPoolExecutor(max_workers=threads) as pool:
            return list(pool.map(lambda call: call(), calls))

    def expand(self, value_set: str, text: str, count: int) -> list[Term]:
        """Return the terms, `count` at most, of the value set with this address that fit `text`.

        Where the server has more, these are its first.
        """
        params = (("url", value_set), ("filter", text), ("count", str(count)))
        found = self._transport.get(f"{self._address('ValueSet')}/$expand", params).body
        return list(islice(terms_of(found), count))

    def validate_code(self, value_set: str, system: str, code: str) -> bool:
        """Tell whether the value set with this address has the code, as the server sees it."""
        params = (("url", value_set), ("system", system), ("code", code))
        address = f"{self._address('ValueSet')}/$validate-code"
        return verdict_of(self._transport.get(address, params).body)

    def create(self, resource: Resource, *, if_none_exist: str | None = None) -> WriteResult:
        """Create a resource. `if_none_exist` (a search, as `identifier=system|value`, escaped)
        makes it a conditional create: where the EHR has a match, it answers 200 and creates none.
        """
        headers = {"If-None-Exist": if_none_exist} if if_none_exist else {}
        address = self._address(str(resource.get("resourceType")))
        reply = self._transport.send("POST", address, resource, headers)
        return result_of_reply(reply.status, reply.headers, reply.body)

    def update(self, resource: Resource, *, if_match: str) -> WriteResult:
        """Replace a resource whose version is still `if_match`; raises Conflict if it is not."""
        address = self._address(str(resource.get("resourceType")), str(resource.get("id")))
        reply = self._transport.send("PUT", address, resource, {"If-Match": match_header(if_match)})
        return result_of_reply(reply.status, reply.headers, reply.body)

    def transaction(self, bundle: Resource) -> list[WriteResult]:
        """Carry out a transaction Bundle; the results are in the order of the Bundle entries.

        Servers exist that leave a part of a refused transaction written, so after any error but
        an Unreachable with `sent` False the caller looks for what it sent before it says "nothing
        was written".
        """
        answer = self._transport.send("POST", self.base, bundle).body
        if not isinstance(answer, dict) or answer.get("resourceType") != "Bundle":
            raise BadAnswer
        results = [result_of_entry(entry) for entry in items(answer.get("entry"))]
        if len(results) != len(items(bundle.get("entry"))):
            raise BadAnswer(
                "The EHR answered for another number of entries than were sent.",
                written=[result.reference for result in results if result.reference],
            )
        return results

    def _address(self, *parts: str) -> str:
        if any(not part.strip(".") for part in parts):
            # Nothing is called so, and such a part would lead up and out of the base.
            raise Missing
        return "/".join([self.base, *(quote(part, safe="") for part in parts)])

    def _next_pages(self, answer: Answer, page: Any, address: str, budget: Budget) -> None:
        seen = {address}
        while answer.complete and (link := next_link(page)) is not None:
            target = below_base(self.base, link, address)
            if target is None:
                raise BadAnswer("The answer goes on at another server; that was not read.")
            if target in seen:
                raise BadAnswer("The pages of the answer lead back to one that was read.")
            if len(seen) >= self._limits.max_pages:
                raise BadAnswer("The answer has too many pages; the rest was not read.")
            seen.add(target)
            reply = self._transport.get(target, budget=budget)
            answer.add_page(reply.body, budget)
            page, address = reply.body, reply.address
