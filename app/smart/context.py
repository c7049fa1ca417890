"""What the EHR said about a launch: the patient, the user, and how the app is shown."""

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

# An id of FHIR, but for the two that mean another folder in an address.
_ID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9.\-]{1,64}")
_LONGEST_TEXT = 2000


@dataclass(frozen=True)
class User:
    """Who opened the app; without a reference the EHR did not say."""

    reference: str | None
    name: str


@dataclass(frozen=True)
class Launch:
    """An open launch: one person in one role, one patient, one EHR.

    `requested` is what the EHR was asked for, `scopes` what it granted.
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
        """Return the launch that was kept."""
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
        """The scopes that were asked for and not granted."""
        return self.scopes.missing(self.requested.split())


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


class OtherBrowser(LaunchOver):
    """The launch is another browser's. Who asks is told no more than of an unknown one."""

    def __init__(self, launch: Launch | PendingLaunch) -> None:
        super().__init__()
        self.launch = launch


def read_context(answer: Mapping[str, Any], *, or_choose: bool = False) -> dict[str, Any]:
    """Return what a token response says of the launch, each thing of its type or not at all.

    Raises NoPatient where no patient is named: every page of the app is a patient's. With
    `or_choose` a patient of whom nothing is said is None: the person will choose one.
    """
    patient = _id(answer.get("patient"))
    if patient is None and not (or_choose and answer.get("patient") is None):
        raise NoPatient("Open a patient's chart in the EHR, then open the app from there.")
    banner = answer.get("need_patient_banner")
    return {
        "patient": patient,
        "encounter": _id(answer.get("encounter")),
        # A banner too many is harmless, one too few is not.
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
    """Return the items that point at something: by reference, canonical or identifier."""
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
