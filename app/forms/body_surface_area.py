"""Body surface area, computed from height and weight or entered as it was found.

Source: mCODE 4.0.0, Body Surface Area, a vital sign of US Core. Formulas: Mosteller, N Engl J Med
1987;317:1098, and DuBois and DuBois, Arch Intern Med 1916;17:863. The height and weight that were
used stand in the record as components; where the chart has them, as what it is derived from too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from app.fhir.paths import items, local_reference
from app.fhir.quantity import Quantity
from app.fhir.types import Element, Resource
from app.formatting import partial_date
from app.forms._answers import Answer, Coding, PartialDate
from app.forms._definition import Prefill, Question, Subject
from app.forms._elements.datatypes import Amount, Unit
from app.forms._elements.paths import Component, Replaced
from app.forms._elements.single import Coded
from app.forms._fields.base import Option, Target
from app.forms._fields.choices import CodedRadio
from app.forms._fields.numbers import Measure
from app.forms._new import ObservationForm
from app.forms._shared.common import amount, effective_date, others
from app.mcode.calculators.body_surface import (
    body_mass_index,
    centimeters,
    dubois,
    kilograms,
    mosteller,
)
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.mcode.vitals import Vital, is_vital, newest_vital
from app.terminology.concept import Concept, TypedConcept
from app.terminology.lists import ConceptList
from app.terminology.systems import LOINC

_HEIGHT = Component(Concept(LOINC, "8302-2", "Body height"))
_WEIGHT = Component(Concept(LOINC, "29463-7", "Body weight"))
_LIMITS = {"height": "20 to 260 cm", "weight": "0.3 to 450 kg"}
# A difference beyond rounding, in m2.
_ROUNDING = Decimal("0.02")
# Body mass indices in kg/m2 beyond which one of the two is more likely another patient's, or wrong.
_THINNEST, _HEAVIEST = 10, 80

HEIGHTS = (Unit("cm", "cm"), Unit("[in_i]", "in"))
WEIGHTS = (Unit("kg", "kg"), Unit("[lb_av]", "lb"))
AREA = (Unit("m2", "m²"),)
MOSTELLER = TypedConcept("", "", "Mosteller formula")
DUBOIS = TypedConcept("", "", "DuBois formula")
METHODS = ConceptList(lambda: (MOSTELLER, DUBOIS))
_FORMULAS: dict[Coding, Callable[[Decimal, Decimal], Decimal]] = {
    MOSTELLER: mosteller,
    DUBOIS: dubois,
}
_CONVERTED = {"height": centimeters, "weight": kilograms}
Amounts = Mapping[str, Quantity | None]
"""The height and weight, by the names of their fields."""


class BodySurfaceArea(ObservationForm):
    """The surface by which drugs are dosed."""

    slug = "body-surface-area"
    title = "Body surface area"
    section = "Assessment"
    description = "For doses, computed from height and weight"
    order = 60
    profile = "body-surface-area"
    kinds = (Kind.BODY_SURFACE,)
    code = Concept(LOINC, "8277-6", "Body surface area")
    about = "patient"
    category = "vital-signs"
    focused = False
    computes = "the surface"
    to_compute = "To compute the surface, choose the formula and enter the height and weight."
    headline_fields = ("area", "date")
    one_a_day = "A body surface area"
    rows = (("height", "weight"), ("formula",), ("area", "date"), ("note",))

    height = amount("Height", HEIGHTS, _HEIGHT, least="20", most="260")
    weight = amount("Weight", WEIGHTS, _WEIGHT, least="0.3", most="450")
    formula = CodedRadio(
        "Formula",
        options=[Option(MOSTELLER, "Mosteller"), Option(DUBOIS, "DuBois")],
        target=Target.main(Coded("method", METHODS)),
    )
    area = Measure(
        "Body surface area",
        missing="Enter the body surface area",
        units=AREA,
        least="0.1",
        most="4",
        target=Target.main(Replaced("value", Amount("valueQuantity", AREA), "valueQuantity")),
    )
    date = effective_date("date of the measurements", "main", to_the_day=True)

    _record: CancerRecord
    _measured: Mapping[str, Vital]
    _held: Mapping[str, Answer | None]

    def prepare(self, subject: Subject) -> None:
        """Take note of what was measured last, and of what an amended entry was computed from."""
        super().prepare(subject)
        self._record = subject.record
        found = {name: newest_vital(subject.record, name, subject.today) for name in _LIMITS}
        self._measured = {name: vital for name, vital in found.items() if vital}
        self._held = self.load(subject.originals)

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Begin with what was measured last, and with what Mosteller's formula makes of it."""
        found = {
            name: Prefill(vital.amount, f"measured {partial_date(vital.date)}")
            for name, vital in self._measured.items()
        }
        suggested = _suggestion(MOSTELLER, _amounts(self._measured))
        day = PartialDate.of(max((vital.date for vital in self._measured.values()), default=""))
        if suggested and day:
            found["formula"] = Prefill(MOSTELLER, "suggested")
            found["area"] = suggested
            found["date"] = Prefill(day, "the day of the last measurement")
        return found

    def computed(self, subject: Subject) -> dict[str, Prefill]:
        """Return the surface that the formula makes of the height and weight that are typed."""
        method = self.formula.data or MOSTELLER
        suggested = _suggestion(method, self._typed())
        if suggested is None:
            return {}
        return {"formula": Prefill(method, "used for the surface below"), "area": suggested}

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return what was measured last, what each formula makes of it, and earlier surfaces."""
        amounts = _amounts(self._measured)
        rows = [
            (name.capitalize(), _display(vital.amount), partial_date(vital.date))
            for name, vital in self._measured.items()
        ]
        rows += [
            (f"By {concept.display.removesuffix(' formula')}", f"{found} m²", "")
            for concept in METHODS
            if (found := _area(concept, amounts))
        ]
        return rows + self.newest(subject)

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse measures that nobody has, and a formula without them."""
        for name, limits in _LIMITS.items():
            amount: Quantity | None = self[name].data
            if amount and _converted(name, amount) is None:
                yield name, f"Enter a {name} from {limits}, and choose the unit that it is in"
            elif not amount and self.formula.data in _FORMULAS:
                yield name, f"Enter the {name} that the formula needs, or take away the formula"

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a surface that the formula does not give, and about unlikely bodies."""
        typed = self._typed()
        computed, entered = _area(self.formula.data, typed), self.area.data
        # With a bound, as the chart may have one, nothing can be compared.
        exact = entered.value if entered and not entered.comparator else computed
        if computed and exact and abs(computed - exact) > _ROUNDING:
            yield Question(
                "other-than-computed",
                "area",
                f"The {_source(self.formula.data, typed)}, gives {computed} m². "
                f"Tick to confirm {self.display('area')}, or compute it anew",
            )
        height, weight = (_converted(name, typed[name]) for name in _LIMITS)
        index = body_mass_index(height, weight) if height and weight else None
        if index and not _THINNEST <= index <= _HEAVIEST:
            yield Question(
                "proportions",
                "weight",
                f"{self.display('height')} and {self.display('weight')} give a "
                f"body mass index of {index}. Tick to confirm that both are right",
            )
        yield from super().questions(subject)

    def finish(self, parts: dict[str, Resource], references: Mapping[str, str]) -> None:
        """Say from which measurements of the chart the surface is derived, where that changed."""
        typed = self._typed()
        for name in (name for name in _LIMITS if typed[name] != self._held[name]):
            found = items(parts["main"].pop("derivedFrom", None))
            sources = [entry for entry in found if not self._is_source(name, entry)]
            vital = self._measured.get(name)
            if vital and vital.amount == typed[name]:
                words = f"{name.capitalize()}, {partial_date(vital.date)}"
                sources.append({"reference": vital.reference, "display": words})
            if sources:
                parts["main"]["derivedFrom"] = sources

    def _typed(self) -> Amounts:
        return {name: self[name].data for name in _LIMITS}

    def on_record(self, subject: Subject) -> Sequence[Resource]:
        """Return the other surfaces in the chart."""
        record = subject.record
        return others(subject, (r for r in record.background if self.matches(record, r)))

    def _is_source(self, name: str, entry: Element) -> bool:
        found = self._record.find(local_reference(entry) or "")
        return found is not None and is_vital(found, name)


def _amounts(measured: Mapping[str, Vital]) -> Amounts:
    return {name: vital.amount for name, vital in measured.items()}


def _converted(name: str, amount: Quantity | None) -> Decimal | None:
    """Return "height" in cm, "weight" in kg; None for no such one, and for a bound."""
    known = amount and not amount.comparator
    return _CONVERTED[name](amount.value, amount.unit) if amount and known else None


def _area(method: Coding | None, amounts: Amounts) -> Decimal | None:
    """Return the surface in m2 by a formula; None where something is missing."""
    height, weight = (_converted(name, amounts.get(name)) for name in ("height", "weight"))
    formula = _FORMULAS.get(method) if method else None
    return formula(height, weight) if formula and height and weight else None


def _suggestion(method: Coding, amounts: Amounts) -> Prefill | None:
    """Return the computed surface as an answer, with what it was computed from."""
    found = _area(method, amounts)
    return (
        Prefill(Quantity(found, "m2"), f"computed: {_source(method, amounts)}") if found else None
    )


def _source(method: Coding | None, amounts: Amounts) -> str:
    """Return "Mosteller formula, from 168 cm and 64 kg"."""
    named = method.display if isinstance(method, Concept) else "formula"
    return f"{named}, from {' and '.join(_display(amounts.get(name)) for name in _LIMITS)}"


def _display(amount: Quantity | None) -> str:
    """Return an amount with its unit in words: "66 in"."""
    words = {unit.code: unit.words for unit in (*HEIGHTS, *WEIGHTS)}
    return f"{amount.digits} {words.get(amount.unit, amount.unit)}" if amount else ""
