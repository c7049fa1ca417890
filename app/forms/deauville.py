"""Deauville score: how much FDG a lymphoma takes up on PET.

Source: mCODE 4.0.0, Deauville Scale; the five points: Barrington et al., J Clin Oncol 2014;32:3048.
"""

from app.forms._shared.common import effective_date
from app.forms._shared.scale import ScaleForm, score
from app.mcode.kinds import Kind
from app.terminology.concept import Concept
from app.terminology.systems import SNOMED

_LABELS: dict[int | str, str] = {
    1: "1  no uptake above background",
    2: "2  up to the mediastinum",
    3: "3  up to the liver",
    4: "4  moderately above the liver",
    5: "5  far above the liver, or new lesions",
    "C136879": "X  new uptake, unlikely lymphoma",
}


class Deauville(ScaleForm):
    """The response of a lymphoma on PET, from 1 to 5."""

    slug = "deauville"
    title = "Deauville score"
    description = "Response of a lymphoma on PET, from 1 no uptake to 5"
    order = 40
    profile = "deauville-scale"
    kinds = (Kind.DEAUVILLE,)
    code = Concept(SNOMED, "708895006", "Deauville five point scale (assessment scale)")
    category = "imaging"
    focused = True
    exact = False

    points = score("Uptake", "Choose the Deauville score", "deauville-scale", _LABELS)
    date = effective_date("date of the PET", "main", to_the_day=True)
