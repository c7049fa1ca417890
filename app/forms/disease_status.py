"""Cancer disease status: how the cancer does, as the clinician judges it, and on what evidence.

Source: mCODE 4.0.0, Cancer Disease Status. Of the set's codes for remission those that speak of a
malignant neoplasm are offered; the two without one are kept where a chart has them.
"""

from collections.abc import Iterator, Sequence

from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.forms._answers import Absent
from app.forms._definition import Question, Subject
from app.forms._elements.lists import Codes
from app.forms._elements.paths import Ext
from app.forms._elements.single import Coded
from app.forms._fields.base import Target
from app.forms._fields.choices import CodedChecks, labelled_options
from app.forms._new import ObservationForm
from app.forms._shared.common import answers, effective_date, labelled, others
from app.forms._shared.staging import before_diagnosis
from app.mcode.content import effective, performer_display
from app.mcode.kinds import Kind
from app.mcode.profiles import EXTENSION
from app.mcode.values import result
from app.terminology.concept import Concept
from app.terminology.lists import ConceptList
from app.terminology.systems import LOINC

_LABELS = {
    "268910001": "Responding",
    "359746009": "Stable",
    "271299001": "Progressing",
    "709137006": "Undetermined",
    "550991000124107": "Full remission, no evidence of disease",
    "551001000124108": "Partial remission",
    "399409002": "Distant metastasis present",
}
_IN_SIGHT = 4
_EVIDENCE_LABELS = {
    "363679005": "Imaging",
    "5880005": "Examination",
    "250724005": "Tumor markers",
    "386344002": "Laboratory results",
    "108257001": "Pathology",
    "714797009": "Histology",
    "116147009": "Cytology",
}
_NOT_EVALUATED = Absent("not-asked")
_SHOWN = 3


def _offered(set_name: str, words: dict[str, str]) -> ConceptList:
    known = {concept.code: concept for concept in answers(set_name)}
    return ConceptList(lambda: [known[code] for code in words])


_STATUSES = _offered("condition-status-trend-max", _LABELS)
_EVIDENCE = _offered("cancer-disease-status-evidence-type", _EVIDENCE_LABELS)
_VALUE = Coded("valueCodeableConcept", _STATUSES, absent=True)


class DiseaseStatus(ObservationForm):
    """How the cancer does: responding, stable, progressing."""

    slug = "disease-status"
    title = "Disease status"
    section = "Outcome"
    description = "Responding, stable, progressing or in remission, and on what evidence"
    order = 10
    profile = "cancer-disease-status"
    kinds = (Kind.DISEASE_STATUS,)
    code = Concept(LOINC, "97509-4", "Cancer disease progression")
    one_a_day = "A status"
    rows = (("status",), ("evidence",), ("date",), ("note",))

    status = labelled(
        "Status",
        _VALUE,
        _LABELS,
        stem="value",
        missing="Choose the disease status",
        absent=(_NOT_EVALUATED.reason,),
        in_sight=_IN_SIGHT,
    )
    evidence = CodedChecks(
        "Evidence",
        options=labelled_options(_EVIDENCE, _EVIDENCE_LABELS),
        target=Target.main(Codes(Ext(EXTENSION["evidence"]), _EVIDENCE, "valueCodeableConcept")),
    )
    date = effective_date("date of the status", "main")

    def headline(self, subject: Subject) -> str:
        """Return "Disease status, stable, 20-Nov-2026" and the cancer that it is about."""
        parts = (self.title, self.display("status").lower(), self.display("date"))
        return join([join(parts, ", "), subject.title])

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the newest statuses on record."""
        return [
            (
                "Disease status",
                _display(r),
                join([partial_date(effective(r)), performer_display(r)]),
            )
            for r in self.on_record(subject)[:_SHOWN]
        ]

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse evidence of what was not evaluated."""
        if self.status.data == _NOT_EVALUATED and self.evidence.data:
            yield "evidence", "Remove the evidence, or choose the status that it shows"

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about what is possible and seldom meant."""
        yield from before_diagnosis(subject, "date", self.date.data, "date")
        yield from super().questions(subject)

    def on_record(self, subject: Subject) -> Sequence[Resource]:
        """Return the other statuses of the cancer."""
        return others(subject, subject.primary.statuses) if subject.primary else ()


def _display(status: Resource) -> str:
    """Return a recorded status as the form calls it."""
    answer = _VALUE.read(status)
    return _LABELS[answer.code] if isinstance(answer, Concept) else result(status)
