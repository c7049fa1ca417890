"""The access control that the FHIR engine asks before each interaction.

The engine knows no tokens: the caller passes an `Access`.
"""

from typing import Any, Literal, Protocol

from werkzeug.datastructures import MultiDict

from app.sandbox.fhir.outcome import FhirError, Issue

Resource = dict[str, Any]
Interaction = Literal["c", "r", "u", "d", "s"]


class AccessDenied(FhirError):
    """The caller may not do this. `status` is 401 (no valid token) or 403 (not with this token).

    `challenge` is the value of WWW-Authenticate that goes with a 401.
    """

    def __init__(self, status: Literal[401, 403], message: str, challenge: str = "Bearer") -> None:
        code, headers = "forbidden", {}
        if status == 401:
            code, headers = "login", {"WWW-Authenticate": challenge}
        super().__init__(status, Issue(code, message), headers=headers)


class Access(Protocol):
    """What one caller may do. Each Bundle entry is checked like a request."""

    def check(
        self, interaction: Interaction, resource_type: str, resource: Resource | None
    ) -> None:
        """Raise AccessDenied unless `interaction` is allowed.

        It is called with None first, before anything is read ("is it ever allowed with this
        type?"), then with the resource: the stored one for r and d, the new one for c, the stored
        one and then the new one for u. New resources are checked when all entries of the
        transaction are in the database (uncommitted), so that their references can be resolved.
        History of a type, and the search of a conditional create, are s.
        """

    def narrow(self, resource_type: str, params: MultiDict[str, str]) -> MultiDict[str, str]:
        """Return a copy of `params` that restricts the search to visible resources (ANDed)."""

    def visible(self, resource: Resource) -> bool:
        """Tell whether the caller may see a resource: a match, an include, a version."""


class AllowAll:
    """The Access of an administrator."""

    def check(
        self, interaction: Interaction, resource_type: str, resource: Resource | None
    ) -> None:
        pass

    def narrow(self, resource_type: str, params: MultiDict[str, str]) -> MultiDict[str, str]:
        del resource_type
        return params

    def visible(self, resource: Resource) -> bool:
        return bool(resource)
