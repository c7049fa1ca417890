"""A FHIR Dosage in words, made from its coded elements."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from app.fhir.paths import choice, items, text
from app.fhir.types import Element
from app.formatting import join, number, partial_date
from app.mcode.values import value_text
from app.terminology.concept import concept_text

_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month"}
_UNITS |= {"a": "year"}
_TIMES = {"1": "once", "2": "twice"}
_DAYS = {"mon": "Mon", "tue": "Tue", "wed": "Wed", "thu": "Thu", "fri": "Fri", "sat": "Sat"}
_DAYS |= {"sun": "Sun"}
# FHIR R4, event-timing.
_WHEN = {
    "MORN": "in the morning",
    "NOON": "at noon",
    "AFT": "in the afternoon",
    "EVE": "in the evening",
    "NIGHT": "at night",
    "PHS": "after sleep",
    "HS": "before sleep",
    "WAKE": "on waking",
    "C": "with a meal",
    "CM": "with breakfast",
    "CD": "with lunch",
    "CV": "with dinner",
    "AC": "before meals",
    "ACM": "before breakfast",
    "ACD": "before lunch",
    "ACV": "before dinner",
    "PC": "after meals",
    "PCM": "after breakfast",
    "PCD": "after lunch",
    "PCV": "after dinner",
}


_AMOUNTS = {
    "Dose": ("dose", "doseQuantity", "doseRange"),
    "Rate": ("rateQuantity", "rateRange", "rateRatio"),
}
_CODED = {"route": "Route", "method": "Method", "site": "Site"}
_MOST = {
    "maxDosePerPeriod": "at most {}",
    "maxDosePerAdministration": "at most {} at a time",
    "maxDosePerLifetime": "at most {} in a lifetime",
}


def dosage_elements(step: Element) -> Iterator[tuple[str, str]]:
    """Yield (label, words) of each coded element of a Dosage, of an order or an administration."""
    yield from _amounts(step)
    for name, label in _CODED.items():
        if shown := concept_text(step.get(name)):
            yield label, shown
    if shown := timing_display(step.get("timing")):
        yield "How often", shown
    if shown := _as_needed(step):
        yield "As needed", shown
    for name, words in _MOST.items():
        if shown := value_text(step.get(name)):
            yield "At most", words.format(shown)
    for instruction in items(step.get("additionalInstruction")):
        if shown := concept_text(instruction):
            yield "Instruction", shown
    if shown := text(step.get("patientInstruction")):
        yield "For the patient", shown


def _amounts(step: Element) -> Iterator[tuple[str, str]]:
    for label, names in _AMOUNTS.items():
        for entry in (*items(step.get("doseAndRate")), step):
            kind = concept_text(entry.get("type"))
            for shown in filter(None, (value_text(entry.get(name)) for name in names)):
                yield label, join([f"at {shown}" if label == "Rate" else shown, kind], ", ")


def _as_needed(step: Element) -> str:
    if reason := concept_text(step.get("asNeededCodeableConcept")):
        return f"as needed for {reason}"
    needed = step.get("asNeededBoolean")
    return "" if not isinstance(needed, bool) else "as needed" if needed else "not as needed"


def dosage_display(step: Element) -> str:
    """Return the coded elements of a Dosage in one line: "8000 mg, Intrathecal, every 14 days"."""
    return join((words for _, words in dosage_elements(step)), ", ")


def timing_display(timing: Any) -> str:
    """Return a FHIR Timing in words: "twice a day for 2 weeks"."""
    if not isinstance(timing, dict):
        return ""
    repeat = timing.get("repeat")
    repeat = repeat if isinstance(repeat, dict) else {}
    events = timing.get("event")
    days = [partial_date(day) for day in events] if isinstance(events, list) else []
    return join(
        [
            concept_text(timing.get("code")),
            *_repeated(repeat),
            f"on {', '.join(days)}" if days else None,
        ],
        ", ",
    )


def _repeated(repeat: Element) -> Iterator[str]:
    if said := _frequency(repeat):
        yield said
    if said := _amount(repeat, "duration", text(repeat.get("durationUnit"))):
        yield f"over {said}"
    if said := _amount(repeat, "count"):
        yield f"{said} times in all"
    for name, words in (("dayOfWeek", _DAYS), ("when", _WHEN)):
        if found := [words.get(code, code) for code in _texts(repeat.get(name))]:
            listed = ", ".join(found)
            yield f"on {listed}" if name == "dayOfWeek" else listed
    if clock := [time[:5] for time in _texts(repeat.get("timeOfDay"))]:
        yield f"at {', '.join(clock)}"
    if wait := _amount(repeat, "offset", "min"):
        yield f"{wait} from it"
    bound, bounds = choice(repeat, "bounds")
    if bound == "boundsPeriod" and isinstance(bounds, dict):
        sides = (("from", bounds.get("start")), ("to", bounds.get("end")))
        yield join((f"{word} {partial_date(day)}" for word, day in sides if day), " ")
    elif lasts := value_text(bounds):
        yield f"for {lasts}"


def _frequency(repeat: Element) -> str:
    often = _amount(repeat, "frequency")
    period = _amount(repeat, "period")
    unit = text(repeat.get("periodUnit")) or ""
    named = _UNITS.get(unit, unit)
    if not period:
        return f"{_times(often)}" if often else ""
    if often in {"", "1"} and period != "1":
        return f"every {period} {named}s"
    if period == "1":
        return f"{_times(often or '1')} {'an' if named == 'hour' else 'a'} {named}"
    return f"{_times(often)} in {period} {named}s"


def _times(often: str) -> str:
    return _TIMES.get(often, f"{often} times")


def _amount(repeat: Element, name: str, unit: str | None = None) -> str:
    """Return a number, or a number and the one that it may go up to, with a unit of time."""
    low, high = repeat.get(name), repeat.get(f"{name}Max")
    said = join((number(end) for end in (low, high) if isinstance(end, int | Decimal)), " to ")
    if not said or not unit:
        return said
    return f"{said} {_UNITS.get(unit, unit)}{'' if said == '1' else 's'}"


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
