"""Tumor marker test: one result of one test, as a number, a finding, a ratio or in words.

Source: mCODE 4.0.0, Tumor Marker Test. Microsatellite instability and mutational burden are tests
of its list too; they are written as this profile has them.
"""

from collections.abc import Collection, Iterator

from app.fhir.patterns import Pattern
from app.fhir.types import Resource
from app.formatting import partial_date
from app.forms._answers import AS_RECORDED, Answer
from app.forms._definition import Author, EntryForm, Fold, Part, Question, Subject
from app.forms._elements.datatypes import Amount, Proportion, Unit
from app.forms._elements.paths import Choice
from app.forms._elements.plain import Words
from app.forms._elements.single import Coded
from app.forms._fields.base import FreeText, Target
from app.forms._fields.choices import options_of
from app.forms._fields.lines import RatioOf
from app.forms._fields.numbers import Measure
from app.forms._fields.search import SearchOne
from app.forms._new import is_of_day, new_finding, possible_duplicate
from app.forms._shared.common import answers, coded, effective_date, note
from app.forms._shared.links import offer_specimens, specimen
from app.mcode.content import effective
from app.mcode.kinds import Kind
from app.mcode.markers import (
    common_tests,
    fits_property,
    result_kind,
    suggested_tests,
    usual_unit,
    usual_units,
)
from app.mcode.suited import Suited, suited_test
from app.mcode.values import result
from app.terminology.chosen import FINDINGS, INTERPRETATIONS
from app.terminology.concept import Concept, concept_text
from app.terminology.lists import ConceptList
from app.terminology.systems import LOINC, SNOMED, known_codes

_LISTED = answers("tumor-marker-test")
_TESTS = ConceptList(
    lambda: _LISTED.concepts, _LISTED.url, {f"{LOINC}|{code}" for code in common_tests()}
)
_FINDINGS = ConceptList(lambda: FINDINGS)
_UNITS = tuple(Unit(code, code) for code in usual_units())
_VALUE = Pattern(r"_?value[A-Z]\w*")
_SUGGESTED = 8
_IN_SIGHT = 6
_SHOWN = 6

# The elements of the fields that ask for the result: it is one of them.
_RESULTS = {
    "number": "valueQuantity",
    "finding": "valueCodeableConcept",
    "ratio": "valueRatio",
    "words": "valueString",
}


def _unit_set_by(test: Answer) -> dict[str, str]:
    """Return the unit that goes with a chosen test, by the name of its input."""
    unit = usual_unit(test) if isinstance(test, Concept) else None
    return {"number-unit": unit} if unit else {}


