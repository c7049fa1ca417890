"""Charts hold data of every release of mCODE, and of EHRs that follow none: one row per shape.

The shapes are those of the published releases STU1 (1.0.0), STU2, STU3 and STU4 of mCODE.
"""

import pytest

from app.mcode import content, treatments
from app.mcode.conditions import condition_kind
from app.mcode.kinds import Kind
from app.mcode.profiles import STRUCTURES, extensions_named
from app.mcode.recognise import kind_of, staging_system, tnm_basis

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
AJCC = "http://cancerstaging.org"
EPIC = "urn:oid:1.2.840.114350.1.13.0.1.7.4.1"
REQUESTED = "http://hl7.org/fhir/us/mcode/CodeSystem/loinc-requested-cs"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


def concept(system, code, words=None):
    return {"coding": [{"system": system, "code": code}], **({"text": words} if words else {})}


def shape(type_="Observation", *, code=None, profile=None, category=None, **more):
    resource = {"resourceType": type_, "id": "x", **more}
    if code:
        resource["code"] = concept(*code)
    if profile:
        resource["meta"] = {"profile": [f"{STRUCTURES}mcode-{profile}"]}
    if category:
        resource["category"] = [concept(*category)]
    return resource


def extended(name, system, code):
    return {"url": f"{STRUCTURES}mcode-{name}", "valueCodeableConcept": concept(system, code)}


@pytest.mark.parametrize(
    ("profile", "kind", "basis"),
    [
        ("tnm-clinical-stage-group", Kind.TNM_GROUP, "clinical"),  # STU1
        ("tnm-clinical-primary-tumor-category", Kind.TNM_T, "clinical"),
        ("tnm-clinical-regional-nodes-category", Kind.TNM_N, "clinical"),
        ("tnm-clinical-distant-metastases-category", Kind.TNM_M, "clinical"),
        ("tnm-pathological-stage-group", Kind.TNM_GROUP, "pathologic"),
        ("tnm-pathological-primary-tumor-category", Kind.TNM_T, "pathologic"),
        ("tnm-pathological-regional-nodes-category", Kind.TNM_N, "pathologic"),
        ("tnm-pathological-distant-metastases-category", Kind.TNM_M, "pathologic"),
        ("cancer-stage-group", Kind.TNM_GROUP, "other"),  # STU2
        ("tnm-primary-tumor-category", Kind.TNM_T, "other"),
        ("tnm-regional-nodes-category", Kind.TNM_N, "other"),
        ("tnm-distant-metastases-category", Kind.TNM_M, "other"),
        ("tnm-stage-group", Kind.TNM_GROUP, "other"),  # STU3 and STU4
        ("cancer-stage", Kind.STAGE, "other"),
        ("lymphoma-stage", Kind.STAGE, "other"),
        ("cll-rai-stage", Kind.STAGE, "other"),  # STU3
        ("cll-binet-stage", Kind.STAGE, "other"),
        ("gynecologic-tumor-figo-stage", Kind.STAGE, "other"),
        ("melanoma-breslow-depth-stage", Kind.STAGE, "other"),
        ("melanoma-clark-level", Kind.STAGE, "other"),
        ("myeloma-iss-stage", Kind.STAGE, "other"),
        ("myeloma-riss-stage", Kind.STAGE, "other"),
        ("prostate-gleason-grade-group", Kind.STAGE, "other"),
    ],
)
def test_a_stage_is_known_by_the_profile_of_every_release(profile, kind, basis):
    stage = shape(code=("http://local.example", "1"), profile=profile)
    assert (kind_of(stage), tnm_basis(stage)) == (kind, basis)


