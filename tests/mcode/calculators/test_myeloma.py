from decimal import Decimal

import pytest

from app.mcode.calculators.myeloma import iss, riss


@pytest.mark.parametrize(
    ("microglobulin", "albumin", "stage"),
    [
        ("3.4", "3.5", "I"),
        ("3.49", "4.1", "I"),
        ("3.4", "3.4", "II"),
        ("3.5", "3.5", "II"),
        ("3.5", "2.0", "II"),
        ("5.4", "4.5", "II"),
        ("5.49", "2.0", "II"),
        ("5.5", "4.5", "III"),
        ("12", "2.0", "III"),
    ],
)
def test_the_iss_stage_changes_at_its_thresholds(microglobulin, albumin, stage):
    assert iss(Decimal(microglobulin), Decimal(albumin)) == stage


@pytest.mark.parametrize(
    ("stage", "high_ldh", "high_risk", "revised"),
    [
        ("I", False, False, "I"),
        ("I", True, False, "II"),
        ("I", False, True, "II"),
        ("II", False, False, "II"),
        ("II", True, True, "II"),
        ("III", False, False, "II"),
        ("III", True, False, "III"),
        ("III", False, True, "III"),
        ("III", True, True, "III"),
    ],
)
def test_the_revised_stage_follows_from_iss_ldh_and_cytogenetics(
    stage, high_ldh, high_risk, revised
):
    assert riss(stage, high_ldh=high_ldh, high_risk=high_risk) == revised


@pytest.mark.parametrize(
    ("stage", "high_ldh", "high_risk", "revised"),
    [
        ("I", None, False, None),
        ("I", False, None, None),
        ("I", None, None, None),
        ("III", None, False, None),
        ("III", False, None, None),
        # What is not known decides nothing here.
        ("I", None, True, "II"),
        ("I", True, None, "II"),
        ("II", None, None, "II"),
        ("III", None, True, "III"),
        ("III", True, None, "III"),
    ],
)
def test_what_is_not_known_is_not_guessed(stage, high_ldh, high_risk, revised):
    assert riss(stage, high_ldh=high_ldh, high_risk=high_risk) == revised
