"""Writes: each is checked, stored, and checked again with the others of its transaction."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import uuid4

from app.sandbox.fhir import validate
from app.sandbox.fhir.access import Access, Interaction, Resource
from app.sandbox.fhir.outcome import FhirError, Issue, at, bad_request
from app.sandbox.fhir.references import Local
from app.sandbox.fhir.store import FhirStore, Version

_ETAG = re.compile(r'(?:W/)?"([^"]*)"|(\d+)')


class Preconditions(NamedTuple):
    """The conditional headers of a request, as sent."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_none_exist: str | None = None


UNCONDITIONAL = Preconditions()


class _Written(NamedTuple):
    version: Version
    resource: Resource
    before: Resource | None
    interaction: Interaction
    where: str


class Writing:
    """The writes of one database transaction.

    `where` is the path of the Bundle entry that asks for a write, "" for a request of its own: a
    refusal names it.
    """

    def __init__(self, store: FhirStore, access: Access) -> None:
        self._store = store
        self._access = access
        self._written: list[_Written] = []

    def create(
        self, resource_type: str, resource: Resource, id_: str | None = None, where: str = ""
    ) -> Version:
        """Store a new resource with `id_` or a new id, never with the id that was sent."""
        self._access.check("c", resource_type, None)
        _check_content(resource_type, resource)
        version = self._store.put(resource_type, id_ or new_id(), resource, "POST")
        return self._note(version, None, "c", where)

    def update(
        self,
        target: Local,
        resource: Resource,
        conditions: Preconditions = UNCONDITIONAL,
        where: str = "",
    ) -> tuple[Version, bool]:
        """Store a version of a resource; return it, and whether it is the first one."""
        self._access.check("u", target.type, None)
        latest = self._store.latest(target.type, target.id)
        before = latest.resource if latest else None
        if before is not None:
            self._access.check("u", target.type, before)
        _check_match(target, latest, conditions)
        if before is not None and conditions.if_none_match == "*":
            raise _conflict(f"{target} exists already.")
        _check_content(target.type, resource)
        if resource.get("id") != target.id:
            words = f"The id of the resource must be {target.id!r}, as in the address."
            raise FhirError(400, Issue("invalid", words, f"{target.type}.id"))
        version = self._store.put(target.type, target.id, resource, "PUT")
        return self._note(version, before, "u", where), before is None

    def delete(self, target: Local, conditions: Preconditions = UNCONDITIONAL) -> Version | None:
        """Delete a resource; return None if there is nothing to delete."""
        self._access.check("d", target.type, None)
        latest = self._store.latest(target.type, target.id)
        if latest is None or latest.resource is None:
            return None
        self._access.check("d", target.type, latest.resource)
        _check_match(target, latest, conditions)
        return self._store.delete(target.type, target.id)

    def verify(self) -> None:
        """Check all writes in the state after the last of them."""
        for written in self._written:
            with at(written.where):
                self._access.check(written.interaction, written.version.type, written.resource)
                issues = validate.reference_problems(self._store, written.resource, written.before)
                if issues:
                    raise FhirError(422, *issues)

    def _note(
        self, version: Version, before: Resource | None, interaction: Interaction, where: str
    ) -> Version:
        resource = version.resource or {}
        self._written.append(_Written(version, resource, before, interaction, where))
        return version


@contextmanager
def writing(store: FhirStore, access: Access) -> Iterator[Writing]:
    """Begin a transaction of writes, which is verified and committed after the block."""
    with store.transaction():
        writes = Writing(store, access)
        yield writes
        writes.verify()


def new_id() -> str:
    return str(uuid4())


def _check_match(target: Local, latest: Version | None, conditions: Preconditions) -> None:
    """Raise FhirError 412 unless If-Match names the current version."""
    if conditions.if_match is None:
        return
    match = _ETAG.fullmatch(conditions.if_match.strip())
    if not match:
        raise bad_request(f'If-Match is W/"<version>", not {conditions.if_match!r}.', "value")
    if latest is None or latest.resource is None:
        raise _conflict(f"There is no version to match: {target} does not exist.")
    if (match[1] or match[2]) != str(latest.number):
        raise _conflict(
            f"The present version of {target} is {latest.number}, not {conditions.if_match}. "
            "Read it again."
        )


def _conflict(words: str) -> FhirError:
    return FhirError(412, Issue("conflict", words))


def _check_content(resource_type: str, resource: Resource) -> None:
    if resource.get("resourceType") != resource_type:
        given = resource.get("resourceType")
        raise bad_request(f"The address asks for a {resource_type}, resourceType is {given!r}.")
    issues = validate.content_problems(resource)
    if issues:
        raise FhirError(422, *issues)
