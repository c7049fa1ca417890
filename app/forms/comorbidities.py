"""Comorbidities: the diseases that a patient with cancer has beside it, and has not.

Source: mCODE 4.0.0, Comorbidities. Suggested as absent are diseases that the measure of
Elixhauser et al., Med Care 1998;36:8, counts, in codes of ICD-10-CM.
"""

from collections.abc import Iterator, Sequence
from functools import cache

from app.fhir.paths import items
from app.fhir.types import Resource
from app.formatting import partial_date
from app.forms._answers import Answer
from app.forms._definition import Fold, Prefill, Subject
from app.forms._elements.lists import Codes, Links
from app.forms._elements.paths import Ext, Where
from app.forms._fields.base import Target
from app.forms._fields.choices import CodedChecks, options_of
from app.forms._fields.search import SearchMany
from app.forms._new import ObservationForm
from app.forms._shared.common import effective_date, others
from app.forms._shared.links import offer
from app.mcode.conditions import disease_display, other_diseases
from app.mcode.content import effective
from app.mcode.kinds import Kind
from app.mcode.profiles import EXTENSION
from app.terminology.concept import Concept, TypedConcept, concept_text, whole_text
from app.terminology.icd10cm import comorbid_concepts, concept
from app.terminology.lists import ConceptList
from app.terminology.systems import ICD10CM, SNOMED, known_codes

_PRESENT = Ext(EXTENSION["related-condition"])
_ABSENT = Ext(EXTENSION["related-condition-absent"])
_COMMON = ("I10", "E11.9", "I50.9", "I48.91", "J44.9", "N18.9", "K74.60", "F32.A")
_SYSTEMS = (ICD10CM, SNOMED)
_DISEASES = ConceptList(comorbid_concepts)
_OWN = Links(_PRESENT, ("Condition",), "valueReference")

Disease = tuple[set[tuple[str, str]], str]
"""The (system, code) pairs of a disease, and its words."""


def _searched(label: str, way: Where) -> SearchMany:
    return SearchMany(
        label,
        concepts=_DISEASES,
        extensible=True,
        systems=_SYSTEMS,
        target=Target.main(Codes(way, _DISEASES, "valueCodeableConcept", extensible=True)),
    )


class Comorbidities(ObservationForm):
    """The patient's other diseases."""

    slug = "comorbidities"
    title = "Comorbidities"
    section = "Assessment"
    description = "Other diseases that the patient has, and has not"
    order = 50
    profile = "comorbidities"
    kinds = (Kind.COMORBIDITIES,)
    code = Concept(SNOMED, "398192003", "Co-morbid conditions (finding)")
    one_a_day = "An assessment"
    rows = (
        ("own",),
        ("present",),
        Fold("Diseases that the patient does not have", (("absent",),)),
        ("date",),
        ("note",),
    )

    own = CodedChecks(
        "Present, of the diseases in the chart",
        target=Target.main(_OWN),
    )
    present = _searched("Present, others", _PRESENT)
    absent = _searched("Absent", _ABSENT)
    date = effective_date("date of assessment", "main")

    def prepare(self, subject: Subject) -> None:
        """Offer the diseases in the chart, and as absent common ones that it does not have."""
        found = other_diseases(subject.record)
        offer(self.own, subject, found, disease_display)
        super().prepare(subject)
        if not self.own.options:
            self.own.hint = "The chart holds no disease beside cancer."
        known = {code for condition in found for code in known_codes(condition.get("code"))}
        self.absent.suggest(options_of(c for c in _common() if (c.system, c.code) not in known))

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Begin with the diseases that were said to be present and absent before."""
        before = next(iter(self.on_record(subject)), None)
        if before is None:
            return {}
        offered = {option.value for option in self.own.options}
        found: dict[str, Answer] = {
            "own": tuple(named for named in _OWN.read(before) if named in offered),
            "present": _said(before, _PRESENT),
            "absent": _said(before, _ABSENT),
        }
        origin = f"as assessed {partial_date(effective(before))}"
        return {name: Prefill(said, origin) for name, said in found.items() if said}

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Refuse an entry that says nothing, and a disease that is both."""
        if not (self.own.data or self.present.data or self.absent.data):
            yield "own", "Choose the diseases that the patient has, or say which are absent"
        for absent in self.absent.data:
            if any(_contradict(absent, present) for present in self._present(subject)):
                words = self.absent.display(absent)
                yield "absent", f"Remove “{words}” here or above: it is said to be present too"

    def _present(self, subject: Subject) -> Iterator[Disease]:
        """Yield the diseases that are said to be present."""
        for named in self.own.data:
            if condition := subject.record.find(named.literal):
                code = condition.get("code")
                yield known_codes(code), (concept_text(code) or "").casefold()
        yield from map(_disease, self.present.data)

    def on_record(self, subject: Subject) -> Sequence[Resource]:
        """Return the other assessments in the chart."""
        assessed = subject.primary.assessments if subject.primary else ()
        found = (r for r in assessed if subject.record.kind(r) == Kind.COMORBIDITIES)
        return others(subject, found)


def _said(before: Resource, way: Where) -> tuple[Concept, ...]:
    """Return the diseases of an earlier assessment as answers of a new one."""
    found: dict[str, Concept] = {}
    for entry in items(before.get(way.name)):
        value = entry.get("valueCodeableConcept")
        if not way.fits(entry) or not isinstance(value, dict) or not (words := whole_text(value)):
            continue
        coded = sorted(known_codes(value))
        listed = _DISEASES.match(coded)
        system, code = next((c for c in coded if c[0] in _SYSTEMS), ("", ""))
        answer = listed or TypedConcept(system, code, words)
        found[answer.key] = answer
    return tuple(found[key] for key in sorted(found, key=lambda key: (_DISEASES.rank(key), key)))


def _contradict(absent: Concept, present: Disease) -> bool:
    """Tell whether an absent disease is a present one, or the kind of disease that it is."""
    codes, words = _disease(absent)
    return words == present[1] or any(
        system == own and (code == other or (system == ICD10CM and other.startswith(code)))
        for system, code in codes
        for own, other in present[0]
    )


def _disease(found: Concept) -> Disease:
    return ({(found.system, found.code)} if found.code else set()), found.display.casefold()


@cache
def _common() -> tuple[Concept, ...]:
    return tuple(found for code in _COMMON if (found := concept(code)))
