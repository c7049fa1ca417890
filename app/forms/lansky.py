"""Lansky play performance status.

Source: mCODE 4.0.0, Lansky Play Performance Status; the scale: Lansky et al., Cancer 1987;60:1651.
It is rated by the parents' account of the child's play, for patients from 1 to 16 years.
"""

from app.forms._definition import Subject
from app.forms._shared.scale import ScaleForm, score
from app.mcode.content import is_at_least
from app.mcode.kinds import Kind
from app.terminology.concept import Concept
from app.terminology.systems import NCIT

_LABELS = {
    100: "100  fully active",
    90: "90  tires a little at hard play",
    80: "80  active, tires sooner",
    70: "70  plays less, for shorter times",
    60: "60  up and about, little active play",
    50: "50  mostly lies, dresses, quiet play",
    40: "40  mostly in bed, quiet activities",
    30: "30  in bed, needs help with quiet play",
    20: "20  sleeps much, only passive play",
    10: "10  no play, stays in bed",
    0: "0  does not respond",
}
_INFANT, _ADULT = 1, 17
_GROWN_UP = "For patients over 16 there are ECOG and Karnofsky."
_TOO_YOUNG = "For patients under 1 there is no performance scale here."


class Lansky(ScaleForm):
    """How a child plays, from 100 to 0."""

    slug = "lansky"
    title = "Lansky play performance status"
    description = "How a child plays, from 100 fully active to 0"
    order = 30
    profile = "lansky-play-performance-status"
    kinds = (Kind.PERFORMANCE,)
    code = Concept(NCIT, "C38144", "Lansky play performance status", official=False)
    about = "patient"

    points = score("Lansky", "Choose the Lansky score", "lansky-play-performance", _LABELS)

    def notices(self, subject: Subject) -> list[str]:
        """Lead to the scales for adults where the patient is one."""
        patient, today = subject.record.patient, subject.today
        if is_at_least(patient, _ADULT, today):
            return [_GROWN_UP]
        return [_TOO_YOUNG] if is_at_least(patient, _INFANT, today) is False else []
