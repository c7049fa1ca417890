"""A drug against cancer as it was given, or as it was not.

Source: mCODE 4.0.0, Cancer-Related Medication Administration, on FHIR R4 MedicationAdministration
with its invariant mad-1: a dosage has a dose or a rate.
"""

from collections.abc import Iterator

from app.fhir.paths import choice, literal_reference
from app.fhir.types import Resource
from app.formatting import join
from app.forms._answers import AS_RECORDED, AsRecorded, Reference
from app.forms._definition import Fold, Prefill, Question, Subject
from app.forms._elements.datatypes import Span
from app.forms._elements.paths import Key
from app.forms._elements.single import Link
from app.forms._fields.base import Target
from app.forms._fields.choices import CodedSelect
from app.forms._fields.dates import DateSpan
from app.forms._shared.drug import DrugForm, basis, dose, drug_of, ordered_route, route
from app.forms._shared.links import offer
from app.forms._shared.treatment import day_of, reason, status, taken
from app.mcode.treated import drug_name, orders
from app.mcode.treatments import dosage_text
from app.terminology.concept import Concept

_DOSAGE = Key("dosage")
_SHOWN = 20
_NOT_YET = frozenset({"not-done", "unknown"})


class MedicationAdministration(DrugForm):
    """One giving of a DrugForm, by an order or without one."""

    slug = "medication-administration"
    title = "Drug given"
    description = "A drug as it was given on a day or over a time, or why it was not"
    order = 20
    profile = "cancer-related-medication-administration"
    headline_fields = ("drug", "when")
    rows = (
        ("request",),
        ("drug",),
        ("when",),
        ("dose",),
        ("route",),
        ("status",),
        Fold("Why it was stopped, held or not given", (("reason",),)),
        Fold("Intent, and how the dose was calculated", (("aim",), ("basis",))),
        Fold("Note", (("note",),)),
    )

    request = CodedSelect[Reference | AsRecorded](
        "By the order",
        target=Target.main(Link("request", ("MedicationRequest",))),
    )
    when = DateSpan(
        "Given on",
        missing="Enter when it was given",
        today=True,
        target=Target.main(Span("effective")),
    )
    dose = dose(_DOSAGE, name="dose")
    route = route(_DOSAGE)
    status = status(
        *("completed", "in-progress", "stopped", "not-done", "on-hold", "unknown"),
        words={"in-progress": "Being given", "not-done": "Not given"},
    )
    reason = reason(listed=True)
    basis = basis()

    def prepare(self, subject: Subject) -> None:
        """Offer the patient's orders, with the one that the chart names."""
        offer(
            self.request,
            subject,
            orders(subject.record, subject.primary),
            lambda r: join([drug_name(subject.record, r), day_of(r), r.get("status")]),
        )
        super().prepare(subject)

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Begin with the one order under way, and the drug and route that it names."""
        active = [r for r in orders(subject.record, subject.primary) if r.get("status") == "active"]
        if len(active) != 1:
            return {}
        order, origin = active[0], f"from the order of {day_of(active[0])}"
        request = Reference(str(literal_reference(order)))
        found = {"request": Prefill(request, "the only order that is active")}
        if isinstance(named := drug_of(order), Concept):
            found["drug"] = Prefill(named, origin)
        for item in (self.aim, self.basis):
            found |= taken(item, order, origin)
        if by := ordered_route(order):
            found["route"] = Prefill(by, origin)
        return found

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return what is ordered for this cancer and not ended, the newest of it."""
        found = [r for r in orders(subject.record, subject.primary) if r.get("status") == "active"]
        return super().chart_context(subject) + [
            (drug_name(subject.record, r), dosage_text(r) or "", day_of(r)) for r in found[:_SHOWN]
        ]

    def is_planned(self) -> bool:
        """Tell whether the drug may not have been given yet."""
        return self.status.data in _NOT_YET

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse a dosage without a dose, and a reason without its status."""
        yield from super().check(subject)
        dosage = subject.originals.get("main", {}).get("dosage")
        if self.route.data and not self.dose.data and not (dosage and choice(dosage, "rate")[0]):
            yield "dose", "Enter the dose, or remove the route"

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask where another drug was given than the order says, and about doses beyond use."""
        yield from super().questions(subject)
        request = self.request.data
        order = subject.record.find(request.literal) if isinstance(request, Reference) else None
        if order and not self._is_ordered(subject, order):
            yield Question(
                "other-drug",
                "drug",
                f"The order is for {drug_name(subject.record, order)}. "
                f"Tick to confirm that {self.display('drug')} was given by it",
            )

    def _is_ordered(self, subject: Subject, order: Resource) -> bool:
        given = self.drug.data
        main = subject.originals.get("main")
        name = drug_name(subject.record, main) if given == AS_RECORDED and main else ""
        name = name or self.display("drug")
        ordered = drug_name(subject.record, order).casefold()
        return drug_of(order) == given or name.casefold() in ordered or ordered in name.casefold()
