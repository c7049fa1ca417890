"""Forms of a risk group: one code out of few, at a day, about a cancer."""

from collections.abc import Iterator, Mapping

from app.forms._answers import Coding
from app.forms._definition import Question, Subject
from app.forms._fields.choices import CodedRadio
from app.forms._new import ObservationForm, signed
from app.forms._shared.common import effective_date, labelled
from app.forms._shared.staging import before_diagnosis, other_forms
from app.mcode.kinds import Kind
from app.terminology.systems import known_codes


def risk_group(set_name: str, words: Mapping[str, str]) -> CodedRadio[Coding]:
    """Return the question for the group; `words` has those of each code of the set."""
    missing = "Choose the risk group"
    return labelled("Risk group", set_name, words, stem="value", missing=missing)


class RiskForm(ObservationForm):
    """Base of a form of a risk group, in fields `group`, `date` and `note`, for one disease."""

    section = "Staging"
    kinds = (Kind.RISK,)
    exact = True
    rows = (("group",), ("date",), ("note",))
    date = effective_date("date of assessment", "main")

    def notices(self, subject: Subject) -> list[str]:
        """Lead to the forms for this cancer where the risk group is not for it."""
        return [] if self.is_for(subject.primary) else other_forms(subject, self)

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the risk groups on record."""
        own = (self.code.system, self.code.code)
        risks = subject.primary.risks if subject.primary else ()
        return [signed(self.title, r) for r in risks if own in known_codes(r.get("code"))]

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a day before the diagnosis."""
        return before_diagnosis(subject, "date", self.date.data, "date of assessment")
