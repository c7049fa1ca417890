"""How far a cancer has come: whether it was operated on, whether it has moved on."""

from __future__ import annotations

from app.fhir.paths import items, local_reference
from app.fhir.types import Resource
from app.mcode.content import effective
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.recognise import kind_of
from app.mcode.treatments import intent
from app.terminology.systems import SNOMED, known_codes

_PROGRESSING = (SNOMED, "271299001")
_DONE = frozenset({"completed", "in-progress"})


def was_operated_first(record: CancerRecord, primary: PrimaryCancer) -> bool:
    """Tell whether this cancer was operated on, biopsies aside, and before any other treatment.

    After drugs or radiation a pathologic stage is another kind of stage (yp), so the order matters.
    """
    dates = [
        effective(treatment) or ""
        for treatment in record.treatments
        if _is_operation_for(treatment, primary)
    ]
    others = [
        effective(treatment)
        for treatment in record.treatments
        if kind_of(treatment) != Kind.SURGERY
    ]
    return bool(dates) and all(is_later(other, min(dates)) for other in others if other)


def has_moved_on(primary: PrimaryCancer) -> bool:
    """Tell whether metastases, or progression as the newest status, are on record."""
    newest = primary.statuses[:1]
    return bool(primary.metastases) or any(
        _PROGRESSING in known_codes(status.get("valueCodeableConcept")) for status in newest
    )


def is_later(one: str, other: str) -> bool:
    """Tell whether a FHIR date is later than another for sure, at the precision that both have."""
    length = min(len(one[:10]), len(other[:10]))
    return one[:length] > other[:length]


def _is_operation_for(treatment: Resource, primary: PrimaryCancer) -> bool:
    reasons = {local_reference(reason) for reason in items(treatment.get("reasonReference"))}
    return (
        kind_of(treatment) == Kind.SURGERY
        and treatment.get("status") in _DONE
        and primary.reference in reasons
        and "diagnos" not in (intent(treatment) or "").lower()
    )
