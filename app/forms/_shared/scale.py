"""Forms of one score on a scale, shown beside the scores before it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.fhir.paths import items
from app.fhir.types import Resource
from app.forms._answers import AsRecorded
from app.forms._definition import Question, Subject
from app.forms._elements.paths import Choice
from app.forms._elements.plain import Element, Whole, put_element
from app.forms._fields.base import Option, Target
from app.forms._fields.choices import CodedRadio, CodedSelect
from app.forms._new import ObservationForm
from app.forms._shared.common import answers, effective_date, others
from app.mcode.content import is_at_least, is_deceased
from app.mcode.valuesets import value_set
from app.terminology.concept import Concept, concept_text
from app.terminology.systems import DATA_ABSENT, known_codes

Score = int | str | AsRecorded
"""A score, or the code of an answer that is no number."""

_RADIOS = 7
_ADULT = 16
_FOR_CHILDREN = "For children under 16 there is the Lansky scale."


_SCORE = Whole("valueInteger")


@dataclass(frozen=True)
class Scale(Element[int | str]):
    """An integer value with its code in `interpretation`; `codes` are the scale's, by score.

    A new score takes the place of the old one's code, or of the reason for having none;
    interpretations of other lists stay. The scale's answers that are no number are there by their
    codes: they stand in `interpretation` alone, and the score is not applicable.
    """

    codes: Mapping[int | str, Concept]

    def read(self, resource: Resource) -> int | str | None:
        score = _SCORE.read(resource)
        if score is not None:
            return score
        coded = {c for entry in items(resource.get("interpretation")) for c in known_codes(entry)}
        return next((k for k, c in self.codes.items() if (c.system, c.code) in coded), None)

    def put(self, resource: Resource, answer: int | str | None) -> None:
        held = self.read(resource)
        _SCORE.write(resource, answer if isinstance(answer, int) else None)
        resource.pop("dataAbsentReason", None)
        if isinstance(answer, str):
            coding = {"system": DATA_ABSENT, "code": "not-applicable"}
            resource["dataAbsentReason"] = {"coding": [coding]}
        # What is said beside a score, as an unscored answer may be, is not the score's.
        own = {
            (concept.system, concept.code)
            for key, concept in self.codes.items()
            if isinstance(key, int) or key == held
        }
        entries = [
            entry for entry in items(resource.get("interpretation")) if not known_codes(entry) & own
        ]
        concept = self.codes.get(answer) if answer is not None else None
        if concept and not any((concept.system, concept.code) in known_codes(e) for e in entries):
            entries.append(concept.codeable())
        put_element(resource, "interpretation", entries)

    def recorded(self, resource: Resource) -> str:
        if self.read(resource) is not None:
            return ""
        return _SCORE.recorded(resource) or concept_text(resource.get("dataAbsentReason")) or ""


class ScaleForm(ObservationForm):
    """Base of a form that records a score, in fields `points`, `date` and `note`."""

    section = "Assessment"
    rows = (("points",), ("date",), ("note",))
    category = "survey"
    focused = False
    headline_fields = ("points", "date")
    exact = True
    one_a_day = "A score"
    dead: ClassVar[int | None] = None
    """The score of a patient who has died."""
    for_adults: ClassVar[bool] = False
    points: CodedRadio[Score] | CodedSelect[Score]
    date = effective_date("date of assessment", "main", to_the_day=True)

    def notices(self, subject: Subject) -> list[str]:
        """Lead to the scale for children where the patient is one."""
        young = is_at_least(subject.record.patient, _ADULT, subject.today) is False
        return [_FOR_CHILDREN] if self.for_adults and young else []

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the scores on record, the newest first."""
        return self.newest(subject)

    def on_record(self, subject: Subject) -> Sequence[Resource]:
        """Return the other scores of this scale in the chart, the newest first."""
        return others(subject, filter(self._is_own, self._assessments(subject)))

    def _assessments(self, subject: Subject) -> Sequence[Resource]:
        if self.about == "patient":
            return subject.record.performance
        return subject.primary.assessments if subject.primary else ()

    def _is_own(self, resource: Resource) -> bool:
        return (self.code.system, self.code.code) in known_codes(resource.get("code"))

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a death that the chart does not tell of, and a second score of one day."""
        says_so = self.dead is not None and self.points.data == self.dead
        if says_so and not is_deceased(subject.record.patient):
            yield Question(
                "dead",
                "points",
                "The score says that the patient has died, and the chart does not say so. "
                "Tick to confirm the score",
            )
        yield from super().questions(subject)


def score(
    label: str,
    missing: str,
    set_name: str,
    words: Mapping[int, str] | Mapping[int | str, str],
) -> CodedRadio[Score] | CodedSelect[Score]:
    """Return the question for a score, whose answers are called as `words` says.

    An answer is the score that a code of the value set stands for, else the code itself.
    """
    points = {concept: value_set(set_name).score(concept.code) for concept in answers(set_name)}
    codes = {c.code if scored is None else scored: c for c, scored in points.items()}
    choices: list[tuple[int | str, str]] = list(words.items())
    kind = CodedRadio[Score] if len(choices) <= _RADIOS else CodedSelect[Score]
    scale = Scale({answer: codes[answer] for answer, _ in choices})
    return kind(
        label,
        missing=missing,
        options=[Option(answer, said) for answer, said in choices],
        target=Target.main(Choice("value", scale, "valueInteger")),
    )
