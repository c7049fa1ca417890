"""Patients, users and visits as the sandbox's pages show them, and the scopes of each user."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.sandbox.fhir.access import Resource
from app.sandbox.scopes import Condition, Scope

# Malignant neoplasms without the secondary ones, in situ and uncertain ones (ICD-10).
_PRIMARY_CANCER = re.compile(r"C(?!7[789B])|D(0\d|3[7-9]|4\d)")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_PRIMARY_PROFILE = "/mcode-primary-cancer-condition"
_SNOMED = "http://snomed.info/sct"
# Stage group, T, N and M; each clinical, pathologic, and of neither kind.
_TNM = (
    *("399537006", "399588009", "399390009"),
    *("399504009", "384625004", "78873005"),
    *("399534004", "371494008", "277206009"),
    *("399387003", "371497001", "277208005"),
)
_READ = Scope("user", "*", "rs")
_EVERYTHING = (Scope("user", "*", "cruds"),)
_STAGING = (
    _READ,
    Scope(
        "user",
        "Observation",
        "cu",
        (Condition("code", tuple(f"{_SNOMED}|{code}" for code in _TNM)),),
    ),
    Scope("user", "Provenance", "c"),
)
_POLICIES: dict[str, tuple[str, tuple[Scope, ...]]] = {
    "nurse-nancy": ("Reads all, records TNM stages", _STAGING),
    "reader-rita": ("Reads all, records nothing", (_READ,)),
}


@dataclass(frozen=True)
class Patient:
    """One patient as a line of a list or the header of a chart."""

    id: str
    name: str
    born: str
    gender: str
    mrn: str
    diagnosis: str


@dataclass(frozen=True)
class Visit:
    id: str
    kind: str
    date: str


@dataclass(frozen=True)
class User:
    """A Practitioner who signed in; `rules` are the scopes that an app can get at most."""

    id: str
    name: str
    may: str
    rules: tuple[Scope, ...]

    @property
    def reference(self) -> str:
        return f"Practitioner/{self.id}"


def patient(resource: Resource, conditions: Iterable[Resource] = ()) -> Patient:
    """Return the display strings of a Patient; `conditions` are the patient's."""
    return Patient(
        id=resource["id"],
        name=name_of(resource, family_first=True),
        born=date_text(resource.get("birthDate")),
        gender=str(resource.get("gender") or "not recorded").capitalize(),
        mrn=_record_number(resource),
        diagnosis=_diagnosis(list(conditions)),
    )


def visit(encounter: Resource) -> Visit:
    """Return an Encounter as a visit: its type and its date."""
    kind = next(iter(_display_of(item) for item in _list(encounter.get("type"))), "") or "Visit"
    start = _dict(encounter.get("period")).get("start")
    return Visit(encounter["id"], kind, date_text(start))


def user(practitioner: Resource) -> User:
    """Return the Practitioner as a user, with all scopes unless the sandbox restricts them."""
    user_id = practitioner["id"]
    may, rules = _POLICIES.get(user_id, ("Reads and records all", _EVERYTHING))
    return User(user_id, name_of(practitioner), may, rules)


def name_of(resource: Resource, *, family_first: bool = False) -> str:
    """Return the name of a Patient or Practitioner: "Dr Ann Other", or "OTHER, Ann (Dr)"."""
    names = [name for name in _list(resource.get("name")) if isinstance(name, dict)]
    official = [name for name in names if name.get("use") in {"official", "usual"}]
    name = next(iter(official or names), {})
    given = " ".join(map(str, _list(name.get("given"))))
    prefix = " ".join(map(str, _list(name.get("prefix"))))
    family = str(name.get("family") or "")
    if family_first and family:
        words = f"{family.upper()}, {given}" if given else family.upper()
        return f"{words} ({prefix})" if prefix else words
    whole = " ".join(part for part in (prefix, given, family) if part)
    return whole or str(name.get("text") or resource.get("id") or "No name")


def date_text(value: Any) -> str:
    """Write a FHIR date of any precision as 12-Mar-2026, Mar-2026 or 2026."""
    match = _DATE.match(value) if isinstance(value, str) else None
    if match is None:
        return "no date"
    parts = match[0].split("-")
    try:
        when = date(*(int(part) for part in (*parts, "1", "1")[:3]))
    except ValueError:
        return "no date"
    return when.strftime("-".join(("%d", "%b", "%Y")[3 - min(len(parts), 3) :]))


def _record_number(resource: Resource) -> str:
    identifiers = [i for i in _list(resource.get("identifier")) if isinstance(i, dict)]
    mrn = [
        identifier
        for identifier in identifiers
        if any(
            isinstance(coding, dict) and coding.get("code") == "MR"
            for coding in _list(_dict(identifier.get("type")).get("coding"))
        )
    ]
    return str(next(iter(mrn or identifiers), {}).get("value") or "none")


def _diagnosis(conditions: Sequence[Resource]) -> str:
    cancers = [condition for condition in conditions if _is_primary_cancer(condition)]
    shown = cancers or conditions[:1]
    displays = dict.fromkeys(_display_of(condition.get("code")) for condition in shown)
    return "; ".join(filter(None, displays)) or "No diagnosis recorded"


def _is_primary_cancer(condition: Resource) -> bool:
    profiles = map(str, _list(_dict(condition.get("meta")).get("profile")))
    if any(profile.partition("|")[0].endswith(_PRIMARY_PROFILE) for profile in profiles):
        return True
    codings = _list(_dict(condition.get("code")).get("coding"))
    return any(
        isinstance(coding, dict) and bool(_PRIMARY_CANCER.match(str(coding.get("code"))))
        for coding in codings
    )


def _display_of(concept: Any) -> str:
    concept = _dict(concept)
    displays = (coding.get("display") for coding in map(_dict, _list(concept.get("coding"))))
    return str(concept.get("text") or next((d for d in displays if d), ""))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
