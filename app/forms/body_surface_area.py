"""Body surface area, computed from height and weight or entered as it was found.

Source: mCODE 4.0.0, Body Surface Area, a vital sign of US Core. Formulas: Mosteller, N Engl J Med
1987;317:1098, and DuBois and DuBois, Arch Intern Med 1916;17:863. The height and weight that were
used stand in the record as components; where the chart has them, as what it is derived from too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from app.fhir.paths import items, local_reference
from app.fhir.types import Element, Resource
from app.formatting import join, partial_date
from app.forms._definition import Part, Prefill, Question, Subject
from app.forms._elements import Amount, Coded, Component, Replaced, Within
from app.forms._fields import CodedRadio, Measure, Option, Place
from app.forms._new import ObservationForm
from app.forms._shared import surface
from app.forms._shared.common import another_of_the_day, beside, day_problems, effective_date, note
from app.mcode.calculators.body_surface import body_mass_index
from app.mcode.definitions import profile_url
from app.mcode.facts import effective, performer_display
from app.mcode.kinds import Kind
from app.mcode.record import CancerRecord
from app.mcode.values import result
from app.mcode.vitals import Vital, is_height, is_weight, newest_height, newest_weight
from app.terminology.concept import Concept
from app.terminology.systems import LOINC

_HEIGHT = Component(Concept(LOINC, "8302-2", "Body height"))
_WEIGHT = Component(Concept(LOINC, "29463-7", "Body weight"))
_IS_SOURCE = {"height": is_height, "weight": is_weight}
_LIMITS = {"height": "20 to 260 cm", "weight": "0.3 to 450 kg"}
# A difference beyond rounding, in m2.
_ROUNDING = Decimal("0.02")
# Body mass indices in kg/m2 beyond which one of the two is more likely another patient's, or wrong.
_THINNEST, _HEAVIEST = 10, 80
_SHOWN = 3


class BodySurfaceArea(ObservationForm):
    """The surface by which drugs are dosed."""

    slug = "body-surface-area"
    title = "Body surface area"
    section = "Assessment"
    description = "For doses, computed from height and weight"
    order = 60
    parts = (Part("main", "Body surface area", profile_url("body-surface-area")),)
    kinds = (Kind.BODY_SURFACE,)
    code = Concept(LOINC, "8277-6", "Body surface area")
    about = "patient"
    category = "vital-signs"
    focused = False
    computes = "the surface"
    rows = (("height", "weight"), ("formula",), ("area", "date"), ("note",))

    height = Measure(
        "Height",
        missing=None,
        units=surface.HEIGHTS,
        least="20",
        most="260",
        place=Place(("main",), Within((_HEIGHT,), Amount("valueQuantity", surface.HEIGHTS))),
    )
    weight = Measure(
        "Weight",
        missing=None,
        units=surface.WEIGHTS,
        least="0.3",
        most="450",
        place=Place(("main",), Within((_WEIGHT,), Amount("valueQuantity", surface.WEIGHTS))),
    )
    formula = CodedRadio(
        "Formula",
        missing=None,
        options=[Option(surface.MOSTELLER.key, "Mosteller"), Option(surface.DUBOIS.key, "DuBois")],
        place=Place(("main",), Coded("method", surface.METHODS)),
    )
    area = Measure(
        "Body surface area",
        missing="Enter the body surface area",
        units=surface.AREA,
        least="0.1",
        most="4",
        place=Place(
            ("main",),
            Replaced("value", Amount("valueQuantity", surface.AREA), "valueQuantity"),
        ),
    )
    date = effective_date("date of the measurements", "main", to_the_day=True)
    note = note("main")

    _record: CancerRecord
    _measured: Mapping[str, Vital]
    _held: Mapping[str, str]

    def prepare(self, subject: Subject) -> None:
        """Take note of what was measured last, and of what an amended entry was computed from."""
        super().prepare(subject)
        self._record = subject.record
        height = newest_height(subject.record, subject.today)
        weight = newest_weight(subject.record, subject.today)
        found = {"height": height, "weight": weight}
        self._measured = {name: vital for name, vital in found.items() if vital}
        self._held = self.load(subject.originals)

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Begin with what was measured last, and with what Mosteller's formula makes of it."""
        found = {
            name: Prefill(vital.amount, f"measured {partial_date(vital.date)}")
            for name, vital in self._measured.items()
        }
        if suggested := surface.suggestion(surface.MOSTELLER.key, _amounts(self._measured)):
            day = max(vital.date for vital in self._measured.values())
            found["formula"] = Prefill(surface.MOSTELLER.key, "suggested")
            found["area"] = suggested
            found["date"] = Prefill(day, "the day of the last measurement")
        return found

    def computed(self, subject: Subject) -> dict[str, Prefill]:
        """Return the surface that the formula makes of the height and weight that are typed."""
        method = self.formula.data or surface.MOSTELLER.key
        suggested = surface.suggestion(method, self._typed())
        if suggested is None:
            return {}
        return {"formula": Prefill(method, "used for the surface below"), "area": suggested}

    def facts(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return what was measured last, what each formula makes of it, and earlier surfaces."""
        amounts = _amounts(self._measured)
        rows = [
            (name.capitalize(), surface.words(vital.amount), partial_date(vital.date))
            for name, vital in self._measured.items()
        ]
        rows += [
            (f"By {option.label}", surface.words(found.value), "")
            for option in self.formula.options
            if (found := surface.suggestion(option.value, amounts))
        ]
        return rows + [
            (self.title, result(r), join([partial_date(effective(r)), performer_display(r)]))
            for r in self._on_record(subject)[:_SHOWN]
        ]

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse measures that nobody has, a formula without them, and days outside of life."""
        for name, limits in _LIMITS.items():
            amount = self[name].data
            if amount and surface.converted(name, amount) is None:
                yield name, f"Enter a {name} from {limits}, and choose the unit that it is in"
            elif not amount and self.formula.data in (c.key for c in surface.METHODS):
                yield name, f"Enter the {name} that the formula needs, or take away the formula"
        yield from day_problems("date", self.date.data, subject, "date")

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a surface that the formula does not give, and about unlikely bodies."""
        typed = self._typed()
        computed = surface.area(self.formula.data, typed)
        entered = Decimal(self.area.data.partition(" ")[0] or 0)
        if computed and abs(computed - entered) > _ROUNDING:
            yield Question(
                "other-than-computed",
                "area",
                f"The {surface.source(self.formula.data, typed)}, gives {computed} m². "
                f"Tick to confirm {surface.words(self.area.data)}, or compute it anew",
            )
        height, weight = (surface.converted(name, typed[name]) for name in _LIMITS)
        index = body_mass_index(height, weight) if height and weight else None
        if index and not _THINNEST <= index <= _HEAVIEST:
            yield Question(
                "proportions",
                "weight",
                f"{surface.words(typed['height'])} and {surface.words(typed['weight'])} give a "
                f"body mass index of {index}. Tick to confirm that both are right",
            )
        yield from another_of_the_day(
            subject, self._on_record(subject), self.date.data, "A body surface area"
        )

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

    def _typed(self) -> dict[str, str]:
        return {name: self[name].data for name in _LIMITS}

    def _on_record(self, subject: Subject) -> list[Resource]:
        record = subject.record
        return beside(subject, (r for r in record.background if self.takes(record, r)))

    def _is_source(self, name: str, entry: Element) -> bool:
        found = self._record.find(local_reference(entry) or "")
        return found is not None and _IS_SOURCE[name](found)


def _amounts(measured: Mapping[str, Vital]) -> dict[str, str]:
    return {name: vital.amount for name, vital in measured.items()}
