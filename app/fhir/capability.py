"""What the EHR's server can do, by its CapabilityStatement."""

from collections.abc import Mapping

from app.fhir.paths import items, text
from app.fhir.types import Element, Resource


class Capability:
    """A CapabilityStatement's answers; each is None where the statement does not say."""

    def __init__(self, statement: Resource | None) -> None:
        said = statement or {}
        self.fhir_version = text(said.get("fhirVersion"))
        is_one = said.get("resourceType") == "CapabilityStatement"
        sides = items(said.get("rest")) if is_one else []
        servers = (side for side in sides if side.get("mode", "server") == "server")
        self._rest: Element | None = next(servers, None)
        self._resources: Mapping[str, Element] = {
            str(item["type"]): item
            for item in items((self._rest or {}).get("resource"))
            if text(item.get("type"))
        }

    @property
    def known(self) -> bool:
        """Whether the server made a statement about its resources at all."""
        return bool(self._resources)

    def supports(self, type_: str, interaction: str) -> bool | None:
        """Tell whether `type_` allows an interaction, by its FHIR name: `create`, `search-type`."""
        if not self.known:
            return None
        if type_ not in self._resources:
            return False
        offered = _codes(self._resources[type_].get("interaction"))
        return interaction in offered if offered else None

    def takes_conditional_create(self, type_: str) -> bool | None:
        """Tell whether the server offers conditional create (If-None-Exist) of `type_`."""
        value = self._resources.get(type_, {}).get("conditionalCreate")
        return value if isinstance(value, bool) else None

    def keeps_versions(self, type_: str) -> bool | None:
        """Tell whether resources of `type_` have versions, which an update can name (If-Match)."""
        value = text(self._resources.get(type_, {}).get("versioning"))
        return None if value is None else value != "no-version"

    def offers(self, type_: str, operation: str) -> bool | None:
        """Tell whether `type_` has an operation, by its name without the dollar sign: `expand`."""
        if not self.known:
            return None
        for item in items(self._resources.get(type_, {}).get("operation")):
            definition = (text(item.get("definition")) or "").partition("|")[0]
            name = (text(item.get("name")) or "").removeprefix("$")
            if name == operation or definition.endswith(f"/{type_}-{operation}"):
                return True
        return False

    @property
    def supports_transaction(self) -> bool | None:
        """Whether the server carries out transaction Bundles."""
        if self._rest is None:
            return None
        offered = _codes(self._rest.get("interaction"))
        return "transaction" in offered if offered else None

    def search_params(self, type_: str) -> set[str] | None:
        """Return the names of the search parameters of `type_`, None where they are not listed."""
        listed = items(self._resources.get(type_, {}).get("searchParam"))
        names = {name for item in listed if (name := text(item.get("name")))}
        return names or None

    def revincludes(self, type_: str) -> set[str]:
        """Return the `_revinclude` values that searches of `type_` offer."""
        listed = self._resources.get(type_, {}).get("searchRevInclude")
        if not isinstance(listed, list):
            return set()
        return {value for value in listed if isinstance(value, str)}


def _codes(listed: object) -> set[str]:
    return {code for item in items(listed) if (code := text(item.get("code")))}
