"""Recognising resources by code, then category, then profile."""

import pytest

from app.mcode.kinds import Kind
from app.mcode.profiles import STRUCTURES
from app.mcode.recognise import is_cancer_medication, kind_of, staging_system, tnm_basis

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def observation(system=None, code=None, **more):
    concept = {"coding": [{"system": system, "code": code}]} if code else {}
    return {"resourceType": "Observation", "id": "1", "code": concept, **more}


def tagged(name, type_="Observation"):
    return {"resourceType": type_, "id": "1", "meta": {"profile": [f"{STRUCTURES}{name}"]}}


@pytest.mark.parametrize(
    ("system", "code", "kind", "basis"),
    [
        (SNOMED, "399537006", Kind.TNM_GROUP, "clinical"),
        (SNOMED, "399588009", Kind.TNM_GROUP, "pathologic"),
        (SNOMED, "399390009", Kind.TNM_GROUP, "other"),
        (LOINC, "21908-9", Kind.TNM_GROUP, "clinical"),
        (LOINC, "21902-2", Kind.TNM_GROUP, "pathologic"),
        (LOINC, "21914-7", Kind.TNM_GROUP, "other"),
        (NCIT, "C177556", Kind.TNM_GROUP, "pathologic"),
        (SNOMED, "399504009", Kind.TNM_T, "clinical"),
        (SNOMED, "384625004", Kind.TNM_T, "pathologic"),
        (SNOMED, "78873005", Kind.TNM_T, "other"),
        (LOINC, "21899-0", Kind.TNM_T, "pathologic"),
        (SNOMED, "371494008", Kind.TNM_N, "pathologic"),
        (LOINC, "21906-3", Kind.TNM_N, "clinical"),
        (SNOMED, "399387003", Kind.TNM_M, "clinical"),
        ("urn:oid:2.16.840.1.113883.6.1", "21913-9", Kind.TNM_M, "other"),
    ],
)
def test_tnm_is_known_by_snomed_and_loinc_codes_with_its_basis(system, code, kind, basis):
    assert kind_of(observation(system, code)) == kind
    assert tnm_basis(observation(system, code)) == basis


@pytest.mark.parametrize(
    ("system", "code", "key"),
    [
        (SNOMED, "385361009", "figo"),
        (SNOMED, "385367008", "figo"),
        (NCIT, "C141212", "binet"),
        (NCIT, "C141207", "rai"),
        (NCIT, "C139007", "iss"),
        (NCIT, "C141392", "riss"),
        (SNOMED, "385388004", "lymphoma"),
        (SNOMED, "385377005", "gleason"),
        (NCIT, "C16899", "other"),
    ],
)
def test_other_staging_systems_are_known_by_their_codes(system, code, key):
    assert kind_of(observation(system, code)) == Kind.STAGE
    assert staging_system(observation(system, code)) == key


@pytest.mark.parametrize(
    ("system", "code", "kind"),
    [
        (LOINC, "97509-4", Kind.DISEASE_STATUS),
        (LOINC, "88040-1", Kind.DISEASE_STATUS),
        (LOINC, "21889-1", Kind.TUMOR_SIZE),
        (LOINC, "89247-1", Kind.PERFORMANCE),
        (LOINC, "89243-0", Kind.PERFORMANCE),
        (NCIT, "C38144", Kind.PERFORMANCE),
        (LOINC, "39004-7", Kind.TUMOR_MARKER),
        (LOINC, "69548-6", Kind.VARIANT),
        (NCIT, "C148010", Kind.RISK),
        (LOINC, "718-7", None),
        (SNOMED, "39004-7", None),
        ("http://vendor.example", "97509-4", None),
    ],
)
def test_findings_are_known_by_code_in_their_own_system_only(system, code, kind):
    assert kind_of(observation(system, code)) == kind


@pytest.mark.parametrize(
    ("profile", "type_", "kind"),
    [
        ("mcode-tnm-stage-group|4.0.0", "Observation", Kind.TNM_GROUP),
        ("mcode-tnm-clinical-stage-group", "Observation", Kind.TNM_GROUP),
        ("mcode-cancer-stage-group", "Observation", Kind.TNM_GROUP),
        ("mcode-tnm-pathological-primary-tumor-category", "Observation", Kind.TNM_T),
        ("mcode-tnm-regional-nodes-category", "Observation", Kind.TNM_N),
        ("mcode-lymphoma-stage", "Observation", Kind.STAGE),
        ("mcode-tumor-marker", "Observation", Kind.TUMOR_MARKER),
        ("mcode-cancer-genetic-variant", "Observation", Kind.VARIANT),
        ("mcode-tumor", "BodyStructure", Kind.TUMOR),
        ("mcode-radiotherapy-volume", "BodyStructure", Kind.VOLUME),
        ("mcode-cancer-related-radiation-procedure", "Procedure", Kind.RADIOTHERAPY),
        ("mcode-cancer-related-surgical-procedure", "Procedure", Kind.SURGERY),
        ("mcode-tumor-size", "Procedure", None),
        ("mcode-unheard-of", "Observation", None),
    ],
)
def test_profiles_of_old_and_new_releases_are_the_last_resort(profile, type_, kind):
    assert kind_of(tagged(profile, type_)) == kind


def test_old_profiles_name_the_basis_that_a_local_code_does_not():
    assert tnm_basis(tagged("mcode-tnm-pathological-primary-tumor-category")) == "pathologic"
    assert tnm_basis(tagged("mcode-tnm-clinical-stage-group")) == "clinical"


def test_a_code_is_believed_rather_than_the_profile():
    stale = observation(LOINC, "97509-4", meta={"profile": [f"{STRUCTURES}mcode-tumor-size"]})
    assert kind_of(stale) == Kind.DISEASE_STATUS


def test_a_category_decides_before_the_profile():
    category = [{"coding": [{"system": SNOMED, "code": "250724005"}]}]
    marker = observation("http://local.example", "X1", category=category)
    assert kind_of(marker) == Kind.TUMOR_MARKER


@pytest.mark.parametrize(
    ("drug", "expected"),
    [
        ({"coding": [{"system": RXNORM, "code": "2555"}]}, True),
        ({"coding": [{"system": RXNORM, "code": "1"}], "text": "CISplatin 50 MG Injection"}, True),
        ({"text": "Paracetamol 500 mg"}, False),
        ({"coding": [{"system": SNOMED, "code": "2555"}]}, False),
        (None, False),
    ],
)
def test_a_drug_against_cancer_is_known_by_its_ingredient(drug, expected):
    order = {"resourceType": "MedicationRequest", "medicationCodeableConcept": drug}
    assert is_cancer_medication(order) is expected
    by_reference = {"resourceType": "MedicationRequest", "medicationReference": {}}
    assert (
        is_cancer_medication(by_reference, {"resourceType": "Medication", "code": drug}) is expected
    )


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"resourceType": "Observation"},
        {"resourceType": "Observation", "code": "399537006"},
        {"resourceType": "Observation", "code": {"coding": {"code": ["x"]}}, "category": "exam"},
        {"resourceType": "Observation", "meta": "x", "code": [None]},
        {"resourceType": "Observation", "meta": {"profile": 7}},
        {"resourceType": "Banana", "code": {"text": "Malignant"}},
    ],
)
def test_malformed_and_unknown_resources_are_not_recognised(odd):
    assert kind_of(odd) is None
