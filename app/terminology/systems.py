"""Addresses of code systems, and the other names under which they come."""

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
HGNC = "http://www.genenames.org"
HGVS = "http://varnomen.hgvs.org"
REFSEQ = "http://www.ncbi.nlm.nih.gov/refseq"
CLINVAR = "http://www.ncbi.nlm.nih.gov/clinvar"
SEQUENCE_ONTOLOGY = "http://www.sequenceontology.org"
CPT = "http://www.ama-assn.org/go/cpt"
ICD10PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
DATA_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"

_ALIASES = {
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.3.26.1.1": NCIT,
    "urn:oid:2.16.840.1.113883.6.90": ICD10CM,
    "urn:oid:2.16.840.1.113883.6.3": ICD10,
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
    "urn:oid:2.16.840.1.113883.6.43.1": ICDO3,
    "urn:oid:2.16.840.1.113883.6.12": CPT,
    "https://www.ama-assn.org/go/cpt": CPT,
    "urn:oid:2.16.840.1.113883.6.4": ICD10PCS,
    "http://hl7.org/fhir/sid/icd-10-pcs": ICD10PCS,
    "https://www.cms.gov/Medicare/Coding/ICD10": ICD10PCS,
    "urn:oid:2.16.840.1.113883.6.14": HCPCS,
    "urn:oid:2.16.840.1.113883.6.285": HCPCS,
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": HCPCS,
    "http://terminology.hl7.org/CodeSystem/HCPCS": HCPCS,
    "http://hl7.org/fhir/sid/icd-o-3": ICDO3,
    "http://ncimeta.nci.nih.gov": NCIT,  # mCODE 1.0.0
    # HL7's terminology site spells the AJCC system with https, mCODE with http.
    "https://cancerstaging.org": AJCC,
    "https://www.cancerstaging.org": AJCC,
    "http://www.cancerstaging.org": AJCC,
    "https://loinc.org": LOINC,
    "https://snomed.info/sct": SNOMED,
    # HL7 Genomics Reporting named HGNC's genes so before it took HGNC's own address.
    "http://www.genenames.org/geneId": HGNC,
}

_NAMES = {
    SNOMED: "SNOMED CT",
    LOINC: "LOINC",
    NCIT: "NCI Thesaurus",
    AJCC: "AJCC",
    ICD10CM: "ICD-10-CM",
    ICD10: "ICD-10",
    ICDO3: "ICD-O-3",
    RXNORM: "RxNorm",
    HGNC: "HGNC",
    HGVS: "HGVS",
    REFSEQ: "RefSeq",
    CLINVAR: "ClinVar",
    SEQUENCE_ONTOLOGY: "Sequence Ontology",
    CPT: "CPT",
    ICD10PCS: "ICD-10-PCS",
    HCPCS: "HCPCS",
}


def system_name(system: str) -> str:
    """Return the name by which people know a code system; an unknown one gives its address."""
    return _NAMES.get(canonical(system), system)


def canonical(system: str) -> str:
    """Return the address that FHIR uses for a code system."""
    system = system.strip().rstrip("/")
    return _ALIASES.get(system, system)


def icd10_codes(concept: Any) -> list[str]:
    """Return a CodeableConcept's codes of ICD-10 and ICD-10-CM, with their dots."""
    return [code.upper() for system, code in known_codes(concept) if system in {ICD10, ICD10CM}]


def known_codes(concept: Any) -> set[tuple[str, str]]:
    """Return the (system, code) pairs of a CodeableConcept in the way that FHIR writes them.

    Genes of HGNC come with and without the prefix that is part of their identifier.
    """
    return {known_code(system, code) for system, code in codes(concept)}


def known_code(system: str, code: str) -> tuple[str, str]:
    """Return the same of one code."""
    system = canonical(system)
    return system, f"HGNC:{code}" if system == HGNC and code.isdigit() else code
