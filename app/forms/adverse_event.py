"""Adverse event, graded by CTCAE version 5.

Source: CTC Adverse Event (hl7.fhir.us.ctcae), on FHIR R4 AdverseEvent. An event of grade 0 has
neither a seriousness nor a suspected cause (the guide's invariant).
"""

import copy
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from app.fhir.paths import extension_value, get, text
from app.fhir.types import Resource
from app.formatting import join
from app.forms._answers import AS_RECORDED, AsRecorded, Coding, Reference
from app.forms._definition import Author, Fold, Part, Question, Subject
from app.forms._elements.paths import Ext, Listed, Nth, drop
from app.forms._elements.plain import Date, Element
from app.forms._elements.single import Coded, Link
from app.forms._fields.base import Asked, Target
from app.forms._fields.choices import CodedRadio, CodedSelect
from app.forms._fields.dates import DateBoxes
from app.forms._fields.lines import ShortText
from app.forms._new import is_of_day, new_resource, possible_duplicate
from app.forms._rows import Rows, RowsForm
from app.forms._shared.common import answers, coded, day, labelled, others
from app.forms._shared.links import offer
from app.forms._shared.treatment import day_of
from app.mcode.adverse_events import ADVERSE_EVENTS
from app.mcode.content import is_deceased, is_later, name_of, newest_first
from app.mcode.definitions import profile_url
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.mcode.treated import drug_name
from app.terminology.concept import Concept
from app.terminology.systems import known_codes

_GRADES = {
    "0": "0 absent",
    "1": "1 mild",
    "2": "2 moderate",
    "3": "3 severe",
    "4": "4 life-threatening or disabling",
    "5": "5 death",
}
_OUTCOMES = {
    "ongoing": "Ongoing",
    "recovering": "Recovering",
    "resolved": "Resolved",
    "resolvedWithSequelae": "Resolved with sequelae",
    "fatal": "Fatal",
    "unknown": "Not known",
}
_SERIOUSNESS = {"C41335": "Serious", "C41336": "Not serious"}
_REASONS = {
    "C83052": "Hospitalization",
    "C84266": "Life-threatening",
    "C113380": "Disabling",
    "C52668": "Intervention required",
    "C2849": "Congenital abnormality",
    "C48275": "Death",
}
_LIKELIHOODS = {
    "C53260": "Definitely",
    "C53259": "Probably",
    "C53258": "Possibly",
    "C53257": "Unlikely",
    "C53256": "Unrelated",
    "C68618": "Conditionally",
}
_EXPECTATIONS = {"C41333": "Expected", "C41334": "Unexpected"}
_ABSENT, _DEATH, _FATAL, _SERIOUS = "0", "5", "fatal", "C41335"
_OVER = frozenset({"resolved", "resolvedWithSequelae", _FATAL})
_GRADE = profile_url("ctcae-grade")
_RESOLVED = profile_url("adverse-event-resolved-date")
_REASON = profile_url("adverse-event-seriousness-outcome")
_EXPECTATION = profile_url("adverse-event-expectation")
_NOT_GIVEN = frozenset({"not-done", "not-taken", "preparation", "intended"})
_SUSPECTED = ("MedicationAdministration", "MedicationStatement", "Procedure")
# What others may have named, and what stays where it is.
_SUSPECTS = (*_SUSPECTED, "Medication", "Substance", "Immunization", "Device")
_COUNT, _SHOWN = 4, 5


_HARM = tuple(grade for grade in answers("ctcae-grade") if grade.code != _ABSENT)
_IS_SERIOUS = tuple(c for c in answers("adverse-event-seriousness") if c.code == _SERIOUS)


@dataclass(frozen=True)
class _OwnText(Element[str]):
    """What was said of the event in another text than that of its term.

    Of an event without a term of CTCAE all words are the event itself.
    """

    def read(self, resource: Resource) -> str | None:
        said, term = text(get(resource, "event", "text")), _term(resource)
        return said if term and said != term.display else None

    def put(self, resource: Resource, answer: str | None) -> None:
        if term := _term(resource):
            resource["event"].pop("_text", None)
            resource["event"]["text"] = answer or term.display


