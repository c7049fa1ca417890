"""What medication and procedures say: the drug, its dosage, the aim and the reason of a status."""

from collections.abc import Iterator
from decimal import Decimal
from math import inf

from app.fhir.paths import get, items, text
from app.fhir.patterns import Pattern
from app.fhir.types import Element, Resource
from app.formatting import join
from app.mcode.profiles import value_named
from app.mcode.values import value_text
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

    A coded dose that the words do not name stands behind them.
    """
    steps = [*items(resource.get("dosageInstruction")), *items(resource.get("dosage"))]
    steps.sort(key=_sequence)
    return join(filter(None, map(_step, steps)), "; ") or None


def _sequence(step: Element) -> float:
    number = step.get("sequence")
    return float(number) if isinstance(number, int | Decimal) else inf


def _step(step: Element) -> str:
    words = text(step.get("text")) or ""
    doses = [found for found in _doses(step) if found.partition(" ")[0] not in words]
    route = concept_text(step.get("route"))
    coded = join([join(doses, ", "), route], ", ") if doses else ""
    if words:
        return f"{words} (coded: {coded})" if coded else words
    return join([coded, concept_text(get(step, "timing", "code"))], ", ")


def _doses(step: Element) -> Iterator[str]:
    """Yield the doses of a step, of an administration its one dose, else its rates."""
    given = [*items(step.get("doseAndRate")), {"doseQuantity": step.get("dose")}]
    for names in (("doseQuantity", "doseRange"), ("rateQuantity", "rateRange", "rateRatio")):
        values = [entry.get(name) for entry in (*given, step) for name in names]
        if found := [said for value in values if value and (said := value_text(value))]:
            yield from dict.fromkeys(found)
            return


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
