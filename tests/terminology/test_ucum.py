"""Typed units: what is no UCUM code is told with the code that is, and no code is turned away."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.forms._registry import all_forms
from app.terminology.ucum import unit_problem

ROOT = Path(__file__).resolve().parent.parent.parent
ACT = "Enter the unit as a UCUM code, such as ng/mL"

GOOD = (
    "ng/mL",
    "ug/L",
    "U/mL",
    "kU/L",
    "[IU]/mL",
    "m[IU]/mL",
    "10*3/uL",
    "10*9/L",
    "/uL",
    "/[HPF]",
    "mmol/L",
    "meq/L",
    "m2",
    "mg/m2",
    "mL/min/{1.73_m2}",
    "{score}",
    "{copies}/mL",
    "{INR}",
    "[in_i]",
    "[lb_av]",
    "mm[Hg]",
    "%",
    "1",
    "cGy",
    "MBq",
    "Cel",
    "a",
    "mo",
    "wk",
    "g/(24.h)",
    "g/(8.h){shift}",
    "[arb'U]/mL",
    "s-1",
)
BAD = (
    "banana/wk",
    "banana",
    "ng/",
    "ng//mL",
    "ng mL",
    "ng/mL ",
    "NG/ML",
    "m0",
    "0",
    "-1",
    "()",
    "(m",
    "m)",
    "{score",
    "{a score}",
    "/",
    "",
    "ng/мL",
    "x" * 100_000,
    "(" * 49,
    "m\n",
)
MEANT = (
    ("IU/mL", "[IU]/mL"),
    ("mIU/L", "m[IU]/L"),
    ("µIU/mL", "u[IU]/mL"),
    ("µg/L", "ug/L"),
    ("μmol/L", "umol/L"),
    ("mcg", "ug"),
    ("mEq/L", "meq/L"),
    ("cells/uL", "{cells}/uL"),
    ("copies/mL", "{copies}/mL"),
    ("mmHg", "mm[Hg]"),
    ("cells/HPF", "{cells}/[HPF]"),
)

good = st.sampled_from(GOOD)


@pytest.mark.parametrize("code", GOOD)
def test_a_ucum_code_is_taken(code):
    assert unit_problem(code) is None


@pytest.mark.parametrize("code", BAD, ids=lambda code: repr(code)[:20])
def test_what_is_no_ucum_code_is_told_in_an_act(code):
    assert unit_problem(code) == ACT


@pytest.mark.parametrize(("typed", "code"), MEANT)
def test_what_reports_print_is_told_with_its_code(typed, code):
    assert unit_problem(typed) == f"Enter the unit as a UCUM code: {code}"
    assert unit_problem(code) is None


def test_every_unit_of_the_app_and_of_the_sandbox_is_taken():
    units = {
        unit.code
        for form in all_forms().values()
        for item in form().asked.values()
        for unit in getattr(item, "units", ())
    }
    for path in (ROOT / "app/sandbox/data").rglob("*.json"):
        units |= set(_ucum_codes(json.loads(path.read_text(encoding="utf-8"))))
    assert len(units) > 20
    assert {unit: unit_problem(unit) for unit in units if unit_problem(unit)} == {}


@given(good, good, st.sampled_from("./"), st.sampled_from(("", "{dry}")))
def test_what_is_made_of_codes_is_a_code(one, other, operator, annotation):
    assert unit_problem(f"({one}){annotation}{operator}({other}){annotation}") is None


@given(good, st.sampled_from([code for code in BAD if code not in {"", "ng/"}]))
def test_a_code_and_something_else_are_no_code(one, other):
    assert unit_problem(f"{one}/{other}") is not None
    assert unit_problem(f"{other}/{one}") is not None


@given(st.text(max_size=60))
def test_whatever_is_typed_is_answered(typed):
    problem = unit_problem(typed)
    if problem is None:
        assert typed.isascii()
        assert not set(typed) & set(" \t\r\n")
    else:
        assert problem.startswith("Enter the unit as a UCUM code")


def test_the_app_starts_without_the_units():
    code = (
        "import app, sys; app.create_app; import app.terminology.ucum; print('pint' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.strip() == b"False"


def _ucum_codes(value):
    if isinstance(value, dict):
        if value.get("system") == "http://unitsofmeasure.org" and "code" in value:
            yield value["code"]
        for inner in value.values():
            yield from _ucum_codes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ucum_codes(inner)
