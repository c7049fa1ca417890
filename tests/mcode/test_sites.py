from __future__ import annotations

import pytest

from app.mcode.sites import is_lymphoma


@pytest.mark.parametrize(
    ("code", "expected"),
    [("C81.90", True), ("C86.0", True), ("C88.40", True), ("C88.00", False), ("C90.00", False)],
)
def test_lymphomas_are_known_by_their_categories(chart, code, expected):
    assert is_lymphoma(chart.read(chart.condition("c", code)).primary("c")) is expected
