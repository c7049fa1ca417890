"""Risk group of rhabdomyosarcoma.

Source: mCODE 4.0.0, profile Rhabdomyosarcoma Risk Assessment, whose binding is required. The
groups' criteria are those of the protocol that the patient is treated by.
"""

from __future__ import annotations

from app.forms._definition import Part
from app.forms._elements import Choice, Coded
from app.forms._fields import CodedRadio, Option, Place
from app.forms._shared.answers import answers
from app.forms._shared.common import effective_date, note
from app.forms._shared.risk import RiskForm
from app.mcode.definitions import profile_url
from app.mcode.sites import is_rhabdomyosarcoma
from app.terminology.concept import Concept
from app.terminology.systems import NCIT, SNOMED

_GROUPS = Coded("valueCodeableConcept", answers("rhabdomyosarcoma-assessment-value"))


class RhabdomyosarcomaRisk(RiskForm):
    """Risk group of rhabdomyosarcoma: low, intermediate or high."""

    slug = "rhabdomyosarcoma-risk"
    title = "Rhabdomyosarcoma risk group"
    description = "Low, intermediate or high risk of rhabdomyosarcoma"
    parts = (Part("main", "Risk group", profile_url("rhabdomyosarcoma-risk-assessment")),)
    code = Concept(NCIT, "C148010", "Rhabdomyosarcoma risk group", official=False)
    order = 40
    disease = "a rhabdomyosarcoma"
    is_for = staticmethod(is_rhabdomyosarcoma)

    group = CodedRadio(
        "Risk group",
        missing="Choose the risk group",
        place=Place(("main",), Choice("value", _GROUPS, "valueCodeableConcept")),
        options=[
            Option(f"{SNOMED}|723505004", "Low"),
            Option(f"{NCIT}|C102402", "Intermediate"),
            Option(f"{SNOMED}|723509005", "High"),
        ],
    )
    date = effective_date("Date of assessment", "Enter the date of assessment", "main")
    note = note("main")
