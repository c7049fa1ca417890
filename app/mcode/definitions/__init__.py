"""mCODE's profiles, extensions and value sets, as compiled from the official packages.

The JSON files beside this module are written by `oncoform compile` (app.mcode.compiling) and never
by hand. Names are short, as "tumor-size"; addresses, prefixes and versions are accepted too.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from app.mcode.definitions.files import profile_of, value_set_of
from app.mcode.definitions.shapes import (
    Binding,
    CompiledValueSet,
    Definition,
    Invariant,
    Profile,
    Slicing,
    TypeRef,
)
from app.mcode.names import set_name, short_name, without_version

__all__ = [
    "Binding",
    "CompiledValueSet",
    "Definition",
    "Invariant",
    "Profile",
    "Slicing",
    "TypeRef",
    "compiled_value_set",
    "compiled_value_sets",
    "packages",
    "profile",
    "profile_url",
    "profiles",
    "type_of",
]

FOLDER = Path(__file__).parent
_MCODE = "http://hl7.org/fhir/us/mcode/"
_CORE = "http://hl7.org/fhir/StructureDefinition/"


@cache
def profile(name: str) -> Profile:
    """Return a profile or extension of mCODE, or an extension of US Core that mCODE uses.

    Raises KeyError for one that is not compiled; "mcode-tumor-size", "tumor-size" and the address
    with or without a version are the same.
    """
    short = short_name(name)
    path = FOLDER / "profiles" / f"{short}.json"
    found = profile_of(_read(path)) if path.is_file() else None
    if not found or ("/" in name and found.url != without_version(name)):
        raise KeyError(name)
    return found


def profile_url(name: str) -> str:
    """Return the address of a profile, as meta.profile has it; KeyError for an unknown one."""
    return profile(name).url


@cache
def profiles() -> tuple[Profile, ...]:
    """Return mCODE's own profiles and extensions, by name."""
    found = (profile(path.stem) for path in sorted((FOLDER / "profiles").glob("*.json")))
    return tuple(item for item in found if item.url.startswith(_MCODE))


@cache
def compiled_value_set(name: str) -> CompiledValueSet:
    """Return a value set as the packages have it.

    `name` is short ("tumor-size-method") or the address. A set that profiles bind and no package
    holds is returned empty and not complete. Raises KeyError for any other.
    """
    short = set_name(name)
    path = FOLDER / "value_sets" / f"{short}.json"
    url = unknown_sets().get(short)
    if path.is_file():
        found = value_set_of(_read(path))
    elif url:
        found = CompiledValueSet(url=url, name=short, title="", unknown=(url,))
    else:
        raise KeyError(name)
    if "/" in name and found.url != without_version(name):
        raise KeyError(name)
    return found


@cache
def compiled_value_sets() -> tuple[CompiledValueSet, ...]:
    """Return all value sets: mCODE's own, and those of others that its profiles bind."""
    held = [path.stem for path in (FOLDER / "value_sets").glob("*.json")]
    return tuple(compiled_value_set(name) for name in sorted({*held, *unknown_sets()}))


@cache
def unknown_sets() -> dict[str, str]:
    """Return the value sets that profiles bind and no package holds: their addresses by name."""
    return {set_name(url): url for url in _about()["unknown_sets"]}


def packages() -> tuple[tuple[str, str, str], ...]:
    """Return (name, version, licence) of the packages that the definitions come from."""
    return tuple((item["name"], item["version"], item["licence"]) for item in _about()["packages"])


def type_of(url: str) -> str | None:
    """Return the resource type that a profile is of, None for one that no package tells."""
    url = without_version(url)
    if url.startswith(_CORE):
        name = url.removeprefix(_CORE)
        # FHIR's own profiles, as vitalsigns, have small letters; no package here tells their type.
        return name if name[:1].isupper() else None
    known: str | None = _about()["types"].get(url)
    return known


@cache
def _about() -> Any:
    return _read(FOLDER / "packages.json")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
