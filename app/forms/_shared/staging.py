"""What the forms of stage and risk share: what the chart says, and what is seldom meant."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from app.formatting import join, partial_date
from app.forms._answers import PartialDate
from app.forms._definition import EntryForm, Question, Subject
from app.forms._fields.dates import DateBoxes
from app.forms._new import possible_duplicate
from app.mcode.authorship import amended_by
from app.mcode.codes import system_name
from app.mcode.content import is_later, performer_display, stage_value_label
from app.mcode.model import PrimaryCancer, Stage
from app.mcode.sites import is_acute_lymphoblastic, is_lymphoma, is_staged_by_tnm
from app.mcode.staging_systems import systems_for
from app.mcode.treated import has_progressed

STAGE_IS_FIXED = (
    "The chart records progression or metastases since. Stage is fixed at diagnosis: a change of "
    "the disease is recorded as disease status or as a metastasis, not as a new stage."
)

TNM_FORM = "TNM stage"
LYMPHOMA_FORM = "Lymphoma stage"
OTHER_FORM = "Stage other than TNM"
ALL_FORM = "ALL risk group"


class StageForm(EntryForm):
    """Base of the forms by which a cancer is staged, with a field `date`."""

    section = "Staging"
    date: DateBoxes
    told_apart_by: ClassVar[str]
    """The field whose answer tells one kind of stage from another."""

    unfit: ClassVar[str] = ""
    """The sentence for a cancer that is not staged so, where no question says it."""

    def stages(self, primary: PrimaryCancer) -> Sequence[Stage]:
        """Return the stages on record that this form is for."""
        raise NotImplementedError

    def is_same_kind(self, stage: Stage) -> bool:
        """Tell whether a stage on record is of the kind that is answered."""
        raise NotImplementedError

    def notices(self, subject: Subject) -> list[str]:
        """Say which forms stage this cancer, and where the disease has moved on since."""
        primary = subject.primary
        if primary is None:
            return []
        late = subject.is_new and any(self.stages(primary)) and has_progressed(primary)
        unfit = "" if self.is_for(primary) else self.unfit
        return other_forms(subject, self, unfit) + ([STAGE_IS_FIXED] if late else [])

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a date before the diagnosis, and about a second stage of a kind."""
        yield from before_diagnosis(subject, "date", self.date.data)
        known = self.stages(subject.primary) if subject.primary and subject.is_new else ()
        if same := next(filter(self.is_same_kind, known), None):
            existing = f"A stage of this kind is on record already ({when(same)})"
            yield possible_duplicate("second-stage", self.told_apart_by, existing)


def staging_forms(primary: PrimaryCancer) -> list[str]:
    """Return the titles of the forms by which a cancer is staged, or its risk assessed."""
    titles = []
    if is_staged_by_tnm(primary):
        titles.append(TNM_FORM)
    if is_lymphoma(primary):
        titles.append(LYMPHOMA_FORM)
    elif is_acute_lymphoblastic(primary):
        titles.append(ALL_FORM)
    elif found := systems_for(primary):
        titles.append(f"{OTHER_FORM} ({', '.join(system.name for system in found)})")
    return titles


def stages_on_record(
    subject: Subject, name: Callable[[Stage], str] | None = None
) -> list[tuple[str, str, str]]:
    """Return the stages on record of the cancer: kind, value, when and by whom.

    `name` says what a kind of stage is called, where its system's name does not.
    """
    stages = subject.primary.stages if subject.primary else ()
    return [
        (
            (name(stage) if name else "") or _kind(stage),
            " ".join(label for r in stage.resources if (label := stage_value_label(r))),
            join([when(stage), _who(subject, stage)]),
        )
        for stage in stages
    ]


def other_forms(subject: Subject, form: EntryForm, unfit: str = "") -> list[str]:
    """Return the notice which forms beside `form` are for this cancer; `unfit` stands before it."""
    primary = subject.primary
    if primary is None or not subject.is_new:
        return []
    forms = [f"“{name}”" for name in staging_forms(primary) if not name.startswith(form.title)]
    also = "also " if form.is_for(primary) else ""
    there_is = f"For this cancer there is {also}the form {' and '.join(forms)}."
    notice = join([unfit, there_is if forms else ""], " ")
    return [notice] if notice else []


def before_diagnosis(
    subject: Subject, field: str, day: PartialDate | None, what: str = "date of staging"
) -> Iterator[Question]:
    """Ask about a day before the diagnosis; `what` names the day."""
    diagnosed = subject.primary.diagnosed if subject.primary else None
    if diagnosed and day and is_later(diagnosed, str(day)):
        yield Question(
            "before-diagnosis",
            field,
            f"The {what} is before the diagnosis, {partial_date(diagnosed)}. "
            "Tick to confirm that it is right",
        )


def when(stage: Stage) -> str:
    """Return the date of a stage in words."""
    return partial_date(stage.date) if stage.date else "no date"


def _kind(stage: Stage) -> str:
    is_tnm = stage.system == "tnm"
    return f"{stage.basis.capitalize()} stage" if is_tnm else system_name(stage.system)


def _who(subject: Subject, stage: Stage) -> str:
    """Return who staged it and, where somebody else changed it, who and when."""
    people = [next((name for r in stage.resources if (name := performer_display(r))), "")]
    changes = [change for r in stage.resources if (change := amended_by(subject.record, r))]
    if changes:
        name, day = max(changes, key=lambda change: change[1])
        people.append(f"amended by {name}, {partial_date(day)}")
    return join(people, ", ")
