"""The results in a record that stage a myeloma, and the stages that follow from them.

Only what was measured at diagnosis counts, since both systems stage the disease before treatment:
within 90 days of the diagnosis and before the first drug or radiation. The window is this app's
own and cautious. A result without a whole date, with a comparator, or in a unit that is not listed
is not used: nothing is guessed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from app.fhir.paths import get, items, text
from app.fhir.types import Element, Resource
from app.formatting import first_day, whole_day
from app.mcode.calculators.myeloma import Stage, iss, riss
from app.mcode.content import effective
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.recognise import kind_of
from app.terminology.systems import LOINC, SNOMED, known_codes

WINDOW = timedelta(days=90)

# Mass concentrations in serum or plasma; of albumin also by dye (BCG, BCP) and electrophoresis.
_CODES = {
    "microglobulin": ("1952-1", "83078-6"),
    "albumin": ("1751-7", "61151-7", "61152-5", "2862-1"),
    "ldh": ("2532-0", "14804-9", "14805-6"),
    "del(17p)": ("81746-0",),
    "t(4;14)": ("72726-3",),
    "t(14;16)": ("77033-9",),
}
LESIONS = ("del(17p)", "t(4;14)", "t(14;16)")
NAMES = {
    "microglobulin": "Beta-2-microglobulin",
    "albumin": "Albumin",
    "ldh": "LDH",
    **{lesion: lesion for lesion in LESIONS},
}
# To mg/L and to g/dL.
_FACTORS = {
    "microglobulin": {"mg/L": "1", "ug/mL": "1", "mg/dL": "10", "ug/L": "0.001", "ng/mL": "0.001"},
    "albumin": {"g/dL": "1", "g/L": "0.1"},
}
_DONE = frozenset({"final", "amended", "corrected"})
_UCUM = "http://unitsofmeasure.org"
_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_HIGH = frozenset({"H", "HH", "HU"})
_NOT_HIGH = frozenset({"N", "L", "LL", "LU"})
_FOUND = frozenset(
    {(SNOMED, "10828004"), (SNOMED, "260373001"), (SNOMED, "52101004"), (_INTERPRETATION, "POS")}
    | {(LOINC, "LA6576-8"), (LOINC, "LA9633-4"), (LOINC, "LA11882-0")}
)
_NOT_FOUND = frozenset(
    {(SNOMED, "260385009"), (SNOMED, "260415000"), (SNOMED, "2667000"), (_INTERPRETATION, "NEG")}
    | {(LOINC, "LA6577-6"), (LOINC, "LA9634-2"), (LOINC, "LA11883-8")}
)
_TEXTS = {
    "positive": True,
    "detected": True,
    "present": True,
    "negative": False,
    "not detected": False,
    "absent": False,
}


@dataclass(frozen=True)
class MyelomaResults:
    """The results at diagnosis by name (`NAMES`), and what they make: None where they do not."""

    found: dict[str, Resource]
    iss: Stage | None = None
    riss: Stage | None = None

    @property
    def of_iss(self) -> dict[str, Resource]:
        """The results that the ISS stage is made of."""
        return {n: r for n, r in self.found.items() if n in {"microglobulin", "albumin"}}


def myeloma_results(record: CancerRecord, primary: PrimaryCancer) -> MyelomaResults:
    """Return the results at the diagnosis of a myeloma that ISS and R-ISS ask for."""
    found = {
        name: result
        for name in NAMES
        if (result := _nearest(_candidates(record, primary, name), record, primary))
    }
    microglobulin, albumin = (amount(n, found.get(n, {})) for n in ("microglobulin", "albumin"))
    if microglobulin is None or albumin is None:
        return MyelomaResults(found)
    stage = iss(microglobulin, albumin)
    lesions = [lesion_found(found.get(lesion, {})) for lesion in LESIONS]
    high_risk = True if True in lesions else None if None in lesions else False
    revised = riss(stage, high_ldh=is_above_normal(found.get("ldh", {})), high_risk=high_risk)
    return MyelomaResults(found, stage, revised)


def amount(name: str, observation: Resource) -> Decimal | None:
    """Return beta-2-microglobulin in mg/L or albumin in g/dL; None for what is not sure."""
    value = observation.get("valueQuantity")
    number = _number(value)
    factor = _FACTORS[name].get(_unit(value) or "")
    return number * Decimal(factor) if number is not None and factor else None


def is_above_normal(observation: Resource) -> bool | None:
    """Tell whether a result is above the upper limit of its own laboratory.

    The limit has to be in the result's own unit and the only one there is. A result that is the
    limit itself is neither above nor below it in Palumbo's terms: None.
    """
    value = observation.get("valueQuantity")
    number = _number(value)
    ranges = items(observation.get("referenceRange"))
    if number is not None and len(ranges) == 1:
        high = ranges[0].get("high")
        limit = _number(high)
        if limit is not None:
            same = _unit(value) is not None and _unit(high) == _unit(value)
            return number > limit if same and number != limit else None
    flags = {
        code for flag in items(observation.get("interpretation")) for _, code in known_codes(flag)
    }
    if flags & _HIGH:
        return None if flags & _NOT_HIGH else True
    return False if flags & _NOT_HIGH else None


def lesion_found(observation: Resource) -> bool | None:
    """Tell whether a FISH result says that the lesion is there; None where it does not say."""
    value = observation.get("valueCodeableConcept")
    coded = [value, *items(observation.get("interpretation"))]
    codes = [code for concept in coded for code in known_codes(concept)]
    verdicts = {_FOUND_BY_CODE[code] for code in codes if code in _FOUND_BY_CODE}
    if written := text(observation.get("valueString")):
        verdicts |= {_TEXTS[written.casefold()]} if written.casefold() in _TEXTS else {True, False}
    if isinstance(flag := observation.get("valueBoolean"), bool):
        verdicts.add(flag)
    return verdicts.pop() if len(verdicts) == 1 else None


_FOUND_BY_CODE = dict.fromkeys(_FOUND, True) | dict.fromkeys(_NOT_FOUND, False)


def _candidates(record: CancerRecord, primary: PrimaryCancer, name: str) -> list[Resource]:
    """Return the results of a test; those of serum are the patient's, whichever cancer is named."""
    tests = {(LOINC, code) for code in _CODES[name]}
    found = [*primary.biomarkers]
    if name not in LESIONS:
        found += [*record.unlinked.biomarkers, *record.labs]
    return [result for result in found if known_codes(result.get("code")) & tests]


