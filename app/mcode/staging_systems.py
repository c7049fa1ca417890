"""By which staging systems other than TNM a cancer is staged."""

from app.mcode.model import PrimaryCancer
from app.mcode.staging_table import FIGO_SITES, StageSystem, method, stage_systems
from app.terminology.concept import Concept
from app.terminology.systems import icd10_codes


def systems_for(primary: PrimaryCancer) -> list[StageSystem]:
    """Return the systems by which a cancer is staged."""
    return [system for system in stage_systems().values() if system.cancers.holds(primary)]


def sure_system(primary: PrimaryCancer) -> StageSystem | None:
    """Return the one system by which a cancer is staged; None where there are several or none.

    A kidney may have a Wilms tumor and mostly has another: there the words have to say it.
    """
    found = systems_for(primary)
    if len(found) == 1 and (found[0].own or found[0].cancers.names(primary)):
        return found[0]
    return None


def figo_method(primary: PrimaryCancer) -> Concept | None:
    """Return FIGO's staging system for the site of a cancer; None where the code does not say."""
    codes = icd10_codes(primary.condition.get("code"))
    found = {FIGO_SITES[code[:3]] for code in codes if code[:3] in FIGO_SITES}
    return method(found.pop()) if len(found) == 1 else None
