"""What to ask an EHR for: no more than what the enabled forms and the summary need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.fhir.needs import Need, Needs
from app.smart.ehrs.registry import Level, Registration
from app.smart.ehrs.roles import Role
from app.smart.oauth.scopes import ResourceScope

_SIGN_IN = ("launch", "openid", "fhirUser", "online_access")
# They are in no patient's compartment, so a scope on one patient's data says nothing of them.
_PEOPLE = frozenset({"Practitioner", "PractitionerRole", "Organization"})
# Whose name is shown as the user's.
_USER = (Need("Practitioner", "r"), Need("PractitionerRole", "r"))


def wanted(
    registration: Registration, role: Role, needs: Needs, *, level: Level | None = None
) -> tuple[str, ...]:
    """Return the scopes, in version 2, for people of a role.

    What the launch file lists is taken as it stands. Else they follow from `needs`, at `level`, or
    at that of the registration.
    """
    if role.scopes:
        return role.scopes
    found = resource_scopes(
        (*needs.of(role.forms), *_USER),
        level=level or registration.level,
        granular=registration.granular,
    )
    return (*_SIGN_IN, *map(str, found))


def resource_scopes(
    needs: Iterable[Need], *, level: Level, granular: bool = False
) -> list[ResourceScope]:
    """Return the fewest scopes that cover `needs` and nothing else.

    With `granular` creating is narrowed to the categories that are written, for each type of which
    every need has one. Reading and changing are not: older entries may lack the category.
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
