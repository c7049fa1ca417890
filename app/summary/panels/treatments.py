"""All treatments in one table, with each dose, session and volume irradiated.

What was done to look for the cancer stands under Procedures in "Also in the chart".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.fhir.types import Resource
from app.mcode.model import CancerRecord
from app.summary.panels._panel import Page, Panel
from app.summary.treatment import Treatment
from app.summary.treatments import treatments


@dataclass(frozen=True)
class Treatments:
    """`others` is how many procedures the page shows that are no treatment of the cancer."""

    rows: tuple[Treatment, ...]
    others: int


def _treatments(page: Page) -> Treatments:
    others = sum(fact["resourceType"] == "Procedure" for fact in page.unclaimed)
    return Treatments(tuple(_shown(page.treatments)), others)


def _shown(found: Iterable[Treatment]) -> Iterator[Treatment]:
    """Yield the treatments without what was done only to find out."""
    return (treatment for treatment in found if not treatment.diagnostic)


def _claims(record: CancerRecord) -> Iterator[Resource]:
    for treatment in _shown(treatments(record)):
        for name in (treatment.fact, *(part.fact for part in treatment.parts)):
            if name and (found := record.find(name)):
                yield found


PANEL = Panel("main", 30, rows=_treatments, claims=_claims, says_empty=True)