class TumorMarkerTest(EntryForm):
    """One result of a tumor marker test."""

    slug = "tumor-marker-test"
    title = "Tumor marker test"
    section = "Labs and genomics"
    description = "A result of a marker such as PSA, CA 15-3, HER2 or MSI"
    order = 10
    profile = "tumor-marker-test"
    kinds = (Kind.TUMOR_MARKER,)
    headline_fields = ("test", "date")
    rows = (
        ("test",),
        ("number",),
        ("finding",),
        Fold("Result as a ratio, or in words", (("ratio",), ("words",))),
        ("interpretation",),
        ("date", "specimen"),
        ("note",),
    )

    test = SearchOne(
        "Test",
        concepts=_TESTS,
        extensible=True,
        systems=(LOINC,),
        sets=_unit_set_by,
        missing="Choose the test",
        target=Target.main(Coded("code", _TESTS, extensible=True)),
    )
    number = Measure(
        "Result as a number",
        units=_UNITS,
        any_unit=True,
        compares=True,
        alternative=True,
        hint="As reported, with < or > where the report has it",
        target=Target.main(Amount("valueQuantity", _UNITS)),
    )
    finding = SearchOne(
        "Result as a finding",
        concepts=_FINDINGS,
        extensible=True,
        systems=(SNOMED, LOINC),
        suggested=options_of(FINDINGS[:_IN_SIGHT]),
        alternative=True,
        target=Target.main(
            Choice(
                "value",
                Coded("valueCodeableConcept", _FINDINGS, extensible=True),
                "valueCodeableConcept",
                others=tuple(_RESULTS.values()),
            )
        ),
    )
    ratio = RatioOf(
        "Result as a ratio",
        alternative=True,
        hint="Two numbers with a colon between, such as 1:40",
        target=Target.main(Proportion("valueRatio")),
    )
    words = FreeText("Result in words", alternative=True, target=Target.main(Words("valueString")))
    interpretation = coded(
        "Interpretation", ConceptList(lambda: INTERPRETATIONS), name="interpretation", listed=True
    )
    date = effective_date("date of the specimen", "main", to_the_day=True)
    specimen = specimen("main")
    note = note("main")

    def prepare(self, subject: Subject) -> None:
        """Suggest the tests that go with the cancer, and offer the patient's specimens."""
        offer_specimens(self.specimen, subject)
        if subject.primary:
            codes = suggested_tests(subject.primary)
            found = [c for code in codes if (c := _TESTS.find(f"{LOINC}|{code}"))]
            self.test.suggest(options_of(found[:_SUGGESTED]))
        super().prepare(subject)

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return a laboratory result that names its cancer."""
        return new_finding(part, subject, author, code=None)

    def fill(self, resource: Resource, part: Part, unchanged: Collection[str] = ()) -> None:
        """Write the answers; a new result leaves nothing of the old one beside it."""
        super().fill(resource, part, unchanged)
        given = next((n for n in _RESULTS if n not in unchanged and self._given(n)), None)
        if given is None:
            return
        for name in [n for n in resource if _VALUE.fullmatch(n)]:
            if name != _RESULTS[given]:
                del resource[name]
        resource.pop("dataAbsentReason", None)

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the newest results of each of the cancer's markers."""
        found: dict[str, Resource] = {}
        for marker in subject.primary.biomarkers if subject.primary else ():
            # LOINC's names go on with the property and the specimen in brackets.
            name = (concept_text(marker.get("code")) or "Marker").partition(" [")[0]
            found.setdefault(name, marker)
        return [
            (name, result(marker), partial_date(effective(marker)))
            for name, marker in list(found.items())[:_SHOWN]
        ]

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Ask for one result, and for the unit of a number."""
        given = [name for name in _RESULTS if self[name].data]
        if not given:
            yield "number", "Enter the result, as a number, as a finding, as a ratio or in words"
        for name in given[1:]:
            yield name, "Remove all results but one"
        if self.number.data and not self.number.data.unit:
            test = self._test()
            unit = usual_unit(test) if test else None
            self.number.box = "unit"
            yield "number", f"Enter the unit of the result, such as {unit or 'ng/mL'}"

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about results that do not go with the test, and about a second one of a day."""
        test = self._test()
        suited = suited_test(test.term) if test else Suited()
        if not suited.takes_cancer(subject.primary):
            yield Question(
                "test-of-another-cancer",
                "test",
                f"This test is for {suited.of}, and the diagnosis is “{subject.title}”. "
                "Tick to record it all the same",
            )
        if test and self.number.data:
            unit = self.number.data.unit
            if result_kind(test.term) == "finding":
                yield Question(
                    "number-of-a-finding",
                    "number",
                    "The result of this test is mostly a finding, such as positive or negative. "
                    "Tick to confirm that it is a number",
                )
            elif unit and not fits_property(test.term, unit):
                yield Question(
                    "unit",
                    "number",
                    f"{unit} is an unusual unit for {test.term}. Tick to confirm the unit",
                )
        if subject.is_new and (twin := self._twin(subject)):
            existing = f"A result of this test and day is on record already ({result(twin)})"
            yield possible_duplicate("second-result", "test", existing)

    def _given(self, name: str) -> bool:
        return self[name].data not in (None, AS_RECORDED)

    def _test(self) -> Concept | None:
        test = self.test.data
        return test if isinstance(test, Concept) and _TESTS.find(test.key) else None

    def _twin(self, subject: Subject) -> Resource | None:
        test = self._test()
        if test is None or subject.primary is None:
            return None
        own = (test.system, test.code)
        return next(
            (
                marker
                for marker in subject.primary.biomarkers
                if own in known_codes(marker.get("code")) and is_of_day(marker, self.date.data)
            ),
            None,
        )
