"""What an oncologist types into a field that is searched, and the answer that has to be found."""

import pytest

from app.forms._registry import all_forms

FIRST = [
    ("primary-cancer", "disease", "rectal cancer", "Malignant neoplasm of rectum"),
    ("primary-cancer", "disease", "gastric ca", "Malignant neoplasm of stomach, unspecified"),
    ("primary-cancer", "disease", "endometrial", "Malignant neoplasm of endometrium"),
    ("primary-cancer", "disease", "medulloblastoma", "Malignant neoplasm of cerebellum"),
    ("primary-cancer", "disease", "unknown primary", "Malignant (primary) neoplasm, unspecified"),
    ("primary-cancer", "disease", "ovarian cancer right", "Malignant neoplasm of right ovary"),
    ("secondary-cancer", "disease", "spine", "Secondary malignant neoplasm of bone"),
    ("secondary-cancer", "disease", "leptomeningeal", "Secondary malignant neoplasm of cerebral"),
    ("medication-request", "drug", "Keytruda", "pembrolizumab"),
    ("medication-request", "drug", "6-MP", "mercaptopurine"),
    ("surgical-procedure", "code", "SLNB", "Sentinel lymph node biopsy"),
    ("surgical-procedure", "code", "Whipple", "Pancreaticoduodenectomy"),
    ("surgical-procedure", "code", "TAH BSO", "Total abdominal hysterectomy with bilateral"),
    ("radiotherapy-course", "sites", "prostate", "Prostatic structure"),
    ("radiotherapy-course", "sites", "T12", "Structure of body of twelfth"),
    ("radiotherapy-course", "sites", "L3", "Structure of body of third lumbar"),
    ("radiotherapy-course", "sites", "SCF", "Structure of supraclavicular lymph node"),
    ("radiotherapy-course", "sites", "esophagus", "Esophageal structure"),
    ("radiotherapy-course", "sites", "TBI", "Entire body as a whole"),
    ("comorbidities", "present", "AF", "Paroxysmal atrial fibrillation"),
]


@pytest.mark.parametrize(("slug", "name", "typed", "answer"), FIRST)
def test_the_first_hit_is_what_is_called_so(slug, name, typed, answer):
    hits = [option.label for option in all_forms()[slug]().asked[name].hits(typed)]
    assert hits[:1] == [hit for hit in hits if hit.startswith(answer)][:1] != []


@pytest.mark.parametrize("product", ["Abraxane", "nab-paclitaxel", "Doxil", "T-DXd", "Enhertu"])
def test_a_product_that_is_dosed_otherwise_is_not_taken_for_its_namesake(product):
    assert all_forms()["medication-request"]().asked["drug"].hits(product) == []


def test_a_pelvis_that_is_irradiated_may_be_another_than_the_kidney_s():
    sites = all_forms()["radiotherapy-course"]().asked["sites"]
    assert {"Renal pelvis structure", "Pelvic lymph node group"} < {
        option.label for option in sites.hits("pelvis")
    }
