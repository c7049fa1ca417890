"""Which Conditions are a cancer."""

import pytest

from app.mcode.conditions import condition_kind
from app.mcode.kinds import Kind

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
PRIMARY, SECONDARY = Kind.PRIMARY, Kind.SECONDARY
PROFILE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"


def coded(*codings, **more):
    code = {"coding": [dict(zip(("system", "code", "display"), c, strict=False)) for c in codings]}
    return {"resourceType": "Condition", "code": code, **more}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("C50.911", PRIMARY),
        ("c50.911", PRIMARY),
        ("C00", PRIMARY),
        ("C44.92", PRIMARY),
        ("C4A.9", PRIMARY),
        ("C7A.020", PRIMARY),
        ("C76.0", PRIMARY),
        ("C80.1", PRIMARY),
        ("C96.9", PRIMARY),
        ("D05.12", PRIMARY),
        ("D09.9", PRIMARY),
        ("D32.0", PRIMARY),
        ("D35.2", PRIMARY),
        ("D43.2", PRIMARY),
        ("D45", PRIMARY),
        ("D46.9", PRIMARY),
        ("D47.Z1", PRIMARY),
        ("C77.3", SECONDARY),
        ("C78.00", SECONDARY),
        ("C79.51", SECONDARY),
        ("C7B.02", SECONDARY),
        ("D12.6", None),
        ("D24.1", None),
        ("D35.1", None),
        ("D64.81", None),
        ("Z85.3", None),
        ("Z80.3", None),
        ("I50.32", None),
        ("C97", None),
    ],
)
@pytest.mark.parametrize(
    "system",
    [ICD10CM, "http://hl7.org/fhir/sid/icd-10", "urn:oid:2.16.840.1.113883.6.90"],
)
def test_an_icd10_code_decides_by_its_range(system, code, kind):
    assert condition_kind(coded((system, code))) == kind


@pytest.mark.parametrize(
    ("display", "kind"),
    [
        ("Malignant neoplasm of female breast (disorder)", PRIMARY),
        ("Non-small cell lung cancer (disorder)", PRIMARY),
        ("B-cell acute lymphoblastic leukemia (disorder)", PRIMARY),
        ("Multiple myeloma (disorder)", PRIMARY),
        ("Diffuse large B-cell lymphoma", PRIMARY),
        ("Ductal carcinoma in situ of breast", PRIMARY),
        ("Embryonal rhabdomyosarcoma", PRIMARY),
        ("Glioblastoma multiforme", PRIMARY),
        ("Secondary malignant neoplasm of brain", SECONDARY),
        ("Metastasis to liver", SECONDARY),
        ("Metastatic malignant neoplasm to bone", SECONDARY),
        ("History of malignant neoplasm of breast (situation)", None),
        ("Family history of cancer of colon", None),
        ("History of metastatic malignant neoplasm", None),
        ("Suspected lung cancer", None),
        ("Cancer pain", None),
        ("Anemia due to chemotherapy for malignant neoplasm", None),
        ("Malignant hypertension", None),
        ("Benign neoplasm of colon", None),
        ("Screening for malignant neoplasm of breast", None),
        ("Congestive heart failure", None),
    ],
)
def test_words_decide_where_there_is_only_snomed_or_text(display, kind):
    assert condition_kind(coded((SNOMED, "1", display))) == kind
    assert condition_kind({"resourceType": "Condition", "code": {"text": display}}) == kind


def test_words_do_not_overrule_an_icd10_code():
    history = (ICD10CM, "Z85.3", "Malignant neoplasm of breast")
    assert condition_kind(coded(history)) is None
    assert condition_kind(coded((ICD10CM, "C50.9", "Metastatic breast cancer"))) == PRIMARY


@pytest.mark.parametrize(
    ("condition", "kind"),
    [
        (coded((SNOMED, "363346000")), PRIMARY),
        (coded((SNOMED, "128462008")), SECONDARY),
        (coded(("urn:oid:2.16.840.1.113883.6.96", "128462008")), SECONDARY),
        (coded((SNOMED, "1"), category=[{"coding": [{"code": "372087000"}]}]), PRIMARY),
        (coded((SNOMED, "1"), category={"coding": [{"code": "128462008"}]}), SECONDARY),
        (
            coded((SNOMED, "1"), meta={"profile": [PROFILE + "primary-cancer-condition|4.0.0"]}),
            PRIMARY,
        ),
        (coded((SNOMED, "1"), meta={"profile": PROFILE + "secondary-cancer-condition"}), SECONDARY),
        (coded((SNOMED, "1"), stage=[{"summary": {"text": "II"}}]), PRIMARY),
        (coded((SNOMED, "1"), meta={"profile": ["http://x/us-core-condition"]}), None),
    ],
)
def test_roots_categories_profiles_and_stages_decide_in_turn(condition, kind):
    assert condition_kind(condition) == kind


def test_a_code_is_believed_rather_than_a_stale_profile():
    tag = {"profile": [PROFILE + "primary-cancer-condition"]}
    assert condition_kind(coded((ICD10CM, "C79.31"), meta=tag)) == SECONDARY


def test_a_condition_that_a_stage_names_is_a_primary_unless_its_words_say_metastasis():
    assert condition_kind(coded((SNOMED, "1", "Neoplasm")), named=True) == PRIMARY
    assert condition_kind(coded((SNOMED, "1", "Neoplasm"))) is None
    assert condition_kind(coded((SNOMED, "1", "Metastasis to bone")), named=True) == SECONDARY


@pytest.mark.parametrize("odd", [{}, {"code": "C50"}, {"code": []}, {"code": {"coding": ["C50"]}}])
def test_a_malformed_condition_is_no_cancer(odd):
    assert condition_kind({"resourceType": "Condition", **odd}) is None
