"""Free words: a line, or several."""

from __future__ import annotations

import re
from typing import Any

from wtforms.validators import ValidationError

from app.forms._elements import AS_RECORDED
from app.forms._fields.base import CONTROL, Asked, one_line

_NOTE_LENGTH = 2000
_LINE_LENGTH = 200


class ShortText(Asked):
    """One line of at most 200 characters; `pattern` and `sentence` say what it has to look like."""

    macro = "text_input"

    def __init__(
        self,
        label: str,
        *,
        pattern: re.Pattern[str] | None = None,
        sentence: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.pattern = pattern
        self.sentence = sentence

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = one_line(valuelist[0]) if valuelist else ""

    def returned(self, shown: str) -> str:
        """Return the line without the line ends that a box of one line drops."""
        return one_line(shown.replace("\r", "").replace("\n", ""))

    def check(self) -> None:
        if CONTROL.search(self.data) or "\n" in self.data:
            raise ValidationError("Remove the control characters")
        if self.data == AS_RECORDED:
            raise ValidationError("Enter this in other words")
        if len(self.data) > _LINE_LENGTH:
            raise ValidationError(f"Shorten this to {_LINE_LENGTH} characters")
        if self.pattern and not self.pattern.fullmatch(self.data):
            raise ValidationError(self.sentence)


class FreeText(Asked):
    """Free words, optional, of at most 2,000 characters."""

    macro = "text_area"

    def __init__(self, label: str, *, missing: str | None = None, **kwargs: Any) -> None:
        super().__init__(label, missing=missing, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        # Browsers send line ends as CRLF; the chart's text must compare equal when unchanged.
        self.data = str(valuelist[0]).replace("\r\n", "\n") if valuelist else ""

    def returned(self, shown: str) -> str:
        """Return the words with line ends of one kind, and without one that comes first of all."""
        return shown.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\n")

    def check(self) -> None:
        if CONTROL.search(self.data):
            raise ValidationError("Remove the control characters from the note")
        if len(self.data) > _NOTE_LENGTH:
            raise ValidationError(f"Shorten the note to {_NOTE_LENGTH} characters")
