"""What the forms of a cancer diagnosis share, whether the cancer began there or spread there.

Source: mCODE 4.0.0, Primary and Secondary Cancer Condition; FHIR R4, Condition, con-4: what has an
end is no longer active.
"""

import copy
from collections.abc import Iterable, Iterator
from typing import ClassVar

from app.fhir.types import Element, Resource
from app.formatting import join, partial_date
from app.forms._answers import AS_RECORDED, Coding
from app.forms._definition import Author, EntryForm, Part, Prefill, Question, Subject
from app.forms._elements.lists import NestedCodes
from app.forms._elements.paths import Ext, Listed
from app.forms._elements.plain import Date
from app.forms._elements.single import Coded
from app.forms._fields.base import Asked, Target
from app.forms._fields.choices import CodedChecks, labelled_options, options_of
from app.forms._new import new_resource, possible_duplicate
from app.forms._shared.common import answers, coded, day, labelled, note, others
from app.forms._shared.diseases import (
    HISTOLOGY_HINT,
    HISTOLOGY_SYSTEMS,
    histology_problems,
    suggest_histologies,
)
from app.forms._shared.site import (
    part_of_site,
    says_a_side,
    says_the_other_side,
    side,
    side_problems,
    site,
)
from app.mcode.conditions import condition_kind
from app.mcode.content import ASSERTED_DATE, asserted_date, condition_title, is_later
from app.mcode.kinds import Kind
from app.mcode.profiles import EXTENSION
from app.mcode.sites import is_paired
from app.mcode.tissue import sites_of
from app.terminology.concept import Concept
from app.terminology.systems import ICD10CM, SNOMED

DISEASE_SYSTEMS = (SNOMED, ICD10CM)

_CATEGORY = Concept(
    "http://terminology.hl7.org/CodeSystem/condition-category",
    "problem-list-item",
    "Problem List Item",
)
_CLINICAL = {
    "active": "Active",
    "recurrence": "Recurred",
    "relapse": "Relapsed",
    "remission": "In remission",
    "inactive": "Inactive",
    "resolved": "Resolved",
}
_CERTAINTY = {
    "confirmed": "Confirmed",
    "provisional": "Provisional",
    "differential": "One of several possible",
    "unconfirmed": "Unconfirmed",
}
_REFUTED = {"refuted": "Refuted"}


_CLINICAL_STATUSES = answers("condition-clinical")
_CERTAINTIES = answers("condition-ver-status")
_EVIDENCE = answers("cancer-disease-status-evidence-type")
_ENDED = {
    concept
    for concept in _CLINICAL_STATUSES
    if concept.code in {"remission", "inactive", "resolved"}
}


