"""Searches: the query, and what the pages of its answer hold."""

from dataclasses import dataclass, field
from typing import Any

from app.fhir.budget import TOO_MANY, Budget
from app.fhir.errors import BadAnswer, FhirError, issues_of
from app.fhir.paths import items, literal_reference, text
from app.fhir.types import Resource

_HARMLESS = frozenset({"information", "success"})


@dataclass(frozen=True)
class Query:
    """A search of one type. `label` names for people what it looks for: "laboratory results"."""

    type: str
    params: tuple[tuple[str, str], ...]
    label: str


@dataclass
class Answer:
    """What a search found.

    `resources` are its matches, `included` what came along. `error` says why pages are missing:
    then `complete` is False and the answer says nothing about what it does not hold. `notes` are
    warnings and errors of the server that came with the matches: these may not be all then.
    `empty` counts the entries without a resource.
    """

    query: Query
    resources: list[Resource] = field(default_factory=list)
    included: list[Resource] = field(default_factory=list)
    error: FhirError | None = None
    complete: bool = True
    notes: list[str] = field(default_factory=list)
    empty: int = 0

    def add_page(self, bundle: Any, budget: Budget | None = None) -> None:
        """Take in one page, as much as `budget` allows. Raises BadAnswer for no search result."""
        if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
            raise BadAnswer
        for entry in items(bundle.get("entry")):
            if budget and not budget.keeps(_name(entry)):
                self.fail(BadAnswer(TOO_MANY))
                return
            self._add_entry(entry)

    def fail(self, error: FhirError) -> None:
        """Note why the rest of the answer is missing."""
        self.error, self.complete = error, False

    def _add_entry(self, entry: dict[str, Any]) -> None:
        resource = entry.get("resource")
        if not isinstance(resource, dict) or not text(resource.get("resourceType")):
            self.empty += 1
            return
        search = entry.get("search")
        mode = search.get("mode") if isinstance(search, dict) else None
        if resource["resourceType"] == "OperationOutcome":
            self.notes += issues_of(_grave(resource))
        elif mode == "include" or (mode != "match" and resource["resourceType"] != self.query.type):
            self.included.append(resource)
        else:
            self.resources.append(resource)


def _name(entry: dict[str, Any]) -> str:
    """Return `Type/id` of an entry's resource, or what is no other entry's."""
    resource = entry.get("resource")
    named = literal_reference(resource) if isinstance(resource, dict) else None
    return named or f"#{id(entry)}"


def _grave(outcome: Resource) -> Resource:
    """Return an OperationOutcome without the issues that are only for information."""
    issues = items(outcome.get("issue"))
    grave = [issue for issue in issues if issue.get("severity") not in _HARMLESS]
    return {**outcome, "issue": grave}


def next_link(bundle: Resource) -> Any:
    """Return the address of the next page as the server wrote it, None on the last page."""
    for link in items(bundle.get("link")):
        if link.get("relation") == "next":
            return link.get("url") or None
    return None


def token(value: str) -> str:
    """Escape what separates values in a search parameter, so that `value` is taken literally."""
    for character in ("\\", "$", ",", "|"):
        value = value.replace(character, f"\\{character}")
    return value


def identifier_token(system: str | None, value: str) -> str:
    """Return the search token of a business identifier: `system|value`."""
    return f"{token(system)}|{token(value)}" if system else token(value)
