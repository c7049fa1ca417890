"""One person at one form: the answers, their draft, and what is shown around them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from app.fhir.patterns import Pattern
from app.forms._answers import text_of
from app.forms._definition import Author, EntryForm, Fold, Question, Subject
from app.forms._pages.merge import DISPUTED, RESOLVE, SEEN, Merge, Seen, merge
from app.forms._saving.contradictions import contradicting
from app.forms._saving.dependents import Dependent, dependents, without
from app.forms._saving.plan import Plan
from app.forms._saving.review import names_of
from app.store import Draft

# Far beyond what any answer may be; what a page was made from can be long.
MAX_ANSWER = 100_000
_TICK = Pattern(rf"(?:confirm-|{RESOLVE})[a-z0-9-]{{1,40}}")
_UNNAMED = "a user whom the EHR did not name"


@dataclass
class Workspace:
    """A form with its subject, its answers and what the chart holds.

    `begun` is what was sent, else the draft; None for neither. `origins` say where an answer is
    from, or what the chart holds in its place; `chart` has the chart's present answers in words.
    `questions` are those without a tick, `ticked` those with one; `dependents` are what stands
    beside a value that is amended. `status` says why the page stays where nothing is wrong.
    """

    form: EntryForm
    subject: Subject
    key: str
    seen: Seen
    begun: Mapping[str, str] | None
    draft: Draft | None = None
    continued: bool = False
    origins: dict[str, str] = field(default_factory=dict)
    chart: dict[str, str] = field(default_factory=dict)
    merge: Merge = field(default_factory=Merge)
    questions: list[Question] = field(default_factory=list)
    ticked: list[Question] = field(default_factory=list)
    confirmed: set[str] = field(default_factory=set)
    dependents: list[Dependent] = field(default_factory=list)
    status: str = ""

    def validate(self) -> bool:
        """Check the answers, each by itself and together; errors stand at the fields.

        What the chart itself has wrong, and the person left as it is, is not theirs to mend.
        """
        standing, asked_before = self._standing()
        self.form.validate()
        for name, item in self.form.asked.items():
            item.errors = [e for e in item.errors if (name, str(e)) not in standing]
        for name, sentence in self.form.problems(self.subject):
            if not self.form[name].errors and (name, sentence) not in standing:
                self.form[name].errors = [sentence]
        ok = not self.merge.disputed and not any(item.errors for item in self.form.asked.values())
        if ok:
            asked = self.form.doubts(self.subject)
            self._ask([question for question in asked if question not in asked_before])
        return ok and not self.questions

    def resolve(self, plan: Plan) -> Plan:
        """Return the plan without what the person takes away from beside the amended values.

        What else stands there is asked about in `problems`.
        """
        asked = [*self.questions, *self.ticked, *contradicting(self.form, plan)]
        if not self.subject.is_new:
            asked += self.form.derived_questions(self.subject)
        self._ask(asked)
        if any(write.before for write in plan.writes):
            self.dependents = dependents(self.form, plan, names_of(self.subject.record))
        return without(plan, [d for d in self.dependents if self.holds(d) == "no"])

    def _ask(self, questions: list[Question]) -> None:
        self.ticked = [question for question in questions if question.key in self.confirmed]
        self.questions = [question for question in questions if question not in self.ticked]

    def holds(self, dependent: Dependent) -> str:
        """Return whether a dependent still holds, on the person's word: "yes", "no" or nothing."""
        said = (self.begun or {}).get(f"confirm-{dependent.key}", "")
        return said if said in {"yes", "no"} else ""

    def _standing(self) -> tuple[set[tuple[str, str]], list[Question]]:
        """Return the errors and questions that the chart's own answers meet, where they stay."""
        if self.subject.is_new:
            return set(), []
        held = _form_of(type(self.form), self.subject)
        held.validate()
        errors = {(name, str(e)) for name, item in held.asked.items() for e in item.errors}
        errors |= set(held.problems(self.subject))
        kept = {n for n, text in self.seen.answers.items() if text == self.form.asked[n].text}
        return {(n, e) for n, e in errors if n in kept}, list(held.doubts(self.subject))

    def compute(self) -> bool:
        """Fill in what follows from the other answers; False, and why, where nothing does.

        Of an answer that cannot be read nobody knows what follows.
        """
        found = self.form.computed(self.subject)
        if any(item.problem and name not in found for name, item in self.form.asked.items()):
            found = {}
        for name, answer in found.items():
            self.form[name].process(None, answer.value)
            self.origins[name] = answer.origin
        if not found and self.validate():
            self.status = self.form.to_compute
        return bool(found)

    def problems(self) -> list[tuple[str, str]]:
        """Return (sentence, address on the page) of everything that keeps the entry from review."""
        disputed = [
            (f"Choose between your answer and the chart's: {self.label(name)}", f"#{RESOLVE}{name}")
            for name in self.form.asked
            if name in self.merge.disputed
        ]
        errors = [
            (str(error), f"#{name}-{item.box}" if item.box else f"#{name}")
            for name, item in self.form.asked.items()
            for error in item.errors
        ]
        # What a page asks that was only opened is no error of anybody's.
        sent = self.questions if self.begun is not None else []
        asked = [(question.text, f"#confirm-{question.key}") for question in sent]
        asked += [
            (f"Say whether this still holds: {d.label}, {d.display}", f"#confirm-{d.key}")
            for d in self.dependents
            if not self.holds(d)
        ]
        return disputed + errors + asked

    def speaks(self, fold: Fold) -> bool:
        """Tell whether a field of the fold has an answer, an error or something to settle."""
        asked = {question.field for question in self.questions}
        return any(
            self.form.asked[name].is_answered
            or self.form[name].errors
            or name in asked
            or name in self.merge.disputed
            or name in self.origins
            for row in fold.rows
            for name in row
        )

    def label(self, name: str) -> str:
        """Return the words of a field's label."""
        return str(self.form[name].label.text)


