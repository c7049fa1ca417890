"""What is missing is told once, with the form that fills it, and never where it does not apply."""

import pytest

from app.mcode.profiles import EXTENSION
from app.summary.panels.missing import missing
from app.summary.treatments import treatments
from tests.summary.resources import (
    CANCER,
    LOINC,
    PATIENT,
    SNOMED,
    TODAY,
    coded,
    concept_value,
    condition,
    ecog,
    intent,
    observation,
    receptors,
    record,
    stage,
    status,
    surgery,
)

LEFT = {
    "bodySite": [
        {
            "text": "Breast",
            "extension": [
                {
                    "url": EXTENSION["laterality"],
                    "valueCodeableConcept": {"text": "Left"},
                }
            ],
        }
    ]
}
HISTOLOGY = {
    "extension": [
        {"url": EXTENSION["histology"], "valueCodeableConcept": {"text": "Ductal carcinoma"}}
    ]
}
WHOLE = {**LEFT, **HISTOLOGY}


def told(*resources, patient=PATIENT, tested=True):
    found = record(*resources, *(receptors() if tested else []), patient=patient)
    return missing(found, treatments(found), TODAY)


def texts(*resources, **more):
    return [item.text for item in told(*resources, **more)]


def complete(*more):
    return (condition(**WHOLE), *stage(), status(), ecog(), *more)


def test_nothing_is_missing_of_a_whole_record():
    assert told(*complete()) == ()


def test_no_stage_leads_to_the_form():
    (item,) = told(condition(**WHOLE), status(), ecog())
    assert (item.text, item.form, item.about) == ("No stage record", "tnm-stage", "c")


def test_a_stage_that_only_the_diagnosis_names_is_mentioned():
    diagnosis = condition(**WHOLE, stage=[{"summary": {"text": "IIIA"}}])
    (item,) = told(diagnosis, status(), ecog())
    assert item.detail == "the diagnosis says IIIA"


@pytest.mark.parametrize(
    ("icd10", "words", "expected"),
    [
        ("C83.30", "Diffuse large B-cell lymphoma", ("No stage record", "lymphoma-stage")),
        ("C90.00", "Multiple myeloma", ("No stage record", "cancer-stage")),
        ("C91.00", "Acute lymphoblastic leukemia", None),
        ("C92.00", "Acute myeloid leukemia", None),
    ],
)
def test_cancers_that_tnm_does_not_stage_get_the_form_of_their_system(icd10, words, expected):
    found = told(condition(icd10=icd10, words=words, **HISTOLOGY), status(), ecog())
    assert [(item.text, item.form) for item in found] == ([expected] if expected else [])


def test_surgery_asks_for_a_pathologic_stage():
    (item,) = told(*complete(surgery()))
    assert item.text == "No pathologic stage after surgery"
    assert (item.detail, item.form) == ("Lumpectomy of breast, 21-Apr-2026", "tnm-stage")


@pytest.mark.parametrize(
    "more",
    [
        (surgery(**intent("Diagnostic intent")),),
        (surgery(status="preparation"),),
        (surgery(reasonReference=[{"reference": "Condition/other"}]),),
        (surgery(), *stage("pathologic", "IIB", ("pT2", "pN1", "cM0"), "2026-04-28")),
    ],
)
def test_no_pathologic_stage_is_asked_for_without_need(more):
    assert "No pathologic stage after surgery" not in texts(*complete(*more))


def test_stages_that_contradict_each_other_are_told():
    diagnosis = condition(**WHOLE, stage=[{"summary": {"text": "IIIA"}, "type": {"text": "Old"}}])
    (item,) = told(diagnosis, *stage(), status(), ecog())
    assert (item.text, item.detail) == ("Diagnosis says IIIA, stage records say IIB", "Old")


@pytest.mark.parametrize("gleason", [True, False])
def test_a_grade_group_alone_is_no_stage(gleason):
    grade = observation("g", coded(SNOMED, "385377005"), concept_value("Group 3"), focus=[CANCER])
    stages = [grade] if gleason else []
    assert texts(condition(**WHOLE), *stages, status(), ecog()) == ["No stage record"]


def test_a_disease_status_without_an_answer_is_none():
    reason = {"dataAbsentReason": {"coding": [{"code": "not-asked"}]}}
    about = {"focus": [CANCER], "on": "2026-11-01"}
    unanswered = observation("s", coded(LOINC, "97509-4"), **about, **reason)
    (item,) = told(condition(**WHOLE), *stage(), status(), unanswered, ecog())
    assert (item.text, item.detail) == ("No disease status", "last entry: not asked, 01-Nov-2026")


@pytest.mark.parametrize(
    ("on", "state", "expected"),
    [
        ("2026-05-25", "active", []),
        ("2026-05-24", "active", ["last: Responding, 24-May-2026"]),
        ("2025-07", "relapse", ["last: Responding, Jul-2025"]),
        ("2025-07", "remission", []),
    ],
)
def test_of_an_active_cancer_a_status_is_wanted_every_six_months(on, state, expected):
    diagnosis = condition(**{**WHOLE, "clinicalStatus": {"coding": [{"code": state}]}})
    found = told(diagnosis, *stage(), status(on=on), ecog())
    assert [item.detail for item in found] == expected


def test_no_new_status_is_asked_of_the_dead():
    dead = {**PATIENT, "deceasedDateTime": "2026-11-20"}
    assert texts(condition(**WHOLE), *stage(), status(on="2025-07-01"), patient=dead) == []


