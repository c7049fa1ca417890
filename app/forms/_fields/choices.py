"""Answers from a list: one by radio buttons or a drop-down list, several by check boxes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from wtforms.validators import ValidationError

from app.forms._answers import AS_RECORDED, Absent, Answer, Reference, text_of
from app.forms._fields.base import A, Asked, Option, Target, Typed
from app.terminology.concept import Concept


class _Answers(Asked[A]):
    """Answers from a list, with "not known" and with what the chart holds beside the list.

    `absent` are the reasons for having no value that the form accepts as an answer. `depends_on`
    names the field whose answer decides which options are in sight (`Option.only_for`); with
    `only_for` all of them have it.
    """

    def __init__(
        self,
        label: str,
        *,
        target: Target[A] | None = None,
        absent: Sequence[str] = (),
        options: Iterable[Option] = (),
        depends_on: str | None = None,
        only_for: tuple[Answer, ...] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(label, target=target, **kwargs)
        self.absent = absent
        self.only_for = only_for
        self.depends_on = depends_on
        self.offer(options)

    def offer(self, options: Iterable[Option]) -> None:
        """Offer `options`, then the absent reasons that the field allows."""
        reasons = [Absent(code) for code in self.absent]
        offered = (replace(o, only_for=self.only_for) if self.only_for else o for o in options)
        self.options = [*offered, *(Option(reason, reason.display) for reason in reasons)]

    def keep(self, display: str) -> None:
        super().keep(display)
        self.options = [Option(AS_RECORDED, f"{display} (as in the chart)"), *self.options]

    def clean(self, typed: Typed) -> dict[str, str]:
        return dict(typed)

    def _label(self, answer: Answer) -> str:
        """Return the label of an answer; one that is not offered gives its own display."""
        other = answer.display if isinstance(answer, Concept) else text_of(answer)
        return next((option.label for option in self.options if option.value == answer), other)


class _OneAnswer(_Answers[A]):
    def display_of(self, answer: A) -> str:
        return self._label(cast("Answer", answer))

    def answer_of(self, typed: Typed) -> A | None:
        if not typed[""]:
            return None
        found = [option.value for option in self.options if option.text == typed[""]]
        if not found:
            raise ValidationError(self.missing or "Choose one of the answers")
        return cast("A", found[0])


class CodedRadio(_OneAnswer[A]):
    """One answer, all answers in sight."""

    macro = "choices"


class CodedSelect(_OneAnswer[A]):
    """One answer of up to a hundred, in a drop-down list that begins with no answer."""

    macro = "select"


class CodedChecks(_Answers[tuple[A, ...]]):
    """Any number of answers, in the order of the list; references by their address."""

    macro = "checks"
    nothing = ()
    data: tuple[A, ...]

    def display_of(self, answer: tuple[A, ...]) -> str:
        """Return the labels of all answers, with commas between."""
        return ", ".join(self._label(cast("Answer", each)) for each in answer)

    def clean(self, typed: Typed) -> dict[str, str]:
        chosen = {line for line in typed[""].split("\n") if line}
        by_address = any(isinstance(option.value, Reference) for option in self.options)
        order = [] if by_address else [option.text for option in self.options]
        known = [text for text in order if text in chosen]
        return {"": "\n".join([*known, *sorted(chosen - set(known))])}

    def answer_of(self, typed: Typed) -> tuple[A, ...]:
        offered = {option.text: option.value for option in self.options}
        lines = typed[""].split("\n") if typed[""] else []
        if set(lines) - set(offered):
            raise ValidationError(self.missing or "Choose from the answers")
        return tuple(cast("A", offered[line]) for line in lines)


YES_NO = (Option(value=True, label="Yes"), Option(value=False, label="No"))


def options_of(concepts: Iterable[Concept]) -> list[Option]:
    """Return concepts as options, in their order."""
    return [Option(concept, concept.display) for concept in concepts]


def labelled_options(
    concepts: Iterable[Concept], labels: Mapping[str, str], in_sight: int | None = None
) -> list[Option]:
    """Return the concepts whose codes `labels` has as options, in its order and so labelled.

    Those after the first `in_sight` are folded. Raises KeyError for a code of no concept.
    """
    known = {concept.code: concept for concept in concepts}
    shown = len(labels) if in_sight is None else in_sight
    return [
        Option(known[code], label, folded=place >= shown)
        for place, (code, label) in enumerate(labels.items())
    ]
