"""Another answer than the one that is given, for tests that amend an entry."""

from __future__ import annotations

from app.forms._elements import AS_RECORDED
from app.forms._fields import (
    Asked,
    CodedChecks,
    CodedRadio,
    CodedSearch,
    CodedSelect,
    DateSpan,
    Measure,
    PartialDate,
    RatioOf,
    Sizes,
    WholeNumber,
)


def _other_option(item: CodedRadio | CodedSelect) -> str | None:
    """Prefer a value to a reason for having none, and one that goes with the same other answer."""
    basis = next((o.only_for for o in item.options if o.value == item.data), "")
    others = [o for o in item.options if o.value not in {item.data, AS_RECORDED}]
    others.sort(
        key=lambda o: (
            o.value.startswith("absent:"),
            not set(basis.split()) <= set(o.only_for.split()),
        )
    )
    return others[0].value if others else None


def another(item: Asked) -> str | None:
    """Return a different answer that the field by itself would take; None where there is none."""
    match item:
        case CodedRadio() | CodedSelect():
            return _other_option(item)
        case CodedChecks():
            given = item.data.split("\n")
            return _with(item, next((o.value for o in item.options if o.value not in given), None))
        case CodedSearch():
            offered = [*(c.key for c in item.concepts), *(o.value for o in item.suggested)]
            other = next((key for key in offered if key not in item.data.split("\n")), None)
            other = other or ("||other words" if item.open else None)
            return _with(item, other) if item.many else other
        case PartialDate():
            return "2020-02-03" if item.data != "2020-02-03" else "2020-02-04"
        case DateSpan():
            return "2020-02-03/2020-03-04"
        case Measure():
            unit = item.unit or next((unit.code for unit in item.units), "mg")
            return f"{item.least if item.least is not None else 1} {unit}"
        case Sizes():
            return f"99 x {item.data.partition(' x ')[2]}" if " x " in item.data else "22 mm"
        case WholeNumber():
            return str(item.most if item.data != str(item.most) else item.least)
        case RatioOf():
            return "1:40"
    return "other words"


def _with(item: Asked, other: str | None) -> str | None:
    """Return the answers that are given and another one; where there is none, without the first."""
    given = [line for line in item.data.split("\n") if line]
    return "\n".join([*given, other] if other else given[1:]) or None
