"""Lymphoma stage: by Ann Arbor, Cotswolds, Lugano or St Jude, with its modifiers.

Source: mCODE 4.0.0, profile Lymphoma Stage, whose bindings are required. Its values and modifiers
are branches of SNOMED CT; the app ships those that are published, and what a chart has beyond them
is kept as it is.
"""

from collections.abc import Iterator
from dataclasses import replace

from app.fhir.types import Resource
from app.forms._answers import Coding
from app.forms._definition import Subject
from app.forms._elements.lists import Codes
from app.forms._elements.paths import Component
from app.forms._elements.single import Coded
from app.forms._fields.base import Target
from app.forms._fields.choices import CodedChecks, labelled_options
from app.forms._new import ObservationForm
from app.forms._shared.common import answers, effective_date, labelled
from app.forms._shared.staging import LYMPHOMA_FORM, StageForm, stages_on_record
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer, Stage
from app.mcode.recognise import staging_system
from app.mcode.sites import Cancers, is_lymphoma
from app.terminology.concept import Concept, concept_text
from app.terminology.systems import SNOMED

_CONCEPT = "valueCodeableConcept"
_METHOD = Coded("method", answers("lymphoma-staging-method"))
_MODIFIERS = answers("lymphoma-stage-value-modifier")
_MODIFIER = Component(
    Concept(SNOMED, "106252000", "Staging classification for lymphoma (tumor staging)")
)
_NATURE = Component(Concept(SNOMED, "277366005", "Nature of staging values (qualifier value)"))
_BULK = Component(Concept(SNOMED, "260873006", "Bulky disease status (attribute)"))

_METHODS = {
    "C141189": "Lugano, Hodgkin, adult",
    "C141178": "Lugano, Hodgkin, child",
    "C141158": "Lugano, non-Hodgkin, adult",
    "254373007": "Ann Arbor, Hodgkin",
    "254374001": "Ann Arbor, non-Hodgkin",
    "254375000": "Cotswolds, Hodgkin",
    "254371009": "St Jude, non-Hodgkin, child",
}
_BULKY_STAGE = "C171157"
_STAGES = {
    "30440004": "I",
    "89487002": "IE",
    "76422004": "II",
    "5701003": "IIE",
    _BULKY_STAGE: "II bulky",
    "56944001": "III",
    "112241002": "III1",
    "75339006": "III2",
    "44255004": "IIIE",
    "74053007": "IIIS",
    "84633001": "IIISE",
    "66445009": "IV",
}
_WITHOUT_SYMPTOMS, _SYMPTOMS = "420969009", "421211000"
_MODIFIER_LABELS = {
    _WITHOUT_SYMPTOMS: "A  no symptoms",
    _SYMPTOMS: "B  symptoms",
    "282436004": "E  extralymphatic organ",
    "282437008": "S  spleen",
}
_HODGKIN = Cancers(r"C81", r"(?<!non-)(?<!non )hodgkin")
_NO_BULK = "2667000"
_BULK_LABELS = {"52101004": "Bulky", _NO_BULK: "Not bulky"}
_NATURE_LABELS = {"260998006": "Clinical", "261023001": "Pathologic"}


class LymphomaStage(StageForm, ObservationForm):
    """Stage of a lymphoma with its modifiers."""

    slug = "lymphoma-stage"
    title = LYMPHOMA_FORM
    description = "Ann Arbor, Cotswolds, Lugano or St Jude stage with symptoms, sites and bulk"
    profile = "lymphoma-stage"
    kinds = (Kind.STAGE,)
    code = Concept(SNOMED, "385388004", "Lymphoma stage (observable entity)")
    order = 30
    told_apart_by = "method"
    rows = (("method",), ("value",), ("modifiers",), ("bulk", "nature"), ("date",), ("note",))

    method = labelled("Staging system", _METHOD, _METHODS, missing="Choose the staging system")
    value = labelled(
        "Stage", "lymphoma-stage-value", _STAGES, stem="value", missing="Choose the stage"
    )
    modifiers = CodedChecks(
        "Modifiers",
        target=Target.main(Codes(_MODIFIER, _MODIFIERS, _CONCEPT)),
        options=labelled_options(_MODIFIERS, _MODIFIER_LABELS),
    )
    bulk = labelled("Bulk", "lymphoma-stage-bulky-modifier", _BULK_LABELS, _BULK)
    nature = labelled("Clinical or pathologic", "clin-or-path-modifier", _NATURE_LABELS, _NATURE)
    date = effective_date("date of staging", "main")

    def prepare(self, subject: Subject) -> None:
        """Put the systems for this kind of lymphoma first, the others behind "more answers"."""
        primary = subject.primary
        if primary and is_lymphoma(primary):
            hodgkin = _HODGKIN.holds(primary)
            self.method.offer(
                replace(option, folded=hodgkin == ("non-" in option.label))
                for option in self.method.options
            )
        super().prepare(subject)

    @classmethod
    def matches(cls, record: CancerRecord, resource: Resource) -> bool:
        """Tell whether a stage is one of lymphoma."""
        return super().matches(record, resource) and staging_system(resource) == "lymphoma"

    def stages(self, primary: PrimaryCancer) -> list[Stage]:
        """Return the stages of lymphoma on record."""
        return [stage for stage in primary.stages if stage.system == "lymphoma"]

    def is_same_kind(self, stage: Stage) -> bool:
        """Tell whether a stage is by the system that is answered."""
        return stage.group is not None and _METHOD.read(stage.group) == self.method.data

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the stages on record, those of lymphoma by their system."""
        return stages_on_record(subject, _system)

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse what contradicts itself."""
        if {_WITHOUT_SYMPTOMS, _SYMPTOMS} <= {modifier.code for modifier in self.modifiers.data}:
            yield "modifiers", "Choose either A, no symptoms, or B, symptoms"
        stage, bulk = self.value.data, self.bulk.data
        if _is(stage, _BULKY_STAGE) and _is(bulk, _NO_BULK):
            yield "bulk", "Choose the bulk again: stage II bulky is bulky"


def _system(stage: Stage) -> str:
    """Return the system that a lymphoma was staged by, in words; empty for another stage."""
    if stage.system != "lymphoma" or stage.group is None:
        return ""
    method = _METHOD.read(stage.group)
    known = _METHODS.get(method.code) if isinstance(method, Concept) else None
    return known or concept_text(stage.group.get("method")) or ""


def _is(answer: Coding | None, code: str) -> bool:
    return isinstance(answer, Concept) and answer.code == code
