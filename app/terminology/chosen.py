"""Lists that the project chose: results of laboratories, drugs against cancer, genes.

A drug or gene that is missing here is found by a terminology server, or entered by its own code.
Sources of the results: SNOMED CT qualifier values that HL7's sets for qualitative laboratory
results list, with the grades of immune stains; LOINC's answers for microsatellite instability; HL7
v3 ObservationInterpretation.
"""

from functools import cache

from app.terminology import shipped
from app.terminology.concept import Concept
from app.terminology.systems import HGNC, LOINC, RXNORM, SNOMED

_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"

FINDINGS = (
    *(
        Concept(SNOMED, code, f"{term} (qualifier value)")
        for code, term in (
            ("10828004", "Positive"),
            ("260385009", "Negative"),
            ("42425007", "Equivocal"),
            ("82334004", "Indeterminate"),
            ("260373001", "Detected"),
            ("260415000", "Not detected"),
            ("419984006", "Inconclusive"),
            ("52101004", "Present"),
            ("2667000", "Absent"),
            ("441614007", "Present one plus out of three plus"),
            ("441517005", "Present two plus out of three plus"),
            ("441521003", "Present three plus out of three plus"),
            ("260405006", "Trace"),
        )
    ),
    Concept(LOINC, "LA14122-8", "Stable"),
    Concept(LOINC, "LA26202-4", "MSI-L"),
    Concept(LOINC, "LA26203-2", "MSI-H"),
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
