"""Order of a drug against cancer.

Source: mCODE 4.0.0, Cancer-Related Medication Request, on US Core MedicationRequest 6.1.0; the two
invariants on the reason for ending a treatment are the guide's.
"""

import copy
from collections.abc import Iterator

from app.fhir.paths import codes
from app.formatting import join
from app.forms._definition import Fold, Prefill, Question, Subject
from app.forms._elements.paths import Listed
from app.forms._elements.plain import Date, Words
from app.forms._fields.base import FreeText, Option, Target
from app.forms._fields.choices import CodedSelect
from app.forms._new import possible_duplicate
from app.forms._shared.common import day, others
from app.forms._shared.drug import DrugForm, basis, disagreement, dose, drug_of, route
from app.forms._shared.treatment import day_of, reason, status
from app.mcode.dosages import dosage_display, dosage_steps
from app.mcode.treated import drug_name, orders
from app.mcode.treatments import dosage_text
from app.terminology.concept import concept_text

_DOSAGE = Listed("dosageInstruction")
_SHOWN = 5


class MedicationRequest(DrugForm):
    """The order of one drug."""

    slug = "medication-request"
    title = "Drug order"
    description = "A drug against the cancer, with its dose; also to stop one, with the reason"
    order = 10
    profile = "cancer-related-medication-request"
    headline_fields = ("drug", "authored")
    computes = "the dosage in words"
    to_compute = "To put the dosage in words, enter the dose or choose the route."
    rows = (
        ("drug",),
        ("dose",),
        ("basis",),
        ("route",),
        ("dosage",),
        ("aim",),
        ("authored", "kind"),
        ("status",),
        Fold("Why it was stopped, held or cancelled", (("reason",),)),
        Fold("Note", (("note",),)),
    )

    dose = dose(_DOSAGE, Listed("doseAndRate"), name="doseQuantity")
    basis = basis()
    route = route(_DOSAGE)
    dosage = FreeText(
        "Dosage as ordered",
        hint="Also how often, for how long: 80 mg/m² weekly, 12 doses",
        target=Target.main(Words("text"), _DOSAGE),
    )
    authored = day("Ordered on", "date of the order", Target.main(Date("authoredOn")))
    kind = CodedSelect[str](
        "Kind of order",
        missing="Choose the kind of order",
        default="order",
        options=[
            Option("order", "Order"),
            Option("plan", "Plan"),
            Option("proposal", "Proposal"),
            Option("option", "Option"),
            Option("original-order", "Original order"),
            Option("reflex-order", "Reflex order"),
            Option("filler-order", "Filler order"),
            Option("instance-order", "Instance order"),
        ],
        target=Target.main(Words("intent")),
    )
    status = status("active", "on-hold", "stopped", "completed", "cancelled", "draft", "unknown")
    reason = reason()

    def computed(self, subject: Subject) -> dict[str, Prefill]:
        """Return the dosage in words, from the dose and the route, and what else is coded of it."""
        order = copy.deepcopy(subject.originals.get("main", {}))
        self.fill(order, self.parts[0])
        names = self.names()

        def call(concept: object) -> str | None:
            """Return what the form calls a concept, else its own words."""
            named = (names.get(f"{system}|{code}") for system, code in codes(concept))
            return next(filter(None, named), None) or concept_text(concept)

        words = dosage_display(next(iter(dosage_steps(order)), {}), call)
        return {"dosage": Prefill(words, "from the dose and the route")} if words else {}

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the latest orders for this cancer."""
        found = others(subject, orders(subject.record, subject.primary))
        return super().chart_context(subject) + [
            (
                drug_name(subject.record, r) or "Drug without a name",
                dosage_text(r) or "",
                join([day_of(r), r.get("status")]),
            )
            for r in found[:_SHOWN]
        ]

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a second order of a DrugForm, and about doses that are seldom meant."""
        yield from super().questions(subject)
        if sentence := disagreement(self.dose.data, self.basis.data):
            yield Question("dose-basis", "basis", sentence)
        if subject.is_new and self.status.data == "active":
            yield from self._already_ordered(subject)

    def _already_ordered(self, subject: Subject) -> Iterator[Question]:
        chosen = self.display("drug").casefold()
        for r in orders(subject.record, subject.primary):
            same = drug_of(r) == self.drug.data
            named = drug_name(subject.record, r).casefold() == chosen
            if r.get("status") == "active" and (same or named):
                existing = f"An order of {self.display('drug')} is active already ({day_of(r)})"
                yield possible_duplicate("second-order", "drug", existing)
                return
