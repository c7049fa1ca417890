"""What laboratories find, and what they make of it.

Sources: SNOMED CT qualifier values that HL7's sets for qualitative laboratory results list, with
the grades of immune stains; LOINC's answers for microsatellite instability; HL7 v3
ObservationInterpretation.
"""

from __future__ import annotations

from app.terminology.concept import Concept
from app.terminology.systems import LOINC, SNOMED

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
"""Results in words; the first six are those that most tests have."""

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