@pytest.mark.parametrize(
    ("group", "t", "n", "m", "basis"),
    [
        (
            (LOINC, "21908-9"),
            (LOINC, "21905-5"),
            (LOINC, "21906-3"),
            (LOINC, "21907-1"),
            "clinical",
        ),
        (
            (LOINC, "21902-2"),
            (LOINC, "21899-0"),
            (LOINC, "21900-6"),
            (LOINC, "21901-4"),
            "pathologic",
        ),
        ((LOINC, "21914-7"), (LOINC, "21911-3"), (LOINC, "21912-1"), (LOINC, "21913-9"), "other"),
        (
            (SNOMED, "399537006"),
            (SNOMED, "399504009"),
            (SNOMED, "399534004"),
            (SNOMED, "399387003"),
            "clinical",
        ),
        (
            (SNOMED, "399588009"),
            (SNOMED, "384625004"),
            (SNOMED, "371494008"),
            (SNOMED, "371497001"),
            "pathologic",
        ),
        (
            (SNOMED, "399390009"),
            (SNOMED, "78873005"),
            (SNOMED, "277206009"),
            (SNOMED, "277208005"),
            "other",
        ),
    ],
)
def test_tnm_is_put_together_by_the_codes_of_every_release(chart, group, t, n, m, basis):
    """Unfocused categories of STU1 (LOINC) and of STU4 (SNOMED CT) make one stage."""
    parts = [
        chart.observation(name, code, system=system, date="2019-04-01")
        for name, (system, code) in {"g": group, "t": t, "n": n, "m": m}.items()
    ]
    (stage,) = chart.read(chart.condition("c"), *parts).primary("c").stages
    assert stage.basis == basis
    assert [part["id"] for part in stage.resources] == ["g", "t", "n", "m"]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (concept(AJCC, "3C"), "IIIC"),
        (concept("https://cancerstaging.org", "3C"), "IIIC"),
        (concept("http://www.cancerstaging.org", "3C"), "IIIC"),
        (concept("https://www.cancerstaging.org/", "cT3"), "cT3"),
        (concept(AJCC, "cT3"), "cT3"),
        (concept(AJCC, "T3"), "T3"),
        (concept(AJCC, "Stage IIIC"), "IIIC"),
        (concept(SNOMED, "1222806003"), "IIIC"),
        (concept("urn:oid:2.16.840.1.113883.6.96", "1228938002"), "cT3"),
        (concept(EPIC, "123", "T3"), "T3"),
        ({"text": "Stage IIIC"}, "IIIC"),
        (concept(ABSENT, "not-applicable", "Not applicable"), "Not applicable"),
    ],
)
def test_a_stage_reads_the_same_however_it_was_coded(value, label):
    assert content.stage_value_label({"valueCodeableConcept": value}) == label


@pytest.mark.parametrize(
    ("method", "edition"),
    [
        (concept("http://ncimeta.nci.nih.gov", "C146985"), "AJCC 8"),  # STU1
        (concept(NCIT, "C146985"), "AJCC 8"),
        (concept("urn:oid:2.16.840.1.113883.3.26.1.1", "C188404"), "UICC"),
        (concept(SNOMED, "897275008"), "AJCC 8"),
        (concept("urn:oid:2.16.840.1.113883.6.96", "443830009"), "AJCC 7"),
    ],
)
def test_the_edition_is_known_by_older_codes(method, edition):
    assert content.edition({"method": method}) == edition


@pytest.mark.parametrize(
    ("words", "kind", "basis"),
    [
        ("AJCC Clinical Stage Group", Kind.TNM_GROUP, "clinical"),
        ("AJCC Pathological Stage", Kind.TNM_GROUP, "pathologic"),
        ("Stage group", Kind.TNM_GROUP, "other"),
        ("AJCC clinical T category", Kind.TNM_T, "clinical"),
        ("Pathologic primary tumor (T)", Kind.TNM_T, "pathologic"),
        ("cN stage", Kind.TNM_N, "other"),
        ("Regional lymph nodes (N)", Kind.TNM_N, "other"),
        ("Distant metastasis (M)", Kind.TNM_M, "other"),
        ("FIGO stage group 2018", Kind.STAGE, "other"),
        ("Ann Arbor stage", Kind.STAGE, "other"),
        ("Breslow depth", Kind.STAGE, "other"),
        ("Sleep stage", None, "other"),
        ("Chronic kidney disease stage", None, "other"),
        ("Testosterone, free (T)", None, "other"),
        ("N-terminal proBNP", None, "other"),
    ],
)
def test_a_stage_that_the_ehr_codes_for_itself_is_known_by_its_words(words, kind, basis):
    stage = shape(code=(EPIC, "31000", words))
    assert kind_of(stage) == kind
    if kind not in {None, Kind.STAGE}:
        assert tnm_basis(stage) == basis


def test_a_code_of_its_own_without_words_is_a_stage_where_the_cancer_says_so(chart):
    assessed = chart.condition("c", stage=[{"assessment": [{"reference": "Observation/g"}]}])
    local = chart.observation("g", "31000", system=EPIC, valueCodeableConcept={"text": "IIIC"})
    (stage,) = chart.read(assessed, local).primary("c").stages
    assert (stage.system, stage.group) == ("other", local)
    assert staging_system(local) == "other"