class ConditionForm(EntryForm):
    """Base of the forms that write a Condition; a subclass asks for its `disease`."""

    section = "Diagnosis"
    disease: Asked[Coding]
    of_another_kind: ClassVar[str]
    """The sentence for a disease that has a form of its own."""

    histology = coded(
        "Histology",
        "histology-morphology-behavior",
        way=(Ext(EXTENSION["histology"]),),
        systems=HISTOLOGY_SYSTEMS,
        hint=HISTOLOGY_HINT,
    )
    site = site("Body site", "bodySite", listed=True)
    side = side(Listed("bodySite"))
    part = part_of_site(Listed("bodySite"))
    diagnosed = day(
        "Date of diagnosis",
        "date of diagnosis",
        Target.main(Date("valueDateTime"), Ext(ASSERTED_DATE)),
    )
    clinical = labelled(
        "Clinical status",
        Coded("clinicalStatus", _CLINICAL_STATUSES),
        _CLINICAL,
        missing="Choose the clinical status",
    )
    certainty = labelled(
        "Certainty",
        Coded("verificationStatus", _CERTAINTIES),
        _CERTAINTY,
        missing="Choose how certain the diagnosis is",
    )
    evidence = CodedChecks(
        "Found by",
        options=options_of(_EVIDENCE),
        target=Target.main(NestedCodes("evidence", "code", _EVIDENCE)),
    )
    onset = day(
        "Onset", "date of onset", Target.main(Date("onsetDateTime", stem="onset")), missing=None
    )
    ended = day(
        "End or remission since",
        "date of the end",
        Target.main(Date("abatementDateTime", stem="abatement")),
        missing=None,
    )
    note = note("main")

    def prepare(self, subject: Subject) -> None:
        """Suggest the histology that pathology found; let what is amended be refuted."""
        super().prepare(subject)
        suggest_histologies(self.histology, subject)
        if not subject.is_new:
            self.certainty.options += labelled_options(_CERTAINTIES, _REFUTED)

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return a problem of the patient's list, still without what it is."""
        return {
            **new_resource(part, subject, author),
            "category": [{"coding": [_CATEGORY.coding()]}],
        }

    def headline(self, subject: Subject) -> str:
        """Return the title with the disease, as the chart calls it where it is not changed."""
        original = subject.originals.get("main")
        same = original and self._is(original)
        disease = condition_title(original) if original and same else self.display("disease")
        return join([self.title, disease])

    def prefill(self, subject: Subject) -> dict[str, Prefill]:  # noqa: ARG002 -- a hook
        """Begin with an active disease."""
        active = self.clinical.options[0].value
        return {"clinical": Prefill(active, "the usual for a new diagnosis")}

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the diagnoses on record, so that none is entered twice, and further body sites."""
        further = sites_of(subject.originals.get("main", {}))[1:]
        return [
            ("On record", condition_title(other), partial_date(asserted_date(other)))
            for other in others(subject, self.on_record(subject))
        ] + [("Further body site", words, "") for words in further]

    def on_record(self, subject: Subject) -> Iterable[Resource]:
        """Return the diagnoses of its kind to show beside the form."""
        raise NotImplementedError

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse what contradicts itself."""
        if self._kind(subject) not in {None, *self.kinds}:
            yield "disease", self.of_another_kind
        yield from histology_problems("histology", self.histology.data)
        disease, where = self.display("disease"), self.display("site")
        yield from side_problems(where, self.side.data, self.part.data)
        if says_the_other_side(disease, self.side.data):
            yield "side", f"Choose the side again: the diagnosis is “{disease}”"
        if self.ended.data and self.clinical.data not in _ENDED:
            yield "ended", "Remove the end, or choose remission, inactive or resolved"
        elif self.ended.data and is_later(str(self.diagnosed.data or ""), str(self.ended.data)):
            yield "ended", "Enter an end that is not before the diagnosis"

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a missing side, an unlikely order of dates, and an entry made twice."""
        words = f"{self.display('disease')} {self.display('site')}"
        if is_paired(self._code(subject)) and not (self.side.data or says_a_side(words)):
            yield Question(
                "no-side",
                "side",
                "The organ is one of a pair, and nothing says which side. "
                "Tick to confirm that the side is not known",
            )
        if self.onset.data and is_later(str(self.onset.data), str(self.diagnosed.data or "")):
            yield Question(
                "late-onset",
                "onset",
                "The onset is after the date of diagnosis. Tick to confirm that both are right",
            )
        if self._kind(subject) is None:
            yield Question(
                "no-cancer",
                "disease",
                "Neither the code nor the words of this diagnosis say that it is cancer. "
                "Tick to confirm it",
            )
        known = self._recorded_already(subject) if subject.is_new else None
        if known:
            when = partial_date(asserted_date(known))
            yield possible_duplicate(
                "twice", "disease", f"This diagnosis is on record already ({when})"
            )

    def _is(self, condition: Resource) -> bool:
        """Tell whether a Condition in the chart is of the disease that is answered."""
        return self.disease.read(condition) == self.disease.data

    def _code(self, subject: Subject) -> Element:
        """Return the diagnosis as it will stand in the chart."""
        if self.disease.data == AS_RECORDED:
            return subject.originals.get("main", {}).get("code") or {}
        return self.disease.data.codeable() if isinstance(self.disease.data, Concept) else {}

    def _kind(self, subject: Subject) -> Kind | None:
        """Return what the Condition will be taken for; what is not changed is what it was."""
        original = subject.originals.get("main")
        if original and self._is(original):
            return subject.record.kind(original)
        resource = copy.deepcopy(original) or {
            "resourceType": "Condition",
            "meta": {"profile": [self.parts[-1].profile]},
        }
        return condition_kind({**resource, "code": self._code(subject)})

    def _recorded_already(self, subject: Subject) -> Resource | None:
        return next(filter(self._is, subject.record.of_kinds(*self.kinds)), None)
