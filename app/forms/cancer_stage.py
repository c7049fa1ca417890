"""Stage by a system other than TNM: FIGO, Rai, Binet, ISS, Gleason grade group and their kin.

Source: mCODE 4.0.0, profile Cancer Stage; the systems stand in app.mcode.staging_systems. Values
and methods are those of the guide; what has to be found for which stage is each system's own and
is not stated here. Two stages follow from published formulas and are suggested: ISS and R-ISS of
myeloma from results at diagnosis, and the Gleason grade group from its two patterns.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from app.fhir.types import Resource
from app.formatting import join
from app.forms._answers import AS_RECORDED
from app.forms._definition import Author, Part, Prefill, Question, Subject
from app.forms._elements.lists import Links
from app.forms._elements.paths import Listed
from app.forms._fields.base import Option, Target
from app.forms._fields.choices import CodedChecks, CodedRadio, CodedSelect
from app.forms._new import new_observation
from app.forms._shared.common import effective_date, note
from app.forms._shared.stage_answers import (
    METHOD,
    SITE,
    VALUE,
    SystemCode,
    gleason_value,
    kidney_options,
    method_options,
    system_of,
    system_options,
    value_options,
)
from app.forms._shared.stage_results import result_options, results_at_diagnosis, suggestion
from app.forms._shared.staging import OTHER_FORM, StageForm, stages_on_record
from app.mcode.calculators.gleason import PATTERNS, grade_group
from app.mcode.definitions import profile_url
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer, Stage
from app.mcode.recognise import staging_system
from app.mcode.staging_systems import figo_method, sure_system, systems_for

_PATTERNS = [Option(pattern, str(pattern), only_for=("gleason",)) for pattern in PATTERNS]


class CancerStage(StageForm):
    """Stage, group or level by one of the systems that a cancer has beside TNM or in its place."""

    slug = "cancer-stage"
    title = OTHER_FORM
    description = "FIGO, Rai, Binet, ISS, Breslow, Clark, Gleason grade group and other systems"
    parts = (Part("main", "Stage", profile_url("cancer-stage")),)
    kinds = (Kind.STAGE,)
    order = 20
    told_apart_by = "system"
    unfit = "None of these systems is usual for a cancer of this kind."
    rows = (
        ("system",),
        ("predominant", "secondary"),
        ("value",),
        ("method", "site"),
        ("date",),
        ("sources",),
        ("note",),
    )

    system = CodedRadio(
        "Staging system", missing="Choose the staging system", target=Target.main(SystemCode())
    )
    predominant = CodedSelect[int](
        "Predominant pattern",
        depends_on="system",
        options=_PATTERNS,
        hint="Both patterns make the grade group:",
    )
    secondary = CodedSelect[int](
        "Secondary pattern",
        depends_on="system",
        options=_PATTERNS,
        hint="then leave the stage below open.",
    )
    value = CodedRadio(
        "Stage",
        missing="Choose the stage",
        target=Target.main(VALUE),
        options=value_options(),
        absent=("unknown",),
        depends_on="system",
    )
    method = CodedSelect(
        "Method",
        target=Target.main(METHOD),
        options=method_options(),
        depends_on="system",
    )
    site = CodedSelect(
        "Kidney",
        target=Target.main(SITE),
        options=kidney_options(),
        depends_on="system",
    )
    date = effective_date("date of staging", "main")
    sources = CodedChecks(
        "Results it is made of",
        target=Target.main(Links(Listed("derivedFrom"), ("Observation",))),
        depends_on="system",
    )
    note = note("main")

    def prepare(self, subject: Subject) -> None:
        """Offer the systems of the cancer first, and the patient's results."""
        self.system.offer(system_options(subject.primary))
        self.sources.offer(result_options(subject))
        super().prepare(subject)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Take the answers; two Gleason patterns make a grade group that was not chosen itself."""
        super().process(*args, **kwargs)
        made = gleason_value(self.predominant.data, self.secondary.data)
        if made and self.system.data == "gleason" and not self.value.data:
            self.value.process(None, made)

    @classmethod
    def matches(cls, record: CancerRecord, resource: Resource) -> bool:
        """Tell whether a stage is by a system that has no form of its own."""
        return super().matches(record, resource) and staging_system(resource) != "lymphoma"

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return the observation; its code comes with the system."""
        return new_observation(part, subject, author, code={}, category="exam")

    def headline(self, subject: Subject) -> str:
        """Return "FIGO, 28-Apr-2026" and the cancer that it is about."""
        lead = (self.display("system") or self.title, self.display("date"))
        return join([join(lead, ", "), subject.title])

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Begin with what the results suggest, else with the one system of the cancer."""
        if suggested := suggestion(subject):
            return suggested
        system = sure_system(subject.cancer)
        if system is None:
            return {}
        prefilled = {"system": Prefill(system.key, f"usual for {subject.title}")}
        if system.key == "figo" and (method := figo_method(subject.cancer)):
            prefilled["method"] = Prefill(method, f"usual for {subject.title}")
        return prefilled

    def is_for(self, primary: PrimaryCancer | None) -> bool:
        """Tell whether one of the systems is usual for a cancer."""
        return primary is None or bool(systems_for(primary))

    def stages(self, primary: PrimaryCancer) -> Sequence[Stage]:
        """Return all stages on record."""
        return primary.stages

    def is_same_kind(self, stage: Stage) -> bool:
        """Tell whether a stage is by the system that is answered."""
        return stage.system == self.system.data

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the stages on record, and the results that stage a myeloma."""
        return stages_on_record(subject) + results_at_diagnosis(subject)

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse answers that go with another system."""
        yield from self._misfits(subject)
        system = system_of(self.system.data)
        if system and system.asks_method and not self.method.data:
            yield "method", f"Choose which {system.name} staging was used"
        yield from self._patterns()

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about what is possible and seldom meant."""
        primary, system = subject.primary, system_of(self.system.data)
        if primary and system and not system.cancers.holds(primary):
            yield Question(
                "other-cancer",
                "system",
                f"{system.name} is not the usual staging of {subject.title}. "
                "Tick to record it all the same",
            )
        yield from super().questions(subject)

    def _misfits(self, subject: Subject) -> Iterator[tuple[str, str]]:
        chosen = self.system.data
        moved = not subject.is_new and self.load(subject.originals)["system"] != chosen
        for name, item in self.asked.items():
            option = self._chosen(name)
            if option is None:
                continue
            label, words = item.label.text.lower(), self.display(name)
            stale = moved and option.value == AS_RECORDED
            if stale or (option.only_for and chosen not in option.only_for):
                reason = f"{words} does not go with “{self.display('system')}”"
                again = f"Choose the {label} again" if item.missing else f"Choose no {label}"
                yield name, f"{again}: {reason}"

    def _chosen(self, name: str) -> Option | None:
        """Return the option that answers a field that depends on the system."""
        item = self.asked[name]
        if not isinstance(item, CodedRadio | CodedSelect) or not item.depends_on:
            return None
        return next((option for option in item.options if option.value == item.data), None)

    def _patterns(self) -> Iterator[tuple[str, str]]:
        one, other = self.predominant.data, self.secondary.data
        if (one is None) != (other is None):
            yield "predominant" if one is None else "secondary", "Choose the other pattern too"
        made = gleason_value(one, other)
        if one and other and made and self.value.data not in (None, made):
            group = grade_group(one, other)
            yield "value", f"Choose the stage again: {one} + {other} is grade group {group}"
