"""One row for each kind of cancer data: how it is found, how recognised, where it stands.

Older codes stand beside the current ones, since charts hold both: disease status is 97509-4 since
mCODE's STU2, and 88040-1 before and in the search pages of STU4.
"""

from enum import StrEnum
from typing import Self

from app.mcode.codes import STAGE_CODES, TNM_CODES, Code, tumor_markers
from app.mcode.kind_row import KindRow
from app.terminology.systems import LOINC, NCIT, SNOMED
from app.terminology.tnm import Axis

# Codes that mCODE's second release had asked LOINC for.
_REQUESTED = "http://hl7.org/fhir/us/mcode/CodeSystem/loinc-requested-cs"
# HL7 Genomics Reporting's codes that are to be asked of LOINC.
_GENOMICS = "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs"
_ANY = ""  # a code that means the same in whatever system


def _tnm(axis: Axis) -> tuple[Code, ...]:
    return tuple(code for code, (found, _) in TNM_CODES.items() if found == axis)


def _all(system: str, *found: str) -> tuple[Code, ...]:
    return tuple((system, code) for code in found)


class Kind(StrEnum):
    """What a resource is in the cancer record: its name, and its row."""

    row: KindRow

    def __new__(cls, row: KindRow) -> Self:
        kind = str.__new__(cls, row.name)
        kind._value_ = row.name
        kind.row = row
        return kind

    # Conditions have an order of their own (app.mcode.conditions).
    PRIMARY = KindRow(
        name="primary cancer",
        home="primaries",
        types=("Condition",),
        codes=_all(
            SNOMED,
            *("363346000", "393573009", "109355002", "189758001", "93468003", "109913001"),
            *("92030004", "92048008", "92296004", "92294001", "94963005", "94767002"),
            *("95002008", "95004009", "126361000119107", "126371000119101"),
        ),
        categories=frozenset({"372087000"}),
        profiles="primary-cancer-condition",
    )
    SECONDARY = KindRow(
        name="metastasis",
        home="metastases",
        types=("Condition",),
        codes=_all(SNOMED, "128462008"),
        categories=frozenset({"128462008"}),
        profiles="secondary-cancer-condition",
        names_cancer=True,
    )
    METASTASIS_HISTORY = KindRow(
        name="history of metastatic cancer",
        home="background",
        codes=_all(SNOMED, "1287652008"),
        profiles="history-of-metastatic-cancer",
        text=r"(?is)\A(?>.*?history of ).*metasta",
    )
    STAGE = KindRow(
        name="stage",
        home="stages",
        codes=STAGE_CODES,
        categories=frozenset({"385356007"}),
        profiles=(
            r"cancer-stage|lymphoma-stage|cll-(rai|binet)-stage|gynecologic-tumor-.*stage|"
            r"melanoma-(breslow|clark).*|myeloma-r?iss-stage|.*gleason-grade-group|"
            r"neuroblastoma-.*|rhabdomyosarcoma-clinical-group.*|wilms-.*stage"
        ),
        text=(
            r"(?is)\A(?>.*?\b(?:FIGO|Binet|Rai|R-?ISS|Ann Arbor|Lugano|Breslow|Clark|INSS|INRGSS|"
            r"Dukes|BCLC)\b).*\b(?:stag(?:e|ing)|level|depth)\b"
        ),
        names_cancer=True,
    )
    # An EHR that codes staging in its own system has a text: "AJCC clinical T category".
    TNM_T = KindRow(
        name="T category",
        home="stages",
        codes=_tnm("t"),
        profiles=r"tnm-.*primary-tumor-category",
        text=r"\b(?:y?[cp])?T[ -](?i:stage|category)\b|(?i:tumou?r) \(T\)",
        names_cancer=True,
    )
    TNM_N = KindRow(
        name="N category",
        home="stages",
        codes=_tnm("n"),
        profiles=r"tnm-.*regional-nodes-category",
        text=r"\b(?:y?[cp])?N[ -](?i:stage|category)\b|(?i:nodes) \(N\)",
        names_cancer=True,
    )
    TNM_M = KindRow(
        name="M category",
        home="stages",
        codes=_tnm("m"),
        profiles=r"tnm-.*distant-metastases-category",
        text=r"\b(?:y?[cp])?M[ -](?i:stage|category)\b|(?i:metastas[ei]s) \(M\)",
        names_cancer=True,
    )
    TNM_GROUP = KindRow(
        name="TNM stage group",
        home="stages",
        codes=_tnm("group"),
        profiles=r"tnm-.*stage-group|cancer-stage-group",
        text=(
            r"(?i)\bstag(?:e|ing) group|\bgroup stage|"
            r"\b(?:ajcc|uicc|tnm)\b(?: (?:clinical|pathologic(?:al)?))? stage\b"
        ),
        names_cancer=True,
    )
    RISK = KindRow(
        name="risk assessment",
        home="risks",
        codes=_all(NCIT, "C148010", "C167435"),
        profiles=r".*risk-assessment",
        names_cancer=True,
    )
    DISEASE_STATUS = KindRow(
        name="disease status",
        home="statuses",
        codes=_all(LOINC, "97509-4", "88040-1"),
        profiles="cancer-disease-status",
        names_cancer=True,
    )
    DEAUVILLE = KindRow(
        name="Deauville score",
        home="assessments",
        codes=_all(SNOMED, "708895006"),
        profiles="deauville-scale",
        names_cancer=True,
    )
    COMORBIDITIES = KindRow(
        name="comorbidities",
        home="assessments",
        codes=((SNOMED, "398192003"), (_REQUESTED, "comorbidities-elixhauser")),
        profiles=r"comorbidities(-elixhauser)?",
        names_cancer=True,
        focus_only=True,
    )
    PERFORMANCE = KindRow(
        name="performance status",
        home="performance",
        codes=(
            (LOINC, "89247-1"),  # ECOG
            (LOINC, "89243-0"),  # Karnofsky
            (NCIT, "C38144"),  # Lansky
        ),
        profiles=r"(ecog|karnofsky|lansky-play)-performance-status",
        text=r"(?i)\b(?:ecog|zubrod|karnofsky|lansky)\b|\bperformance status\b",
    )
    HISTOLOGY = KindRow(
        name="histology",
        home="morphology",
        codes=_all(LOINC, "31206-6"),
        profiles="histologic-behavior-and-type",
        names_cancer=True,
    )
    GRADE = KindRow(
        name="histologic grade",
        home="morphology",
        codes=((NCIT, "C18000"), *_all(LOINC, "33732-9", "44648-4"), (SNOMED, "371469007")),
        profiles="histologic-grade",
        # The nuclei, mitoses and tubules are parts of the grade; Gleason's is a stage of mCODE.
        text=(
            r"(?is)\A(?:.*\bfuhrman\b|(?!.*\b(?:nuclear|mitotic|tubul\w*|gleason)\b)"
            r"(?>.*?\b(?:histolog\w*|tumou?r|cancer|nottingham|elston|bloom|isup|sbr)\b))"
            r".*\bgrad(?:e|ing)\b"
        ),
        names_cancer=True,
    )
    MORPHOLOGY = KindRow(
        name="tumor morphology",
        home="morphology",
        codes=_all(LOINC, "77753-2"),
        profiles="tumor-morphology",
        names_cancer=True,
    )
    TUMOR = KindRow(
        name="tumor",
        home="tumors",
        types=("BodyStructure",),
        profiles="tumor",
        extensions=("related-condition",),
        # In STU2 (now inactive), and since STU3.
        morphologies=frozenset(_all(SNOMED, "367651003", "1240414004")),
        names_cancer=True,
    )
    TUMOR_SIZE = KindRow(
        name="tumor size", home="tumors", codes=_all(LOINC, "21889-1"), profiles="tumor-size"
    )
    NODES = KindRow(
        name="lymph nodes counted",
        home="pathology",
        codes=(
            (LOINC, "21893-3"),  # regional, positive
            (LOINC, "21894-1"),  # regional, examined
            (LOINC, "92832-5"),  # sentinel, with metastasis
            (LOINC, "92833-3"),  # examined by light microscopy
            (LOINC, "85347-3"),  # sentinel, examined
        ),
    )
    PATHOLOGY_REPORT = KindRow(
        name="pathology report",
        home="pathology",
        types=("DiagnosticReport",),
        # Synoptic, final diagnosis, study.
        codes=_all(LOINC, "60568-3", "22637-3", "11526-1"),
        # Of LOINC, as US Core has it; of HL7 v2.
        categories=frozenset({"LP7839-6", "SP"}),
    )
    VARIANT = KindRow(
        name="genomic variant",
        home="genomics",
        codes=_all(LOINC, "69548-6"),
        profiles=r"genomic-variant|cancer-genetic-variant",
    )
    REGION = KindRow(
        name="genomic region studied",
        home="genomics",
        codes=_all(LOINC, "53041-0"),
        profiles="genomic-region-studied",
    )
    IMPLICATION = KindRow(
        name="genomic implication",
        home="genomics",
        codes=_all(
            _GENOMICS, "therapeutic-implication", "diagnostic-implication", "molecular-consequence"
        ),
        text=r"(?i)\b(?:therapeutic|diagnostic|prognostic|genomic) implication\b",
    )
    GENOMICS_REPORT = KindRow(
        name="genomics report",
        home="genomics",
        types=("DiagnosticReport",),
        codes=_all(LOINC, "51969-4", "81247-9"),
        categories=frozenset({"GE"}),
        profiles=r"(cancer-)?genomics-report",
    )
    TUMOR_MARKER = KindRow(
        name="tumor marker",
        home="biomarkers",
        codes=_all(LOINC, *sorted(tumor_markers())),
        categories=frozenset({"250724005"}),
        profiles=r"tumor-marker(-test)?",
        # Receptors and repair of breast and other cancers; "ER" alone is a department too.
        text=(
            r"(?i)\b(?:o?estrogen|progest(?:erone|in)|androgen) receptors?\b"
            r"|(?:\A|\bsteroid |/)hormone receptors?\b"
            r"|\b(?:her-?2|c?-?erbb-?2)(?:[/ -]?neu)?\b"
            r"|\A(?:ER|PR|PgR)\Z"
            r"|\b(?:ER|PR|PgR|HR)\b[ /(),:-]*"
            r"\b(?:status|results?|expression|ihc|receptors?|immuno\w+)\b"
            r"|\bki-?67\b|\bpd-?l1\b|\bmicrosatellite\b|\bMSI\b|\bmismatch repair\b|\bMMR\b"
            r"|\bmutation(?:al)? burden\b|\bmutations/megabase\b|\bTMB\b"
        ),
        searched=False,
        names_cancer=True,
    )
    BODY_SURFACE = KindRow(
        name="body surface area",
        home="background",
        codes=_all(LOINC, "8277-6", "3140-1"),  # the second by a formula
        profiles="body-surface-area",
    )
    FAMILY_HISTORY = KindRow(
        name="family history", home="background", types=("FamilyMemberHistory",), whole_type=True
    )
    # Antineoplastics are recognised by their ingredient (app.mcode.recognise).
    MEDICATION = KindRow(
        name="cancer medication",
        home="treatments",
        types=("MedicationRequest", "MedicationAdministration", "MedicationStatement"),
        profiles=r"cancer-related-medication.*",
        extensions=("intent", "normalization"),
    )
    # Procedures are recognised by billing codes and words too (app.mcode.procedures).
    SURGERY = KindRow(
        name="cancer surgery",
        home="treatments",
        types=("Procedure",),
        categories=frozenset({"387713003"}),
        profiles="cancer-related-surgical-procedure",
    )
    RADIOTHERAPY = KindRow(
        name="radiotherapy",
        home="treatments",
        types=("Procedure",),
        # The second is the first before SNOMED CT had it.
        codes=(
            *_all(_ANY, "1217123003", "USCRS-33529"),
            *_all(SNOMED, "33195004", "152198000", "1287742003", "447759004", "113120007"),
        ),
        categories=frozenset({"53438000", "108290001"}),
        profiles=r"radiotherapy-course-summary|cancer-related-radiation-procedure",
    )
    SYSTEMIC = KindRow(
        name="systemic therapy",
        home="treatments",
        types=("Procedure",),
        # Chemotherapy, by infusion, before an operation.
        codes=_all(SNOMED, "367336001", "38216008", "394894008"),
    )
    VOLUME = KindRow(
        name="radiotherapy volume",
        home="others",
        types=("BodyStructure",),
        profiles="radiotherapy-volume",
        # Gross tumor, clinical and planning target volume, and their kin.
        morphologies=frozenset(
            _all(
                SNOMED,
                *("228791009", "228792002", "228793007"),
                *("1162586008", "1201745009", "1201746005"),
            )
        ),
    )
    SPECIMEN = KindRow(name="specimen", home="others", types=("Specimen",), whole_type=True)
    ADVERSE_EVENT = KindRow(
        name="adverse event", home="adverse_events", types=("AdverseEvent",), whole_type=True
    )
    PLAN_REVIEW = KindRow(
        name="plan review", home="plan_reviews", types=("CarePlan",), extensions=("plan-review",)
    )


TNM_KINDS: dict[Axis, Kind] = {
    "group": Kind.TNM_GROUP,
    "t": Kind.TNM_T,
    "n": Kind.TNM_N,
    "m": Kind.TNM_M,
}


CANCERS = frozenset({Kind.PRIMARY, Kind.SECONDARY})
