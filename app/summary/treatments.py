"""All treatments of a patient: drugs, surgery, radiotherapy by volume, and other procedures."""

from collections.abc import Iterator
from typing import Any

from app.fhir.paths import (
    choice,
    extension_value,
    extensions,
    literal_reference,
    local_reference,
    text,
)
from app.fhir.types import Resource
from app.formatting import join, quantity
from app.mcode.content import body_site, moment
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.mcode.profiles import EXTENSION, STRUCTURES
from app.mcode.recognise import kind_of
from app.mcode.treatments import intent
from app.summary.display import Shown, author, structure_display
from app.summary.drugs import drugs
from app.summary.treatment import Treatment, reasons, state
from app.terminology.concept import concept_text


def treatments(record: CancerRecord) -> tuple[Treatment, ...]:
    """Return all treatments, newest first; those without a date come last."""
    volumes = _Volumes(record)
    procedures = [
        _procedure(record, item, volumes)
        for item in record.treatments
        if item.get("resourceType") == "Procedure"
    ]
    found = [*drugs(record), *procedures]
    return tuple(sorted(found, key=lambda item: moment(item.start or item.end), reverse=True))


def _procedure(record: CancerRecord, procedure: Resource, volumes: "_Volumes") -> Treatment:
    kind = kind_of(procedure)
    start, end = _performed(procedure)
    name = concept_text(procedure.get("code")) or "Procedure without a name"
    diagnostic = intent(procedure) == "Diagnostic" or "biopsy" in name.lower()
    if kind == Kind.RADIOTHERAPY:
        lane, detail = "Radiotherapy", _dose_delivered(record, procedure)
    else:
        # Charts file biopsies and aspirations under surgery, though nothing is removed to cure.
        lane = "Surgery" if kind == Kind.SURGERY and not diagnostic else "Procedure"
        detail = body_site(procedure) or ""
    return Treatment(
        lane=lane,
        name=name,
        detail=detail,
        state=state(procedure),
        intent=intent(procedure),
        by=author(record, procedure),
        start=start,
        end=end,
        reasons=reasons(procedure),
        diagnostic=diagnostic,
        key=literal_reference(procedure),
        parts=tuple(volumes.of(procedure)),
    )


def _dose_delivered(record: CancerRecord, procedure: Resource) -> str:
    """Return dose and fractions of each volume, and with what they were given (mCODE 4.0.0)."""
    doses = []
    for delivered in extensions(procedure, EXTENSION["volume"]):
        volume = extension_value(delivered, "volume")
        found = record.find(local_reference(volume) or "") or {}
        location = text(found.get("description")) or concept_text(found.get("location"))
        if location and (doubt := record.doubt_about(found)):
            location = f"{location} ({doubt})"
        dose = quantity(extension_value(delivered, "totalDoseDelivered"), "")
        fractions = extension_value(delivered, "fractionsDelivered")
        shown = join([dose, fractions and _fractions(fractions)], " ")
        doses.append(join([location, shown], ": "))
    technique = extensions(procedure, f"{STRUCTURES}mcode-radiotherapy-modality-and-technique")
    methods = [
        concept_text(extension_value(part, f"{STRUCTURES}mcode-radiotherapy-{name}"))
        for part in technique
        for name in ("modality", "technique")
    ]
    return join([*doses, join(methods, ", ")]) or body_site(procedure) or ""


class _Volumes:
    """What was irradiated; a volume of several procedures is a fact of the first.

    One that is a tumor too is a fact where tumors are shown.
    """

    def __init__(self, record: CancerRecord) -> None:
        self._known = {
            name: fact
            for fact in record.facts()
            if fact["resourceType"] == "BodyStructure" and (name := literal_reference(fact))
        }
        self._shown = set(self._known) - set(record.others)

    def of(self, procedure: Resource) -> Iterator[Shown]:
        """Yield the volumes of a procedure that are facts of the record."""
        for delivered in extensions(procedure, EXTENSION["volume"]):
            name = local_reference(extension_value(delivered, "volume")) or ""
            if found := self._known.get(name):
                yield Shown("Volume", structure_display(found), found, repeats=name in self._shown)
                self._shown.add(name)


def _fractions(count: Any) -> str:
    return "in 1 fraction" if count == 1 else f"in {count} fractions"


def _performed(procedure: Resource) -> tuple[str | None, str | None]:
    _, value = choice(procedure, "performed")
    if isinstance(value, dict):
        return text(value.get("start")), text(value.get("end"))
    return text(value), text(value)
