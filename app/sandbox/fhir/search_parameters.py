"""The one table of types and search parameters: what is indexed, searched and advertised."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

Kind = Literal["token", "reference", "date", "string", "uri"]

_FILE = Path(__file__).with_name("search_parameters.csv")


@dataclass(frozen=True)
class Parameter:
    """A search parameter: where its values stand in the resource.

    A path is element names with dots between; `[x]` stands for any type of a choice. References
    count only where they point to the type `target`, if one is named.
    """

    name: str
    kind: Kind
    paths: tuple[str, ...]
    target: str = ""


def parameters(resource_type: str) -> dict[str, Parameter]:
    """Return the parameters of a type by name, those of every type included."""
    return TABLE[resource_type]


def is_supported(resource_type: str) -> bool:
    return resource_type in TABLE


_EVERY_TYPE = (
    Parameter("_id", "token", ("id",)),
    Parameter("_lastUpdated", "date", ("meta.lastUpdated",)),
    Parameter("_profile", "uri", ("meta.profile",)),
)


def _read() -> dict[str, dict[str, Parameter]]:
    """Read the file, which has a line for each parameter of a type; blanks separate its paths."""
    table: dict[str, dict[str, Parameter]] = {}
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            own = table.setdefault(row["type"], {every.name: every for every in _EVERY_TYPE})
            kind = cast("Kind", row["kind"])
            paths = tuple(row["paths"].split())
            own[row["name"]] = Parameter(row["name"], kind, paths, row["target"])
    return table


TABLE = _read()