def _nearest(
    observations: Iterable[Resource], record: CancerRecord, primary: PrimaryCancer
) -> Resource | None:
    """Return the result nearest to the diagnosis among those that describe it."""
    diagnosed = whole_day(primary.diagnosed)
    if diagnosed is None:
        return None
    treated = [effective(r) for r in record.treatments if kind_of(r) != Kind.SURGERY]
    # Of a start that is known to the month or the year, its first day.
    begun = min((d for start in treated if (d := first_day(start))), default=None)
    found = [
        (abs(day - diagnosed), observation)
        for observation in observations
        if observation.get("status") in _DONE
        and (day := whole_day(effective(observation)))
        and abs(day - diagnosed) <= WINDOW
        and (begun is None or day <= begun)
    ]
    return min(found, key=lambda pair: pair[0], default=(None, None))[1]


def _number(value: Element | None) -> Decimal | None:
    if not isinstance(value, dict) or value.get("comparator"):
        return None
    number = value.get("value")
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        return None
    return Decimal(str(number))


def _unit(value: Element | None) -> str | None:
    """Return the unit of a quantity: its UCUM code, else its text if it names no system."""
    system, code = text(get(value, "system")), text(get(value, "code"))
    if code and system == _UCUM:
        return code
    return text(get(value, "unit")) if system in {None, _UCUM} else None
