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
from app.summary.panels._room import OF_PAGE, OF_PANEL, Room


@dataclass(frozen=True)
class ShownPanel:
    """A panel with something to say: what its template prints as `panel.rows`.

    The page has no room for further records, `left_out` of them, and for `lines` that show none.
    """

    template: str
    rows: Any
    left_out: int = 0
    lines: int = 0


@cache
def all_panels() -> dict[str, Panel]:
    """Return the panels by name, in the order of the page."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    found = {name: importlib.import_module(f"{__name__}.{name}").PANEL for name in names}
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def present(page: Page, *slots: Slot) -> dict[Slot, list[ShownPanel]]:
    """Return the panels of a page that have something to say, by slot; of all slots or of some.

    What there is no room for is left out and counted.
    """
    shown: dict[Slot, list[ShownPanel]] = {slot: [] for slot in slots or get_args(Slot)}
    if "main" in shown:  # what nobody claims stands there alone, and takes the claims of all
        page = replace(page, unclaimed=unclaimed(page.record))
    left = OF_PAGE
    for name, panel in all_panels().items():
        if panel.slot not in shown:
            continue
        rows = panel.rows(page)
        if not (rows or panel.says_empty):
            continue
        room = Room(min(OF_PANEL, left))
        given = room.left
        rows = room.fit(rows)
        left -= given - room.left
        template = f"summary/panels/{name}.html"
        shown[panel.slot].append(ShownPanel(template, rows, room.records, room.lines))
    return shown


def unclaimed(record: CancerRecord) -> list[Resource]:
    """Return the facts of a record that no panel claims."""
    claimed = {
        literal_reference(item) for panel in all_panels().values() for item in panel.claims(record)
    }
    return [item for item in record.facts() if literal_reference(item) not in claimed]
