"""What medication and procedures say: the drug, its dosage, the aim and the reason of a status."""

from decimal import Decimal
from math import inf

from app.fhir.paths import get, text
from app.fhir.patterns import Pattern
from app.fhir.types import Element, Resource
from app.formatting import join
from app.mcode.dosage_text import contradictions
from app.mcode.dosages import dosage_display, dosage_elements, dosage_steps
from app.mcode.profiles import value_named
from app.terminology.concept import concept_text

# "Curative - procedure intent", "Preventive - intent", "Diagnostic intent"
_INTENT = Pattern(r"(?: -)?(?: procedure)? intent$")


def medication_concept(resource: Resource, medication: Resource | None = None) -> Element | None:
    """Return the drug of a MedicationRequest or -Administration; `medication` is its Medication."""
    concept = resource.get("medicationCodeableConcept")
    if not isinstance(concept, dict):
        concept = (medication or {}).get("code")
    return concept if isinstance(concept, dict) else None


def medication_text(resource: Resource, medication: Resource | None = None) -> str | None:
    """Return the name of the drug."""
    named = text(get(resource, "medicationReference", "display"))
    return concept_text(medication_concept(resource, medication)) or named


def dosage_text(resource: Resource) -> str | None:
    """Return the dosage in the order of its steps: in the prescriber's words, else as coded.

    What is coded stands behind the words where they say something else, or do not name the dose.
    """
    return join(map(_step, sorted(dosage_steps(resource), key=_sequence)), "; ") or None


def _sequence(step: Element) -> float:
    number = step.get("sequence")
    return float(number) if isinstance(number, int | Decimal) else inf


def _step(step: Element) -> str:
    words, coded = text(step.get("text")) or "", dosage_display(step)
    if not words:
        return coded
    doses = (said for label, said, _ in dosage_elements(step) if label in {"Dose", "Rate"})
    unsaid = not all(said.removeprefix("at ").partition(" ")[0] in words for said in doses)
    return f"{words} (coded: {coded})" if unsaid or contradictions(step) else words


def intent(resource: Resource) -> str | None:
    """Return the aim of a treatment in one word: "Curative", "Palliative" ..."""
    display = concept_text(value_named(resource, "intent"))
    return _INTENT.sub("", display) if display else None


def status_reason(resource: Resource) -> str | None:
    """Return in words why a treatment is in the state that it is in.

    Until STU3 mCODE had an extension for it.
    """
    stated = concept_text(get(resource, "statusReason"))
    return stated or concept_text(value_named(resource, "termination"))
