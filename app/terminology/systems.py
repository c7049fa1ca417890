"""Addresses of code systems, and the other names under which they come."""

from __future__ import annotations

from typing import Any

from app.fhir.paths import codes

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
AJCC = "http://cancerstaging.org"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICDO3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
DATA_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"

_ALIASES = {
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.3.26.1.1": NCIT,
    "urn:oid:2.16.840.1.113883.6.90": ICD10CM,
    "urn:oid:2.16.840.1.113883.6.3": ICD10,
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
    "urn:oid:2.16.840.1.113883.6.43.1": ICDO3,
    "http://hl7.org/fhir/sid/icd-o-3": ICDO3,
    "http://ncimeta.nci.nih.gov": NCIT,  # mCODE 1.0.0
    # HL7's terminology site spells the AJCC system with https, mCODE with http.
    "https://cancerstaging.org": AJCC,
    "https://www.cancerstaging.org": AJCC,
    "http://www.cancerstaging.org": AJCC,
    "https://loinc.org": LOINC,
    "https://snomed.info/sct": SNOMED,
}


def canonical(system: str) -> str:
    """Return the address that FHIR uses for a code system."""
    system = system.strip().rstrip("/")
    return _ALIASES.get(system, system)


def known_codes(concept: Any) -> set[tuple[str, str]]:
    """Return the (system, code) pairs of a CodeableConcept with canonical systems."""
    return {(canonical(system), code) for system, code in codes(concept)}
