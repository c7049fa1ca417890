"""Answers from a list: one by radio buttons or a drop-down list, several by check boxes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms.validators import ValidationError

from app.forms._elements import ABSENT, ABSENT_REASONS, AS_RECORDED, Links
from app.forms._fields.base import Asked, Option, Place
from app.terminology.concept import Concept


class _Answers(Asked):
    """Answers from a list, with "not known" and with what the chart holds beside the list.

    `absent` are the reasons for having no value that the form accepts as an answer. `depends_on`
    names the field whose answer decides which options are in sight (`Option.only_for`).
    """

    def __init__(
        self,
        label: str,
        *,
        missing: str | None,
        place: Place | None = None,
        hint: str | None = None,
        absent: Sequence[str] = (),
        options: Iterable[Option] = (),
        depends_on: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, missing=missing, place=place, hint=hint, **kwargs)
        self.absent = absent
        self.depends_on = depends_on
        self.offer(options)

    def offer(self, options: Iterable[Option]) -> None:
        """Offer `options`, then the absent reasons that the field allows."""
        reasons = [Option(ABSENT + code, ABSENT_REASONS[code]) for code in self.absent]
        self.options = [*options, *reasons]

    def keep(self, label: str) -> None:
        """Offer what the chart holds, in its own words, although the list has no such answer."""
        self.options = [Option(AS_RECORDED, f"{label} (as in the chart)"), *self.options]

    def label_of(self, value: str) -> str:
        """Return the words of an answer; an unknown one gives itself."""
        return next((option.label for option in self.options if option.value == value), value)

    def check(self) -> None:
        if self.data not in {option.value for option in self.options}:
            raise ValidationError(self.missing or "Choose one of the answers")


class CodedRadio(_Answers):
    """One answer, all answers in sight."""

    macro = "choices"


class CodedSelect(_Answers):
    """One answer of up to a hundred, in a drop-down list that begins with no answer."""

    macro = "select"


class CodedChecks(_Answers):
    """Any number of answers; `data` has one a line, in the order of the list.

    References come in the order of their own, as the element reads them.
    """

    macro = "checks"

    def process_formdata(self, valuelist: list[Any]) -> None:
        chosen = {line for value in valuelist for line in str(value).split("\n") if line}
        by_name = self.place is not None and isinstance(self.place.element, Links)
        order = [] if by_name else [option.value for option in self.options]
        known = [value for value in order if value in chosen]
        self.data = "\n".join([*known, *sorted(chosen - set(order))])

    def label_of(self, value: str) -> str:
        """Return the words of all answers, with commas between."""
        return ", ".join(super(CodedChecks, self).label_of(line) for line in value.split("\n"))

    def check(self) -> None:
        if set(self.data.split("\n")) - {option.value for option in self.options}:
            raise ValidationError(self.missing or "Choose from the answers")


YES_NO = (Option("true", "Yes"), Option("false", "No"))


def options_of(concepts: Iterable[Concept], group: str = "") -> list[Option]:
    """Return concepts as options, in their order."""
    return [Option(concept.key, concept.words, group=group) for concept in concepts]


def options_in_words(
    concepts: Iterable[Concept], words: Mapping[str, str], in_sight: int | None = None
) -> list[Option]:
    """Return the concepts whose codes `words` has as options, in its order and with its words.

    Those after the first `in_sight` are folded. Raises KeyError for a code of no concept.
    """
    keys = {concept.code: concept.key for concept in concepts}
    shown = len(words) if in_sight is None else in_sight
    return [
        Option(keys[code], told, folded=place >= shown)
        for place, (code, told) in enumerate(words.items())
    ]
