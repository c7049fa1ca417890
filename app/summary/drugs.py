"""Each drug with its order and its administrations as one treatment, and the doses left out."""

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from statistics import median_low

from app.fhir.paths import choice, get, literal_reference, local_reference, text
from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.mcode.content import effective, moment, newest_first
from app.mcode.model import CancerRecord
from app.mcode.recognise import is_cancer_medication
from app.mcode.treated import drug_name, medication_of
from app.mcode.treatments import dosage_text, intent, status_reason
from app.summary.display import Shown, author
from app.summary.treatment import Treatment, last_day, reasons, state, stretches

_ORDERED, _TAKEN = "MedicationRequest", "MedicationStatement"
_CHARTED = ("MedicationAdministration", _TAKEN)
_PLANS = frozenset({"proposal", "plan", "option"})
_ENDED = frozenset({"completed", "stopped", "cancelled", "ended"})
_LEFT_OUT = {"not-done": "not given", "not-taken": "not taken"}
_TWO_MONTHS, _QUARTER, _HALF_A_YEAR = 60, 100, 200  # days


def drugs(record: CancerRecord) -> list[Treatment]:
    """Return one treatment for each order; what was given without one is grouped by drug."""
    ordered = [r for r in record.treatments if r["resourceType"] == _ORDERED]
    # An order not to give a drug is no treatment in the record.
    ordered += [
        item
        for item in record.others.values()
        if item["resourceType"] == _ORDERED and _is_for_cancer(record, item)
    ]
    orders = {str(literal_reference(item)): item for item in ordered}
    charted: dict[str, list[Resource]] = {}
    for item in _charted(record, orders):
        order = _order_of(item)
        # What a patient takes has a span of its own; each dose given is one of the same.
        alone = literal_reference(item) if item["resourceType"] == _TAKEN else _drug(record, item)
        group = order if order in orders else alone
        charted.setdefault(str(group), []).append(item)
    found = [_treatment(record, charted.pop(name, []), order) for name, order in orders.items()]
    parted = (part for group in charted.values() for part in stretches(group, longest_break))
    return found + [_treatment(record, part) for part in parted]


def longest_break(breaks: Sequence[int]) -> int:
    """Return how many days without a dose may lie in one treatment: twice its usual interval.

    It is two months at least, and a little more than half a year, for which a depot lasts, at most.
    Two doses tell no usual interval: they may lie as far apart as depots of a quarter.
    """
    if len(breaks) == 1:
        return _QUARTER
    return min(_HALF_A_YEAR, max(_TWO_MONTHS, 2 * median_low(breaks)))


def _charted(record: CancerRecord, orders: Collection[str]) -> list[Resource]:
    """Return what was given and what was left out, newest first.

    A dose that was not given is no treatment in the record; it stands among the other resources,
    together with those of drugs that have nothing to do with the cancer.
    """
    given = [item for item in record.treatments if item.get("resourceType") in _CHARTED]
    left_out = [
        item
        for item in record.others.values()
        if item.get("resourceType") in _CHARTED
        and item.get("status") in _LEFT_OUT
        and (_order_of(item) in orders or _is_for_cancer(record, item))
    ]
    return sorted([*given, *left_out], key=newest_first, reverse=True)


def _order_of(item: Resource) -> str | None:
    """Return the order that a drug was given or taken by."""
    return local_reference(item.get("request")) or local_reference(get(item, "basedOn"))


def _is_for_cancer(record: CancerRecord, item: Resource) -> bool:
    return bool(record.primary_names & reasons(item)) or is_cancer_medication(
        item, medication_of(record, item)
    )


def _treatment(
    record: CancerRecord, charted: Sequence[Resource], order: Resource | None = None
) -> Treatment:
    """Return a drug as ordered, or as charted; the days on which it was given say when it began."""
    given, left_out = _part(charted)
    main = order or (given or left_out)[0]
    is_forbidden = main.get("doNotPerform") is True
    planned = get(order, "dosageInstruction", "timing", "repeat", "boundsPeriod")
    first, last = _days(given if order else given or left_out)
    end = text(get(planned, "end")) if order else last
    if main.get("status") in _ENDED:
        # A chart may hold only some of the administrations: the later of both is the end.
        end = max(filter(None, (end, last)), key=lambda day: day[:10], default=None)
    return Treatment(
        lane="Systemic",
        name=_drug(record, main),
        detail=dosage_text(main) or "",
        state="planned" if main.get("intent") in _PLANS and not is_forbidden else state(main),
        intent=intent(main),
        by=author(record, main),
        start=first or text(get(planned, "start")) or text(get(order, "authoredOn")),
        end=end,
        reasons=reasons(main, *charted),
        notes=_notes(given, left_out, end),
        key=literal_reference(main),
        parts=tuple(_given(item) for item in charted if item is not main or _is_dose(item)),
    )


def _is_dose(item: Resource) -> bool:
    return bool(item["resourceType"] != _TAKEN)


def _given(item: Resource) -> Shown:
    """Return one dose as it was charted, with what was noted about it."""
    note = text(get(item, "note", "text"))
    first, last = partial_date(effective(item)), partial_date(last_day(item), "")
    when = f"{first} to {last}" if last and last != first else first
    return Shown(when, join([state(item), dosage_text(item), note]), item)


def _part(charted: Iterable[Resource]) -> tuple[list[Resource], list[Resource]]:
    """Return what was given and what was left out."""
    given: list[Resource] = []
    left_out: list[Resource] = []
    for item in charted:
        (left_out if item.get("status") in _LEFT_OUT else given).append(item)
    return given, left_out


def _notes(
    given: Sequence[Resource], left_out: Sequence[Resource], end: str | None
) -> tuple[str, ...]:
    notes = []
    count = sum(item.get("resourceType") == "MedicationAdministration" for item in given)
    if count:
        _, last = _days(given)
        counted = "1 administration" if count == 1 else f"{count} administrations"
        on = f"the last on {partial_date(last)}" if last and last != end else None
        notes.append(join([f"{counted} in this chart", on], ", "))
    for newer, older in pairwise(stretches(given, longest_break)):
        _, ended = _days(older)
        began, _ = _days(newer)
        notes.append(f"none in this chart between {partial_date(ended)} and {partial_date(began)}")
    for item in reversed(left_out):
        outcome = _LEFT_OUT[str(item.get("status"))]
        why = status_reason(item) or text(get(item, "note", "text")) or "reason not recorded"
        notes.append(f"{outcome} {partial_date(effective(item), '(no date)')}: {why}")
    return tuple(notes)


def _days(charted: Sequence[Resource]) -> tuple[str | None, str | None]:
    """Return the first and the last day on which a drug was given.

    A day on which somebody says that a drug is taken is not the last on which it is.
    """
    ends = [
        last_day(item)
        for item in charted
        if item["resourceType"] != _TAKEN or isinstance(choice(item, "effective")[1], dict)
    ]
    first = min(filter(None, map(effective, charted)), key=moment, default=None)
    return first, max(filter(None, ends), key=moment, default=None)


def _drug(record: CancerRecord, resource: Resource) -> str:
    name = drug_name(record, resource) or "Drug without a name"
    doubt = record.doubt_about(medication_of(record, resource) or {})
    return f"{name} ({doubt})" if doubt else name
