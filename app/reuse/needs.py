"""What a use needs of the record, as the data of its folder say it (`needs.json`)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from app.mcode.kinds import Kind
from app.mcode.model import PrimaryCancer
from app.mcode.sites import has_two_sides, is_staged, is_staged_by_tnm
from app.summary.offers import stage_form

Level = Literal["required", "expected", "optional"]
_PATIENT, _CANCER = "patient", "cancer"
_CONDITIONS: dict[str, Callable[[PrimaryCancer], bool]] = {
    "it is staged": is_staged,
    "it is staged by TNM": is_staged_by_tnm,
    "it has two sides": has_two_sides,
}


@dataclass(frozen=True)
class Need:
    """One thing that a use needs.

    It is looked for in the patient's own resource, in the Conditions of the cancer (`of` is
    "patient" or "cancer"), or in the records of some `kinds` (`of` is empty). The first of them
    that has a value at one of `paths` meets the need; without paths, the first of them. A step of a
    path is the name of an element, of a choice (`value[x]`), or the address of an extension.
    `form` is the slug of the form that fills it, or "stage" for the one that stages the cancer,
    `field` the field there. `when` names a condition, without which the need is none. A required
    one that `may_be_absent` is sent as not known.
    """

    what: str
    level: Level
    of: Literal["patient", "cancer", ""] = ""
    kinds: tuple[Kind, ...] = ()
    paths: tuple[tuple[str, ...], ...] = ()
    form: str | None = None
    field: str | None = None
    when: str = ""
    may_be_absent: bool = False
    note: str = ""

    def applies_to(self, cancer: PrimaryCancer | None) -> bool:
        """Tell whether the need is one for this cancer, or for the record as a whole."""
        return not self.when or (cancer is not None and _CONDITIONS[self.when](cancer))

    def form_for(self, cancer: PrimaryCancer | None) -> str | None:
        """Return the slug of the form that fills it for this cancer."""
        return stage_form(cancer) if cancer and self.form == "stage" else self.form

    @classmethod
    def read(cls, row: dict[str, Any]) -> Self:
        """Return a need as its row in `needs.json` has it; raises ValueError for a wrong row."""
        of = row.pop("of")
        is_record = of in (_PATIENT, _CANCER)
        return cls(
            of=of if is_record else "",
            kinds=() if is_record else tuple(map(Kind, of)),
            paths=tuple(map(tuple, row.pop("paths", ()))),
            level=row.pop("need"),
            **row,
        )


def needs_in(folder: Path) -> tuple[Need, ...]:
    """Return the needs of the product in `folder`, in the order of its page."""
    rows = json.loads((folder / "needs.json").read_text(encoding="utf-8"))["needs"]
    return tuple(map(Need.read, rows))
