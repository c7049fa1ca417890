"""What a nurse enters."""

from app.forms.tnm_stage import TnmStage


def key(axis: str, label: str, prefix: str) -> str:
    """The value of the answer with these words."""
    return next(
        option.text
        for option in TnmStage()[axis].options
        if option.label == label and prefix in option.only_for
    )


PATHOLOGIC = {
    "prefix": "p",
    "t": key("t", "pT2", "p"),
    "n": key("n", "pN1a", "p"),
    "m": key("m", "cM0", "p"),
    "group": key("group", "IIB", "p"),
    "edition": "http://snomed.info/sct|897275008",
    "date-day": "28",
    "date-month": "apr",
    "date-year": "2026",
}
