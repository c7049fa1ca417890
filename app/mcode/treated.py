"""Treatments in the record: the cancer each is for, the orders, the volumes, what came first."""

from app.fhir.paths import get, items, local_reference, text
from app.fhir.types import Resource
from app.formatting import join
from app.mcode.content import effective, is_later
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.procedures import is_diagnostic, is_operation
from app.mcode.treatments import medication_text
from app.terminology.concept import concept_text
from app.terminology.systems import SNOMED, known_codes


def treated_cancer(record: CancerRecord, treatment: Resource) -> PrimaryCancer | None:
    """Return the primary cancer that a treatment names as its reason, itself or by a metastasis.

    A reason that is only coded tells which one it is where just one has that code.
    """
    for reference in items(treatment.get("reasonReference")):
        reason = record.find(local_reference(reference) or "")
        if reason and (primary := record.primary_of(reason)):
            return primary
    named = {code for reason in items(treatment.get("reasonCode")) for code in known_codes(reason)}
    fitting = {p.id: p for code in named for p in record.primaries_coded(*code)}
    return next(iter(fitting.values())) if len(fitting) == 1 else None


def orders(record: CancerRecord, primary: PrimaryCancer | None) -> list[Resource]:
    """Return the orders of drugs for a primary and those that name none; without one, all."""
    found = [r for r in record.treatments if r["resourceType"] == "MedicationRequest"]
    if primary is None:
        return found
    return [order for order in found if treated_cancer(record, order) in (None, primary)]


def medication_of(record: CancerRecord, treatment: Resource) -> Resource | None:
    """Return the Medication that an order or administration refers to, if the chart shows it."""
    reference = treatment.get("medicationReference")
    named = text(get(reference, "reference")) or ""
    if named.startswith("#"):
        contained = items(treatment.get("contained"))
        ids = {named, named[1:]}
        return next((part for part in contained if part.get("id") in ids), None)
    return record.find(local_reference(reference) or "")


def drug_name(record: CancerRecord, treatment: Resource) -> str:
    """Return the name of the drug of an order or administration, empty where none is given.

    Where it is named twice, by a code and by a Medication, and not alike, both names.
    """
    medication = medication_of(record, treatment)
    named = [medication_text(treatment, medication)]
    if treatment.get("medicationCodeableConcept"):
        named.append(concept_text((medication or {}).get("code")))
    return join(dict.fromkeys(named), "; ")


def volume_name(volume: Resource) -> str:
    """Return how a radiotherapy volume is known: its name, its description, or where it lies."""
    named = (
        text(identifier.get("value"))
        for identifier in items(volume.get("identifier"))
        if identifier.get("use") == "usual"
    )
    words = next(filter(None, named), None) or text(volume.get("description"))
    return words or concept_text(volume.get("location")) or "Volume without a name"


_PROGRESSING = (SNOMED, "271299001")
_DONE = frozenset({"completed", "in-progress"})


def was_operated_first(record: CancerRecord, primary: PrimaryCancer) -> bool:
    """Tell whether this cancer was operated on, biopsies aside, and before any other treatment.

    After drugs or radiation a pathologic stage is another kind of stage (yp), so the order matters.
    """
    dates = [
        effective(treatment) or ""
        for treatment in record.treatments
        if _is_operation_for(record, treatment, primary)
    ]
    others = [
        effective(treatment)
        for treatment in record.treatments
        if not (_is_operation(record, treatment) or is_diagnostic(treatment))
    ]
    return bool(dates) and all(is_later(other, min(dates)) for other in others if other)


def has_progressed(primary: PrimaryCancer) -> bool:
    """Tell whether metastases, or progression as the newest status, are on record."""
    newest = primary.statuses[:1]
    return bool(primary.metastases) or any(
        _PROGRESSING in known_codes(status.get("valueCodeableConcept")) for status in newest
    )


def _is_operation(record: CancerRecord, treatment: Resource) -> bool:
    return record.kind(treatment) == Kind.SURGERY and is_operation(treatment)


def _is_operation_for(record: CancerRecord, treatment: Resource, primary: PrimaryCancer) -> bool:
    reasons = {local_reference(reason) for reason in items(treatment.get("reasonReference"))}
    return (
        _is_operation(record, treatment)
        and treatment.get("status") in _DONE
        and bool(primary.references & reasons)
    )
