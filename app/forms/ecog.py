"""ECOG performance status.

Source: mCODE 4.0.0, ECOG Performance Status; the scale: Oken et al., Am J Clin Oncol 1982;5:649.
"""

from app.forms._shared.scale import ScaleForm, score
from app.mcode.kinds import Kind
from app.terminology.concept import Concept
from app.terminology.systems import LOINC

_LABELS = {
    0: "0  fully active",
    1: "1  no strenuous activity",
    2: "2  up and about, not working",
    3: "3  limited self-care",
    4: "4  in bed or chair all day",
    5: "5  dead",
}


class Ecog(ScaleForm):
    """What the patient can do, from 0 to 5."""

    slug = "ecog"
    title = "ECOG performance status"
    description = "What the patient can do, from 0 fully active to 5"
    order = 10
    profile = "ecog-performance-status"
    kinds = (Kind.PERFORMANCE,)
    code = Concept(LOINC, "89247-1", "ECOG Performance Status score")
    dead = 5
    about = "patient"
    for_adults = True

    points = score("ECOG", "Choose the ECOG score", "LL529-9", _LABELS)
