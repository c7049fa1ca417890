"""History of metastatic cancer: whether there was one, of any site or of a certain one.

Source: mCODE 4.0.0, History of Metastatic Cancer.
"""

from collections.abc import Iterator

from app.forms._definition import Prefill, Question, Subject
from app.forms._elements.paths import Choice
from app.forms._elements.plain import Flag
from app.forms._fields.base import Target
from app.forms._fields.choices import YES_NO, CodedRadio
from app.forms._new import ObservationForm
from app.forms._shared.common import answers, coded, effective_date
from app.mcode.kinds import Kind
from app.terminology.systems import SNOMED

_HISTORIES = "history-of-metastatic-malignant-neoplasm"
_ANY_SITE = next(history for history in answers(_HISTORIES) if history.code == "1287652008")


class HistoryOfMetastaticCancer(ObservationForm):
    """Whether the patient ever had a metastatic cancer."""

    slug = "history-of-metastatic-cancer"
    title = "History of metastatic cancer"
    section = "Diagnosis"
    description = "Whether there was a metastatic cancer before, and where"
    order = 30
    profile = "history-of-metastatic-cancer"
    kinds = (Kind.METASTASIS_HISTORY,)
    code = _ANY_SITE
    category = "social-history"
    about = "patient"
    headline_fields = ("which", "date")
    rows = (("which",), ("present",), ("date",), ("note",))

    which = coded(
        "History",
        _HISTORIES,
        name="code",
        missing="Choose which metastatic cancer is meant",
        systems=(SNOMED,),
    )
    present = CodedRadio(
        "Did the patient have it",
        missing="Choose yes or no",
        options=YES_NO,
        target=Target.main(Choice("value", Flag("valueBoolean"), "valueBoolean")),
    )
    date = effective_date("date of this statement", "main")

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Begin with a metastasis of any site."""
        return {"which": Prefill(_ANY_SITE, "any site")}

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask where the answer is no and the chart holds a metastasis."""
        known = subject.record.of_kinds(Kind.SECONDARY)
        if known and self.present.data is False and self.which.data == _ANY_SITE:
            yield Question(
                "metastasis-on-record",
                "present",
                "The chart holds a metastasis. Tick to confirm that there was none",
            )
