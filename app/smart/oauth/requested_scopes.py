"""The scopes that the app requests: only what the enabled forms and the summary need."""

from collections.abc import Collection, Iterable, Iterator

from app.fhir.needs import Need, Needs
from app.smart.ehrs.registry import Level, Registration
from app.smart.ehrs.roles import Role
from app.smart.scopes import ResourceScope, Scopes

_SIGN_IN = ("launch", "openid", "fhirUser", "online_access")
# They are in no patient's compartment: no `patient/` scope covers them.
_PEOPLE = frozenset({"Practitioner", "PractitionerRole", "Organization"})
_PICKS_PATIENT = "context-standalone-patient"
_SEARCH = "user/Patient.rs"
_PARTS_OF_SEARCH = frozenset({"user/Patient.r", "user/Patient.s"})
# The name of the user is read from them.
_USER = (Need("Practitioner", "r"), Need("PractitionerRole", "r"))


def requested_scopes(registration: Registration, role: Role, needs: Needs) -> tuple[str, ...]:
    """Return the scopes, in version 2, that a launch in a role requests.

    They are those of the launch file, if it lists any. If not, they follow from `needs`.
    """
    if role.scopes:
        return role.scopes
    found = resource_scopes(
        (*needs.of(role.forms), *_USER),
        level=registration.level,
        granular=registration.granular,
    )
    return (*_SIGN_IN, *map(str, found))


def resource_scopes(
    needs: Iterable[Need], *, level: Level, granular: bool = False
) -> list[ResourceScope]:
    """Return the fewest scopes that cover `needs` and nothing else.

    With `granular` the scopes to create a type are narrowed to the categories that are written, if
    every need of the type has one. Reading and changing are not: older entries may lack the
    category.
    """
    by_type: dict[str, list[Need]] = {}
    for need in needs:
        by_type.setdefault(need.type, []).append(need)
    return [
        scope
        for type_ in sorted(by_type)
        for scope in _of_type(
            "user" if type_ in _PEOPLE else level, type_, by_type[type_], granular
        )
    ]


def _of_type(level: str, type_: str, needs: list[Need], granular: bool) -> Iterator[ResourceScope]:
    letters = {letter for need in needs for letter in need.interactions}
    creating = [need for need in needs if "c" in need.interactions]
    narrowed = granular and creating and all(need.categories for need in creating)
    if narrowed:
        letters.discard("c")
    if plain := "".join(letter for letter in "cruds" if letter in letters):
        yield ResourceScope(level, type_, plain)
    if narrowed:
        tokens = sorted({token for need in creating for token in need.categories})
        yield ResourceScope(level, type_, "c", (("category", ",".join(tokens)),))


def scope_parameter(scopes: Iterable[str], *, capabilities: Iterable[str], standalone: bool) -> str:
    """Return the `scope` parameter of an authorization request, in the version that the EHR knows.

    An EHR launch asks for `launch`, a standalone launch for `launch/patient`.
    """
    version_2 = "permission-v2" in capabilities
    asked: list[str] = []
    for word in scopes:
        resource_scope = ResourceScope.parse(word)
        if word == "launch":
            asked.append("launch/patient" if standalone else "launch")
        elif resource_scope and not version_2:
            asked.extend(resource_scope.in_version_1())
        else:
            asked.append(word)
    return " ".join(dict.fromkeys(asked))


def standalone_scopes(scopes: Iterable[str], capabilities: Collection[str]) -> list[str]:
    """Return the scopes of a standalone launch, made from those of an EHR launch.

    If the EHR lists its capabilities, and not that it lets the user choose a patient, the app asks
    for `user/` scopes instead of `patient/` scopes, and looks the patient up itself.
    """
    if not capabilities or _PICKS_PATIENT in capabilities:
        return list(scopes)
    asked = [
        f"user/{word.removeprefix('patient/')}" if word.startswith("patient/") else word
        for word in scopes
        if word != "launch"
    ]
    if searches_patients(Scopes.parse(" ".join(asked))):
        return asked
    return [*(word for word in asked if word not in _PARTS_OF_SEARCH), _SEARCH]


def searches_patients(scopes: Scopes) -> bool:
    """Tell whether the `user/` scopes let the app search patients."""
    return all(
        any(scope.level == "user" and scope.covers(act, "Patient") for scope in scopes.resources)
        for act in "rs"
    )
