"""The two versions of HL7's Central Cancer Registry Reporting guide: addresses and sections.

Source: the packages hl7.fhir.us.central-cancer-registry-reporting 1.0.0 (2023) and 2.0.0-ballot
(2026). Both use the same canonical addresses, so that a receiver takes one of them.
"""

from dataclasses import dataclass
from typing import NamedTuple

from app.mcode.content import AT_VISIT, PROBLEM_LIST
from app.mcode.profiles import EXTENSION
from app.terminology.systems import LOINC, SNOMED

STRUCTURES = "http://hl7.org/fhir/us/central-cancer-registry-reporting/StructureDefinition/"
TITLE = "Central Cancer Registry Report"
REPORT_CODE = (LOINC, "72134-0")
_CATEGORIES = "http://terminology.hl7.org/CodeSystem/condition-category"
_US_CORE_CATEGORIES = "http://hl7.org/fhir/us/core/CodeSystem/condition-category"
_MEDMORPH = "http://hl7.org/fhir/us/medmorph/"
_PH_LIBRARY = "http://hl7.org/fhir/us/ph-library/"


@dataclass(frozen=True, kw_only=True)
class Guide:
    """What is said differently in a version of the guide.

    `patient`, `encounter` and `organization` are the addresses of its profiles, `evidence`,
    `data_encrypted`, `initiation` and `processing_category` those of extensions, the last three of
    a message's header. `one_stage` says that the stage section takes one TNM stage group and no
    other entry. A primary cancer has one of `categories`; the first is added to the copy of one
    that has none. `needs_background` asks for race, ethnicity, language and death of the patient.
    """

    version: str
    patient: str
    encounter: str
    organization: str
    evidence: str
    one_stage: bool
    needs_encounter: bool
    has_encounter_section: bool
    categories: tuple[tuple[str, str], ...]
    needs_background: bool
    data_encrypted: str
    initiation: str
    initiation_codes: str
    processing_category: str | None
    message_types: str
    named_events: str


_PUBLISHED = Guide(
    version="1.0.0",
    patient=f"{STRUCTURES}cancer-patient",
    encounter=f"{STRUCTURES}cancer-encounter",
    organization=f"{_MEDMORPH}StructureDefinition/us-ph-organization",
    evidence=EXTENSION["evidence"],
    one_stage=True,
    needs_encounter=True,
    has_encounter_section=False,
    categories=((_CATEGORIES, PROBLEM_LIST), (_US_CORE_CATEGORIES, "health-concern")),
    needs_background=False,
    data_encrypted=f"{_MEDMORPH}StructureDefinition/us-ph-data-encrypted-extension",
    initiation=f"{_MEDMORPH}StructureDefinition/us-ph-report-initiation-type",
    initiation_codes=f"{_MEDMORPH}CodeSystem/us-ph-report-initiation-types",
    processing_category=None,
    message_types=f"{_MEDMORPH}CodeSystem/us-ph-messageheader-message-types",
    named_events=f"{_MEDMORPH}CodeSystem/us-ph-triggerdefinition-namedevents",
)
_BALLOT = Guide(
    version="2.0.0-ballot",
    patient=f"{STRUCTURES}central-cancer-registry-reporting-patient",
    encounter=f"{STRUCTURES}central-cancer-registry-reporting-encounter",
    organization=f"{STRUCTURES}central-cancer-registry-reporting-organization",
    evidence=f"{STRUCTURES}cancer-status-evidence-type",
    one_stage=False,
    needs_encounter=False,
    has_encounter_section=True,
    categories=((_CATEGORIES, AT_VISIT),),
    needs_background=True,
    data_encrypted=f"{_PH_LIBRARY}StructureDefinition/us-ph-data-encrypted-extension",
    initiation=f"{_PH_LIBRARY}StructureDefinition/us-ph-report-initiation-type-extension",
    initiation_codes=f"{_PH_LIBRARY}CodeSystem/us-ph-codesystem-report-initiation-types",
    processing_category=(
        f"{_PH_LIBRARY}StructureDefinition/us-ph-message-processing-category-extension"
    ),
    message_types=f"{_PH_LIBRARY}CodeSystem/us-ph-codesystem-message-types",
    named_events=f"{_PH_LIBRARY}CodeSystem/us-ph-codesystem-triggerdefinition-namedevents",
)
GUIDES = {guide.version: guide for guide in (_PUBLISHED, _BALLOT)}
"""The versions of the guide by the value of the receiver's setting."""


class Section(NamedTuple):
    """A section of the report: its heading, its code, and how many entries it takes at most."""

    title: str
    code: tuple[str, str]
    most: int | None = None


SECTIONS = {
    "encounter": Section("Encounter", (LOINC, "67781-5")),
    "cancer": Section("Primary cancer", (SNOMED, "363346000"), 1),
    "metastases": Section("Metastases", (SNOMED, "128462008")),
    "stages": Section("Stage", (LOINC, "21908-9")),
    "radiotherapy": Section("Radiotherapy course", (SNOMED, "1217123003"), 1),
    "problems": Section("Other diseases", (LOINC, "11450-4")),
    "given": Section("Drugs given", (LOINC, "29549-3")),
    "medication": Section("Drugs taken", (LOINC, "10160-0")),
    "work": Section("Usual work", (LOINC, "74165-2"), 1),
    "results": Section("Results", (LOINC, "30954-2")),
    "notes": Section("Pathology reports", (LOINC, "28650-0")),
    "plan": Section("Orders", (LOINC, "18776-5")),
    "procedures": Section("Procedures", (LOINC, "47519-4")),
    "vitals": Section("Height and weight", (LOINC, "8716-3")),
    "smoking": Section("Smoking", (LOINC, "29762-2"), 1),
}
"""The sections in the order of the report; one without entries is left out."""
