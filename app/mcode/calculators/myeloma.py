"""The International Staging System of multiple myeloma (ISS), and its revision (R-ISS).

Sources: Greipp PR et al., International staging system for multiple myeloma, J Clin Oncol
2005;23:3412-3420. Palumbo A et al., Revised international staging system for multiple myeloma,
J Clin Oncol 2015;33:2863-2869. Both stage the disease at diagnosis.
"""

from decimal import Decimal
from typing import Literal

Stage = Literal["I", "II", "III"]

_MICROGLOBULIN_LOW = Decimal("3.5")
_MICROGLOBULIN_HIGH = Decimal("5.5")
_ALBUMIN_LOW = Decimal("3.5")


def iss(microglobulin: Decimal, albumin: Decimal) -> Stage:
    """Return the ISS stage of serum beta-2-microglobulin in mg/L and serum albumin in g/dL.

    I: below 3.5 mg/L with at least 3.5 g/dL; III: at least 5.5 mg/L; II: all else.
    """
    if microglobulin >= _MICROGLOBULIN_HIGH:
        return "III"
    if microglobulin < _MICROGLOBULIN_LOW and albumin >= _ALBUMIN_LOW:
        return "I"
    return "II"


def riss(iss_stage: Stage, *, high_ldh: bool | None, high_risk: bool | None) -> Stage | None:
    """Return the R-ISS stage; None where what is not known (None) decides it.

    `high_ldh`: serum LDH above the laboratory's upper limit of normal. `high_risk`: del(17p),
    t(4;14) or t(14;16) by FISH; False only where all three were looked for and not found.
    """
    unknown = (False, True)
    possible = {
        _revised(iss_stage, high=ldh or risk)
        for ldh in (unknown if high_ldh is None else (high_ldh,))
        for risk in (unknown if high_risk is None else (high_risk,))
    }
    return possible.pop() if len(possible) == 1 else None


def _revised(iss_stage: Stage, *, high: bool) -> Stage:
    if iss_stage == "I" and not high:
        return "I"
    return "III" if iss_stage == "III" and high else "II"
