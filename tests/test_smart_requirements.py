"""docs/smart.md against the code: every requirement has its row, and every row leads somewhere."""

import ast
import re
from functools import cache

import pytest

from app.config import ROOT

# The client's requirements of SMART App Launch 2.2.0, by the ids of the Inferno test kit:
# 115 SHALL, 6 SHALL NOT, 25 SHOULD and 3 SHOULD NOT.
NUMBERS = """
1-13 20-23 29 32-37 39-42 44-47 50-52 60-65 67-72 90 93 97 98 105 106 108 117 120-122 124 125
131-133 135 137 141 143 146-148 150-153 155-157 161 166 191 193 196 201 202 211 215 216 218-220
225-227 229
230 232-239 263 264 267 268 270 290-295 298 299 301-303 307-309 313-315 317-323 325 327-334 345 379
413-416 425 426
"""
ROW = re.compile(r"\| (\d+) \| (SHALL|SHALL NOT|SHOULD|SHOULD NOT) \| (.+?) \| (.+?) \| (.+?) \|")
CODE = re.compile(r"`([^`]+)`")


def rows() -> list[tuple[str, ...]]:
    text = (ROOT / "docs" / "smart.md").read_text(encoding="utf-8")
    return [match.groups() for match in map(ROW.fullmatch, text.splitlines()) if match]


def numbers() -> set[int]:
    found: set[int] = set()
    for word in NUMBERS.split():
        first, _, last = word.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the classes, functions and methods of a module, as `Class.method`."""
    found: set[str] = set()

    def visit(node: ast.AST, inside: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.ClassDef, ast.FunctionDef)):
                found.add(inside + child.name)
                visit(child, f"{inside}{child.name}.")

    visit(ast.parse((ROOT / path).read_text(encoding="utf-8")), "")
    return frozenset(found)


def test_every_requirement_has_one_row() -> None:
    listed = [int(row[0]) for row in rows()]
    assert len(listed) == len(set(listed))
    assert set(listed) == numbers()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_every_row_leads_to_code_and_test(row: tuple[str, ...]) -> None:
    _, _, _, where, shown = row
    for place in CODE.findall(where):
        path, _, name = place.partition(":")
        assert (ROOT / path).is_file(), place
        assert not name or name in names_in(path), place
    assert CODE.search(where) or where == "not used"
    tests = CODE.findall(shown)
    assert tests
    for test in tests:
        path, _, name = test.partition("::")
        assert name.replace("::", ".") in names_in(path), test
