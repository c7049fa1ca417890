"""The panels of the summary: each module without a leading underscore is one, with its template.

The page is a loop over them, and knows none by name.
"""

import importlib
import pkgutil
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, get_args

from app.fhir.paths import literal_reference
from app.fhir.types import Resource
from app.mcode.model import CancerRecord
from app.summary.panels._panel import Page, Panel, Slot


@dataclass(frozen=True)
class ShownPanel:
    """A panel with something to say: what its template prints as `panel.rows`."""

    template: str
    rows: Any


@cache
def all_panels() -> dict[str, Panel]:
    """Return the panels by name, in the order of the page."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    found = {name: importlib.import_module(f"{__name__}.{name}").PANEL for name in names}
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def present(page: Page) -> dict[Slot, list[ShownPanel]]:
    """Return the panels of a page that have something to say, by slot."""
    page = replace(page, unclaimed=unclaimed(page.record))
    shown: dict[Slot, list[ShownPanel]] = {slot: [] for slot in get_args(Slot)}
    for name, panel in all_panels().items():
        rows = panel.rows(page)
        if rows or panel.says_empty:
            shown[panel.slot].append(ShownPanel(f"summary/panels/{name}.html", rows))
    return shown


def unclaimed(record: CancerRecord) -> list[Resource]:
    """Return the facts of a record that no panel claims."""
    claimed = {
        literal_reference(item) for panel in all_panels().values() for item in panel.claims(record)
    }
    return [item for item in record.facts() if literal_reference(item) not in claimed]
