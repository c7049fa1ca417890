"""Treatment plan review: whether the plan of treatment changed, when it was reviewed, and why.

Source: Care Plan with Review of ICAREdata's guide (icare), on FHIR R4 CarePlan. The guide asks for
a reason where the plan changed. A review that does not say whether it did is never written.
"""

from collections.abc import Iterator

from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.forms._answers import AsRecorded, PartialDate
from app.forms._definition import Author, EntryForm, Part, Question, Subject
from app.forms._elements.paths import Choice, Ext
from app.forms._elements.plain import Date, Flag, Words
from app.forms._fields.base import FreeText, Target
from app.forms._fields.choices import YES_NO, CodedRadio
from app.forms._new import new_resource, possible_duplicate
from app.forms._shared.common import day, labelled, others
from app.forms._shared.staging import before_diagnosis
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.plan_reviews import (
    CARE_PLAN_CATEGORY,
    REASONS,
    is_review_alone,
    plan_reviews,
    reviewed_cancer,
)
from app.mcode.profiles import EXTENSION, addresses

_CATEGORIES = "http://hl7.org/fhir/us/core/CodeSystem/careplan-category"
_REVIEW = Ext(*addresses("plan-review"))
_MISSING = "Choose whether the plan changed"
_SHOWN = 3


class TreatmentPlanReview(EntryForm):
    """One review of the treatment plan of a cancer."""

    slug = "treatment-plan-review"
    title = "Treatment plan review"
    section = "Outcome"
    description = "Whether the treatment plan changed, and why"
    order = 20
    profile = "icare-care-plan-with-review"
    kinds = (Kind.PLAN_REVIEW,)
    rows = (("date",), ("changed",), ("reason",), ("comment",))

    changed = CodedRadio[bool | AsRecorded](
        "Did the treatment plan change",
        missing=_MISSING,
        options=YES_NO,
        target=Target.main(
            Choice("value", Flag("valueBoolean"), "valueBoolean"), _REVIEW, Ext("ChangedFlag")
        ),
    )
    reason = labelled(
        "Reason for the change",
        "icare-care-plan-change-reason-vs",
        REASONS,
        _REVIEW,
        Ext("CarePlanChangeReason"),
        hint="Needed where the plan changed",
        depends_on="changed",
        only_for=(True,),
    )
    date = day(
        "Date of the review",
        "date of the review",
        Target.main(Date("valueDate", stem="value"), _REVIEW, Ext("ReviewDate")),
    )
    comment = FreeText(
        "Comment",
        hint="What changed, in your words",
        target=Target.main(Words("valueString"), _REVIEW, Ext("CommentOrDescription")),
    )

    @classmethod
    def matches(cls, record: CancerRecord, resource: Resource) -> bool:
        """Tell whether it is a review and nothing else: a plan of care is never touched."""
        return super().matches(record, resource) and is_review_alone(resource)

    @classmethod
    def find(
        cls, record: CancerRecord, resource: Resource
    ) -> tuple[PrimaryCancer | None, dict[str, Resource]]:
        """Return the primary whose plan was reviewed, and the review."""
        return reviewed_cancer(record, resource), {"main": resource}

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return a plan that holds the review, with its cancer and who reviewed it."""
        resource = new_resource(part, subject, author)
        reviewer = {"display": author.name}
        # The guide lets a Practitioner review; anybody else is named in words.
        if author.reference and author.reference.startswith("Practitioner/"):
            reviewer["reference"] = author.reference
        by = {"url": "ReviewedBy", "valueReference": reviewer}
        resource |= {
            "extension": [{"url": EXTENSION["plan-review"], "extension": [by]}],
            "status": "active",
            "intent": "plan",
            "category": [{"coding": [{"system": _CATEGORIES, "code": CARE_PLAN_CATEGORY}]}],
            "title": self.title,
        }
        if subject.primary:
            resource["addresses"] = [{"reference": subject.primary.reference}]
        return resource

    def headline(self, subject: Subject) -> str:
        """Return "Treatment plan review, changed: no response, 24-Nov-2026" and the cancer."""
        changed = "changed" if self.changed.data is True else "not changed"
        said = join([changed, self.display("reason").lower()], ": ")
        return join([join([self.title, said, self.display("date")], ", "), subject.title])

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the newest reviews of this cancer's plan on record."""
        found = [review for plan in self._on_record(subject) for review in plan_reviews(plan)]
        found.sort(key=lambda review: review.date or "", reverse=True)
        return [
            ("On record", each.said, partial_date(each.date, "no date")) for each in found[:_SHOWN]
        ]

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse a review that does not say whether the plan changed, and a reason that misfits."""
        if not isinstance(self.changed.data, bool):
            # It may stand in the chart so, and is not written again before it says it.
            held = self.load(subject.originals)
            if any(item.data != held[name] for name, item in self.asked.items()):
                yield "changed", _MISSING
        elif self.changed.data and not self.reason.data:
            yield "reason", "Choose the reason for the change"
        elif not self.changed.data and self.reason.data:
            yield "reason", "Remove the reason, or choose that the plan changed"

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a day before the diagnosis, and about a second review of a day."""
        yield from before_diagnosis(subject, "date", self.date.data, "date of the review")
        days = {
            PartialDate.of(review.date)
            for plan in self._on_record(subject)
            for review in plan_reviews(plan)
        }
        if subject.is_new and self.date.data in days:
            what = "A review of this day is on record already"
            yield possible_duplicate("another-of-the-day", "date", what)

    @staticmethod
    def _on_record(subject: Subject) -> list[Resource]:
        """Return the other reviews, but for those of another cancer."""
        record = subject.record
        known = others(subject, record.plan_reviews)
        return [r for r in known if reviewed_cancer(record, r) in (None, subject.primary)]
