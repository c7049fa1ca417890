"""Procedures: which treat a cancer, by code, category, words, reason or organ, and which look."""

import pytest

from app.mcode.kinds import Kind
from app.mcode.procedures import is_diagnostic, is_operation
from app.mcode.recognise import classify, is_cancer_medication, kind_of

SNOMED = "http://snomed.info/sct"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
PCS = "http://hl7.org/fhir/sid/icd-10-pcs"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
SUBJECT = {"subject": {"reference": "Patient/p"}}


def procedure(words=None, system=None, code=None, **more):
    coding = {"coding": [{"system": system, "code": code}]} if code else {}
    named = {"text": words} if words else {}
    return {
        "resourceType": "Procedure",
        "id": "x",
        "status": "completed",
        **SUBJECT,
        "code": {**coding, **named},
        **more,
    }


def cancer(icd10="C50.412", id_="c"):
    coded = {"coding": [{"system": ICD10CM, "code": icd10}]}
    return {"resourceType": "Condition", "id": id_, **SUBJECT, "code": coded}


def kind_in_chart(resource, *conditions):
    return classify([resource, *(conditions or (cancer(),))]).get("Procedure/x")


@pytest.mark.parametrize(
    ("system", "code", "kind"),
    [
        (CPT, "19301", Kind.SURGERY),
        (CPT, "19303-LT", Kind.SURGERY),
        ("urn:oid:2.16.840.1.113883.6.12", "38745", Kind.SURGERY),
        (CPT, "77427", Kind.RADIOTHERAPY),
        (CPT, "77412", Kind.RADIOTHERAPY),
        (CPT, "96413", Kind.SYSTEMIC),
        (HCPCS, "96415", Kind.SYSTEMIC),
        (HCPCS, "G6012", Kind.RADIOTHERAPY),
        (HCPCS, "J9267", Kind.SYSTEMIC),
        (HCPCS, "Q0083", Kind.SYSTEMIC),
        (PCS, "0HTT0ZZ", Kind.SURGERY),
        (PCS, "DM011ZZ", Kind.RADIOTHERAPY),
        (PCS, "3E03305", Kind.SYSTEMIC),
        (SNOMED, "367336001", Kind.SYSTEMIC),
        (SNOMED, "33195004", Kind.RADIOTHERAPY),
        # Imaging, laboratory, biopsy, planning, an infusion of something else, a benign operation.
        (CPT, "77067", None),
        (CPT, "88271", None),
        (CPT, "19083", None),
        (CPT, "77263", None),
        (CPT, "77417", None),
        (CPT, "96365", None),
        (CPT, "44970", None),
        (HCPCS, "G0202", None),
        (HCPCS, "J2405", None),
        (PCS, "BH02ZZZ", None),
        (PCS, "0HBT3ZX", None),
        (PCS, "3E0333Z", None),
        ("http://site.example/codes", "19301", None),
    ],
)
def test_a_billing_code_alone_tells(system, code, kind):
    assert kind_of(procedure(None, system, code)) == kind


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Left breast lumpectomy with SLNB", Kind.SURGERY),
        ("Wide local excision of melanoma, right arm", Kind.SURGERY),
        ("Radical prostatectomy", Kind.SURGERY),
        ("RADIATION TX MANAGEMENT X5", Kind.RADIOTHERAPY),
        ("IMRT, chest wall", Kind.RADIOTHERAPY),
        ("Teleradiotherapy procedure (procedure)", Kind.RADIOTHERAPY),
        ("Chemotherapy (procedure)", Kind.SYSTEMIC),
        ("CHEMO IV INFUSION UP TO 1 HR", Kind.SYSTEMIC),
        ("Endocrine therapy", Kind.SYSTEMIC),
        ("Targeted drug therapy", Kind.SYSTEMIC),
        ("Infusion of pembrolizumab", Kind.SYSTEMIC),
        ("Radioactive iodine therapy", Kind.RADIOTHERAPY),
        ("Autologous stem cell transplant", Kind.SURGERY),
        ("Tumour resection, left kidney", Kind.SURGERY),
        ("Oesophagectomy", Kind.SURGERY),
        ("Methotrexate level, infusion line", None),
        ("Removal of central line after chemotherapy", None),
        ("Planning of radiotherapy", None),
        ("Radiation therapy care (regime/therapy)", None),
        ("Education about chemotherapy", None),
        ("Insertion of port for chemotherapy", None),
        ("Allergen immunotherapy", None),
        ("Hormone replacement therapy", None),
        ("Histopathology of mastectomy specimen", None),
        ("Cholecystectomy", None),
        ("Extraction of cataract", None),
    ],
)
def test_words_tell_what_is_done_for_cancer_alone(words, kind):
    assert kind_of(procedure(words)) == kind


