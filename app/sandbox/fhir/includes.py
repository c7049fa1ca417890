"""_include and _revinclude: resources that are returned with the matches of a search."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.sandbox.fhir.access import Resource
from app.sandbox.fhir.references import Local
from app.sandbox.fhir.search_parameters import is_supported, parameters
from app.sandbox.fhir.store import FhirStore


@dataclass(frozen=True)
class Include:
    """`source`'s references by `parameter` are followed, or with `reverse` those to the matches.

    `target` keeps to one type of what is referred to; with `iterate`, what was included counts too.
    """

    source: str
    parameter: str
    target: str | None
    reverse: bool
    iterate: bool

    @classmethod
    def parse(cls, key: str, value: str) -> "Include | None":
        """Read `_include[:iterate]=Type:parameter[:Type]`; None for what is not supported."""
        name, _, modifier = key.partition(":")
        if name not in ("_include", "_revinclude"):
            return None
        source, _, rest = value.partition(":")
        parameter, _, target = rest.partition(":")
        known = (
            is_supported(source)
            and parameter in parameters(source)
            and parameters(source)[parameter].kind == "reference"
        )
        if not known or modifier not in ("", "iterate") or (target and not is_supported(target)):
            return None
        return cls(source, parameter, target or None, name == "_revinclude", modifier == "iterate")


def included(
    store: FhirStore, includes: Iterable[Include], found: Sequence[Resource]
) -> list[Resource]:
    """Return the resources that `includes` add to `found`, each once."""
    seen = {_address(resource) for resource in found}
    added: list[Resource] = []
    fresh = list(found)
    rules = list(includes)
    while fresh and rules:
        addresses = {
            address
            for resource in fresh
            for rule in rules
            for address in _follow(store, rule, _address(resource))
        }
        fresh = []
        for address in sorted(addresses - seen):
            seen.add(address)
            resource = store.find(address)
            if resource:
                fresh.append(resource)
        added += fresh
        rules = [rule for rule in rules if rule.iterate]
    return added


def _address(resource: Resource) -> Local:
    return Local(resource["resourceType"], resource["id"])


def _follow(store: FhirStore, rule: Include, start: Local) -> list[Local]:
    if rule.reverse:
        if rule.target not in (None, start.type):
            return []
        sql = (
            "SELECT DISTINCT id FROM terms"
            " WHERE type = ? AND param = ? AND system = ? AND value = ?"
        )
        rows = store.rows(sql, (rule.source, rule.parameter, start.type, start.id))
        return [Local(rule.source, id_) for (id_,) in rows]
    if rule.source != start.type:
        return []
    sql = "SELECT system, value FROM terms WHERE type = ? AND id = ? AND param = ?"
    rows = store.rows(sql, (start.type, start.id, rule.parameter))
    return [Local(t, id_) for t, id_ in rows if t and rule.target in (None, t)]