def _suspect(n: int) -> dict[str, Asked[Any]]:
    row = Nth(SUSPECTS.way, n - 1)
    return {
        "suspect": CodedSelect[Reference | AsRecorded](
            "Suspected cause",
            depends_on="grade",
            only_for=_HARM,
            target=Target.main(Link("instance", _SUSPECTS), row),
        ),
        "likely": labelled(
            "How likely it is the cause",
            Coded("assessment", answers("adverse-event-relatedness")),
            _LIKELIHOODS,
            row,
            Listed("causality"),
            depends_on="grade",
            only_for=_HARM,
        ),
    }


SUSPECTS = Rows(
    "Suspected cause", Listed("suspectEntity"), _COUNT, (("suspect",), ("likely",)), _suspect
)


class AdverseEvent(RowsForm):
    """What happened to the patient under treatment, and how grave it was."""

    slug = "adverse-event"
    title = "Adverse event"
    section = "Assessment"
    description = "What the treatment did to the patient, graded by CTCAE"
    order = 45
    profile = "ctc-adverse-event"
    kinds = (Kind.ADVERSE_EVENT,)
    about = "patient"
    repeated = (SUSPECTS,)
    rows = (
        ("event",),
        ("words",),
        ("grade",),
        ("date",),
        ("outcome",),
        ("resolved",),
        ("serious",),
        ("why",),
        *SUSPECTS.page,
        Fold("Whether it was expected", (("expected",),)),
    )

    event = coded(
        "Adverse event",
        ADVERSE_EVENTS,
        name="event",
        missing="Choose the adverse event",
        extensible=False,
    )
    words = ShortText(
        "In the patient's words or yours",
        hint="Needed for a term that ends “Other, specify”",
        target=Target.main(_OwnText()),
    )
    grade = labelled("Grade", "ctcae-grade", _GRADES, Ext(_GRADE), missing="Choose the grade")
    date = day(
        "Started on",
        "date of the start",
        Target.main(Date("date")),
        missing="Enter the date it started",
    )
    outcome = labelled(
        "Outcome", Coded("outcome", answers("adverse-event-outcome")), _OUTCOMES, missing=None
    )
    resolved = DateBoxes("Resolved on", target=Target.main(Date("valueDateTime"), Ext(_RESOLVED)))
    serious = labelled(
        "Seriousness",
        Coded("seriousness", answers("adverse-event-seriousness")),
        _SERIOUSNESS,
        depends_on="grade",
        only_for=_HARM,
    )
    why = labelled(
        "Why it is serious",
        "adverse-event-seriousness-outcome",
        _REASONS,
        Ext(_REASON),
        depends_on="serious",
        only_for=_IS_SERIOUS,
    )
    expected = labelled("Expected", "adverse-event-expectation", _EXPECTATIONS, Ext(_EXPECTATION))

    @classmethod
    def matches(cls, record: CancerRecord, resource: Resource) -> bool:
        """Tell whether it is an event that happened: the profile has no place for any other."""
        return super().matches(record, resource) and resource.get("actuality") != "potential"

    def prepare(self, subject: Subject) -> None:
        """Offer what the patient was given and went through, the newest first."""
        record = subject.record
        found = [
            r
            for r in record.facts()
            if r["resourceType"] in _SUSPECTED and r.get("status") not in _NOT_GIVEN
        ]
        found.sort(key=newest_first, reverse=True)
        named = subject.originals.get("main", {}).get("suspectEntity")
        for n in SUSPECTS.numbers:
            suspect, likely = self.asked[f"suspect-{n}"], self.asked[f"likely-{n}"]
            offer(suspect, subject, found, lambda r: join([_name(record, r), day_of(r)]))
            if isinstance(likely, CodedRadio) and not (found or named):
                likely.offer(())
        super().prepare(subject)

    def notices(self, subject: Subject) -> list[str]:
        """Say where there is nothing that could be named as the cause."""
        notices = super().notices(subject)
        if not getattr(self.asked["suspect-1"], "options", ()):
            notices += ["The chart holds no treatment to name as the suspected cause."]
        return notices

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return an event that happened, still without what it is."""
        return {**new_resource(part, subject, author), "actuality": "actual"}

    def headline(self, subject: Subject) -> str:
        """Return "Adverse event · Nausea, grade 2 moderate, 12-Mar-2026"."""
        grade = f"grade {self.display('grade')}" if self.grade.data else ""
        lead = [self.words.data or self.display("event"), grade, self.display("date")]
        return join([self.title, join(lead, ", ")])

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the newest events on record, so that none is entered twice."""
        found = others(subject, subject.record.adverse_events)[:_SHOWN]
        return [("On record", name_of(r) or "", join([_grade_of(r), day_of(r)])) for r in found]

    def fill(self, resource: Resource, part: Part, unchanged: Collection[str] = ()) -> None:
        """Write the answers; take away what grade 0 has no place for."""
        before = copy.deepcopy(resource)
        super().fill(resource, part, unchanged)
        # A new term begins without own words, also where these are still the same.
        _OwnText().write(resource, self.words.data)
        if _code(self.grade.data) == _ABSENT and resource != before:
            resource.pop("seriousness", None)
            drop(resource, "extension", Ext(_REASON).fitting(resource))
            drop(resource, "suspectEntity", SUSPECTS.way.fitting(resource))

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse what needs words, days that contradict each other, and half of an answer."""
        if self.event.data == AS_RECORDED and self.words.data:
            yield "event", "Choose the term for these words, or remove them"
        elif self.display("event").endswith("specify") and not self.words.data:
            yield "words", "Enter what the adverse event is"
        if self.resolved.data:
            if _code(self.outcome.data) not in _OVER:
                yield "outcome", "Choose “Resolved”, or remove the date on which it was resolved"
            if self.date.data and is_later(str(self.date.data), str(self.resolved.data)):
                yield "resolved", f"Enter a date from the start on, {self.date.data.display}"
        if self.why.data and _code(self.serious.data) != _SERIOUS:
            yield "serious", "Choose “Serious”, or remove why it is"
        yield from self._suspect_problems()

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about deaths that contradict each other, losses, and an event on record already."""
        death, fatal = _code(self.grade.data) == _DEATH, _code(self.outcome.data) == _FATAL
        if death != fatal:
            death_only = "Grade 5 is death, and the outcome is not fatal"
            fatal_only = "The outcome is fatal, and the grade is not 5, death"
            yield Question(
                "death", "grade", f"{death_only if death else fatal_only}. Tick to confirm both"
            )
        elif death and not is_deceased(subject.record.patient):
            yield Question(
                "dead",
                "grade",
                "The grade says that the patient has died, and the chart does not say so. "
                "Tick to confirm the grade",
            )
        if death and _code(self.serious.data) != _SERIOUS:
            yield Question(
                "death-not-serious",
                "serious",
                "A death is serious, and this does not say so. Tick to confirm",
            )
        if _code(self.grade.data) == _ABSENT and self._says_harm(subject):
            yield Question(
                "absent",
                "grade",
                "Grade 0 says that there was no such event: what is said of seriousness and "
                "suspected causes is removed. Tick to confirm",
            )
        yield from self._possible_duplicates(subject)

    def _suspect_problems(self) -> Iterator[tuple[str, str]]:
        for n in SUSPECTS.numbers:
            if self[f"likely-{n}"].data and not self[f"suspect-{n}"].data:
                yield f"suspect-{n}", "Choose the suspected cause, or remove how likely it is"
        yield from SUSPECTS.repeats(self, "suspect", "cause")

    def _says_harm(self, subject: Subject) -> bool:
        main = subject.originals.get("main", {})
        return bool(
            self.serious.data
            or self.why.data
            or any(SUSPECTS.is_filled(self, n) for n in SUSPECTS.numbers)
            or SUSPECTS.beyond(main)
        )

    def _possible_duplicates(self, subject: Subject) -> Iterator[Question]:
        term, start = self.event.data, self.date.data
        known = others(subject, subject.record.adverse_events)
        same = next((r for r in known if _term(r) == term and is_of_day(r, start)), None)
        if isinstance(term, Concept) and same:
            said = join([term.display, _grade_of(same)], ", ")
            yield possible_duplicate("same", "event", f"{said}, of this start is on record already")


def _term(event: Resource) -> Concept | None:
    return ADVERSE_EVENTS.match(known_codes(event.get("event")))


def _code(answer: Coding | None) -> str:
    return answer.code if isinstance(answer, Concept) else ""


def _name(record: CancerRecord, treatment: Resource) -> str:
    return drug_name(record, treatment) or name_of(treatment) or "A treatment without a name"


def _grade_of(event: Resource) -> str:
    grade = extension_value(event, _GRADE)
    number = text(get(grade, "coding", "code"))
    return f"grade {number}" if number else ""
