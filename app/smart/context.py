"""The context of a launch: patient, user, encounter, intent, and how the app is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from app.smart.ehrs.registry import Ehr
from app.smart.ehrs.roles import Role
from app.smart.errors import LaunchOver, NoPatient
from app.smart.scopes import Scopes
from app.store import StoredLaunch

# A FHIR id, except `.` and `..`, which mean another folder in an address.
_ID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9.\-]{1,64}")
_LONGEST_TEXT = 2000


@dataclass(frozen=True)
class User:
    """Who opened the app; without a reference the EHR did not say it."""

    reference: str | None
    name: str


@dataclass(frozen=True)
class Launch:
    """An open launch: one person in one role, one patient, one EHR.

    `requested` is the scope parameter of the request, `scopes` are those granted.
    """

    id: str
    ehr: Ehr
    role: Role
    patient_id: str
    encounter_id: str | None
    user: User
    scopes: Scopes
    granted: str
    requested: str
    need_patient_banner: bool
    intent: str | None
    tenant: str | None
    smart_style_url: str | None
    fhir_context: tuple[dict[str, Any], ...]
    expires_at: datetime | None
    can_refresh: bool
    owner: str
    identity: dict[str, Any] | None  # `sub` and `nonce` of the id_token

    @classmethod
    def of(cls, stored: StoredLaunch, ehr: Ehr, role: Role) -> Launch:
        """Return the launch as it was stored."""
        context, tokens = stored.context, stored.tokens
        expires_at = tokens.get("expires_at")
        return cls(
            id=stored.id,
            ehr=ehr,
            role=role,
            patient_id=context["patient"],
            encounter_id=context["encounter"],
            user=User(**context["user"]),
            scopes=Scopes.parse(tokens["scope"]),
            granted=tokens["scope"],
            requested=context.get("requested", ""),
            need_patient_banner=context["need_patient_banner"],
            intent=context["intent"],
            tenant=context["tenant"],
            smart_style_url=context["smart_style_url"],
            fhir_context=tuple(context["fhir_context"]),
            expires_at=datetime.fromtimestamp(expires_at, UTC) if expires_at else None,
            can_refresh=bool(tokens.get("refresh_token")),
            owner=stored.owner,
            identity=context.get("identity"),
        )

    @property
    def withheld(self) -> list[str]:
        """The scopes that were requested and not granted."""
        return self.scopes.missing(self.requested.split())


@dataclass(frozen=True)
class PendingLaunch:
    """A launch that has no patient yet; `kept` is its row in the store."""

    ehr: Ehr
    role: Role
    user: User
    kept: StoredLaunch
    patient_id: None = None

    @property
    def id(self) -> str:
        """The id of the launch, which stays the same with a patient."""
        return self.kept.id

    @property
    def encounter_id(self) -> str | None:
        """The encounter that the EHR named without a patient."""
        return cast("str | None", self.kept.context["encounter"])

    @property
    def intent(self) -> str | None:
        """Why the EHR opened the app."""
        return cast("str | None", self.kept.context["intent"])

    @property
    def smart_style_url(self) -> str | None:
        """The address of the EHR's style."""
        return cast("str | None", self.kept.context["smart_style_url"])

    @property
    def identity(self) -> dict[str, Any] | None:
        """`sub` and `nonce` of the id_token, if there was one."""
        return cast("dict[str, Any] | None", self.kept.context.get("identity"))

    @property
    def granted(self) -> str:
        """The granted scopes, as the EHR wrote them."""
        return str(self.kept.tokens["scope"])


class OtherBrowser(LaunchOver):
    """The launch is another browser's. The page says the same as for an unknown launch."""

    def __init__(self, launch: Launch | PendingLaunch) -> None:
        super().__init__()
        self.launch = launch


def read_context(answer: Mapping[str, Any], *, or_choose: bool = False) -> dict[str, Any]:
    """Return the launch context of a token response; a value of a wrong type is left out.

    Raises NoPatient if the response names no patient. With `or_choose` a patient that is not named
    is None: the user will choose one.
    """
    patient = _id(answer.get("patient"))
    if patient is None and not (or_choose and answer.get("patient") is None):
        raise NoPatient("Open a patient's chart in the EHR, then open the app from there.")
    banner = answer.get("need_patient_banner")
    return {
        "patient": patient,
        "encounter": _id(answer.get("encounter")),
        # A second banner is harmless, a missing one is not.
        "need_patient_banner": banner is not False,
        "intent": _text(answer.get("intent")),
        "tenant": _text(answer.get("tenant")),
        "smart_style_url": _text(answer.get("smart_style_url")),
        "fhir_context": _fhir_context(answer.get("fhirContext")),
    }


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or not value.isprintable():
        return None
    return value if 0 < len(value) <= _LONGEST_TEXT else None


def _fhir_context(value: Any) -> list[dict[str, Any]]:
    """Return the items that have a reference, a canonical or an identifier."""
    if not isinstance(value, list):
        return []
    items = []
    for item in value:
        if not isinstance(item, dict):
            continue
        kept: dict[str, Any] = {
            name: text
            for name in ("reference", "canonical", "type", "role")
            if (text := _text(item.get(name)))
        }
        if isinstance(item.get("identifier"), dict):
            kept["identifier"] = item["identifier"]
        if kept.keys() & {"reference", "canonical", "identifier"}:
            items.append({"role": "launch", **kept})
    return items
