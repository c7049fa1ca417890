"""The official mCODE examples, where they are at hand: each resource in its place, in its words."""

import pytest

from app.config import ROOT
from app.fhir import wire
from app.fhir.paths import literal_reference
from app.mcode.assembly import assemble

EXAMPLES = ROOT.parent / "shared" / "examples" / "mcode-examples-transaction.json"
pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason="the examples are not at hand")

ADAM = "Chronic lymphoid leukemia, disease"
BRIAN = "B-cell acute lymphoblastic leukemia"
EVE = "Malignant neoplastic disease"
JOHN = "Non-small cell lung cancer, left"
MISFILED = "16 records in this chart about another patient"
ALSO = "Also in the chart"

# By patient: the card where each resource stands, and words of it that it shows there. What names
# another patient's cancer by its focus is misfiled, and its answer is shown nowhere else.
PLACES = {
    "adam-everyman": {
        "Condition/primary-cancer-condition-cll": (ADAM, "Active"),
        "Condition/primary-cancer-condition-nonspecific": (
            ADAM,
            "Metastases Metastatic malignant neoplasm",
        ),
        "Observation/history-of-cancer-metastatic-to-liver": (
            ALSO,
            "History of cancer metastatic to liver 16-Nov-2018",
        ),
        "Observation/lab-result-observation-hemoglobin": (ALSO, "Hemoglobin 13.5 g/dl"),
    },
    "brian-l": {
        "Condition/primary-cancer-condition-brian-l": (BRIAN, "Diagnosed"),
        "Observation/all-risk-assessment-standard-brian-l": (
            BRIAN,
            "Leukemia risk · 08-Feb-2021 Standard Risk Acute Leukemia",
        ),
        "Observation/cancer-disease-status-improved-brian-l": (BRIAN, "Responding"),
        "Observation/lansky-performance-status-brian-l": ("Performance status", "Lansky 80"),
        "Observation/gx-genomic-variant-fusion-ETV6-RUNX1-brian-l": ("Genomics", "Present"),
        "Observation/body-surface-area-brian-l": ("Body surface area", "0.59 m²"),
        "FamilyMemberHistory/family-member-history-grandmother-brian-l": (ALSO, "grandmother"),
        "Observation/bone-marrow-aspirate-result-brian-l": (
            ALSO,
            "Bone marrow aspiration report predominance of immature cells",
        ),
        "Observation/bone-marrow-biopsy-result-brian-l": (
            ALSO,
            "Mar Path Bx report predominance of immature cells",
        ),
        "Observation/immunophenotype-brian-l": (ALSO, "positive for CD10, CD79a"),
        "Observation/us-core-lumbar-puncture-result-brian-l": (
            ALSO,
            "negative for presence of cancer in the brain or spine",
        ),
        "Observation/hematocrit-brian-l": (ALSO, "Hct VFr Bld 22.3 %"),
        "Observation/hemoglobin-brian-l": (ALSO, "Hgb Bld-mCnc 6.7 g/dL"),
        "Observation/white-blood-cell-brian-l": (ALSO, "WBC # Bld 88.5 10*3/uL"),
        "Condition/us-core-condition-atrial-septal-defect-brian-l": (
            ALSO,
            "Atrial septal defect murmur",
        ),
        "DiagnosticReport/us-core-diagnosticreport-cbc-brian-l": (
            ALSO,
            "CBC panel - Blood by Automated count",
        ),
        "Procedure/us-core-procedure-bone-marrow-aspiration-brian-l": (
            ALSO,
            "Bone marrow aspiration procedure completed",
        ),
        "Procedure/us-core-procedure-bone-marrow-biopsy-brian-l": (
            ALSO,
            "Bone marrow sampling completed",
        ),
        "Procedure/us-core-procedure-lumbar-puncture-brian-l": (ALSO, "Lumbar puncture completed"),
        **{
            f"{type_}/cancer-related-medication-{act}-{drug.lower()}-brian-l": ("Treatments", words)
            for drug in ("cyclophosphamide", "IDArubicin", "predniSONE", "vincristine")
            for type_, act, words in (
                ("MedicationRequest", "request", drug),
                ("MedicationAdministration", "admin", f"Each dose of {drug}"),
            )
        },
    },
    "eve-anyperson": {
        "Condition/primary-cancer-condition-breast": (EVE, "Diagnosed"),
        "BodyStructure/tumor-lobular-carcinoma-left-breast": (
            ALSO,
            "Tumor Tumor 1234 · left breast structure",
        ),
        "Observation/tumor-size-pathology": (EVE, "Tumor size 1.2 × 0.5 cm"),
        "Specimen/tumor-specimen-lobular-carcinoma-left-breast": (
            ALSO,
            "TUMOR Left breast structure · available · Tumor 1234 01-May-2020",
        ),
    },
    "john-anyperson": {
        "Condition/primary-cancer-condition-nsclc": (JOHN, "Active"),
        "Condition/secondary-cancer-condition-brain-mets": (
            JOHN,
            "Metastases Secondary malignant neoplasm of brain",
        ),
        "Observation/tnm-clinical-stage-group-3c": (JOHN, "IIIC cT3 cN3 cM0"),
        "Observation/tnm-clinical-primary-tumor-category-cT3": (JOHN, "cT3"),
        "Observation/tnm-clinical-regional-nodes-category-cN3": (JOHN, "cN3"),
        "Observation/tnm-clinical-distant-metastases-category-cM0": (JOHN, "cM0"),
        "Observation/cancer-disease-status-improved": (JOHN, "Responding"),
        "Observation/tumor-marker-test-egf": (JOHN, "Epidermal growth factor receptor Ag"),
        "Observation/histologic-behavior-and-type-non-small-cell": (JOHN, "Histology"),
        "Observation/histologic-grade-intermediate": (JOHN, "Grade Intermediate"),
        "Observation/tumor-morphology-report-non-small-cell-intermediate-grade": (
            ALSO,
            "Tumor morphology Histologic grade: Intermediate",
        ),
        "Observation/cancer-related-comorbidities-john-anyperson": (
            JOHN,
            "Comorbidities Chronic diastolic (congestive) heart failure · not: Obesity,",
        ),
        "Observation/ecog-performance-status-fully-active": ("Performance status", "ECOG 0"),
        "Observation/karnofsky-performance-status-normal-activity": (
            "Performance status",
            "Karnofsky 90",
        ),
        "MedicationRequest/cancer-related-medication-request-cisplatin": (
            "Treatments",
            "cisplatin 1 MG/ML",
        ),
        "MedicationRequest/cancer-related-medication-request-cisplatin-stopped": (
            "Treatments",
            "stopped",
        ),
        "MedicationRequest/cancer-related-medication-request-gefitinib": (
            "Treatments",
            "gefitinib 250 MG",
        ),
        "Procedure/cancer-related-surgical-procedure-lobectomy": (
            "Treatments",
            "Partial lobectomy of lung",
        ),
        "DiagnosticReport/genomics-report-john-anyperson": ("Genomics", "Genetic analysis report"),
        "Observation/genomic-region-studied-stk11": ("Genomics", "region studied"),
        "Observation/genomic-variant-fusion": ("Genomics", "Present"),
        "Observation/genomic-variant-germline-deletion": ("Genomics", "Present"),
        "Observation/genomic-variant-somatic-single-nucleotide": ("Genomics", "Present"),
        "Observation/no-history-of-metastatic-cancer": (
            ALSO,
            "History of metastatic malignant neoplasm No",
        ),
        "BodyStructure/john-anyperson-treatment-volume": (
            ALSO,
            "Radiotherapy volume Structure of lower lobe of left lung",
        ),
        "Condition/john-anyperson-chf": (ALSO, "Chronic diastolic (congestive) heart failure"),
        "Condition/john-anyperson-hd": (ALSO, "Disorder of cardiovascular system"),
        "Specimen/human-specimen-lung": (
            ALSO,
            "Tissue Structure of lower lobe of left lung · available",
        ),
        **{
            f"Observation/{name}": (MISFILED, words)
            for name, words in {
                "all-risk-assessment-high": "High Risk Acute Leukemia",
                "binet-stage-group-B": "Binet Stage",
                "deauville-scale-five": "Deauville five point scale",
                "figo-stage-IIIA": "FIGO",
                "gleason-grade-group-4": "Gleason grade finding",
                "hodgkins-lymphoma-stage-IIIe": "Lymphoma stage IIIe",
                "melanoma-breslow-depth-stage": "Breslow depth staging",
                "melanoma-clark-level-4": "Clark melanoma level 4",
                "multiple-myeloma-iss-stage-II": "International Staging System Stage",
                "multiple-myeloma-riss-stage-II": "RISS Stage",
                "neuroblastoma-inrgss-stage-MS": "International Neuroblastoma Risk Group",
                "neuroblastoma-inss-stage-III": "International neuroblastoma staging system",
                "rai-stage-II": "Rai Stage",
                "rhabdomyosarcoma-clinical-group-stage-IA": "Intergroup rhabdomyosarcoma study",
                "rhabdomyosarcoma-risk-assessment-low": "Low risk",
                "wilms-tumor-stage-III": "National Wilms Tumor Study Group Stage",
            }.items()
        },
    },
}


