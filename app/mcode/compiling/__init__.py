"""Compiling FHIR packages into the definitions that the app ships.

`compile_packages` is what the command calls. What is kept and why stands in docs/definitions.md.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from app.mcode.compiling.package import Package, PackageError, read_package
from app.mcode.compiling.structures import compile_structure, referred_structures
from app.mcode.compiling.valuesets import ValueSets

__all__ = ["PackageError", "compile_packages"]


def compile_packages(paths: Sequence[Path], target: Path) -> dict[str, int]:
    """Write the definitions of the first package, a guide, and return how many of each kind.

    They stand in a folder of `target` with the guide's name; what stood there before is removed,
    other guides are left alone. The other packages are those that the guide builds on: of them only
    what it refers to is kept. Raises PackageError for a file that is no FHIR package, and for a
    first one without profiles.
    """
    packages = [read_package(path) for path in paths]
    guide = target / packages[0].name
    if not packages[0].structures:
        raise PackageError(f"{paths[0]} has no profiles")
    structures = _structures(packages)
    value_sets, unknown = _value_sets(packages, structures)
    about = {
        "packages": [package.about() for package in packages],
        "types": {
            url: definition["type"]
            for package in packages
            for url, definition in sorted(package.structures.items())
        },
        "profiles": sorted(packages[0].structures),
        "unknown_sets": unknown,
    }
    guide.mkdir(parents=True, exist_ok=True)
    (guide / "packages.json").write_text(page(about), encoding="utf-8")
    _write(guide / "profiles", ((item["name"], page(item)) for item in structures))
    _write(guide / "value_sets", ((item["name"], page(item)) for item in value_sets))
    return {"profiles": len(structures), "value sets": len(value_sets)}


def _structures(packages: Sequence[Package]) -> list[dict[str, Any]]:
    """Return the first package's compiled structures and the ones of others that these refer to."""
    known = {url: item for package in packages for url, item in package.structures.items()}
    waiting = sorted(packages[0].structures)
    compiled: dict[str, dict[str, Any]] = {}
    while waiting:
        url = waiting.pop(0)
        if url in compiled or url not in known:
            continue
        compiled[url] = compile_structure(known[url])
        waiting.extend(referred_structures(compiled[url]))
    return [compiled[url] for url in sorted(compiled)]


def _value_sets(
    packages: Sequence[Package], structures: Iterable[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the first package's sets and those that profiles bind, and which none defines."""
    bound = {
        url
        for structure in structures
        for element in structure["elements"]
        for key in ("set", "max")
        if (url := element.get("binding", {}).get(key))
    }
    sets = ValueSets(packages)
    urls = sorted(bound | set(packages[0].value_sets))
    return [sets.compile(url) for url in urls if url in sets], [
        url for url in urls if url not in sets
    ]


def _write(folder: Path, pages: Iterable[tuple[str, str]]) -> None:
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for name, content in pages:
        (folder / f"{name}.json").write_text(content, encoding="utf-8")


def page(content: dict[str, Any]) -> str:
    """Return `content` as JSON; the members of a list or object at its top have a line each."""
    members = [f" {json.dumps(name)}: {_value(value)}" for name, value in content.items()]
    return "{\n" + ",\n".join(members) + "\n}\n"


def _value(value: Any) -> str:
    if not value or not isinstance(value, (dict, list)):
        return _line(value)
    first, last = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return f"{first}\n" + ",\n".join(f"  {item}" for item in _items(value)) + f"\n {last}"


def _items(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield f"{json.dumps(name)}: {_line(item)}"
    else:
        for item in value:
            yield _line(item)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
