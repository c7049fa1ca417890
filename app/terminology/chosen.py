"""Lists that the project chose: results of laboratories, drugs against cancer, genes.

A drug or gene that is missing here is found by a terminology server, or entered by its own code.
Source of the interpretations: HL7 v3 ObservationInterpretation.
"""

from functools import cache

from app.terminology import shipped
from app.terminology.concept import Concept
from app.terminology.systems import HGNC, RXNORM

_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"

FINDINGS = tuple(
    Concept(group["system"], code, term)
    for group in shipped("terms")["findings"]
    for code, term in group["codes"]
)
"""Coded results; the first six are those that most tests have."""

INTERPRETATIONS = tuple(
    Concept(_INTERPRETATION, code, term)
    for code, term in (
        ("N", "Normal"),
        ("L", "Low"),
        ("H", "High"),
        ("LL", "Critical low"),
        ("HH", "Critical high"),
        ("A", "Abnormal"),
        ("AA", "Critical abnormal"),
    )
)


@cache
def antineoplastic_concepts() -> tuple[Concept, ...]:
    """Return RxNorm ingredients by name; also those given with them, as prednisone is.

    The form offers a drug that is given for much else too; the record does not take it for a
    cancer treatment.
    """
    data = shipped("antineoplastics")
    listed = sorted([*data["ingredients"], *data["given_with"]], key=lambda row: row[1])
    return tuple(Concept(RXNORM, code, name) for code, name in listed)


@cache
def gene_concepts() -> tuple[Concept, ...]:
    """Return genes of tumor and hereditary panels by symbol; codes are as `HGNC:1100`."""
    return tuple(Concept(HGNC, code, symbol) for code, symbol in shipped("genes")["genes"])
