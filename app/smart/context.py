"""The context of a launch: patient, user, encounter, intent, and how the app is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from app.fhir.errors import FhirError
from app.fhir.paths import local_reference
from app.fhir.session import FhirSession
from app.smart.ehrs.registry import Ehr
from app.smart.ehrs.roles import Role
from app.smart.errors import LaunchOver, NoPatient
from app.smart.oauth.tokens import context_id, number_text
from app.smart.scopes import Scopes
from app.store import StoredLaunch

_LONGEST_TEXT = 2000


@dataclass(frozen=True)
class User:
    """Who opened the app; without a reference the EHR did not say it."""

    reference: str | None
    name: str

    @property
    def is_layman(self) -> bool:
        """Whether it is the patient or somebody close, who enters nothing, whatever was granted."""
        return (self.reference or "").startswith(("Patient/", "RelatedPerson/"))


@dataclass(frozen=True)
class _Opened:
    """What is known of a launch with a patient or without: one person in one role, one EHR."""

    id: str
    ehr: Ehr
    role: Role
    user: User
    encounter_id: str | None
    intent: str | None
    smart_style_url: str | None
    granted: str  # the scopes, as the EHR wrote them
    identity: dict[str, Any] | None  # `iss`, `sub` and `nonce` of the id_token
    idle_at: datetime | None  # when inactivity ends it

    @classmethod
    def of(cls, stored: StoredLaunch, ehr: Ehr, role: Role, **more: Any) -> Self:
        """Return the launch as it was stored."""
        context = stored.context
        return cls(
            id=stored.id,
            ehr=ehr,
            role=role,
            user=User(**context["user"]),
            encounter_id=context["encounter"],
            intent=context["intent"],
            smart_style_url=context["smart_style_url"],
            granted=stored.tokens["scope"],
            identity=context.get("identity"),
            idle_at=stored.idle_at,
            **more,
        )


@dataclass(frozen=True)
class Launch(_Opened):
    """An open launch, of one patient.

    `requested` is the scope parameter of the request, `scopes` are those granted.
    """

    patient_id: str
    scopes: Scopes
    requested: str
    need_patient_banner: bool
    fhir_context: tuple[dict[str, Any], ...]
    expires_at: datetime | None
    can_refresh: bool
    owner: str
    tenant: str | None

    @classmethod
    def of(cls, stored: StoredLaunch, ehr: Ehr, role: Role, **more: Any) -> Self:
        """Return the launch as it was stored."""
        context, tokens = stored.context, stored.tokens
        expires_at = tokens.get("expires_at")
        return super().of(
            stored,
            ehr,
            role,
            patient_id=context["patient"],
            scopes=Scopes.parse(tokens["scope"]),
            requested=context.get("requested", ""),
            need_patient_banner=context["need_patient_banner"],
            fhir_context=tuple(context["fhir_context"]),
            expires_at=datetime.fromtimestamp(expires_at, UTC) if expires_at else None,
            can_refresh=bool(tokens.get("refresh_token")),
            owner=stored.owner,
            tenant=context.get("tenant"),
            **more,
        )

    @property
    def chart(self) -> tuple[str, ...]:
        """What tells the chart: two tenants of one EHR may use the same patient id."""
        return (self.ehr.issuer, self.patient_id, self.tenant or "")

    @property
    def withheld(self) -> list[str]:
        """The scopes that were requested and not granted."""
        return self.scopes.missing(self.requested.split())


@dataclass(frozen=True)
class PendingLaunch(_Opened):
    """A launch that has no patient yet; `kept` is its row in the store."""

    kept: StoredLaunch
    patient_id: None = None


class OtherBrowser(LaunchOver):
    """The launch is another browser's. The page says the same as for an unknown launch."""

    def __init__(self, launch: Launch | PendingLaunch) -> None:
        super().__init__()
        self.launch = launch


def read_context(
    answer: Mapping[str, Any], base: str = "", *, or_choose: bool = False
) -> dict[str, Any]:
    """Return the launch context of a token response; a value of a wrong type is left out.

    `base` is the EHR's FHIR base, for references to its patient and encounter. Raises NoPatient if
    the response names no patient. With `or_choose` a patient that is not named is None: the user
    will choose one.
    """
    patient = context_id(answer.get("patient"), "Patient", base)
    if patient is None and not (or_choose and answer.get("patient") is None):
        raise NoPatient("Open a patient's chart in the EHR, then open the app from there.")
    banner = answer.get("need_patient_banner")
    return {
        "patient": patient,
        "encounter": context_id(answer.get("encounter"), "Encounter", base),
        # A second banner is harmless, a missing one is not.
        "need_patient_banner": banner is not False,
        "intent": _text(answer.get("intent")),
        "tenant": _text(number_text(answer.get("tenant"))),
        "smart_style_url": _text(answer.get("smart_style_url")),
        "fhir_context": _fhir_context(answer.get("fhirContext")),
    }


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


def name_of(session: FhirSession, reference: str) -> str:
    """Return the name of the person at `reference`; empty if the EHR does not give it."""
    resource_type, _, resource_id = reference.partition("/")
    try:
        resource = session.read(resource_type, resource_id)
    except FhirError:
        return ""
    if resource_type == "PractitionerRole":
        return _practitioner_name(session, resource.get("practitioner"))
    return _human_name(resource.get("name"))


def _practitioner_name(session: FhirSession, practitioner: Any) -> str:
    if not isinstance(practitioner, dict):
        return ""
    reference = local_reference(practitioner.get("reference"), session.base)
    if not reference or not reference.startswith("Practitioner/"):
        return _name_part(practitioner.get("display"))
    return _name_part(practitioner.get("display")) or name_of(session, reference)


def _human_name(names: Any) -> str:
    if not isinstance(names, list):
        return ""
    known = [name for name in names if isinstance(name, dict) and name.get("use") != "old"]
    known.sort(key=lambda name: name.get("use") not in {"official", "usual"})
    for name in known:
        if text := _name_part(name.get("text")):
            return text
        parts = [
            *_name_parts(name.get("prefix")),
            *_name_parts(name.get("given")),
            _name_part(name.get("family")),
        ]
        if joined := " ".join(part for part in parts if part):
            return joined
    return ""


def _name_parts(value: Any) -> list[str]:
    return [_name_part(item) for item in value] if isinstance(value, list) else []


def _name_part(value: Any) -> str:
    return value.strip()[:200] if isinstance(value, str) else ""
