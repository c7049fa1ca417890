"""Primary cancer: what it is, where it began, when it was found and how certain it is.

Source: mCODE 4.0.0, Primary Cancer Condition.
"""

from app.fhir.types import Resource
from app.forms._definition import Fold, Subject
from app.forms._shared.common import coded
from app.forms._shared.condition import DISEASE_SYSTEMS, ConditionForm
from app.forms._shared.diseases import PRIMARY
from app.mcode.kinds import Kind


class PrimaryCancer(ConditionForm):
    """A cancer where it began."""

    slug = "primary-cancer"
    title = "Primary cancer"
    description = "The diagnosis: kind of cancer, histology, site, dates and certainty"
    order = 10
    profile = "primary-cancer-condition"
    kinds = (Kind.PRIMARY,)
    about = "patient"
    of_another_kind = "Choose where the cancer began: a metastasis is entered in its own form"
    rows = (
        ("disease",),
        ("site",),
        ("side",),
        ("histology",),
        ("diagnosed",),
        ("clinical",),
        ("certainty",),
        Fold("Part of the site, evidence", (("part",), ("evidence",))),
        Fold("Onset, end, note", (("onset", "ended"), ("note",))),
    )

    disease = coded(
        "Cancer",
        PRIMARY,
        name="code",
        missing="Enter the diagnosis",
        systems=DISEASE_SYSTEMS,
        extensible=True,
    )

    def on_record(self, subject: Subject) -> list[Resource]:
        """Return the other primary cancers."""
        return [p.condition for p in subject.record.primaries if p is not subject.primary]
