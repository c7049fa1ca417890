"""Where the text of a FHIR Dosage says something else than its coded elements."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from app.fhir.paths import codes, get, items, text
from app.fhir.patterns import Match, Pattern, cut
from app.fhir.types import Element
from app.formatting import join, number
from app.mcode.dosages import timing_display
from app.mcode.values import value_text
from app.terminology.concept import concept_text


class Contradiction(NamedTuple):
    """What a text says and what the coded elements beside it say: "by mouth", "Intrathecal"."""

    label: str
    said: str
    coded: str


def contradictions(step: Element) -> list[Contradiction]:
    """Return where the text of a Dosage names another dose, route or interval than it codes."""
    words = cut(text(step.get("text")) or "")
    if not words:
        return []
    return [*_other_amounts(words, step), *_other_route(words, step), *_other_interval(words, step)]


# Of each unit its dimension, and how many of the smallest of these it is.
_MASS = {"ng": 1, "ug": 10**3, "mcg": 10**3, "mg": 10**6, "g": 10**9}
_DIMENSIONS = {
    **{f"{unit}{per}": ("mass", per, size) for unit, size in _MASS.items() for per in ("", "/m2")},
    **{f"{unit}/kg": ("mass", "/kg", size) for unit, size in _MASS.items()},
    **{f"iu{per}": ("units", per, 1) for per in ("", "/m2", "/kg")},
    **{f"miu{per}": ("units", per, 10**6) for per in ("", "/m2", "/kg")},
    "ml": ("volume", "", 1),
    "l": ("volume", "", 1000),
    "ml/h": ("rate", "", 1),
    "mg/h": ("mass rate", "", 1),
    "mbq": ("activity", "", 1),
    "gbq": ("activity", "", 1000),
    "mci": ("activity", "", 37),
}
_MENTION = Pattern(
    r"(?i)(?<![\w.,])(\d[\d,]*(?:\.\d+)?)(?:\s*(?:-|–|to)\s*(\d[\d,]*(?:\.\d+)?))?\s*"
    r"((?:ng|[uµμ]g|mcg|mg|g|iu|units?|miu|ml|l|mbq|gbq|mci)(?:\s?(?:/|per)\s?(?:m2|m²|m\^2|kg|hr?)"
    r"(?![a-z0-9]))?)(?![\w/²^])"
)


class _Mention(NamedTuple):
    """An amount in a text: its words, its dimension, and its ends in one unit of that dimension."""

    words: str
    dimension: str
    per: str
    low: Decimal
    high: Decimal


def _other_amounts(words: str, step: Element) -> Iterator[Contradiction]:
    mentions = [mention for match in _MENTION.finditer(words) if (mention := _mention(match))]
    for stem in ("dose", "rate"):
        coded = [
            found
            for entry in (*items(step.get("doseAndRate")), step)
            for name in (stem, f"{stem}Quantity", f"{stem}Range")
            if (found := _coded_amount(entry.get(name)))
        ]
        kinds = {amount.dimension for amount in coded}
        said = [mention for mention in mentions if mention.dimension in kinds]
        if said and not any(_agree(one, amount) for one in said for amount in coded):
            yield Contradiction(
                stem.capitalize(),
                join((one.words for one in said), ", "),
                join((amount.words for amount in coded), ", "),
            )


def _agree(one: _Mention, other: _Mention) -> bool:
    return one.per == other.per and one.low <= other.high and other.low <= one.high


def _mention(match: Match) -> _Mention | None:
    low, high, unit = match.groups()
    return _amounts(match[0].strip(), low, high or low, unit)


def _coded_amount(value: Any) -> _Mention | None:
    low, high = get(value, "low") or value, get(value, "high") or value
    unit = text(get(low, "code")) or text(get(low, "unit"))
    ends = [get(end, "value") for end in (low, high)]
    if not unit or any(end is None for end in ends):
        return None
    return _amounts(value_text(value), number(ends[0]), number(ends[1]), unit)


_SPELLINGS = str.maketrans(
    {"µ": "u", "μ": "u", "²": "2", "^": None, "[": None, "]": None, " ": None}
)


def _amounts(words: str, low: str, high: str, unit: str) -> _Mention | None:
    plain = unit.translate(_SPELLINGS).lower().replace("per", "/").replace("/hr", "/h")
    plain = plain.replace("units", "iu").replace("unit", "iu")
    if plain not in _DIMENSIONS:
        return None
    dimension, per, size = _DIMENSIONS[plain]
    try:
        ends = sorted(Decimal(end.replace(",", "")) * size for end in (low, high))
    except InvalidOperation:
        return None
    return _Mention(words, dimension, per, ends[0], ends[1])


# How each route is written, by the word that its names in SNOMED CT and elsewhere have.
_ROUTES = {
    "oral": Pattern(r"(?i)\b(?:by mouth|per os|oral(?:ly)?|po|p\.o\.)(?!\w)"),
    "intravenous": Pattern(r"(?i)\b(?:intravenous(?:ly)?|iv|i\.v\.)(?!\w)"),
    "subcutaneous": Pattern(
        r"(?i)\b(?:subcutaneous(?:ly)?|sub-?q|subcut|sc|sq|s\.c\.|under the skin)(?!\w)"
    ),
    "intramuscular": Pattern(r"(?i)\b(?:intramuscular(?:ly)?|im|i\.m\.)(?!\w)"),
    "intrathecal": Pattern(r"\b(?:[Ii]ntrathecal(?:ly)?|IT|[Ii]\.[Tt]\.)(?!\w)"),
    "intravesical": Pattern(r"(?i)\bintravesical(?:ly)?\b"),
    "intraperitoneal": Pattern(r"(?i)\b(?:intraperitoneal(?:ly)?|ip|i\.p\.)(?!\w)"),
    "intrapleural": Pattern(r"(?i)\bintrapleural(?:ly)?\b"),
}
_ROUTE_CODES = {
    "47625008": "intravenous",
    "26643006": "oral",
    "34206005": "subcutaneous",
    "78421000": "intramuscular",
    "72607000": "intrathecal",
    "372471009": "intravesical",
    "38239002": "intraperitoneal",
    "372469009": "intrapleural",
}


def _other_route(words: str, step: Element) -> Iterator[Contradiction]:
    route = step.get("route")
    shown = concept_text(route) or ""
    coded = {_ROUTE_CODES[code] for _, code in codes(route) if code in _ROUTE_CODES}
    coded = coded or {name for name, pattern in _ROUTES.items() if pattern.search(shown)}
    said = {name: match for name, pattern in _ROUTES.items() if (match := pattern.search(words))}
    if coded and said and not coded & said.keys():
        yield Contradiction("Route", join((match[0] for match in said.values()), ", "), shown)


# HL7's codes of a Timing, by the hours between two doses.
_TIMING_CODES = {"QD": 24, "QOD": 48, "BID": 12, "TID": 8, "QID": 6, "Q4H": 4, "Q6H": 6, "Q8H": 8}
_TIMING_CODES |= {"WK": 168, "MO": 730, "AM": 24, "PM": 24, "BED": 24}
_HOURS = {"s": 1 / 3600, "min": 1 / 60, "h": 1, "d": 24, "wk": 168, "mo": 730, "a": 8766}
_NUMBERS = {"once": 1, "one": 1, "twice": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_PERIODS = {"h": "h", "d": "d", "w": "wk", "m": "mo"}
_LATIN = {"qd": 24.0, "od": 24.0, "bid": 12.0, "tid": 8.0, "qid": 6.0, "qw": 168.0}
_OFTEN = Pattern(
    r"(?i)\b(?:(once|twice|(?:one|two|three|four|five|six|\d) (?:times|x)) ?)?"
    r"(?:(?:a|per|each|every) (hour|day|week|month)|(hourly|daily|weekly|monthly))\b"
)
_EVERY = Pattern(r"(?i)\b(?:every |q ?)(\d{1,3}) ?-?(h|hours?|d|days?|w|wk|weeks?|months?)\b")
_ABBREVIATED = Pattern(r"(?i)(?<![\w.])(q\.?d|o\.?d|b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|qw)(?:\.|\b)")
_CLOSE = 0.1


def _other_interval(words: str, step: Element) -> Iterator[Contradiction]:
    """Yield the interval of the doses where the text names others only."""
    coded, said = list(_coded_intervals(step.get("timing"))), list(_said_intervals(words))
    alike = any(abs(one - hours) <= _CLOSE * hours for _, one in said for hours in coded)
    if coded and said and not alike:
        shown = timing_display(step.get("timing"))
        yield Contradiction("How often", join((words for words, _ in said), ", "), shown)


def _coded_intervals(timing: Any) -> Iterator[float]:
    period, unit = get(timing, "repeat", "period"), text(get(timing, "repeat", "periodUnit"))
    often = get(timing, "repeat", "frequency") or 1
    if _is_positive(period) and _is_positive(often) and unit in _HOURS:
        yield float(period) * _HOURS[unit] / float(often)
    yield from (
        float(_TIMING_CODES[code])
        for _, code in codes(get(timing, "code"))
        if code in _TIMING_CODES
    )


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and value > 0


def _said_intervals(words: str) -> Iterator[tuple[str, float]]:
    for match in _OFTEN.finditer(words):
        often = (match[1] or "once").lower().split()[0]
        times = _NUMBERS.get(often) or int(often) or 1
        unit = "d" if match[3] and match[3].lower() == "daily" else (match[2] or match[3])[0]
        yield match[0], _HOURS[_PERIODS[unit.lower()]] / times
    for match in _EVERY.finditer(words):
        yield match[0], int(match[1]) * _HOURS[_PERIODS[match[2][0].lower()]]
    for match in _ABBREVIATED.finditer(words):
        yield match[0], _LATIN[match[1].replace(".", "").lower()]
