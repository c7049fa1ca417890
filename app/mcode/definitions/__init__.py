"""Profiles, extensions and value sets of mCODE and of other guides, as compiled from packages.

The JSON files in a folder for each guide are written by `oncoform compile` (app.mcode.compiling)
and never by hand. Names are short, as "tumor-size"; addresses, prefixes and versions are accepted
too. An address is exact; a short name that two guides have is mCODE's.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from app.mcode.definitions.shapes import (
    CompiledValueSet,
    Profile,
    profile_of,
    set_name,
    short_name,
    value_set_of,
    without_version,
)

FOLDER = Path(__file__).parent
MCODE = "hl7.fhir.us.mcode"
_CORE = "http://hl7.org/fhir/StructureDefinition/"


@cache
def guides() -> tuple[str, ...]:
    """Return the names of the compiled guides, mCODE's first."""
    found = (path.parent.name for path in FOLDER.glob("*/packages.json"))
    return tuple(sorted(found, key=lambda name: (name != MCODE, name)))


@cache
def profile(name: str) -> Profile:
    """Return a profile or extension of a guide, or an extension of US Core that a guide uses.

    Raises KeyError for one that is not compiled; "mcode-tumor-size", "tumor-size" and the address
    with or without a version are the same.
    """
    found = _find("profiles", short_name(name), name)
    if found is None:
        raise KeyError(name)
    return profile_of(found)


def profile_url(name: str) -> str:
    """Return the address of a profile, as meta.profile has it; KeyError for an unknown one."""
    return profile(name).url


@cache
def profiles(guide: str | None = None) -> tuple[Profile, ...]:
    """Return the own profiles and extensions of a guide, or those of all, by address."""
    return tuple(profile(url) for name in _chosen(guide) for url in _about(name)["profiles"])


def name_of(url: str) -> str | None:
    """Return the name of a guide's own profile by its address; None for an address of none."""
    return _names().get(url)


@cache
def compiled_value_set(name: str) -> CompiledValueSet:
    """Return a value set as the packages have it.

    `name` is short ("tumor-size-method") or the address. A set that profiles bind and no package
    holds is returned empty and not complete. Raises KeyError for any other.
    """
    short = set_name(name)
    if found := _find("value_sets", short, name):
        return value_set_of(found)
    url = _unknown_sets()[without_version(name) if "/" in name else short]
    return CompiledValueSet(url=url, name=short, title="", unknown=(url,))


@cache
def compiled_value_sets(guide: str | None = None) -> tuple[CompiledValueSet, ...]:
    """Return the value sets of a guide, or of all: its own, and those that its profiles bind."""
    chosen = _chosen(guide)
    paths = (path for name in chosen for path in sorted((FOLDER / name).glob("value_sets/*.json")))
    unknown = (url for name in chosen for url in _about(name)["unknown_sets"])
    urls = [*(_read(path)["url"] for path in paths), *unknown]
    return tuple(compiled_value_set(url) for url in dict.fromkeys(urls))


def packages() -> tuple[tuple[str, str, str], ...]:
    """Return (name, version, licence) of the packages that the definitions come from."""
    return tuple(
        (item["name"], item["version"], item["licence"])
        for guide in guides()
        for item in _about(guide)["packages"]
    )


def type_of(url: str) -> str | None:
    """Return the resource type that a profile is of, None for one that no package tells."""
    url = without_version(url)
    if url.startswith(_CORE):
        name = url.removeprefix(_CORE)
        # FHIR's own profiles, as vitalsigns, have small letters; no package here tells their type.
        return name if name[:1].isupper() else None
    return next((found for name in guides() if (found := _about(name)["types"].get(url))), None)


@cache
def _names() -> dict[str, str]:
    urls = [url for guide in guides() for url in _about(guide)["profiles"]]
    first = {short_name(url): url for url in reversed(urls)}
    return {url: short if first[short := short_name(url)] == url else url for url in urls}


@cache
def _unknown_sets() -> dict[str, str]:
    """Return the addresses of the sets that no package holds, by short name and by address."""
    urls = [url for guide in guides() for url in _about(guide)["unknown_sets"]]
    return {name: url for url in reversed(urls) for name in (set_name(url), url)}


def _chosen(guide: str | None) -> tuple[str, ...]:
    return (guide,) if guide else guides()


def _find(folder: str, short: str, name: str) -> Any:
    """Return what is compiled under a short name, of the guide that has the address asked for."""
    for guide in guides():
        path = FOLDER / guide / folder / f"{short}.json"
        found = _read(path) if path.is_file() else None
        if found and ("/" not in name or found["url"] == without_version(name)):
            return found
    return None


@cache
def _about(guide: str) -> Any:
    return _read(FOLDER / guide / "packages.json")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
