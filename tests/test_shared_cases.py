"""Each of the shared cases is tried by a test that names it: a new one fails until then."""

import re

import pytest

from app.config import ROOT

CASES = ROOT.parent / "shared" / "cases"
TESTS = ROOT / "tests"


def cases():
    found = [path for path in CASES.rglob("*") if path.is_file() and path.name != "README.md"]
    return sorted(path.relative_to(CASES).as_posix() for path in found)


@pytest.fixture(scope="module")
def named():
    """The last parts of all texts in the tests that could name a file."""
    sources = (path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py"))
    return {name for source in sources for name in re.findall(r'["/]([\w-]+)(?:\.\w+)?"', source)}


@pytest.mark.parametrize("case", cases())
def test_a_test_names_it(named, case):
    assert case.rpartition("/")[2].partition(".")[0] in named
