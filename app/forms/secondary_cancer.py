"""Metastasis: where a cancer has spread to, tied to the primary that it came from.

Source: mCODE 4.0.0, Secondary Cancer Condition.
"""

from collections.abc import Sequence

from app.fhir.types import Resource
from app.formatting import join
from app.forms._answers import AsRecorded, Reference
from app.forms._definition import Fold, Prefill, Subject
from app.forms._elements.paths import Ext
from app.forms._elements.single import Link
from app.forms._fields.base import Target
from app.forms._fields.choices import CodedRadio
from app.forms._shared.common import coded
from app.forms._shared.condition import DISEASE_SYSTEMS, ConditionForm
from app.forms._shared.diseases import SECONDARY
from app.forms._shared.links import offer
from app.mcode.content import condition_title
from app.mcode.kinds import Kind
from app.mcode.profiles import addresses


class SecondaryCancer(ConditionForm):
    """A cancer where it has spread to."""

    slug = "secondary-cancer"
    title = "Metastasis"
    description = "Where the cancer has spread to, since when, and how certain that is"
    order = 20
    profile = "secondary-cancer-condition"
    kinds = (Kind.SECONDARY,)
    of_another_kind = "Choose where the cancer has spread to: a primary cancer has its own form"
    rows = (
        ("disease",),
        ("site",),
        ("side",),
        ("diagnosed",),
        ("clinical",),
        ("certainty",),
        ("origin",),
        Fold(
            "Part of the site, histology, evidence",
            (("part",), ("histology",), ("evidence",)),
        ),
        Fold("Onset, end, note", (("onset", "ended"), ("note",))),
    )

    disease = coded(
        "Metastasis",
        SECONDARY,
        name="code",
        missing="Enter where the cancer has spread to",
        systems=DISEASE_SYSTEMS,
        extensible=True,
    )
    origin = CodedRadio[Reference | AsRecorded](
        "Spread from",
        missing="Choose the primary cancer",
        target=Target.main(
            Link("valueReference", ("Condition",)), Ext(*addresses("condition-related"))
        ),
    )

    def prepare(self, subject: Subject) -> None:
        """Offer the primary that the entry is about; what is amended may turn to another one."""
        primaries = [subject.cancer] if subject.is_new else subject.record.primaries
        found = [primary.condition for primary in primaries]
        offer(self.origin, subject, found, condition_title)
        super().prepare(subject)

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Begin with the primary that the entry is about."""
        cancer = Reference(f"Condition/{subject.cancer.id}")
        origin = Prefill(cancer, "the diagnosis that this entry is about")
        return {**super().prefill(subject), "origin": origin}

    def headline(self, subject: Subject) -> str:
        """Return "Metastasis · Secondary malignant neoplasm of brain · Lung cancer"."""
        return join([super().headline(subject), subject.title])

    def on_record(self, subject: Subject) -> Sequence[Resource]:
        """Return the metastases of the cancer."""
        return subject.primary.metastases if subject.primary else ()
