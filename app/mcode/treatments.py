"""What medication and procedures say: the drug, its dosage, the aim and the reason of a status."""

from app.fhir.paths import get, text
from app.fhir.patterns import Pattern
from app.fhir.types import Element, Resource
from app.mcode.profiles import value_named
from app.mcode.valuesets import value_set
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
    """Return the dosage in the prescriber's words."""
    return text(get(resource, "dosageInstruction", "text")) or text(get(resource, "dosage", "text"))


def intent(resource: Resource) -> str | None:
    """Return the aim of a treatment in one word: "Curative", "Palliative" ..."""
    display = value_set("procedure-intent").display_of(value_named(resource, "intent"))
    return _INTENT.sub("", display) if display else None


def status_reason(resource: Resource) -> str | None:
    """Return in words why a treatment is in the state that it is in.

    Until STU3 mCODE had an extension for it.
    """
    stated = concept_text(get(resource, "statusReason"))
    return stated or concept_text(value_named(resource, "termination"))
