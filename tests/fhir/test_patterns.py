"""No text of a chart, however it is made, keeps a regular expression busy."""

import gc
import importlib
import pkgutil
import re
import time

import pytest

import app
from app.fhir.patterns import LONGEST, Pattern, cut
from app.mcode.kind_row import KindRow
from app.mcode.sites import Cancers
from app.terminology.concept import concept_text, whole_text
from tests.summary.resources import ICD10CM

# Ten times what a pattern sees: what grows with the square of the text takes a hundred times as
# long, and is found before anybody widens the bound.
LENGTH = 10 * LONGEST
MOST_SECONDS = 0.05


def imported():
    names = [
        found.name
        for found in pkgutil.walk_packages(app.__path__, "app.")
        if not found.name.startswith(("app.sandbox", "app.store.migrations"))
        and not found.name.endswith("_compile")
        and not found.name.endswith("__main__")
    ]
    return [importlib.import_module(name) for name in names]


def patterns():
    """Return every regular expression of the app by where it stands or what it is."""
    modules = imported()
    for row in gc.get_objects():
        if isinstance(row, Cancers):
            row.describes({"coding": [{"system": ICD10CM, "code": "A"}]}, "a")
            row.describes(None, "a")
        elif isinstance(row, KindRow):
            row.is_claimed_by("a")
            row.is_named_by("a")
    found = {p.compiled.pattern: p.compiled for p in gc.get_objects() if isinstance(p, Pattern)}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, re.Pattern):
                found[value.pattern] = value
    return sorted(found.values(), key=lambda compiled: compiled.pattern)


def hostile(expression):
    """Yield texts that begin a match again and again, and end none."""
    pieces = list(dict.fromkeys(re.findall(r"[A-Za-z]{2,}|[^\w\s\\]|\d+", expression)))
    plain = re.sub(r"\\[bBAZdwWsS]|\(\?[a-z]*[:>=!]?|[\\^$?*+()|\[\]{}]", "", expression)
    units = {"a", " ", "1", "I", "\n", "[", "<", "a.", "a-", "A1", *pieces, plain or "x"}
    units |= {f"{piece} " for piece in pieces} | {f" {piece}" for piece in pieces}
    units |= {f"{one}{other}" for one in pieces[:6] for other in pieces[:6]}
    for unit in units:
        text = (unit * (LENGTH // len(unit) + 1))[:LENGTH]
        yield text
        yield f"{text[:-1]}\n!"
    for piece in pieces[:12]:
        for filler in ("a", " ", "1", "["):
            yield (piece + filler * LENGTH)[:LENGTH]


ALL = patterns()


def seconds(call, text):
    """Return the processor time of the shortest of a few runs, whatever else the machine does."""
    best = float("inf")
    for _ in range(3):
        began = time.thread_time()
        call(text)
        best = min(best, time.thread_time() - began)
        if best < MOST_SECONDS:
            break
    return best


def test_the_patterns_of_the_app_are_found():
    assert len(ALL) > 100
    assert any("FIGO" in compiled.pattern for compiled in ALL)


@pytest.mark.fuzz
@pytest.mark.parametrize("compiled", ALL, ids=lambda compiled: compiled.pattern[:40])
def test_no_pattern_is_slow(compiled):
    for text in hostile(compiled.pattern):
        assert seconds(compiled.search, text) < MOST_SECONDS, repr(text[:60])
        assert seconds(compiled.fullmatch, text) < MOST_SECONDS, repr(text[:60])


@pytest.mark.parametrize("length", [LONGEST, LONGEST + 1, 80_000])
def test_a_pattern_sees_the_beginning_of_a_text(length):
    text = "x" * (length - 1) + "!"
    within = length <= LONGEST
    assert (Pattern("x*!").match(text) is not None) is within
    assert (Pattern("!").search(text) is not None) is within
    assert (Pattern("x*.?").fullmatch(text) is not None) is within
    assert Pattern("x+!").sub("", text) == ("" if within else text)
    assert Pattern("!").findall(text) == ["!"] * within
    assert len(Pattern("!").split(text)) == (2 if within else 1)


def test_a_label_is_cut_with_an_ellipsis_and_what_is_written_is_not():
    words = "Rai " * 20_000
    label = concept_text({"text": words})
    assert label.endswith("Rai…")
    assert len(label) <= LONGEST
    assert whole_text({"text": words}) == words.strip()
    assert cut("x" * LONGEST) == "x" * LONGEST
