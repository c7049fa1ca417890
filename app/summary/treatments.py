"""Treatments: surgery, radiotherapy, and each drug, its order and administrations as one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.fhir.paths import (
    choice,
    extension_value,
    extensions,
    get,
    items,
    key,
    local_reference,
    text,
)
from app.fhir.types import Resource
from app.formatting import join, partial_date, quantity
from app.mcode.codes import Kind
from app.mcode.facts import body_site, concept_text, effective
from app.mcode.model import CancerRecord
from app.mcode.profiles import EXTENSION, STRUCTURES
from app.mcode.recognise import kind_of
from app.mcode.treatments import dosage_text, intent, medication_text
from app.summary.words import author

_LANES = {Kind.SURGERY: "Surgery", Kind.RADIOTHERAPY: "Radiotherapy"}
_STATES = {
    "active": "under way",
    "in-progress": "under way",
    "draft": "planned",
    "preparation": "planned",
    "not-done": "not done",
}
_PLANS = frozenset({"proposal", "plan", "option"})
_ENDED = frozenset({"completed", "stopped", "cancelled", "not-done", "ended"})


@dataclass(frozen=True)
class Treatment:
    """`start` and `end` are FHIR dates; what was done on one day has both."""

    lane: str
    name: str
    detail: str
    state: str
    intent: str | None
    by: str | None
    start: str | None
    end: str | None
    reasons: frozenset[str]
    diagnostic: bool

    @property
    def period(self) -> tuple[str, str]:
        """From when and to when, in words; both are empty where nothing is said."""
        start = partial_date(self.start, "start not recorded")
        if self.end:
            return start, "" if self.end == self.start else f"to {partial_date(self.end)}"
        if not self.start:
            return "no date", ""
        return start, "onwards" if self.under_way else "end unknown"

    @property
    def under_way(self) -> bool:
        return self.state.startswith("under way")

    @property
    def happened(self) -> bool:
        return not self.state.startswith(("planned", "not done", "cancelled"))

    @property
    def is_against_cancer(self) -> bool:
        """Tell whether it was done, and not only to find out or to make something else bearable."""
        return self.happened and "supportive" not in (self.intent or "").lower()


def treatments(record: CancerRecord) -> tuple[Treatment, ...]:
    """Return all treatments, newest first; those without a date come last."""
    orders = {key(item): item for item in record.treatments if _is(item, "MedicationRequest")}
    given: dict[str, list[Resource]] = {}
    for item in record.treatments:
        if _is(item, "MedicationAdministration", "MedicationStatement"):
            order = local_reference(item.get("request"))
            group = order if order in orders else _drug(record, item)
            given.setdefault(str(group), []).append(item)
    found = [_ordered(record, order, given.pop(str(name), [])) for name, order in orders.items()]
    found += [_given(record, group) for group in given.values()]
    found += [_procedure(record, item) for item in record.treatments if _is(item, "Procedure")]
    return tuple(sorted(found, key=lambda item: item.start or item.end or "", reverse=True))


def _is(resource: Resource, *types: str) -> bool:
    return resource.get("resourceType") in types


def _ordered(record: CancerRecord, order: Resource, given: list[Resource]) -> Treatment:
    """Return a drug as ordered; the days on which it was given count for more than the plan."""
    planned = get(order, "dosageInstruction", "timing", "repeat", "boundsPeriod")
    days = _days(given)
    status = str(order.get("status"))
    first = days[0] if days else text(get(planned, "start")) or text(order.get("authoredOn"))
    last = text(get(planned, "end"))
    if status in _ENDED:
        last = days[-1] if days else last
    state = "planned" if order.get("intent") in _PLANS else _state(order)
    dosage = dosage_text(order) or _dose(get(order, "dosageInstruction", "doseAndRate"))
    return Treatment(
        lane="Systemic",
        name=_drug(record, order),
        detail=join([dosage, _times(given)]),
        state=state,
        intent=_aim(order),
        by=author(record, order),
        start=first,
        end=last,
        reasons=_reasons(order, *given),
        diagnostic=False,
    )


def _given(record: CancerRecord, group: list[Resource]) -> Treatment:
    days = _days(group)
    newest = group[0]
    return Treatment(
        lane="Systemic",
        name=_drug(record, newest),
        detail=join([dosage_text(newest) or _dose(newest.get("dosage")), _times(group)]),
        state=_state(newest),
        intent=_aim(newest),
        by=author(record, newest),
        start=days[0] if days else None,
        end=days[-1] if days else None,
        reasons=_reasons(*group),
        diagnostic=False,
    )


def _procedure(record: CancerRecord, procedure: Resource) -> Treatment:
    kind = kind_of(procedure)
    start, end = _performed(procedure)
    name = concept_text(procedure.get("code")) or "Procedure without a name"
    is_radiotherapy = kind == Kind.RADIOTHERAPY
    return Treatment(
        lane=_LANES.get(kind, "Procedure") if kind else "Procedure",
        name=name,
        detail=_dose_delivered(record, procedure)
        if is_radiotherapy
        else body_site(procedure) or "",
        state=_state(procedure),
        intent=_aim(procedure),
        by=author(record, procedure),
        start=start,
        end=end,
        reasons=_reasons(procedure),
        diagnostic=_aim(procedure) == "Diagnostic" or "biopsy" in name.lower(),
    )


def _dose_delivered(record: CancerRecord, procedure: Resource) -> str:
    """Return dose and fractions of each volume, and with what they were given (mCODE 4.0.0)."""
    doses = []
    for delivered in extensions(procedure, EXTENSION["volume"]):
        volume = extension_value(delivered, "volume")
        found = record.find(local_reference(volume) or "") or {}
        place = text(found.get("description")) or concept_text(found.get("location"))
        dose = quantity(extension_value(delivered, "totalDoseDelivered"), "")
        fractions = extension_value(delivered, "fractionsDelivered")
        shown = join([dose, fractions and _fractions(fractions)], " ")
        doses.append(join([place, shown], ": "))
    technique = extensions(procedure, f"{STRUCTURES}mcode-radiotherapy-modality-and-technique")
    words = [
        concept_text(extension_value(part, f"{STRUCTURES}mcode-radiotherapy-{name}"))
        for part in technique
        for name in ("modality", "technique")
    ]
    return join([*doses, join(words, ", ")]) or body_site(procedure) or ""


def _fractions(count: Any) -> str:
    return "in 1 fraction" if count == 1 else f"in {count} fractions"


def _performed(procedure: Resource) -> tuple[str | None, str | None]:
    _, value = choice(procedure, "performed")
    if isinstance(value, dict):
        return text(value.get("start")), text(value.get("end"))
    return text(value), text(value)


def _state(resource: Resource) -> str:
    status = text(resource.get("status")) or "state not recorded"
    reason = get(resource, "statusReason")
    why = concept_text(reason) if isinstance(reason, dict) else None
    words = _STATES.get(status, status.replace("-", " "))
    return f"{words}: {why}" if why else words


def _drug(record: CancerRecord, resource: Resource) -> str:
    medication = record.find(local_reference(resource.get("medicationReference")) or "")
    return medication_text(resource, medication) or "Drug without a name"


def _dose(dosage: Any) -> str | None:
    for name in ("doseQuantity", "dose", "rateQuantity"):
        if words := quantity(get(dosage, name), ""):
            return words
    return None


def _days(given: Iterable[Resource]) -> list[str]:
    return sorted(day for item in given if (day := effective(item)))


def _aim(resource: Resource) -> str | None:
    """Return the intent in one word, as "Curative" of "Curative - procedure intent"."""
    return re.sub(r"(?: - procedure)? intent$", "", intent(resource) or "") or None


def _times(given: list[Resource]) -> str | None:
    done = [item for item in given if item.get("status") != "not-done"]
    return f"given {len(done)} ×" if done else None


def _reasons(*resources: Resource) -> frozenset[str]:
    """Return the `Type/id` of the Conditions that the treatment is for."""
    found = (
        local_reference(reason)
        for item in resources
        for reason in items(item.get("reasonReference"))
    )
    return frozenset(reference for reference in found if reference)
