"""Reading the patient's cancer record from the EHR."""

from __future__ import annotations

from app.fhir.session import FhirSession
from app.mcode.assembly import assemble
from app.mcode.model import CancerRecord, Gap, Linked, PrimaryCancer, Stage
from app.mcode.reading import read_resources

__all__ = ["CancerRecord", "Gap", "Linked", "PrimaryCancer", "Stage", "read_record"]


def read_record(session: FhirSession, patient_id: str) -> CancerRecord:
    """Return the record of the patient `patient_id`.

    What the EHR refuses to show becomes a gap of the record. Raises FhirError only where the
    patient cannot be read.
    """
    reading = read_resources(session, patient_id)
    return assemble(
        reading.patient,
        reading.resources,
        gaps=reading.gaps,
        base=session.base,
        unreadable=reading.unreadable,
    )
