"""Answers that a person may give, field by field, as texts that stand for them."""

import re
from decimal import Decimal
from functools import cache
from itertools import islice

from hypothesis import strategies as st

from app.forms._fields.base import FreeText
from app.forms._fields.choices import CodedChecks, CodedRadio, CodedSelect
from app.forms._fields.dates import DateBoxes, DateSpan
from app.forms._fields.lines import MomentLine, Positions, RatioOf, ShortText, WholeNumber
from app.forms._fields.numbers import Measure, Sizes
from app.forms._fields.search import CodedSearch

# Printable words, accents, other scripts, quotation marks: what a note may hold.
WORDS = (
    st.text(
        st.characters(
            exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp"), exclude_characters="|"
        ),
        min_size=1,
        max_size=40,
    )
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
CODES = st.text(st.characters(min_codepoint=0x30, max_codepoint=0x7A), min_size=1, max_size=12)


@st.composite
def dates(draw, *, whole=False, first=1985, last=2026):
    """FHIR dates of any precision within the test patient's life."""
    year = draw(st.integers(first, last))
    month, day = draw(st.integers(1, 10)), draw(st.integers(1, 28))
    texts = [f"{year}", f"{year}-{month:02}", f"{year}-{month:02}-{day:02}"]
    return texts[-1] if whole else draw(st.sampled_from(texts))


@st.composite
def spans(draw):
    """A date, or two of which the second is not before the first."""
    start = draw(dates(last=2020))
    end = draw(st.one_of(st.just(""), dates(first=2021)))
    return f"{start}/{end}" if end else start


@st.composite
def numbers(draw, item: Measure):
    """A number with its unit as the field takes it."""
    least = item.least if item.least is not None else Decimal(0)
    most = item.most if item.most is not None else least + 10_000
    places = draw(st.integers(0, 3))
    value = draw(st.decimals(least, most, places=places, allow_nan=False))
    comparator = draw(st.sampled_from(["", "<", ">="])) if item.compares else ""
    units = [unit.code for unit in item.units[:1]] or ["ng/mL", "U/mL", "%"]
    return f"{comparator}{value} {draw(st.sampled_from(units))}"


@st.composite
def sizes(draw, item: Sizes):
    """One to three dimensions, the longest first."""
    numbers = draw(
        st.lists(st.decimals(1, 400, places=draw(st.integers(0, 2))), min_size=1, max_size=3)
    )
    unit = draw(st.sampled_from([unit.code for unit in item.units]))
    return f"{' x '.join(str(number) for number in sorted(numbers, reverse=True))} {unit}"


def answer(item):
    """Return a strategy for the answers of a field, nothing among them where it is optional."""
    given = _given(item)
    return given if item.missing else st.one_of(st.just(""), given)


def _given(item):  # noqa: C901, PLR0912 -- one line for each kind of field
    match item:
        case CodedRadio() | CodedSelect():
            values = [option.text for option in item.options]
            return st.sampled_from(values) if values else st.just("")
        case CodedChecks():
            order = [option.text for option in item.options]
            chosen = st.sets(st.sampled_from(order), min_size=1) if order else st.just(set())
            return chosen.map(lambda found: "\n".join(v for v in order if v in found))
        case CodedSearch():
            return _searched(item)
        case DateBoxes():
            return dates(whole=item.to_the_day)
        case DateSpan():
            return spans()
        case Measure():
            return numbers(item)
        case Sizes():
            return sizes(item)
        case WholeNumber():
            return st.integers(item.least, item.most).map(str)
        case RatioOf():
            return st.tuples(st.integers(0, 999), st.integers(1, 999)).map(
                lambda r: f"{r[0]}:{r[1]}"
            )
        case Positions():
            return st.tuples(st.integers(0, 10**12 - 1), st.integers(0, 10**12 - 1)).map(
                lambda ends: f"{ends[0]}-{ends[1]}"
            )
        case MomentLine():
            return st.from_regex(_MOMENT, fullmatch=True)
        case ShortText() if item.pattern:
            return st.from_regex(item.pattern.compiled, fullmatch=True).filter(_is_one_line)
        case ShortText() | FreeText():
            return WORDS
    raise TypeError(type(item).__name__)


@cache
def _first_keys(concepts):
    return tuple(concept.key for concept in islice(concepts, 400))


@cache
def _codes(concepts):
    return frozenset(concept.code for concept in concepts)


_MOMENT = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r" (?:[01]\d|2[0-3]):[0-5]\d(?::(?!00 )[0-5]\d(?:\.\d{1,6})?)?"
    r" (?:UTC|[+\-](?:0\d|1[0-4]):[0-5]\d)",
    re.ASCII,
)


def _searched(item: CodedSearch):
    listed = [*_first_keys(item.concepts), *(option.text for option in item.suggested)]
    choices = [st.sampled_from(listed)] if listed else []
    if item.extensible:
        choices.append(WORDS.map(lambda words: f"||{words}"))
        known = _codes(item.concepts)
        own = st.tuples(
            st.sampled_from([system for system, _ in item.systems] or [""]),
            CODES.filter(lambda code: code not in known),
            WORDS,
        )
        if item.systems:
            choices.append(own.map("|".join).filter(lambda key: key.count("|") == 2))
    one = st.one_of(choices)
    if not item.many:
        return one
    order = item.concepts.rank
    return st.sets(one, min_size=1, max_size=3).map(
        lambda keys: "\n".join(sorted(keys, key=lambda key: (order(key), key)))
    )


def _is_one_line(text: str) -> bool:
    return text == text.strip() and text.isprintable() and len(text) <= 200