@pytest.mark.parametrize(
    "words",
    [
        *("Mammography (procedure)", "Screening mammography", "MRI of breast", "PET/CT whole body"),
        "Human epidermal growth factor receptor 2 gene detection by in situ hybridization",
        *("Cytopathology procedure, preparation of smear, genital source", "Bone density scan"),
        *("Biopsy of breast", "Excisional biopsy of lesion of breast", "Bone marrow aspiration"),
        *("Manual pelvic examination", "Echocardiography", "Measurement of CEA", "Colonoscopy"),
        *("Medication reconciliation", "Assessment of health and social care needs"),
        *("Ultrasonography of bilateral breasts", "Sentinel lymph node biopsy", "Venipuncture"),
        *("Consultation with surgeon", "Follow-up after radiotherapy", "Removal of drain"),
    ],
)
def test_what_looks_for_a_cancer_is_no_treatment_whatever_its_reason(words):
    because = {"reasonReference": [{"reference": "Condition/c"}]}
    assert kind_in_chart(procedure(words, **because)) is None


@pytest.mark.parametrize(
    ("words", "reason", "kind"),
    [
        ("Hemicolectomy", "Condition/c", Kind.SURGERY),
        ("Radiofrequency ablation", "Condition/c", Kind.SURGERY),
        ("CT guided cryotherapy", "Condition/c", Kind.SURGERY),
        ("Laparoscopic operation", "Condition/c", Kind.SURGERY),
        ("Hemicolectomy", "Condition/gout", None),
    ],
)
def test_an_operation_is_a_treatment_by_its_reason(words, reason, kind):
    because = {"reasonReference": [{"reference": reason}]}
    assert kind_in_chart(procedure(words, **because), cancer(), cancer("M10.9", "gout")) == kind


@pytest.mark.parametrize(
    ("operation", "icd10", "kind"),
    [
        (procedure("Total hysterectomy"), "C54.1", Kind.SURGERY),
        (procedure("Total hysterectomy"), "C50.412", None),
        (procedure("Right hemicolectomy"), "C18.2", Kind.SURGERY),
        (procedure("Lobectomy, right upper"), "C34.11", Kind.SURGERY),
        (procedure("Lobectomy of thyroid"), "C34.11", None),
        (procedure(None, CPT, "44140"), "C18.7", Kind.SURGERY),
        (procedure(None, CPT, "44140"), "C61", None),
        (procedure(None, CPT, "55866"), "C61", Kind.SURGERY),
        (procedure(None, PCS, "0DTG0ZZ"), "C18.6", Kind.SURGERY),
        (procedure(None, PCS, "0VT04ZZ"), "C61", Kind.SURGERY),
        (procedure("Colonoscopy"), "C18.2", None),
        (procedure("Hepatectomy"), "C78.7", Kind.SURGERY),
    ],
)
def test_an_operation_without_a_reason_is_one_on_the_organ_of_the_cancer(operation, icd10, kind):
    assert kind_in_chart(operation, cancer(icd10)) == kind


@pytest.mark.parametrize(
    ("category", "words", "kind"),
    [
        ("Radiation therapy", "Linac 2, field A", Kind.RADIOTHERAPY),
        ("Chemotherapy", "Protocol AC", Kind.SYSTEMIC),
        ("Surgery", "Left side, second look", Kind.SURGERY),
        ("Surgery", "Core needle biopsy", None),
        ("Radiology", "Left side, second look", None),
    ],
)
def test_a_category_in_words_tells_too(category, words, kind):
    because = {"reasonReference": [{"reference": "Condition/c"}]}
    done = procedure(words, category={"text": category}, **because)
    assert kind_in_chart(done) == kind


def test_a_biopsy_by_code_is_diagnostic_in_whatever_category():
    surgical = {"coding": [{"system": SNOMED, "code": "387713003"}]}
    billed = procedure(None, CPT, "19083", category=surgical)
    assert kind_of(billed) == Kind.SURGERY
    assert is_diagnostic(billed)
    assert not is_operation(billed)
    assert not is_operation(procedure("Radiofrequency ablation of liver"))
    assert is_operation(procedure("Lumpectomy with sentinel node biopsy"))


@pytest.mark.parametrize(
    ("code", "words"),
    [("52234", "CYSTOSCOPY AND TREATMENT"), ("32663", "THORACOSCOPY, VIDEO-ASSISTED")],
)
def test_an_operation_by_code_is_none_to_look_whatever_its_words(code, words):
    billed = procedure(words, CPT, code, reasonReference=[{"reference": "Condition/c"}])
    assert kind_in_chart(billed) == Kind.SURGERY
    assert not is_diagnostic(billed)


def test_a_biopsy_in_short_is_one():
    surgical = {"coding": [{"system": SNOMED, "code": "387713003"}]}
    assert is_diagnostic(procedure("BX BREAST W/US GUIDE", category=surgical))


@pytest.mark.parametrize(("code", "against_cancer"), [("J9267", True), ("J2405", False)])
def test_a_drug_may_be_coded_for_the_bill(code, against_cancer):
    drug = {"coding": [{"system": HCPCS, "code": code}]}
    given = {"resourceType": "MedicationAdministration", "medicationCodeableConcept": drug}
    assert is_cancer_medication(given) is against_cancer
