"""What the forms of drugs share: the drug, its route, its dose and what the dose follows."""

from collections.abc import Iterator
from typing import Any

from app.fhir.quantity import Quantity
from app.fhir.types import Resource
from app.forms._answers import AS_RECORDED, Coding
from app.forms._definition import Question, Subject
from app.forms._elements.datatypes import Amount, Unit
from app.forms._elements.paths import Choice, Ext, Listed, Replaced, Step, Within
from app.forms._elements.plain import Element
from app.forms._elements.single import Coded
from app.forms._fields.base import Target
from app.forms._fields.choices import CodedRadio
from app.forms._fields.numbers import Measure
from app.forms._fields.search import SearchOne
from app.forms._shared.common import labelled
from app.forms._shared.treatment import TreatmentForm
from app.mcode.kinds import Kind
from app.mcode.plausible import LARGEST_DOSES, Doubt, doubtful_dose
from app.mcode.profiles import EXTENSION
from app.mcode.treated import drug_name
from app.terminology.chosen import antineoplastic_concepts
from app.terminology.concept import Concept
from app.terminology.lists import ConceptList
from app.terminology.systems import RXNORM, SNOMED

# SNOMED CT's routes; the first are those by which drugs against cancer are mostly given.
_ROUTES = {
    "47625008": ("Intravenous route (qualifier value)", "Intravenous"),
    "26643006": ("Oral route (qualifier value)", "By mouth"),
    "34206005": ("Subcutaneous route (qualifier value)", "Subcutaneous"),
    "78421000": ("Intramuscular route (qualifier value)", "Intramuscular"),
    "72607000": ("Intrathecal route (qualifier value)", "Intrathecal"),
    "372471009": ("Intravesical route (qualifier value)", "Intravesical"),
    "38239002": ("Intraperitoneal route (qualifier value)", "Intraperitoneal"),
    "372469009": ("Intrapleural route (qualifier value)", "Intrapleural"),
}
_USUAL_ROUTES = 5
_ROUTE_CONCEPTS = ConceptList(
    lambda: [Concept(SNOMED, code, display) for code, (display, _) in _ROUTES.items()]
)
_ROUTE = Coded("route", _ROUTE_CONCEPTS)

UNITS = (
    Unit("mg", "mg"),
    Unit("mg/m2", "mg/m²"),
    Unit("mg/kg", "mg/kg"),
    Unit("ug", "µg"),
    Unit("ug/kg", "µg/kg"),
    Unit("g", "g"),
    Unit("g/m2", "g/m²"),
    Unit("[iU]", "IU"),
    Unit("[iU]/m2", "IU/m²"),
    Unit("[iU]/kg", "IU/kg"),
    Unit("MBq", "MBq"),
    Unit("GBq", "GBq"),
    Unit("mL", "mL"),
)

WEIGHT, SURFACE, FIXED = "363804004", "301898006", "1157245009"
_PER = {
    unit.code: SURFACE if unit.code.endswith("/m2") else WEIGHT
    for unit in UNITS
    if unit.code.endswith(("/m2", "/kg"))
}
_BASES = {SURFACE: "Body surface area", WEIGHT: "Body weight", FIXED: "Fixed dose"}


DRUGS = ConceptList(antineoplastic_concepts)
"""The drugs against cancer that are found by typing, by ingredient."""

_CONCEPT = "medicationCodeableConcept"
_DRUG = Choice("medication", Coded(_CONCEPT, DRUGS, extensible=True), _CONCEPT)


class DrugForm(TreatmentForm):
    """Base of the forms of one `drug`, with a `dose`: an ingredient of the list, or any other."""

    kinds = (Kind.MEDICATION,)
    dose: Measure

    drug = SearchOne(
        "Drug",
        concepts=DRUGS,
        extensible=True,
        systems=(RXNORM,),
        missing="Enter the drug",
        target=Target.main(_DRUG),
    )

    def prepare(self, subject: Subject) -> None:
        """Give a drug that the chart refers to instead of naming it the words of that record."""
        super().prepare(subject)
        main = subject.originals.get("main")
        if main and drug_of(main) == AS_RECORDED:
            self.drug.keep(drug_name(subject.record, main) or "Drug without a name")

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a dose beyond those in use."""
        yield from super().questions(subject)
        if sentence := beyond_use(self.dose.data):
            yield Question("large-dose", "dose", sentence)


def drug_of(treatment: Resource) -> Coding | None:
    """Return the drug of an order or administration as an answer to that question."""
    return _DRUG.read(treatment)


def route(*way: Step) -> CodedRadio[Coding]:
    """Return the question for the route in the dosage that `way` leads to."""
    words = {code: label for code, (_, label) in _ROUTES.items()}
    return labelled("Route", _ROUTE, words, *way, in_sight=_USUAL_ROUTES)


def ordered_route(order: Resource) -> Concept | None:
    """Return the route of an order as an answer to that question."""
    found = Within((Listed("dosageInstruction"),), _ROUTE).read(order)
    return found if isinstance(found, Concept) else None


def dose(*way: Step, name: str) -> Measure:
    """Return the question for the amount of one dose; `name` is the element's."""
    amount: Element[Any] = Amount(name, UNITS)
    if name == "doseQuantity":
        amount = Replaced("dose", amount, name)
    return Measure(
        "Dose",
        units=UNITS,
        least="0.001",
        target=Target.main(amount, *way),
    )


def basis() -> CodedRadio[Coding]:
    """Return the question for what a dose is calculated from."""
    way = Ext(EXTENSION["normalization"])
    return labelled("Dose calculated by", "normalization-basis-vs", _BASES, way)


def disagreement(dose: Quantity | None, basis: Coding | None) -> str:
    """Return a sentence about a dose whose unit and basis contradict each other, else nothing."""
    code = basis.code if isinstance(basis, Concept) else ""
    per = _PER.get(dose.unit) if dose else None
    if not per or code not in _BASES or code == per:
        return ""
    return (
        f"The dose is per {'m²' if per == SURFACE else 'kg'}, and it is said to be calculated by "
        f"{_BASES[code].lower()}. Tick to confirm that both are right"
    )


def beyond_use(dose: Quantity | None) -> str:
    """Return a sentence about a dose that is larger than any in use, else nothing."""
    if dose is None or doubtful_dose(dose) != Doubt.DOSE:
        return ""
    largest = LARGEST_DOSES[dose.unit]
    words = next(known.words for known in UNITS if known.code == dose.unit)
    return (
        f"No drug against cancer is given at more than {largest} {words} at a time. "
        f"Tick to confirm {dose.digits} {words}"
    )
