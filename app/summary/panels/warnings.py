"""Why the page is incomplete: data not read or not granted, and data about another patient."""

from dataclasses import dataclass

from app.formatting import join
from app.summary.display import Shown, shown
from app.summary.panels._panel import Page, Panel, nothing
from app.summary.withheld import Withheld


@dataclass(frozen=True)
class Warnings:
    """`gaps` are (what could not be read, why), `divided` what is listed by category only."""

    gaps: tuple[tuple[str, str], ...]
    divided: str
    withheld: Withheld
    misfiled: tuple[Shown, ...]


def _warnings(page: Page) -> Warnings | None:
    misfiled = tuple(shown(page.record, resource) for resource in page.record.misfiled)
    divided = join(page.record.divided, ", ")
    if not (page.gaps or divided or page.withheld.sentences or misfiled):
        return None
    return Warnings(page.gaps, divided, page.withheld, misfiled)


PANEL = Panel("top", 10, rows=_warnings, claims=nothing)
