"""What the forms of treatment share: the cancer it is for, its aim, and why it ended."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from app.fhir.paths import extension_value, items
from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.forms._answers import AS_RECORDED, Coding
from app.forms._definition import Author, EntryForm, Fold, Layout, Part, Prefill, Question, Subject
from app.forms._elements.paths import Ext
from app.forms._elements.plain import Words
from app.forms._elements.single import Coded
from app.forms._fields.base import Asked, Option, Target
from app.forms._fields.choices import CodedRadio, labelled_options
from app.forms._fields.dates import DateSpan
from app.forms._fields.search import SearchOne
from app.forms._new import new_resource
from app.forms._shared.common import answers, labelled, note, others
from app.mcode.content import effective
from app.mcode.definitions import profile_url
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.profiles import EXTENSION
from app.mcode.treated import treated_cancer
from app.terminology.concept import Concept, concept_text
from app.terminology.systems import SNOMED, known_codes

_AIMS = {
    "373808002": "Curative",
    "363676003": "Palliative",
    "399707004": "Supportive",
    "129428001": "Preventive",
    "261004008": "Diagnostic",
    "429892002": "Guidance",
    "360156006": "Screening",
    "447295008": "Forensic",
}
_USUAL_AIMS = 4
_REASONS = "treatment-termination-reason-vs"
_REASON_LABELS = {
    "407563006": "Not tolerated",
    "266721009": "No response",
    "105480006": "Refused by the patient",
    "419620001": "Death",
    "7058009": "Not taken as advised",
    "399307001": "Lost to follow-up",
    "309846006": "Not available",
    "443729008": "Trial completed",
    "160932005": "Financial problem",
    "184081006": "Moved away",
    "77386006": "Pregnancy",
}
_STATUSES = {
    "active": "Active",
    "cancelled": "Cancelled",
    "completed": "Completed",
    "draft": "Draft",
    "in-progress": "Under way",
    "not-done": "Not done",
    "on-hold": "On hold",
    "preparation": "Planned",
    "stopped": "Stopped",
    "unknown": "Not known",
}
# The guide's rule knows one code more than its value set: "treatment completed".
_COMPLETED = (SNOMED, "182992009")
_RETIRED = profile_url("treatment-termination-reason")

STOPPED = "stopped"
_SHOWN = 5
_NEEDS_TIME = frozenset({"completed", "in-progress"})


class TreatmentForm(EntryForm):
    """Base of the forms that write one treatment of a primary cancer, with a field `status`.

    A form with a field `reason` says why the treatment is in its state. Of an entry in the chart
    these two come first: to stop a treatment is to open it and to answer them.
    """

    section = "Treatment"
    status: CodedRadio[str]
    reason: SearchOne
    aim = labelled(
        "Intent",
        "procedure-intent-vs",
        _AIMS,
        Ext(EXTENSION["intent"]),
        in_sight=_USUAL_AIMS,
    )
    note = note("main")

    @classmethod
    def find(
        cls, record: CancerRecord, resource: Resource
    ) -> tuple[PrimaryCancer | None, dict[str, Resource]]:
        """Return the primary that the treatment names as its reason, and the treatment."""
        return treated_cancer(record, resource), {cls.parts[-1].key: resource}

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return the treatment with the cancer that it is for."""
        resource = new_resource(part, subject, author)
        if subject.primary:
            resource["reasonReference"] = [{"reference": subject.primary.reference}]
        return resource

    def layout(self, subject: Subject) -> Layout:
        """Return the rows of the page; of an entry in the chart the status comes first."""
        rows = super().layout(subject)
        if subject.is_new:
            return rows
        first = tuple((name,) for name in ("status", "reason") if name in self.asked)
        return (*first, *_without(rows, {name for row in first for name in row}))

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return why it ended, where that stands in the chart in the way of older releases."""
        main = subject.originals.get(self.parts[-1].key, {})
        retired = concept_text(extension_value(main, _RETIRED))
        return [("Why it ended", retired, "")] if retired else []

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse a reason that does not go with the status."""
        if "reason" in self.asked:
            yield from self._reason_problems(subject)

    def questions(self, subject: Subject) -> Iterator[Question]:  # noqa: ARG002 -- a hook
        """Ask about a treatment that is stopped for no reason."""
        if "reason" in self.asked and self.status.data == STOPPED and not self.reason.data:
            yield Question(
                "no-reason",
                "reason",
                "Why it was stopped is not said. Tick to confirm that there is no reason to record",
            )

    def _reason_problems(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Hold the two invariants of mCODE: a reason for ending goes with "stopped" and no other.

        Words without a code may stand with any status.
        """
        chosen, status = self.reason.data, self.status.data
        if chosen == AS_RECORDED:
            recorded = subject.originals.get(self.parts[-1].key, {}).get("statusReason")
            codes = {code for concept in items(recorded) for code in known_codes(concept)}
        else:
            concept = chosen if isinstance(chosen, Concept) and chosen.code else None
            codes = {(concept.system, concept.code)} if concept else set()
        ending = {(c.system, c.code) for c in answers(_REASONS)} | {_COMPLETED}
        if codes & ending and status != STOPPED:
            yield "reason", "Choose “Stopped” as the status, or say the reason in words of your own"
        elif codes and not codes & ending and status == STOPPED:
            yield "reason", "Choose one of the reasons for stopping, or say it in words of your own"


class ProcedureForm(TreatmentForm):
    """Base of the forms of a Procedure, which is done at a time `when`."""

    when: DateSpan
    called: ClassVar[str]
    """What an earlier one is called beside the form."""

    no_time: ClassVar[str]
    """The sentence for a procedure that is under way or completed and has no time (us-core-7)."""

    def is_planned(self) -> bool:
        """Tell whether the procedure need not have begun."""
        return self.status.data not in {*_NEEDS_TIME, STOPPED}

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the newest procedures of its kind on record."""
        found = others(subject, subject.record.of_kinds(*self.kinds))
        return super().chart_context(subject) + [
            (self.called, self.what(r), join([day_of(r), r.get("status")])) for r in found[:_SHOWN]
        ]

    def what(self, procedure: Resource) -> str:
        """Return what a procedure on record is called."""
        return concept_text(procedure.get("code")) or ""

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse a procedure without the time that its status asks for."""
        yield from super().check(subject)
        if self.status.data in _NEEDS_TIME and not self.when.data:
            yield "when", self.no_time


def status(*codes: str, words: Mapping[str, str] | None = None) -> CodedRadio[str]:
    """Return the question for the status, by the `codes` of the type; `words` has own labels."""
    labels = {**_STATUSES, **(words or {})}
    return CodedRadio(
        "Status",
        missing="Choose the status",
        options=[Option(code, labels[code]) for code in codes],
        target=Target.main(Words("status")),
    )


def reason(*, listed: bool = False) -> SearchOne:
    """Return the question why a treatment was stopped, held or not given.

    The guide's reasons for ending are in sight; any other is said in words.
    """
    concepts = answers(_REASONS)
    return SearchOne(
        "Reason for the status",
        concepts=concepts,
        extensible=True,
        suggested=labelled_options(concepts, _REASON_LABELS),
        target=Target.main(Coded("statusReason", concepts, extensible=True, listed=listed)),
    )


def taken(item: Asked[Coding], source: Resource, origin: str) -> dict[str, Prefill]:
    """Return the answer of a field that stands in another resource, to begin a new entry with."""
    found = item.read(source)
    return {item.name: Prefill(found, origin)} if isinstance(found, Concept) else {}


def day_of(resource: Resource) -> str:
    """Return the date of a treatment in words."""
    return partial_date(effective(resource), "no date")


def as_in_diagnosis(subject: Subject) -> str:
    """Return the words that say that an answer is taken from the diagnosis."""
    when = partial_date(effective(subject.cancer.condition), "")
    return join(["as in the diagnosis", when], ", ")


def _without(rows: Layout, names: set[str]) -> Layout:
    """Return the rows of a form without some of its fields."""
    kept: list[tuple[str, ...] | Fold] = []
    for row in rows:
        inner = row.rows if isinstance(row, Fold) else (row,)
        left = [tuple(name for name in each if name not in names) for each in inner]
        if rest := tuple(each for each in left if each):
            kept += [Fold(row.title, rest)] if isinstance(row, Fold) else rest
    return tuple(kept)
