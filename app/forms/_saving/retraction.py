"""How a resource says that it was entered in error; each type has its own way."""

from __future__ import annotations

import copy
from typing import Any

from app.fhir.types import Resource
from app.terminology.words import concept_text

_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def retracted(resource: Resource) -> Resource:
    """Return a copy that no longer counts as a fact.

    A Condition may then have no clinical status (FHIR R4, Condition, con-5), and without one no end
    (con-4). A BodyStructure has no status: it is taken out of use. The coded reason for ending a
    treatment goes with the status "stopped" only (mCODE 4.0.0, termination-reason-invariant): of it
    the words stay.
    """
    after = copy.deepcopy(resource)
    match resource["resourceType"]:
        case "Condition":
            coding = {"system": _VERIFICATION, "code": "entered-in-error"}
            after["verificationStatus"] = {"coding": [coding]}
            after.pop("clinicalStatus", None)
            for name in [name for name in after if name.lstrip("_").startswith("abatement")]:
                del after[name]
        case "BodyStructure":
            after["active"] = False
        case _:
            after["status"] = "entered-in-error"
            if resource.get("status") == "stopped" and "statusReason" in after:
                after["statusReason"] = _in_words(after["statusReason"])
    return after


def _in_words(reason: Any) -> Any:
    if isinstance(reason, list):
        return [_in_words(entry) for entry in reason]
    words = concept_text(reason)
    return {"text": words} if words else reason
