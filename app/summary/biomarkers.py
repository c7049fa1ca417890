"""Biomarkers as a table: one row for each marker, its newest result first."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.fhir.paths import codes, get, literal_reference
from app.fhir.types import Resource
from app.formatting import join
from app.mcode.model import CancerRecord
from app.mcode.pathology import specimen
from app.mcode.receptors import found_or_not
from app.mcode.retraction import caveat
from app.mcode.values import observation_value, reference_texts, result
from app.summary.display import Badge, Row, day_of, short_name
from app.summary.measures import Sparkline, change, measure, quotient, ratio_text, sparkline
from app.terminology.concept import concept_text
from app.terminology.systems import LOINC, SNOMED, known_codes

# Neither reading is good or bad in itself: the tone only tells them apart.
_POSITIVE = Badge("Positive", "action", "+")
_NEGATIVE = Badge("Negative", "neutral", "−")
_BY_INTERPRETATION = {
    "POS": _POSITIVE,
    "NEG": _NEGATIVE,
    "DET": Badge("Detected", "action", "+"),
    "ND": Badge("Not detected", "neutral", "−"),
    "IND": Badge("Indeterminate", "neutral"),
    "E": Badge("Equivocal", "warning"),
    # In range is not well: a marker can double within it.
    "N": Badge("In reference range"),
    "A": Badge("Abnormal", "warning"),
    "AA": Badge("Critically abnormal", "danger"),
    "H": Badge("High", "warning", "▲"),
    "HH": Badge("Critically high", "danger", "▲"),
    "L": Badge("Low", "warning", "▼"),
    "LL": Badge("Critically low", "danger", "▼"),
}
_BY_VALUE = {
    (SNOMED, "10828004"): _POSITIVE,
    (SNOMED, "260385009"): _NEGATIVE,
    (SNOMED, "260373001"): _BY_INTERPRETATION["DET"],
    (SNOMED, "260415000"): _BY_INTERPRETATION["ND"],
    (SNOMED, "82334004"): _BY_INTERPRETATION["IND"],
    (SNOMED, "42425007"): _BY_INTERPRETATION["E"],
    (LOINC, "LA6576-8"): _POSITIVE,
    (LOINC, "LA6577-6"): _NEGATIVE,
    (LOINC, "LA11882-0"): _BY_INTERPRETATION["DET"],
    (LOINC, "LA11883-8"): _BY_INTERPRETATION["ND"],
    (LOINC, "LA11884-6"): _BY_INTERPRETATION["IND"],
}
_CHANGES = {
    "higher": Badge("higher", sign="▲"),
    "lower": Badge("lower", sign="▼"),
    "unchanged": Badge("unchanged", sign="="),
}


@dataclass(frozen=True)
class MarkerRow(Row):
    """`detail` is LOINC's full name where `name` is only a part of it.

    `reading` is what the laboratory says of the result. `change` says how it stands to the one
    before it, where that can be told; `trend` draws all of them where they can be drawn.
    """

    reading: Badge | None = None
    reference: str | None = None
    specimen: str | None = None
    change: Badge | None = None
    trend: Sparkline | None = None


def marker_rows(record: CancerRecord, markers: Iterable[Resource]) -> tuple[MarkerRow, ...]:
    """Return a row for each marker; `markers` come newest first."""
    found = list(markers)
    coded: dict[tuple[str, str | None], set[str]] = {}
    for marker in filter(_has_loinc, found):
        coded.setdefault(_name_and_unit(marker), set()).add(_test(marker))
    groups: dict[str, list[Resource]] = {}
    for marker in found:
        test = _test(marker)
        alike = set() if _has_loinc(marker) else coded.get(_name_and_unit(marker), set())
        test = next(iter(alike)) if len(alike) == 1 else test
        groups.setdefault(test, []).append(marker)
    rows = [_row(record, group) for group in groups.values()]
    return tuple(sorted(rows, key=lambda row: row.name.lower()))


def reading(observation: Resource) -> Badge | None:
    """Return the interpretation of a result: the laboratory's, else what a coded result says."""
    for _, code in codes(get(observation, "interpretation")):
        if code in _BY_INTERPRETATION:
            return _BY_INTERPRETATION[code]
    if display := observation_value(observation).interpretation:
        return Badge(display)
    coded = known_codes(observation.get("valueCodeableConcept"))
    return next((badge for value, badge in _BY_VALUE.items() if value in coded), None)


def _reading(observation: Resource) -> Badge | None:
    """Return the reading; what keeps the result from being plain holds of it too."""
    found, why = reading(observation), caveat(observation)
    return replace(found, text=f"{found.text} ({why})") if found and why else found


def _row(record: CancerRecord, group: list[Resource]) -> MarkerRow:
    newest, *older = group
    name, full_name = short_name(newest.get("code"), "Marker without a name")
    compared = change(newest, older[0]) if older else None
    return MarkerRow(
        name=name,
        detail=full_name,
        value=_result(newest),
        date=day_of(newest),
        key=literal_reference(newest),
        earlier=tuple(
            Row(name, _result(item), day_of(item), literal_reference(item)) for item in older
        ),
        reading=_reading(newest),
        reference=join(reference_texts(newest), "; ") or None,
        specimen=specimen(record, newest),
        change=_CHANGES.get(compared or ""),
        trend=sparkline(group),
    )


def _result(observation: Resource) -> str:
    """Return the result, of a ratio its quotient too."""
    ratio = quotient(observation)
    return join([result(observation), ratio is not None and f"ratio {ratio_text(ratio)}"])


def _test(marker: Resource) -> str:
    """Return what tells one test from another: its codes, else its name.

    Whether a receptor is there, laboratories ask by several codes and in words: an answer is newer
    than one to another of them. How much of it is there is another question.
    """
    looked_for = found_or_not(marker)
    if looked_for and measure(marker) is None and not marker.get("component"):
        return join(sorted(looked_for))
    found = sorted(codes(marker.get("code")))
    return str(found or concept_text(marker.get("code")))


def _has_loinc(marker: Resource) -> bool:
    return any(system == LOINC for system, _ in known_codes(marker.get("code")))


def _name_and_unit(marker: Resource) -> tuple[str, str | None]:
    """Return by what a test without a code of LOINC is known as one that has a code."""
    measured = measure(marker)
    return short_name(marker.get("code"), "")[0].casefold(), measured.unit if measured else None
