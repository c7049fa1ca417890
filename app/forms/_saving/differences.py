"""In what a record of the chart differs from what was sent, and how that is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Change(IntEnum):
    """What became of an element that was sent."""

    REWORDED = 1
    """It means the same, in other words, with other digits, or to another precision."""
    LEFT_OUT = 2
    OTHER = 3
    """It means something else."""


@dataclass(frozen=True)
class Difference:
    """One element of a record: its label, what was sent, and what the chart holds, in words."""

    change: Change
    label: str
    sent: str
    found: str = ""


def means_the_same(differences: Iterable[Difference]) -> bool:
    """Tell whether what was sent and what was found say the same, but for what is left out."""
    return all(difference.change < Change.OTHER for difference in differences)


def remarks_on(differences: Iterable[Difference], overwritten: Iterable[str] = ()) -> list[str]:
    """Return in sentences what an EHR made of a record that it stored.

    `overwritten` is what others changed meanwhile, in words.
    """
    differences = list(differences)
    left_out = [f"the {lowered(d.label)}" for d in differences if d.change == Change.LEFT_OUT]
    told = [f"The EHR left out {_enumerated(left_out)}."] if left_out else []
    told += [
        f"{d.label}: you entered {d.sent}, the chart holds {d.found}."
        for d in differences
        if d.change != Change.LEFT_OUT
    ]
    if lines := list(overwritten):
        told.append(
            "Somebody else changed this record between your review and the save, and the EHR let "
            f"both through. This change of theirs is overwritten: {'; '.join(lines)}."
        )
    return told


def lowered(label: str) -> str:
    """Return a label as it stands within a sentence."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _enumerated(parts: list[str]) -> str:
    *before, last = parts
    return f"{', '.join(before)} and {last}" if before else last
