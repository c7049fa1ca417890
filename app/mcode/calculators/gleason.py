"""The grade group of prostate cancer from its two Gleason patterns.

Source: Epstein JI et al., The 2014 ISUP consensus conference on Gleason grading, Am J Surg Pathol
2016;40:244-252. Patterns 1 and 2 are no longer assigned.
"""

PATTERNS = (3, 4, 5)

_BY_SCORE = {6: 1, 8: 4, 9: 5, 10: 5}


def grade_group(predominant: int, secondary: int) -> int:
    """Return the grade group, 1 to 5, of the predominant and the secondary pattern (3, 4 or 5).

    Of score 7 the order counts: 3 + 4 is group 2, 4 + 3 is group 3. Raises ValueError for a pattern
    that is not assigned.
    """
    if predominant not in PATTERNS or secondary not in PATTERNS:
        raise ValueError(f"{predominant} + {secondary}")
    score = predominant + secondary
    return _BY_SCORE.get(score) or (2 if predominant < secondary else 3)
