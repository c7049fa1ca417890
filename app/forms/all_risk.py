"""Risk group of acute lymphoblastic leukemia.

Source: mCODE 4.0.0, profile ALL Risk Assessment. The groups' criteria are those of the protocol
that the patient is treated by.
"""

from app.forms._shared.risk import RiskForm, risk_group
from app.forms._shared.staging import ALL_FORM
from app.terminology.concept import Concept
from app.terminology.systems import NCIT


class AllRisk(RiskForm):
    """Risk group of acute lymphoblastic leukemia: standard or high."""

    slug = "all-risk"
    title = ALL_FORM
    description = "Standard or high risk of acute lymphoblastic leukemia"
    profile = "ALL-risk-assessment"
    code = Concept(NCIT, "C167435", "ALL risk group", official=False)
    order = 50

    group = risk_group(
        "all-risk-assessment-value",
        {"C122457": "Standard", "C122458": "High"},
    )
