"""What all kinds of field share, and the plainest of them: free words."""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from wtforms import Field
from wtforms.validators import ValidationError

from app.fhir.types import Resource
from app.forms._answers import Answer, is_given, text_of
from app.forms._elements.paths import Step, Within
from app.forms._elements.plain import Element

A = TypeVar("A")
Typed = Mapping[str, str]
"""What stands in the inputs of a field, by the endings of their names."""

_NOTE_LENGTH = 2000
# What a FHIR string may not hold.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Target(Generic[A]):
    """The parts of an entry that a field is written to, and the element in each of them."""

    parts: tuple[str, ...]
    element: Element[A]

    @classmethod
    def main(cls, element: Element[A], *steps: Step) -> "Target[A]":
        """Return the place of an element of the main part, at the end of `steps`."""
        return cls(("main",), Within(steps, element) if steps else element)

    def read(self, resources: Mapping[str, Resource]) -> A | None:
        """Return the first answer that stands in the resources, which are given by part."""
        found = (self.element.read(resources[part]) for part in self.parts if part in resources)
        return next(filter(is_given, found), None)  # type: ignore[arg-type]  # A is an answer

    def recorded(self, resources: Mapping[str, Resource]) -> str:
        """Return in words what the resources hold there and no answer says; empty for nothing."""
        parts = (part for part in self.parts if part in resources)
        return next(filter(None, (self.element.recorded(resources[part]) for part in parts)), "")


@dataclass(frozen=True)
class Option:
    """One answer.

    `only_for` has the answers of another field under which it is offered; a `folded` one is seldom
    chosen; options of one `group` stand together under its words.
    """

    value: Answer
    label: str
    only_for: tuple[Answer, ...] = ()
    folded: bool = False
    group: str = ""

    @property
    def text(self) -> str:
        """The answer as a browser sends it."""
        return text_of(self.value)

    @property
    def shown_for(self) -> str:
        """The answers of the other field as a page names them."""
        return " ".join(text_of(answer) for answer in self.only_for)


class Asked(Field, Generic[A]):
    """A question of a form; `data` is the answer.

    `missing` is the sentence for no answer; without it there may be none. `alternative` says that
    it is one of several fields of which one is to be answered. `target` says where the answer is
    written in the chart's resources, None for one that is not written itself. `what` names a day of
    the answer in a sentence. `inputs` are the endings of the names under which a browser sends the
    answer; `typed` is what stands in them. Where that is no answer, `problem` says what to do;
    `box` is the ending of the id of the input that an error is about, empty for the first. `kept`
    is what the chart holds where it goes beyond the answers. `macro` names the template in
    `templates/components/` that shows the field, and the macro in it.
    """

    inputs: ClassVar[tuple[str, ...]] = ("",)
    nothing: ClassVar[Any] = None
    macro: ClassVar[str]
    box = ""
    errors: Sequence[str]
    data: A | None
    typed: dict[str, str]
    problem: str

    def __init__(
        self,
        label: str,
        *,
        missing: str | None = None,
        target: Target[A] | None = None,
        hint: str | None = None,
        alternative: bool = False,
        what: str = "date",
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.missing = missing
        self.alternative = alternative
        self.target = target
        self.hint = hint
        self.what = what
        self.data = self.nothing
        self.typed = dict.fromkeys(self.inputs, "")
        self.problem = ""
        self.kept = ""

    @property
    def optional(self) -> bool:
        """Whether a person may leave it without thinking of it."""
        return not self.missing and not self.alternative

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names under which a browser sends the answer."""
        return tuple(self.names_of(dict.fromkeys(self.inputs, "")))

    @property
    def is_answered(self) -> bool:
        """Whether there is an answer."""
        return is_given(self.data)  # type: ignore[arg-type]  # A is a kind of answer

    @property
    def text(self) -> str:
        """The answer as a draft keeps it; what was typed where that is none."""
        if self.problem:
            return " ".join(filter(None, self.typed.values()))
        return text_of(self.data)  # type: ignore[arg-type]  # A is a kind of answer

    def read(self, resource: Resource) -> A | None:
        """Return the answer that stands in a resource; None for a field that is not written."""
        return self.target.element.read(resource) if self.target else None

    def names_of(self, typed: Typed) -> dict[str, str]:
        """Return what stands in the inputs by their whole names."""
        return {f"{self.name}-{end}" if end else self.name: text for end, text in typed.items()}

    def inputs_of(self, answer: A | None) -> dict[str, str]:
        """Return what stands in the inputs for an answer."""
        return {"": text_of(answer)}  # type: ignore[arg-type]  # A is a kind of answer

    @abstractmethod
    def answer_of(self, typed: Typed) -> A | None:
        """Return the answer that stands in the inputs.

        Raises ValidationError with the act to do where it is none.
        """

    def clean(self, typed: Typed) -> dict[str, str]:
        """Return what was sent as it is read, and shown again."""
        return {ending: text.strip() for ending, text in typed.items()}

    def allow(self, held: A) -> None:
        """Be ready for an answer that the chart holds, where it goes beyond what is offered."""

    def keep(self, display: str) -> None:
        """Let stay what the chart holds and this field has no answer for, in its own words."""
        self.kept = display

    def display_of(self, answer: A) -> str:
        """Return an answer as people read it."""
        return text_of(answer)  # type: ignore[arg-type]  # A is a kind of answer

    def returned(self, shown: str) -> str:
        """Return the text that a browser sends for one that it was shown and nobody touched."""
        return shown

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(None, data, extra_filters)
        self.data = self.nothing if self.data is None else self.data
        self.problem, self.typed = "", self.inputs_of(self.data)
        if formdata is None or not any(name in formdata for name in self.input_names):
            return
        names = zip(self.inputs, self.input_names, strict=True)
        self.typed = self.clean({e: "\n".join(formdata.getlist(name)) for e, name in names})
        try:
            self.data = self.answer_of(self.typed)
        except ValidationError as problem:
            self.data, self.problem = self.nothing, str(problem)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 -- WTForms gives the form
        if self.problem:
            raise ValidationError(self.problem)
        if self.is_answered:
            self.check(self.data)  # type: ignore[arg-type]  # there is one
        elif self.missing:
            raise ValidationError(self.missing)

    def check(self, answer: A) -> None:
        """Raise ValidationError with the act to do where an answer cannot stand."""


class FreeText(Asked[str]):
    """Free words, optional, of at most 2,000 characters."""

    macro = "text_area"

    def clean(self, typed: Typed) -> dict[str, str]:
        # Browsers send line ends as CRLF; the chart's text must compare equal when unchanged.
        return {"": typed[""].replace("\r\n", "\n")}

    def answer_of(self, typed: Typed) -> str | None:
        return typed[""] or None

    def returned(self, shown: str) -> str:
        """Return the words with line ends of one kind, and without one that comes first of all."""
        return shown.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\n")

    def check(self, answer: str) -> None:
        if CONTROL.search(answer):
            raise ValidationError("Remove the control characters from the note")
        if len(answer) > _NOTE_LENGTH:
            raise ValidationError(f"Shorten the note to {_NOTE_LENGTH} characters")
