"""References between the entries of a Bundle, and the references after they are stored."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from app.sandbox.fhir.outcome import FhirError, Issue
from app.sandbox.fhir.references import rewrite
from app.sandbox.fhir.search import Params, matches
from app.sandbox.fhir.search_parameters import is_supported
from app.sandbox.fhir.store import FhirStore

_RESTFUL = re.compile(r"(?P<root>https?://.+)/[A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64}")
_CONDITIONAL = re.compile(r"(?P<type>[A-Z][A-Za-z]+)\?(?P<condition>.+)")


class Addresses:
    """A map from the fullUrls of a Bundle to the literal references of its stored resources."""

    def __init__(self, store: FhirStore) -> None:
        self._store = store
        self._references: dict[str, str] = {}

    def add(self, full_url: str | None, resource_type: str, id_: str) -> None:
        """Set the type and the id that the entry `full_url` is stored with."""
        if full_url:
            self._references[full_url] = f"{resource_type}/{id_}"

    def resolve_references(self, resource: dict[str, Any], full_url: str | None) -> dict[str, Any]:
        """Return `resource`, of the entry `full_url`, with references to the stored resources.

        A relative reference is resolved from the entry's own fullUrl, by FHIR's rules for Bundles;
        a conditional one ("Patient?identifier=...") becomes a reference to its match. Raises
        FhirError 412 if there is not exactly one.
        """
        restful = _RESTFUL.fullmatch(full_url or "")
        root = restful["root"] if restful else None
        changed: dict[str, Any] = rewrite(resource, self._changer(root))
        return changed

    def _changer(self, root: str | None) -> Callable[[str], str]:
        def change(text: str) -> str:
            if text in self._references:
                return self._references[text]
            if root and f"{root}/{text}" in self._references:
                return self._references[f"{root}/{text}"]
            conditional = _CONDITIONAL.fullmatch(text)
            if conditional and is_supported(conditional["type"]):
                return self._one(conditional["type"], conditional["condition"])
            return text

        return change

    def _one(self, resource_type: str, condition: str) -> str:
        params: Params = MultiDict(parse_qsl(condition))
        found = matches(self._store, resource_type, params)
        if len(found) != 1:
            words = (
                f"{resource_type}?{condition} matches {len(found)} resources, it must match one."
            )
            raise FhirError(412, Issue("multiple-matches" if found else "not-found", words))
        return f"{resource_type}/{found[0]['id']}"
