"""Height and weight as they were measured last."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.fhir.paths import literal_reference
from app.fhir.quantity import Quantity
from app.fhir.types import Resource
from app.mcode.calculators.body_surface import CENTIMETERS, KILOGRAMS, centimeters, kilograms
from app.mcode.codes import HEIGHT_CODES, WEIGHT_CODES
from app.mcode.content import effective, is_later, newest_first
from app.mcode.model import CancerRecord
from app.terminology.systems import known_codes

_VITALS = {"height": (HEIGHT_CODES, centimeters), "weight": (WEIGHT_CODES, kilograms)}
_UNITS = {"height": CENTIMETERS, "weight": KILOGRAMS}
_DONE = frozenset({"final", "amended", "corrected"})
_DAY = 10


@dataclass(frozen=True)
class Vital:
    """A measurement: its amount as recorded, and the Observation that has it."""

    amount: Quantity
    resource: Resource

    @property
    def date(self) -> str:
        """Return the day of the measurement."""
        return (effective(self.resource) or "")[:_DAY]

    @property
    def reference(self) -> str:
        """Return `Observation/id`."""
        return literal_reference(self.resource) or ""


def newest_vital(record: CancerRecord, name: str, today: date) -> Vital | None:
    """Return the last measured "height" or "weight" that a formula can take.

    It has a day, a plain number and a unit that can be converted. What is dated in the future is a
    slip of the pen; a clinician's own date may be a day ahead.
    """
    last = (today + timedelta(days=1)).isoformat()
    found = [
        vital
        for resource in record.facts()
        if is_vital(resource, name)
        and (vital := _vital(resource, name))
        and not is_later(vital.date, last)
    ]
    return max(found, key=lambda vital: newest_first(vital.resource), default=None)


def is_vital(resource: Resource, name: str) -> bool:
    """Tell whether an Observation is a measured "height" or "weight"."""
    codes, _ = _VITALS[name]
    return bool(known_codes(resource.get("code")) & codes)


def is_possible(name: str, amount: Quantity) -> bool:
    """Tell whether somebody can have this "height" or "weight".

    Of a bound, as "<150 kg", or in an unknown unit nothing tells that nobody has it.
    """
    _, convert = _VITALS[name]
    is_plain = amount.unit in _UNITS[name] and not amount.comparator
    return not is_plain or convert(amount.value, amount.unit) is not None


def _vital(resource: Resource, name: str) -> Vital | None:
    amount = Quantity.of(resource.get("valueQuantity"))
    plain = amount and amount.unit and not amount.comparator
    if amount is None or not plain or resource.get("status") not in _DONE:
        return None
    vital = Vital(amount, resource)
    _, convert = _VITALS[name]
    whole_day = len(vital.date) == _DAY and vital.reference
    return vital if whole_day and convert(amount.value, amount.unit) is not None else None
