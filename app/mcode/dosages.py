"""A FHIR Dosage in words, made from its coded elements."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from app.fhir.paths import choice, items, text
from app.fhir.types import Element, Resource
from app.formatting import join, number, partial_date
from app.mcode.agreement import contradiction, other_unit
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

# The elements of a Dosage that have an amount, and those that have a concept, with their labels.
_AMOUNTS = {
    "dose": ("Dose", "{}"),
    "doseQuantity": ("Dose", "{}"),
    "doseRange": ("Dose", "{}"),
    "rateQuantity": ("Rate", "at {}"),
    "rateRange": ("Rate", "at {}"),
    "rateRatio": ("Rate", "at {}"),
    "maxDosePerPeriod": ("At most", "at most {}"),
    "maxDosePerAdministration": ("At most", "at most {} at a time"),
    "maxDosePerLifetime": ("At most", "at most {} in a lifetime"),
}
_CONCEPTS = {
    "route": ("Route", "{}"),
    "method": ("Method", "{}"),
    "site": ("Site", "{}"),
    "asNeededCodeableConcept": ("As needed", "as needed for {}"),
    "additionalInstruction": ("Instruction", "{}"),
}
SAID = frozenset({*_AMOUNTS, *_CONCEPTS, "doseAndRate", "timing", "text"})
SAID |= {"asNeededBoolean", "patientInstruction"}
"""The elements of a Dosage that have a label of their own."""

Call = Callable[[Any], str | None]
Said = Iterator[tuple[str, str, Any]]


def dosage_steps(resource: Resource) -> list[Element]:
    """Return the Dosages of an order, a statement or an administration, as they are written."""
    return [*items(resource.get("dosageInstruction")), *items(resource.get("dosage"))]


def name_with_code(concept: Any) -> str | None:
    """Return a concept in words, with its code's term where its text contradicts it."""
    shown, coded = concept_text(concept), contradiction(concept)
    return f"{shown} (coded: {coded})" if coded else shown


def dosage_elements(step: Element, call: Call = name_with_code) -> Said:
    """Yield (label, words, JSON) of each coded element of a Dosage, in the order of a sentence.

    `call` gives words for a CodeableConcept.
    """
    for entry in items(step.get("doseAndRate")):
        yield from _amounts(entry, concept_text(entry.get("type")))
    yield from _amounts({name: value for name, value in step.items() if not _is_limit(name)})
    yield from _concepts(step, ("route", "method", "site"), call)
    if shown := timing_display(step.get("timing")):
        yield "How often", shown, step["timing"]
    needed = step.get("asNeededBoolean")
    if isinstance(needed, bool):
        yield "As needed", "as needed" if needed else "not as needed", needed
    yield from _concepts(step, ("asNeededCodeableConcept",), call)
    yield from _amounts({name: value for name, value in step.items() if _is_limit(name)})
    yield from _concepts(step, ("additionalInstruction",), call)
    if words := text(step.get("patientInstruction")):
        yield "For the patient", words, words


def _is_limit(name: str) -> bool:
    return name.startswith("maxDose")


def _amounts(entry: Element, kind: str | None = None) -> Said:
    for name, (label, words) in _AMOUNTS.items():
        if shown := value_text(entry.get(name)):
            ends = (entry[name], *entry[name].values())
            others = join(dict.fromkeys(map(other_unit, ends)), ", ")
            coded = f" (coded: {others})" if others else ""
            yield label, join([words.format(shown) + coded, kind], ", "), {name: entry[name]}


def _concepts(step: Element, names: Iterable[str], call: Call) -> Said:
    for name in names:
        label, words = _CONCEPTS[name]
        for concept in items(step.get(name)):
            if shown := call(concept):
                yield label, words.format(shown), concept


def dosage_display(step: Element, call: Call = name_with_code) -> str:
    """Return the coded elements of a Dosage in one line: "8000 mg, Intrathecal, every 14 days"."""
    return join((words for _, words, _ in dosage_elements(step, call)), ", ")


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
    often, period = _amount(repeat, "frequency"), _amount(repeat, "period")
    unit = text(repeat.get("periodUnit")) or ""
    named = _UNITS.get(unit, unit)
    if not period:
        return _times(often) if often else ""
    if _is_one(period):
        return f"{_times(often or '1')} {'an' if named == 'hour' else 'a'} {named}"
    if not often or _is_one(often):
        return f"every {period} {named}s"
    return f"{_times(often)} in {period} {named}s"


def _is_one(amount: str) -> bool:
    return amount.rstrip("0").rstrip(".") == "1"


def _times(often: str) -> str:
    return _TIMES.get(often, f"{often} times")


def _amount(repeat: Element, name: str, unit: str | None = None) -> str:
    """Return a number, or a number and the one that it may go up to, with a unit of time."""
    low, high = repeat.get(name), repeat.get(f"{name}Max")
    said = join((number(end) for end in (low, high) if isinstance(end, int | Decimal)), " to ")
    if not said or not unit:
        return said
    return f"{said} {_UNITS.get(unit, unit)}{'' if _is_one(said) else 's'}"


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
