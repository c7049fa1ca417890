"""The users of the sandbox: its Practitioners, and the scopes that each may grant."""

from dataclasses import dataclass

from app.sandbox import people
from app.sandbox.fhir.access import Resource
from app.sandbox.scopes import Condition, Scope

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
class User:
    """A Practitioner who signed in; `rules` are the scopes that an app can get at most."""

    id: str
    name: str
    may: str
    rules: tuple[Scope, ...]

    @property
    def reference(self) -> str:
        return f"Practitioner/{self.id}"


def user_of(practitioner: Resource) -> User:
    """Return the Practitioner as a user, with all scopes unless the sandbox restricts them."""
    user_id = practitioner["id"]
    may, rules = _POLICIES.get(user_id, ("Reads and records all", _EVERYTHING))
    return User(user_id, people.name_of(practitioner), may, rules)
