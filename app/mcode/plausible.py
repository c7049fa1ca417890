"""What can hardly be true: days outside of the patient's life, amounts that nobody has.

The forms ask about what is entered by the same bounds as the summary tells what the chart holds.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.fhir.paths import choice, extension_value, extensions, get, items, text
from app.fhir.patterns import Pattern
from app.fhir.quantity import Quantity
from app.fhir.types import Resource
from app.mcode.content import ASSERTED_DATE, is_later
from app.mcode.dosages import dosage_steps
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.mcode.profiles import EXTENSION
from app.mcode.vitals import is_possible, is_vital
from app.terminology.systems import LOINC, known_codes

# The largest dose in use is that of methotrexate in osteosarcoma, 12 g/m2 (label of methotrexate
# injection); 2.5 m2 and 100 kg are a large patient's. Radioactive iodine with MIBG goes to some
# 30 GBq. Interleukins are given in millions of units: there is no bound to name.
LARGEST_DOSES = {
    "g/m2": Decimal(12),
    "mg/m2": Decimal(12_000),
    "g": Decimal(30),
    "mg": Decimal(30_000),
    "mg/kg": Decimal(300),
    "ug": Decimal(30_000_000),
    "ug/kg": Decimal(300_000),
    "MBq": Decimal(60_000),
    "GBq": Decimal(60),
    "mL": Decimal(5_000),
}
LONGEST_SIZE = Decimal(2_000)  # mm
SMALLEST_SURFACE, LARGEST_SURFACE = Decimal("0.1"), Decimal(4)  # m2
_WHOLE = Decimal(100)
_MOST_GRAY = Decimal(1_000)
_MILLIMETERS = {"mm": Decimal(1), "cm": Decimal(10), "m": Decimal(1_000)}
_GRAY = {"cGy": Decimal("0.01"), "Gy": Decimal(1)}
# The highest of each scale; ECOG has 5 for death.
_HIGHEST_SCORES = {"89247-1": 5, "89243-0": 100}
# Counts and amounts of substance; a base excess or a temperature may be below zero.
_NEVER_NEGATIVE = Pattern(r"(?:[munpk]?g|[mk]?\[?i?U\]?|10\*\d+)/.*|k?g|[cm]?m2?")
_PLANNED = frozenset({"planned", "draft", "intended", "preparation", "not-done", "not-taken"})
_PLANS = frozenset({"proposal", "plan", "option"})


class Doubt(StrEnum):
    """Why something can hardly be true, as it follows "3 entries"."""

    FUTURE = "dated in the future"
    BIRTH = "dated before the birth"
    DEATH = "dated after the death"
    NEGATIVE = "with a negative amount"
    PERCENT = "with more than 100 %"
    SIZE = "of a tumor larger than 2 m"
    DOSE = "with a dose beyond any in use"
    BODY = "of a height, weight or surface that nobody has"
    SCORE = "with a score that the scale does not have"


def outside_life(patient: Resource, day: str, today: date) -> set[Doubt]:
    """Return why a FHIR date is outside of the patient's life so far, nothing where it is not.

    A clinician's own date may be a day ahead of the server's.
    """
    birth, death = text(patient.get("birthDate")), text(patient.get("deceasedDateTime"))
    tomorrow = (today + timedelta(days=1)).isoformat()
    found = {
        Doubt.BIRTH: birth and is_later(birth, day),
        Doubt.DEATH: death and is_later(day, death),
        Doubt.FUTURE: is_later(day, tomorrow),
    }
    return {doubt for doubt, holds in found.items() if holds}


def doubtful_amount(amount: Quantity) -> Doubt | None:
    """Return why an amount of whatever can hardly be true."""
    if amount.value < 0:
        return Doubt.NEGATIVE
    return Doubt.PERCENT if amount.unit == "%" and amount.value > _WHOLE else None


def doubtful_dose(dose: Quantity) -> Doubt | None:
    """Return why one dose of a drug can hardly be meant."""
    largest = LARGEST_DOSES.get(dose.unit)
    return Doubt.DOSE if largest is not None and dose.value > largest else doubtful_amount(dose)


def doubts_about(record: CancerRecord, fact: Resource, today: date) -> Iterator[Doubt]:
    """Yield why a fact of the record can hardly be true as it stands."""
    for day in _days(fact):
        found = outside_life(record.patient, day, today)
        yield from sorted(found - {Doubt.FUTURE} if _is_planned(fact) else found)
    if fact["resourceType"] == "Observation":
        yield from _doubts_about_values(record, fact)
    elif record.kind(fact) in {Kind.MEDICATION, Kind.RADIOTHERAPY}:
        yield from filter(None, _doubts_about_doses(fact))


def _days(fact: Resource) -> Iterator[str]:
    """Yield when it was so; the day on which something was recorded or issued may be any later."""
    values = [choice(fact, stem)[1] for stem in ("effective", "performed", "onset")]
    values += [extension_value(fact, ASSERTED_DATE), fact.get("authoredOn")]
    if fact["resourceType"] == "AdverseEvent":
        values.append(fact.get("date"))
    for value in values:
        day = text(value) or text(get(value, "start")) or ""
        # An onset may be in words.
        if day[:4].isdecimal():
            yield day


def _is_planned(fact: Resource) -> bool:
    return fact.get("status") in _PLANNED or fact.get("intent") in _PLANS


def _doubts_about_values(record: CancerRecord, fact: Resource) -> Iterator[Doubt]:
    kind = record.kind(fact)
    values = [fact, *items(fact.get("component"))]
    for amount in filter(None, (Quantity.of(value.get("valueQuantity")) for value in values)):
        found = doubtful_amount(amount)
        known = kind is not None or (found == Doubt.NEGATIVE and _is_never_negative(amount))
        if found and known:
            yield found
        factor = _MILLIMETERS.get(amount.unit) if kind == Kind.TUMOR_SIZE else None
        if factor and amount.value * factor > LONGEST_SIZE:
            yield Doubt.SIZE
    if not _is_of_a_body(fact, kind):
        yield Doubt.BODY
    highest = [_HIGHEST_SCORES.get(c) for s, c in known_codes(fact.get("code")) if s == LOINC]
    score = fact.get("valueInteger")
    if isinstance(score, int) and any(most and not 0 <= score <= most for most in highest):
        yield Doubt.SCORE


def _is_never_negative(amount: Quantity) -> bool:
    return _NEVER_NEGATIVE.fullmatch(amount.unit) is not None


def _is_of_a_body(fact: Resource, kind: Kind | None) -> bool:
    """Tell whether a height, weight or surface is one that somebody has; True for anything else."""
    amount = Quantity.of(fact.get("valueQuantity"))
    if amount is None:
        return True
    if kind == Kind.BODY_SURFACE and amount.unit == "m2":
        return SMALLEST_SURFACE <= amount.value <= LARGEST_SURFACE
    return all(is_possible(n, amount) for n in ("height", "weight") if is_vital(fact, n))


def _doubts_about_doses(fact: Resource) -> Iterator[Doubt | None]:
    steps = dosage_steps(fact)
    given: list[Any] = [step.get("dose") for step in steps]
    given += [rate.get("doseQuantity") for step in steps for rate in items(step.get("doseAndRate"))]
    yield from (doubtful_dose(dose) for dose in map(Quantity.of, given) if dose)
    for delivered in extensions(fact, EXTENSION["volume"]):
        total = Quantity.of(extension_value(delivered, "totalDoseDelivered"))
        if total:
            large = total.value * _GRAY.get(total.unit, Decimal(0)) > _MOST_GRAY
            yield Doubt.DOSE if large else doubtful_amount(total)
