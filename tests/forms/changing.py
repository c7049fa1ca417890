"""Another answer than the one that is given, for tests that amend an entry."""

from app.forms._answers import AS_RECORDED, Absent
from app.forms._fields.base import Asked
from app.forms._fields.choices import CodedChecks, CodedRadio, CodedSelect
from app.forms._fields.dates import DateBoxes, DateSpan
from app.forms._fields.lines import MomentLine, Positions, RatioOf, WholeNumber
from app.forms._fields.numbers import Measure, Sizes
from app.forms._fields.search import CodedSearch


def _other_option(item: CodedRadio | CodedSelect) -> str | None:
    """Prefer a value to a reason for having none, and one that goes with the same other answer."""
    basis = next((o.only_for for o in item.options if o.value == item.data), ())
    others = [o for o in item.options if o.value not in {item.data, AS_RECORDED}]
    others.sort(
        key=lambda o: (
            isinstance(o.value, Absent),
            not set(basis) <= set(o.only_for),
        )
    )
    return others[0].text if others else None


def another(item: Asked) -> str | None:  # noqa: C901 -- one line for each kind of field
    """Return the text of a different answer that the field by itself would take, None for none."""
    match item:
        case CodedRadio() | CodedSelect():
            return _other_option(item)
        case CodedChecks():
            return _with(
                item, next((o.text for o in item.options if o.value not in item.data), None)
            )
        case CodedSearch():
            offered = [*(c.key for c in item.concepts), *(o.text for o in item.suggested)]
            given = item.text.split("\n")
            other = next((key for key in offered if key not in given), None)
            other = other or ("||other words" if item.extensible else None)
            return _with(item, other) if item.many else other
        case DateBoxes():
            return "2020-02-03" if item.text != "2020-02-03" else "2020-02-04"
        case DateSpan():
            return "2020-02-03/2020-03-04"
        case Measure():
            unit = item.typed["unit"] or next((unit.code for unit in item.units), "mg")
            return f"{item.least if item.least is not None else 1} {unit}"
        case Sizes():
            return f"99 x {item.text.partition(' x ')[2]}" if " x " in item.text else "22 mm"
        case WholeNumber():
            return str(item.most if item.data != item.most else item.least)
        case RatioOf():
            return "1:40"
        case Positions():
            return "12-34"
        case MomentLine():
            return "2026-11-20 14:30 UTC"
    return "other words"


def _with(item: Asked, other: str | None) -> str | None:
    """Return the answers that are given and another one; where there is none, without the first."""
    given = [line for line in item.text.split("\n") if line]
    return "\n".join([*given, other] if other else given[1:]) or None
