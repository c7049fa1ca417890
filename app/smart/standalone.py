"""A launch from outside of a chart: who chooses the patient, the EHR or the person in the app.

Where the EHR offers no choice of a patient, the app looks the patient up, by scopes of the user.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, cast

from app.smart.context import User
from app.smart.ehrs.registry import Ehr
from app.smart.ehrs.roles import Role
from app.smart.errors import NoPatient
from app.smart.oauth.scopes import Scopes
from app.store import StoredLaunch

_PICKS_PATIENT = "context-standalone-patient"
_SEARCH = "user/Patient.rs"
_PARTS_OF_SEARCH = frozenset({"user/Patient.r", "user/Patient.s"})


@dataclass(frozen=True)
class PendingLaunch:
    """A sign-in that has no patient yet; `kept` is what the store holds of it."""

    ehr: Ehr
    role: Role
    user: User
    kept: StoredLaunch
    patient_id: None = None

    @property
    def id(self) -> str:
        """The id of the launch that it will be."""
        return self.kept.id

    @property
    def encounter_id(self) -> str | None:
        """The encounter that the EHR named without a patient."""
        return cast("str | None", self.kept.context["encounter"])

    @property
    def intent(self) -> str | None:
        """What the EHR opened the app for."""
        return cast("str | None", self.kept.context["intent"])

    @property
    def smart_style_url(self) -> str | None:
        """Where the EHR says how it wants apps to look."""
        return cast("str | None", self.kept.context["smart_style_url"])

    @property
    def identity(self) -> dict[str, Any] | None:
        """`sub` and `nonce` of the id_token, where there was one."""
        return cast("dict[str, Any] | None", self.kept.context.get("identity"))

    @property
    def granted(self) -> str:
        """The scopes that were granted, as the EHR wrote them."""
        return str(self.kept.tokens["scope"])


def wanted_scopes(scopes: Iterable[str], capabilities: Collection[str]) -> list[str]:
    """Return what a launch from outside asks for, of the `scopes` that a launch from a chart asks.

    An EHR that tells its capabilities and not that it lets a patient be chosen is asked for the
    user's access in the place of the patient's.
    """
    if not capabilities or _PICKS_PATIENT in capabilities:
        return list(scopes)
    asked = [
        f"user/{word.removeprefix('patient/')}" if word.startswith("patient/") else word
        for word in scopes
        if word != "launch"
    ]
    if _searches(Scopes.parse(" ".join(asked))):
        return asked
    return [*(word for word in asked if word not in _PARTS_OF_SEARCH), _SEARCH]


def require_search(scopes: Scopes) -> None:
    """Raise NoPatient where the user's access does not let the app look patients up."""
    if not _searches(scopes):
        raise NoPatient(
            "The EHR let no patient be chosen, and does not let the app look one up. Open the app "
            "from a patient's chart in the EHR, or ask its administrator to allow user/Patient.rs."
        )


def _searches(scopes: Scopes) -> bool:
    return all(
        any(scope.level == "user" and scope.covers(act, "Patient") for scope in scopes.resources)
        for act in "rs"
    )
