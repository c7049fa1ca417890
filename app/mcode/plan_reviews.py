"""Reviews of the treatment plan, as ICAREdata has them: an extension of a CarePlan.

A CarePlan may hold several. What is no review itself is a plan of care that the EHR keeps.
"""

from dataclasses import dataclass
from typing import Any

from app.fhir.paths import choice, extensions, items, local_reference, text
from app.fhir.types import Element, Resource
from app.formatting import join
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.profiles import extensions_named
from app.terminology.concept import concept_text
from app.terminology.systems import SNOMED, known_codes

CARE_PLAN_CATEGORY = "assess-plan"
"""The category of US Core for an assessment and plan of treatment."""

REASONS = {
    "405613005": "Planned",
    "266721009": "No response",
    "281647001": "Adverse event",
    "182890002": "The patient’s wish",
    "74964007": "Other",
}
"""What the reasons for a changed plan are called, by their code in SNOMED CT."""

# What makes a CarePlan more than the holder of a review.
_OWN_CONTENT = ("activity", "goal", "partOf", "basedOn", "replaces")


@dataclass(frozen=True)
class PlanReview:
    """One review; `changed` is None where it does not say whether the plan changed.

    `reason` is a CodeableConcept, `by` a Reference.
    """

    changed: bool | None
    date: str | None
    reason: Any
    by: Any
    comment: str | None

    @property
    def why(self) -> str | None:
        """The reason as people read it."""
        known = (REASONS.get(code) for system, code in known_codes(self.reason) if system == SNOMED)
        return next(filter(None, known), None) or concept_text(self.reason)

    @property
    def said(self) -> str:
        """What it says: "Changed: no response", "Not changed"; empty where it says neither."""
        if self.changed is None:
            return ""
        return join(["Changed", (self.why or "").lower()], ": ") if self.changed else "Not changed"


def plan_reviews(care_plan: Resource) -> tuple[PlanReview, ...]:
    """Return the reviews that a CarePlan holds, the newest first; none of an ordinary one."""
    found = [_review(extension) for extension in extensions_named(care_plan, "plan-review")]
    return tuple(sorted(found, key=lambda review: review.date or "", reverse=True))


def is_review_alone(care_plan: Resource) -> bool:
    """Tell whether a CarePlan holds one review, and no plan of care or second review with it.

    To amend or to retract it then changes nothing else.
    """
    held = extensions_named(care_plan, "plan-review")
    return len(held) == 1 and not any(care_plan.get(name) for name in _OWN_CONTENT)


def reviewed_cancer(record: CancerRecord, care_plan: Resource) -> PrimaryCancer | None:
    """Return the first primary cancer that a CarePlan addresses, itself or by a metastasis."""
    named = (record.find(local_reference(each) or "") for each in items(care_plan.get("addresses")))
    return next((p for found in named if found and (p := record.primary_of(found))), None)


def _review(extension: Element) -> PlanReview:
    changed, reason = _value(extension, "ChangedFlag"), _value(extension, "CarePlanChangeReason")
    return PlanReview(
        changed=changed if isinstance(changed, bool) else None,
        date=text(_value(extension, "ReviewDate")),
        reason=reason,
        by=_value(extension, "ReviewedBy"),
        comment=text(_value(extension, "CommentOrDescription")),
    )


def _value(extension: Element, name: str) -> Any:
    found = extensions(extension, name)
    return choice(found[0], "value")[1] if found else None
