"""Risk group of rhabdomyosarcoma.

Source: mCODE 4.0.0, profile Rhabdomyosarcoma Risk Assessment, whose binding is required. The
groups' criteria are those of the protocol that the patient is treated by.
"""

from app.forms._definition import Part
from app.forms._shared.risk import RiskForm, risk_group
from app.mcode.definitions import profile_url
from app.terminology.concept import Concept
from app.terminology.systems import NCIT


class RhabdomyosarcomaRisk(RiskForm):
    """Risk group of rhabdomyosarcoma: low, intermediate or high."""

    slug = "rhabdomyosarcoma-risk"
    title = "Rhabdomyosarcoma risk group"
    description = "Low, intermediate or high risk of rhabdomyosarcoma"
    parts = (Part("main", "Risk group", profile_url("rhabdomyosarcoma-risk-assessment")),)
    code = Concept(NCIT, "C148010", "Rhabdomyosarcoma risk group", official=False)
    order = 40

    group = risk_group(
        "rhabdomyosarcoma-assessment-value",
        {"723505004": "Low", "C102402": "Intermediate", "723509005": "High"},
    )
