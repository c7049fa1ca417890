"""All treatments of a patient: drugs, surgery, radiotherapy and other procedures."""

from __future__ import annotations

from app.mcode.model import CancerRecord
from app.summary.drugs import drugs
from app.summary.procedures import procedures
from app.summary.treatment import Treatment

__all__ = ["Treatment", "treatments"]


def treatments(record: CancerRecord) -> tuple[Treatment, ...]:
    """Return all treatments, newest first; those without a date come last."""
    found = [*drugs(record), *procedures(record)]
    return tuple(sorted(found, key=lambda item: item.start or item.end or "", reverse=True))
