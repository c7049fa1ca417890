"""The dimensions of one thing, in one unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from wtforms.validators import ValidationError

from app.forms._elements import AS_RECORDED, Unit
from app.forms._elements.dimensions import TIMES
from app.forms._fields.base import Asked, one_line

_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,3})?", re.ASCII)
_BOXES = ("", "-second", "-third")


class Sizes(Asked):
    """Up to three dimensions, the longest first, and their unit, which has to be chosen.

    `data` is "28 x 21 mm"; the digits stay as typed.
    """

    macro = "sizes"
    inputs = (*_BOXES, "-unit")

    def __init__(self, label: str, *, units: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.units = list(units)
        self.numbers = [""] * len(_BOXES)
        self.unit = ""
        self.kept = ""

    def keep(self, label: str) -> None:
        """Let what the chart holds stay as long as no box is filled."""
        self.kept = label

    def label_of(self, value: str) -> str:
        """Return the dimensions as they are written: "28 x 21 mm"."""
        return f"{self.kept} (as in the chart)" if value == AS_RECORDED else value

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(None, data, extra_filters)
        if formdata is None or self.name not in formdata:
            shown = "" if self.data == AS_RECORDED else self.data
            sizes, _, self.unit = shown.rpartition(" ")
            self.numbers = [*sizes.split(TIMES), "", "", ""][: len(_BOXES)]
            return
        self.numbers = [one_line(formdata.get(f"{self.name}{box}")) for box in _BOXES]
        self.unit = one_line(formdata.get(f"{self.name}-unit"))
        sizes = TIMES.join(number for number in self.numbers if number)
        unsaid = AS_RECORDED if self.kept else ""
        self.data = f"{sizes} {self.unit}".strip() if sizes else unsaid

    def check(self) -> None:
        if self.data == AS_RECORDED:
            return
        typed = [number for number in self.numbers if number]
        if not all(_NUMBER.fullmatch(number) and Decimal(number) > 0 for number in typed):
            raise ValidationError("Enter a number above 0, such as 12 or 0.5, in each box")
        if any(Decimal(other) > Decimal(typed[0]) for other in typed[1:]):
            raise ValidationError("Enter the longest dimension in the first box")
        if any(not one and other for one, other in pairwise(self.numbers)):
            raise ValidationError("Enter the dimensions without an empty box between them")
        if self.unit not in {unit.code for unit in self.units}:
            raise ValidationError("Choose the unit")