def test_members_with_codes_of_their_own_are_known_by_their_values(chart):
    values = {"t": "cT3", "n": "ypN0", "m": "M1b", "x": "Negative"}
    parts = [
        chart.observation(name, name, system=EPIC, valueCodeableConcept={"text": words})
        for name, words in values.items()
    ]
    group = chart.observation("g", "399390009", focus="c", members=list(values))
    record = chart.read(chart.condition("c"), group, *parts)
    (stage,) = record.primary("c").stages
    assert [part["id"] for part in stage.resources] == ["g", "t", "n", "m"]
    assert record.not_interpreted == (parts[-1],)


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        # STU1: genomics, drugs taken, radiation
        (shape(code=(LOINC, "69548-6"), profile="cancer-genetic-variant"), Kind.VARIANT),
        (shape(profile="cancer-genetic-variant"), Kind.VARIANT),
        (shape("DiagnosticReport", profile="cancer-genomics-report"), Kind.GENOMICS_REPORT),
        (shape("DiagnosticReport", code=(LOINC, "81247-9")), Kind.GENOMICS_REPORT),
        (shape("Specimen", profile="genetic-specimen"), Kind.SPECIMEN),
        (
            shape("MedicationStatement", profile="cancer-related-medication-statement"),
            Kind.MEDICATION,
        ),
        (
            shape(
                "MedicationStatement", extension=[extended("treatment-intent", SNOMED, "373808002")]
            ),
            Kind.MEDICATION,
        ),
        (shape("Procedure", profile="cancer-related-radiation-procedure"), Kind.RADIOTHERAPY),
        (shape("Procedure", category=(SNOMED, "53438000")), Kind.RADIOTHERAPY),
        (shape(profile="tumor-marker"), Kind.TUMOR_MARKER),
        (shape(code=(LOINC, "88040-1")), Kind.DISEASE_STATUS),
        # STU2: temporary codes
        (shape("Procedure", code=(SNOMED, "USCRS-33529")), Kind.RADIOTHERAPY),
        (shape("Procedure", category=(SNOMED, "108290001")), Kind.RADIOTHERAPY),
        (shape("Procedure", category=(SNOMED, "387713003")), Kind.SURGERY),
        (shape(code=(REQUESTED, "comorbidities-elixhauser")), Kind.COMORBIDITIES),
        (shape(profile="comorbidities-elixhauser"), Kind.COMORBIDITIES),
        (shape("Specimen", profile="tumor-specimen"), Kind.SPECIMEN),
        (shape("BodyStructure", morphology=concept(SNOMED, "367651003")), Kind.TUMOR),
        # STU3 and STU4
        (shape("BodyStructure", morphology=concept(SNOMED, "1240414004")), Kind.TUMOR),
        (shape("BodyStructure", morphology=concept(SNOMED, "228793007")), Kind.VOLUME),
        (shape("BodyStructure", morphology=concept(SNOMED, "1")), None),
        (shape("Procedure", code=(SNOMED, "1217123003")), Kind.RADIOTHERAPY),
        (shape(code=(LOINC, "97509-4")), Kind.DISEASE_STATUS),
        (shape(code=(SNOMED, "398192003")), Kind.COMORBIDITIES),
    ],
)
def test_a_resource_of_any_release_is_recognised(resource, kind):
    assert kind_of(resource) == kind


@pytest.mark.parametrize(
    "alias",
    [
        ("urn:oid:2.16.840.1.113883.6.1", "97509-4", Kind.DISEASE_STATUS),
        ("https://loinc.org", "97509-4", Kind.DISEASE_STATUS),
        ("urn:oid:2.16.840.1.113883.6.96", "399537006", Kind.TNM_GROUP),
        ("https://snomed.info/sct", "399537006", Kind.TNM_GROUP),
        ("urn:oid:2.16.840.1.113883.3.26.1.1", "C139007", Kind.STAGE),
        ("http://ncimeta.nci.nih.gov", "C139007", Kind.STAGE),
        (EPIC, "97509-4", None),
    ],
)
def test_a_code_system_is_known_by_its_other_names(alias):
    system, code, kind = alias
    assert kind_of(shape(code=(system, code))) == kind


@pytest.mark.parametrize("name", ["treatment-intent", "procedure-intent"])
def test_the_aim_of_a_treatment_is_read_of_any_release(name):
    drug = shape("MedicationStatement", extension=[extended(name, SNOMED, "373808002")])
    assert treatments.intent(drug) == "Curative"


