import pytest

from app.mcode.calculators.gleason import PATTERNS, grade_group


@pytest.mark.parametrize(
    ("predominant", "secondary", "group"),
    [
        (3, 3, 1),
        (3, 4, 2),
        (4, 3, 3),
        (4, 4, 4),
        (3, 5, 4),
        (5, 3, 4),
        (4, 5, 5),
        (5, 4, 5),
        (5, 5, 5),
    ],
)
def test_two_patterns_make_the_group_of_the_2014_consensus(predominant, secondary, group):
    assert grade_group(predominant, secondary) == group


def test_every_pair_of_assigned_patterns_has_a_group():
    groups = {grade_group(one, other) for one in PATTERNS for other in PATTERNS}
    assert groups == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("patterns", [(2, 3), (3, 2), (6, 3), (3, 0)])
def test_a_pattern_that_is_not_assigned_makes_nothing(patterns):
    with pytest.raises(ValueError, match=r"\+"):
        grade_group(*patterns)
