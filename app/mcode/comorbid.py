"""The diseases that a patient has beside cancer."""

from __future__ import annotations

from app.fhir.types import Resource
from app.formatting import join
from app.mcode.content import clinical_status, newest_first, verification_status
from app.mcode.kinds import CANCERS
from app.mcode.model import CancerRecord
from app.terminology.concept import concept_text
from app.terminology.systems import known_codes

_PRESENT = frozenset({None, "active", "recurrence", "relapse"})


def other_diseases(record: CancerRecord) -> list[Resource]:
    """Return the Conditions that are no cancer, in the order of their names.

    Of those with the same code, as visits repeat them, the one that is active counts, else the
    newest.
    """
    found: dict[object, Resource] = {}
    conditions = (r for r in record.facts() if r["resourceType"] == "Condition")
    for condition in sorted(conditions, key=_rank):
        if record.kind(condition) not in CANCERS and (name := concept_text(condition.get("code"))):
            coded = frozenset(known_codes(condition.get("code")))
            found[coded or name.casefold()] = condition
    return sorted(found.values(), key=lambda r: str(concept_text(r.get("code"))).casefold())


def disease_words(condition: Resource) -> str:
    """Return a disease in words, with what it is if it is not active: "Asthma (resolved)"."""
    name = concept_text(condition.get("code")) or "Disease without a name"
    status, doubt = clinical_status(condition), verification_status(condition)
    told = join(
        [
            status if status not in _PRESENT else None,
            doubt if doubt not in {None, "confirmed"} else None,
        ],
        ", ",
    )
    return f"{name} ({told})" if told else name


def _rank(condition: Resource) -> tuple[bool, tuple[str, str]]:
    return clinical_status(condition) in _PRESENT, newest_first(condition)