@pytest.mark.parametrize("name", ["laterality", "laterality-qualifier"])
def test_the_side_is_read_of_any_release(name):
    site = {"coding": [{"code": "39607008"}], "extension": [extended(name, SNOMED, "7771000")]}
    assert content.laterality({"bodySite": [site]}) == "Left"


@pytest.mark.parametrize("name", ["evidence-type", "cancer-disease-status-evidence-type"])
def test_the_evidence_of_a_status_is_found_of_any_release(name):
    status = {"extension": [extended(name, SNOMED, "363679005")]}
    assert len(extensions_named(status, "evidence")) == 1


@pytest.mark.parametrize(
    "url",
    [
        f"{STRUCTURES}mcode-related-primary-cancer-condition",
        "http://hl7.org/fhir/StructureDefinition/condition-related",
    ],
)
def test_a_metastasis_names_its_primary_in_any_release(chart, url):
    link = {"url": url, "valueReference": {"reference": "Condition/c2"}}
    spread = chart.condition("m", "C79.31", extension=[link])
    record = chart.read(chart.condition("c1"), chart.condition("c2", "C61"), spread)
    assert record.primary("c2").metastases == (spread,)


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ({"statusReason": concept(SNOMED, "1", "Adverse reaction")}, "Adverse reaction"),  # STU3
        ({"statusReason": [concept(SNOMED, "1", "Adverse reaction")]}, "Adverse reaction"),
        (
            {"extension": [extended("treatment-termination-reason", SNOMED, "407563006")]},
            "Treatment not tolerated",
        ),
        (
            {"extension": [extended("termination-reason", SNOMED, "182992009")]},
            "Treatment completed",
        ),
        ({}, None),
    ],
)
def test_why_a_treatment_ended_is_read_of_any_release(resource, reason):
    assert treatments.status_reason(resource) == reason


def test_a_disease_beside_the_cancer_is_no_cancer_by_its_words():
    beside = shape(
        "Condition", code=(SNOMED, "1", "Basal cell carcinoma"), category=(SNOMED, "398192003")
    )
    assert condition_kind(beside) is None
    assert condition_kind(beside, named=True) == Kind.PRIMARY
    assert condition_kind({**beside, "category": []}) == Kind.PRIMARY


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("C44.311", Kind.PRIMARY),
        ("D04.9", Kind.PRIMARY),
        ("C50.A1", Kind.PRIMARY),
        ("C81.0A", Kind.PRIMARY),
        ("C83.390", Kind.PRIMARY),
        ("C85.8A", Kind.PRIMARY),
        ("C86.00", Kind.PRIMARY),
        ("C88.40", Kind.PRIMARY),
        ("C7B.1", Kind.SECONDARY),
        ("Z85.118", None),
        ("N18.30", None),
    ],
)
@pytest.mark.parametrize("system", [ICD10CM, "http://hl7.org/fhir/sid/icd-10"])
def test_icd10_codes_that_mcodes_list_lacks_are_known_by_their_range(system, code, kind):
    assert condition_kind(shape("Condition", code=(system, code))) == kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ((SNOMED, "1"), Kind.PRIMARY),
        ((SNOMED, "1", "Neoplasm of the ovary"), Kind.PRIMARY),
        ((SNOMED, "709044004", "Chronic kidney disease"), None),
        ((SNOMED, "23986001", "Glaucoma"), None),
        ((ICD10CM, "N18.30", "Chronic kidney disease, stage 3"), None),
    ],
)
def test_a_stage_in_words_alone_makes_a_cancer_only_of_what_may_be_one(code, kind):
    staged = shape("Condition", code=code, stage=[{"summary": {"text": "Stage III"}}])
    assert condition_kind(staged) == kind


def test_a_volume_and_a_tumor_that_say_nothing_are_known_by_what_names_them(chart):
    dose = {
        "url": f"{STRUCTURES}mcode-radiotherapy-dose-delivered-to-volume",
        "extension": [{"url": "volume", "valueReference": {"reference": "BodyStructure/v"}}],
    }
    course = chart.resource("Procedure", "r", code=concept(SNOMED, "1217123003"), extension=[dose])
    size = chart.observation("z", "21889-1", system=LOINC, focus="BodyStructure/t")
    volume, tumor = (chart.resource("BodyStructure", name) for name in "vt")
    record = chart.read(chart.condition("c"), course, size, volume, tumor)
    assert (record.kind(volume), record.kind(tumor)) == (Kind.VOLUME, Kind.TUMOR)
    assert tumor in record.primary("c").tumors
