"""What all kinds of field share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from wtforms import Field
from wtforms.validators import ValidationError

from app.forms._elements import Element

# What a FHIR string may not hold.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Place:
    """The parts of an entry that a field is written to, and the element in each of them."""

    parts: tuple[str, ...]
    element: Element


@dataclass(frozen=True)
class Option:
    """One answer.

    `only_for` names the answers of another field under which it is offered; a `folded` one is
    seldom chosen; options of one `group` stand together under its words.
    """

    value: str
    label: str
    only_for: str = ""
    folded: bool = False
    group: str = ""


class Asked(Field):
    """A question of a form; `data` is the answer as text, empty for none.

    `missing` is the sentence for no answer, None where there may be none. `alternative` says that
    it is one of several fields of which one is to be answered. `place` says where the answer stands
    in the chart's resources, None for one that is not written itself. `inputs` are the endings of
    the names under which a browser sends the answer. `macro` names the template in
    `templates/components/` that shows the field, and the macro in it.
    """

    inputs: ClassVar[tuple[str, ...]] = ("",)
    macro: ClassVar[str]
    errors: Sequence[str]
    data: Any

    def __init__(
        self,
        label: str,
        *,
        missing: str | None,
        place: Place | None = None,
        hint: str | None = None,
        alternative: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.missing = missing
        self.alternative = alternative
        self.place = place
        self.hint = hint

    @property
    def optional(self) -> bool:
        """Whether a person may leave it without thinking of it."""
        return not self.missing and not self.alternative

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names under which a browser sends the answer."""
        return tuple(f"{self.name}{ending}" for ending in self.inputs)

    def admit(self, held: str) -> None:
        """Be ready for an answer that the chart holds, where it goes beyond what is offered."""

    def keep(self, label: str) -> None:
        """Take note of what the chart holds and this field has no answer for."""

    def label_of(self, value: str) -> str:
        """Return an answer in words."""
        return value

    def returned(self, shown: str) -> str:
        """Return what a browser sends for an answer that it was shown and nobody touched."""
        return shown

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(formdata, data, extra_filters)
        if self.data is None:
            self.data = ""

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 -- WTForms gives the form
        if not self.data:
            if self.missing:
                raise ValidationError(self.missing)
            return
        self.check()

    def check(self) -> None:
        """Raise ValidationError with the act to do where an answer cannot stand."""


def one_line(value: Any) -> str:
    """Return what was typed without blanks around it; nothing for nothing."""
    return str(value or "").strip()
