"""Retraction: how a resource of each type says that it is no fact."""

import copy
from typing import Any

from app.fhir.paths import codings, extensions, get, items, text
from app.fhir.resource_types import ResourceType, resource_type
from app.fhir.types import Resource
from app.terminology.concept import concept_text
from app.terminology.systems import SNOMED, canonical

_IN_ERROR = "entered-in-error"
_REFUTED = "refuted"
# Statuses of a fact that holds true as it stands, or of a treatment that is done.
_PLAIN = frozenset(
    {"final", "amended", "corrected", "appended", "completed", "available", "current"}
)
_CAVEATS = {"unknown": "status unknown", "registered": "registered, no result yet"}
_RETRACTING = {_IN_ERROR: "entered in error", "cancelled": "cancelled", _REFUTED: "refuted"}
# The same said in SNOMED CT, as FHIR R4 maps it.
_CERTAINTIES = {
    (SNOMED, "410516002"): _REFUTED,
    (SNOMED, "723511001"): _REFUTED,
    (SNOMED, "723510000"): _IN_ERROR,
}


def is_retracted(resource: Resource) -> bool:
    """Tell whether a resource was entered in error, cancelled or refuted, so that it is no fact.

    A BodyStructure, which has no status, counts as retracted where it is taken out of use.
    """
    row = resource_type(resource)
    return retracting_status(resource) in row.retracting


def caveat(resource: Resource) -> str | None:
    """Return what has to be said beside what a resource says; None where it is plain.

    "preliminary", "not to be given", "withdrawn": whatever its status says but that it is done or
    holds true. Of a Condition presenters show how sure it is.
    """
    row = resource_type(resource)
    if is_retracted(resource):
        return _RETRACTING.get(str(retracting_status(resource)), "withdrawn")
    if resource.get("doNotPerform") is True:
        return "not to be given"
    if row.status == "verificationStatus":
        return None
    status = retracting_status(resource)
    if status is None or status in _PLAIN:
        return None
    return _CAVEATS.get(status, status.replace("-", " "))


def retracting_status(resource: Resource) -> str | None:
    """Return the code of the element that retracts resources of this type, None without one.

    Of several codes one that retracts counts.
    """
    row = resource_type(resource)
    found: list[str | None] = []
    match row.status:
        case "status":
            found = [text(resource.get("status"))]
        case "verificationStatus":
            found = _certainties(resource)
        case "active":
            found = ["false" if resource.get("active") is False else None]
        case "modifierExtension":
            held = {"extension": items(resource.get("modifierExtension"))}
            own = extensions(held, row.status_extension)
            found = [text(extension.get("valueCode")) for extension in own]
    return next((code for code in found if code in row.retracting), found[0] if found else None)


def _certainties(condition: Resource) -> list[str | None]:
    """Return the codes of a verification status; what retracts in words or SNOMED CT by its code.

    A site's own code comes with the site's words: "Refuted".
    """
    concept = get(condition, "verificationStatus")
    found: list[str | None] = []
    for coding in codings(concept):
        system, code = text(coding.get("system")) or "", text(coding.get("code"))
        said = _by_words(coding.get("display")) or _by_words(code)
        found.append(said or _CERTAINTIES.get((canonical(system), code or ""), code))
    return [*found, said] if (said := _by_words(get(concept, "text"))) else found


def _by_words(value: Any) -> str | None:
    said = (text(value) or "").casefold().replace("-", " ")
    return {"refuted": _REFUTED, "entered in error": _IN_ERROR}.get(said)


def retracted(resource: Resource) -> Resource:
    """Return a copy that no longer counts as a fact.

    A Condition may then have no clinical status (FHIR R4, Condition, con-5), and without one no end
    (con-4). A BodyStructure is taken out of use. A type that has a status in FHIR R5 only gets that
    status by HL7's extension. It is not deleted: its Provenance would name nothing, the app does
    not request the scope to delete, and other readers would lose the trace. The coded reason for
    ending a treatment goes with the status "stopped" only (mCODE 4.0.0,
    termination-reason-invariant): its text is kept.
    """
    after = copy.deepcopy(resource)
    row = resource_type(resource)
    match row.status:
        case "verificationStatus":
            coding = {"system": row.status_system, "code": _IN_ERROR}
            after["verificationStatus"] = {"coding": [coding]}
            after.pop("clinicalStatus", None)
            for name in [name for name in after if name.lstrip("_").startswith("abatement")]:
                del after[name]
        case "active":
            after["active"] = False
        case "modifierExtension":
            after["modifierExtension"] = _with_status(after, row)
        case _:
            after["status"] = _IN_ERROR
            if resource.get("status") == "stopped" and "statusReason" in after:
                after["statusReason"] = _as_text(after["statusReason"])
    return after


def _with_status(resource: Resource, row: ResourceType) -> list[Any]:
    held = items(resource.get("modifierExtension"))
    kept = [extension for extension in held if extension.get("url") != row.status_extension]
    return [*kept, {"url": row.status_extension, "valueCode": _IN_ERROR}]


def _as_text(reason: Any) -> Any:
    if isinstance(reason, list):
        return [_as_text(item) for item in reason]
    found = concept_text(reason)
    return {"text": found} if found else reason