def test_histology_may_stand_on_the_diagnosis_or_in_a_pathology_result():
    bare = (condition(**LEFT), *stage(), status(), ecog())
    assert texts(*bare) == ["No histology"]
    related = {
        "extension": [
            {
                "url": EXTENSION["related-condition"],
                "valueReference": {"reference": "Condition/c"},
            }
        ]
    }
    result = observation("h", coded(LOINC, "31206-6"), concept_value("Ductal"), **related)
    assert texts(*bare, result) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ["No side (laterality) on the diagnosis"]),
        ({"bodySite": [{"text": "Left breast structure"}]}, []),
        ({"icd10": "C61", "words": "Prostate cancer"}, []),
        ({"icd10": "C34.32", "words": "Lung cancer"}, ["No side (laterality) on the diagnosis"]),
        (
            {"code": coded(SNOMED, "1", "Renal cell carcinoma")},
            ["No side (laterality) on the diagnosis"],
        ),
    ],
)
def test_the_side_is_asked_for_where_the_organ_has_two(more, expected):
    assert texts(condition(**HISTOLOGY, **more), *stage(), status(), ecog()) == expected


def test_a_side_that_only_the_name_says_is_mentioned():
    found = told(condition(**HISTOLOGY), *stage(), status(), ecog())
    assert found[0].detail == "its name says left"


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([ecog(0, "2026-08-24")], None),
        ([ecog(1, "2026-08-23")], "last: ECOG 1, 23-Aug-2026"),
        ([], ""),
    ],
)
def test_a_performance_status_is_wanted_every_three_months(scores, expected):
    found = told(condition(**WHOLE), *stage(), status(), *scores)
    assert [item.detail for item in found] == ([] if expected is None else [expected])


def test_no_performance_status_is_asked_of_the_dead():
    dead = {**PATIENT, "deceasedBoolean": True}
    assert texts(condition(**WHOLE), *stage(), status(), patient=dead) == []


def test_with_several_cancers_each_line_names_its_own():
    second = condition("d", icd10="C61", words="Prostate cancer", **HISTOLOGY)
    found = told(*complete(second))
    assert {(item.text, item.detail) for item in found} == {
        ("No stage record", "Prostate cancer"),
        ("No disease status", "Prostate cancer"),
    }


def test_a_chart_without_a_cancer_misses_nothing():
    assert told(tested=False) == ()


def test_what_the_diagnosis_lacks_leads_to_the_diagnosis():
    found = told(condition(), *stage(), status(), ecog())
    assert [(item.text, item.form, item.key) for item in found] == [
        ("No histology", None, "Condition/c"),
        ("No side (laterality) on the diagnosis", None, "Condition/c"),
    ]


def test_status_and_performance_lead_to_their_forms():
    found = told(condition(**WHOLE), *stage())
    assert [(item.text, item.form, item.about) for item in found] == [
        ("No disease status", "disease-status", "c"),
        ("No performance status (ECOG) in the last 3 months", "ecog", None),
    ]


def test_a_child_is_asked_for_the_lansky_scale():
    child = {**PATIENT, "birthDate": "2015-01-01"}
    (item,) = told(condition(**WHOLE), *stage(), status(), patient=child)
    assert (item.text, item.form) == (
        "No performance status (Lansky) in the last 3 months",
        "lansky",
    )


@pytest.mark.parametrize(
    ("more", "results", "expected"),
    [
        ({}, receptors(), None),
        ({}, receptors()[:2], "No HER2 status"),
        ({}, [], "No ER, PR, HER2 status"),
        ({"icd10": "D05.12", "words": "Ductal carcinoma in situ, breast"}, [], None),
        ({"icd10": "C61", "words": "Prostate cancer"}, [], None),
        (
            {"code": coded(SNOMED, "1", "Malignant neoplasm of breast")},
            [],
            "No ER, PR, HER2 status",
        ),
    ],
)
def test_receptors_are_asked_for_of_an_invasive_breast_cancer(more, results, expected):
    chart = (condition(**{**WHOLE, **more}), *stage(), status(), ecog(), *results)
    found = [item for item in told(*chart, tested=False) if item.form == "tumor-marker-test"]
    assert [item.text for item in found] == ([expected] if expected else [])
    assert [item.about for item in found] == (["c"] if expected else [])


def test_what_can_hardly_be_true_is_told_by_its_kind():
    dead = {**PATIENT, "deceasedDateTime": "2026-05-01"}
    chart = [
        condition(**WHOLE),
        *stage(),
        status(on="2026-03-01"),
        *(surgery(on=day) for day in ("2026-05-02", "2026-05-03", "2026-05-04", "2026-05-05")),
        ecog(7),
    ]
    found = {item.text: item for item in told(*chart, patient=dead, tested=False)}
    late = found["5 entries dated after the death"]
    assert late.detail.startswith("Performance status, 02-Nov-2026; Lumpectomy of breast, ")
    assert late.detail.endswith("; 2 more")
    assert late.key is None
    assert (
        found["1 entry with a score that the scale does not have"].key
        == "Observation/ecog-2026-11-02"
    )


def test_it_is_told_where_there_is_no_cancer_too(summary_page):
    late = observation("wbc", coded(LOINC, "6690-2", "WBC"), {"valueInteger": 5}, "2027-03-01")
    page = summary_page(record(late))
    words = next(words for name, (words, _) in page.sections().items() if "To complete" in name)
    assert "1 entry dated in the future" in words
    assert "WBC, 01-Mar-2027" in words
