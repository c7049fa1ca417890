"""Reviews of the treatment plan: whether it changed, why, when and by whom."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.fhir.paths import get, items, literal_reference, local_reference, text
from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.mcode.authorship import spoken_name
from app.mcode.content import name_of
from app.mcode.model import CancerRecord
from app.mcode.plan_reviews import PlanReview, is_review_alone, plan_reviews
from app.mcode.retraction import caveat
from app.summary.display import MOST_NAMED, Badge, author, unnamed
from app.summary.panels._panel import Panel

_CHANGES = {
    True: Badge("Changed", "warning"),
    False: Badge("Not changed"),
    None: Badge("Not said whether it changed", "danger"),
}


@dataclass(frozen=True)
class ReviewRow:
    """One review of a plan."""

    date: str
    change: Badge
    reason: str | None
    comment: str | None
    by: str | None


@dataclass(frozen=True)
class PlanRow:
    """A CarePlan with its reviews, the newest first.

    `status` is said where the plan is not simply active. `note` says why no form opens it.
    """

    about: str
    status: str | None
    reviews: tuple[ReviewRow, ...]
    note: str | None
    key: str | None


def plan_rows(record: CancerRecord) -> tuple[PlanRow, ...]:
    """Return the plans that were reviewed, by their newest review."""
    found = [(plan_reviews(plan), plan) for plan in record.plan_reviews]
    found.sort(key=lambda each: each[0][0].date or "", reverse=True)
    return tuple(_row(record, plan, reviews) for reviews, plan in found)


def _row(record: CancerRecord, plan: Resource, reviews: tuple[PlanReview, ...]) -> PlanRow:
    alone = is_review_alone(plan)
    return PlanRow(
        about=join(_addressed(record, plan), "; "),
        status=caveat(plan) if plan.get("status") != "active" else None,
        reviews=tuple(_review(record, plan, review) for review in reviews),
        note=None if alone else "Part of a larger care plan: change it in the EHR",
        key=literal_reference(plan),
    )


def _review(record: CancerRecord, plan: Resource, review: PlanReview) -> ReviewRow:
    return ReviewRow(
        date=partial_date(review.date),
        change=_CHANGES[review.changed],
        reason=review.why,
        comment=review.comment,
        by=_reviewer(record, review) or author(record, plan),
    )


def _reviewer(record: CancerRecord, review: PlanReview) -> str | None:
    person = record.find(local_reference(review.by) or "") or {}
    return text(get(review.by, "display")) or spoken_name(person.get("name"))


def _addressed(record: CancerRecord, plan: Resource) -> Iterator[str]:
    """Yield what the plan is for: a cancer by its title, else what the chart calls it."""
    named = items(plan.get("addresses"))
    for each in named[:MOST_NAMED]:
        found = record.find(local_reference(each) or "")
        primary = record.primary_of(found) if found else None
        title = record.cancer_names[primary.id] if primary else found and name_of(found)
        yield title or text(each.get("display")) or "something that this chart does not show"
    yield from unnamed(named)


PANEL = Panel(
    "main",
    33,
    rows=lambda page: plan_rows(page.record),
    claims=lambda record: record.plan_reviews,
)