@pytest.fixture(scope="module")
def resources():
    bundle = wire.loads(EXAMPLES.read_bytes())
    return [entry["resource"] for entry in bundle["entry"]]


def own(resources, name):
    """Return a patient, and what names this patient as its subject."""
    reference = f"Patient/cancer-patient-{name}"
    patient = next(item for item in resources if literal_reference(item) == reference)
    subjects = (
        (item, item.get("subject") or item.get("patient") or {})
        for item in resources
        if item["resourceType"] != "Patient"
    )
    return patient, [item for item, subject in subjects if subject.get("reference") == reference]


def record_of(resources, name):
    """Return the record as a chart of one patient gives it: others' cancers cannot be read."""
    patient, chart = own(resources, name)
    known = {literal_reference(item) for item in chart}
    focuses = [focus.get("reference", "") for item in chart for focus in item.get("focus", [])]
    unreadable = {focus for focus in focuses if focus.startswith("Condition/")} - known
    return assemble(patient, chart, unreadable=unreadable)


def test_every_resource_of_the_examples_has_its_place_here(resources):
    for name, places in PLACES.items():
        _, chart = own(resources, name)
        assert {literal_reference(item) for item in chart} == set(places)
    subjectless = {item["resourceType"] for item in resources if "subject" not in item}
    assert subjectless == {"Patient", "Practitioner", "BodyStructure", "FamilyMemberHistory"}


@pytest.mark.parametrize("name", PLACES)
def test_each_resource_says_its_words_in_its_place(summary_page, resources, name):
    sections = summary_page(record_of(resources, name)).sections()
    for resource, (section, words) in PLACES[name].items():
        assert section in sections, (resource, list(sections))
        assert words.lower() in sections[section][0].lower(), (resource, sections[section][0])


@pytest.mark.parametrize("name", PLACES)
def test_each_resource_has_the_way_to_its_form_in_its_place(summary_page, resources, name):
    edit_forms = {reference: ("a-form", reference.split("/")[1]) for reference in PLACES[name]}
    sections = summary_page(record_of(resources, name), edit_forms=edit_forms, titles={}).sections()
    for resource, (section, _) in PLACES[name].items():
        address = f"/l/l/forms/a-form/{resource.split('/')[1]}"
        if "-category-" not in resource:  # T, N and M are amended with their group
            assert address in sections[section][1], (resource, sections[section][1])
        if section == MISFILED:
            elsewhere = (links for title, (_, links) in sections.items() if title != MISFILED)
            assert not any(address in links for links in elsewhere)