def new_workspace(
    form_class: type[EntryForm],
    subject: Subject,
    draft: Draft | None,
    sent: Mapping[str, str] | None,
) -> Workspace:
    """Return the workspace of a new entry: from what was sent, else the draft, else the chart."""
    work = _workspace(form_class, subject, f"new:{subject.key}", draft, sent)
    if work.begun is None:
        work.questions = [*work.form.misfits(subject)]
    for name, prefill in work.form.prefill(subject).items():
        if work.begun is None:
            work.form[name].process(None, prefill.value)
        if work.form.asked[name].text == text_of(prefill.value):
            work.origins[name] = prefill.origin
    return work


def existing_workspace(
    form_class: type[EntryForm],
    subject: Subject,
    resource_id: str,
    draft: Draft | None,
    sent: Mapping[str, str] | None,
) -> Workspace:
    """Return the workspace of an entry that stands in the chart and is to be amended."""
    work = _workspace(form_class, subject, resource_id, draft, sent)
    held = work.form.load(subject.originals)
    also = {n: _in_chart(d) for n, d in work.form.beyond_answers(subject.originals).items()}
    if work.begun is None:
        for name, answer in held.items():
            work.form[name].process(None, answer)
        work.origins = also
        return work
    seen = Seen.parse(work.begun.get(SEEN))
    work.merge = merge(work.form, work.begun, seen, work.seen, held)
    recorded = _form_of(form_class, subject)
    work.chart = {name: recorded.display(name) or "nothing" for name in held}
    work.origins = also | {
        name: _in_chart(display)
        for name, display in work.chart.items()
        if work.seen.answers[name] != work.form.asked[name].text
    }
    return work


def answers_elsewhere(work: Workspace, draft: Draft) -> list[tuple[str, str, str]]:
    """Return (label, answer here, answer there) of the fields in which a draft differs."""
    form_class, subject = type(work.form), work.subject
    if subject.is_new:
        there = new_workspace(form_class, subject, draft, None).form
    else:
        there = existing_workspace(form_class, subject, work.key, draft, None).form
    here = work.form
    return [
        (work.label(name), here.display(name) or "nothing", there.display(name) or "nothing")
        for name, item in here.asked.items()
        if item.text != there.asked[name].text
    ]


def answers_of(sent: Mapping[str, str], form_class: type[EntryForm]) -> dict[str, str]:
    """Return of what was sent only what the form asks, ready to be kept as a draft."""
    names = {SEEN, DISPUTED}
    for item in form_class().asked.values():
        names |= set(item.input_names)
    return {
        name: value[:MAX_ANSWER]
        for name, value in sent.items()
        if name in names or _TICK.fullmatch(name)
    }


def author_of(reference: str | None, name: str, encounter_id: str | None) -> Author:
    """Return who signs: only a kind of person that an Observation may name as its performer.

    An EHR need not let the app read who its users are. An entry is then signed as the EHR knows
    its author, and by somebody without a name where it told nothing at all.
    """
    kinds = ("Practitioner/", "PractitionerRole/", "Patient/", "RelatedPerson/")
    signed = reference if reference and reference.startswith(kinds) else None
    known = name or reference or _UNNAMED
    return Author(signed, known, f"Encounter/{encounter_id}" if encounter_id else None)


def _workspace(
    form_class: type[EntryForm],
    subject: Subject,
    key: str,
    draft: Draft | None,
    sent: Mapping[str, str] | None,
) -> Workspace:
    begun = sent if sent is not None else draft.values if draft else None
    form = form_class()
    form.prepare(subject)
    # A field may need what the subject offers to understand what was sent.
    form.process(MultiDict(begun) if begun is not None else None)
    seen = Seen.of(form.load(subject.originals), subject.originals)
    work = Workspace(form, subject, key, seen, begun, draft)
    work.continued = draft is not None and sent is None
    for name, value in (begun or {}).items():
        if name.startswith("confirm-") and value:
            work.confirmed.add(name.removeprefix("confirm-"))
    return work


def _in_chart(display: str) -> str:
    return f"in the chart: {display}"


def _form_of(form_class: type[EntryForm], subject: Subject) -> EntryForm:
    """Return the form with the chart's own answers."""
    form = form_class()
    form.prepare(subject)
    for name, answer in form.load(subject.originals).items():
        form[name].process(None, answer)
    return form
