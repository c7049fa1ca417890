"""All treatments in one table, with each dose and each volume irradiated."""

from collections.abc import Iterator

from app.fhir.types import Resource
from app.mcode.model import CancerRecord
from app.summary.panels._panel import Panel
from app.summary.treatments import treatments


def _claims(record: CancerRecord) -> Iterator[Resource]:
    for treatment in treatments(record):
        for name in (treatment.fact, *(part.fact for part in treatment.parts)):
            if name and (found := record.find(name)):
                yield found


PANEL = Panel("main", 30, rows=lambda page: page.treatments, claims=_claims, says_empty=True)
