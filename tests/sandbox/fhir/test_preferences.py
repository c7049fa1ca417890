from __future__ import annotations

import pytest

from app.sandbox.fhir.preferences import Preferences


@pytest.mark.parametrize(
    ("header", "wants", "lenient"),
    [
        ("", None, False),
        ("return=minimal", "minimal", False),
        ("return=OperationOutcome; handling=lenient", "OperationOutcome", True),
        ('handling="lenient", return=representation', "representation", True),
        ("handling=strict, return=everything, respond-async", None, False),
    ],
)
def test_what_is_understood_counts(header, wants, lenient):
    assert Preferences.read(header) == Preferences(wants, lenient)
