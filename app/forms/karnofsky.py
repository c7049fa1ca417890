"""Karnofsky performance status.

Source: mCODE 4.0.0, Karnofsky Performance Status; the scale: Karnofsky and Burchenal, in MacLeod
(ed.), Evaluation of Chemotherapeutic Agents, Columbia University Press 1949, p. 191. For patients
of 16 years and more, as the Lansky scale is for those below.
"""

from app.forms._shared.scale import ScaleForm, score
from app.mcode.kinds import Kind
from app.terminology.concept import Concept
from app.terminology.systems import LOINC

_LABELS = {
    100: "100  normal, no signs of disease",
    90: "90  normal activity, slight symptoms",
    80: "80  normal activity with effort",
    70: "70  cares for self, no active work",
    60: "60  needs help now and then",
    50: "50  needs much help and medical care",
    40: "40  disabled, needs special care",
    30: "30  severely disabled, belongs in hospital",
    20: "20  very ill, in hospital",
    10: "10  dying",
    0: "0  dead",
}


class Karnofsky(ScaleForm):
    """What an adult can do, from 100 to 0."""

    slug = "karnofsky"
    title = "Karnofsky performance status"
    description = "What the patient can do, from 100 normal to 0"
    order = 20
    profile = "karnofsky-performance-status"
    kinds = (Kind.PERFORMANCE,)
    code = Concept(LOINC, "89243-0", "Karnofsky Performance Status score")
    dead = 0
    about = "patient"
    for_adults = True

    points = score("Karnofsky", "Choose the Karnofsky score", "LL4986-7", _LABELS)
