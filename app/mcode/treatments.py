"""What medication and procedures say: the drug, its dosage, the aim and the reason of a status."""

from app.fhir.paths import get, text
from app.fhir.types import Element, Resource
from app.mcode.profiles import value_named
from app.terminology.concept import concept_text

# Of codes that come without words (mCODE 4.0.0, Procedure Intent Value Set).
_INTENTS = {
    "373808002": "Curative",
    "363676003": "Palliative",
    "399707004": "Supportive",
    "261004008": "Diagnostic",
    "129428001": "Preventive",
    "429892002": "Guidance",
    "360156006": "Screening",
    "447295008": "Forensic",
}


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
    """Return the aim of a treatment in words: curative, palliative ..."""
    words = concept_text(value_named(resource, "intent"))
    return _INTENTS.get(words, words) if words else None


def status_reason(resource: Resource) -> str | None:
    """Return in words why a treatment is in the state that it is in.

    Until STU3 mCODE had an extension for it.
    """
    stated = concept_text(get(resource, "statusReason"))
    return stated or concept_text(value_named(resource, "termination"))
