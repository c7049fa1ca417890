"""Which Conditions record one cancer: visits repeat a diagnosis, and two cancers stay two."""

import time
from itertools import cycle
from types import SimpleNamespace

import pytest

from app.mcode.assembly import assemble
from app.mcode.diagnoses import same_diagnoses
from app.mcode.profiles import EXTENSION

PATIENT = {"resourceType": "Patient", "id": "p"}
SUBJECT = {"subject": {"reference": "Patient/p"}}
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
SNOMED = "http://snomed.info/sct"
CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
BREAST = {"coding": [{"system": ICD10CM, "code": "C50.412"}], "text": "Cancer of left breast"}


def icd10(code, words=None):
    return {"coding": [{"system": ICD10CM, "code": code}], **({"text": words} if words else {})}


def snomed(code, words):
    return {"coding": [{"system": SNOMED, "code": code, "display": words}]}


def condition(id_, code, category, **more):
    return {
        "resourceType": "Condition",
        "id": id_,
        **SUBJECT,
        "code": code,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "category": [{"coding": [{"system": CATEGORY, "code": category}]}],
        **more,
    }


def problem(id_, code=BREAST, onset="2025-01-10", **more):
    dated = {"onsetDateTime": onset} if onset else {}
    return condition(id_, code, "problem-list-item", **dated, **more)


def concern(id_, **more):
    return condition(id_, BREAST, "health-concern", **{"onsetDateTime": "2025-01-10", **more})


def visit(id_, code=BREAST, recorded="2026-01-10", **more):
    return condition(id_, code, "encounter-diagnosis", recordedDate=recorded, **more)


def at(side=None, histology=None):
    found = {}
    if side:
        concept = {"text": side}
        qualifier = {"url": EXTENSION["laterality"], "valueCodeableConcept": concept}
        found["bodySite"] = [{"text": "Breast structure", "extension": [qualifier]}]
    if histology:
        found["extension"] = [{"url": EXTENSION["histology"], "valueCodeableConcept": histology}]
    return found


def said(one, *others, same):
    names = [f"Condition/{name}" for name in (one, *others)]
    return SimpleNamespace(one=names[0], others=names[1:], same=same)


def groups(*conditions, decisions=()):
    found = same_diagnoses(conditions, decisions)
    return sorted([one["id"] for one in each.conditions] for each in found)


def doubts(*conditions):
    return {why for each in same_diagnoses(conditions) for why in each.doubts.values()}


def test_visits_repeat_the_problem_whatever_their_order():
    visits = [visit(f"v{month}", recorded=f"2026-0{month}-10") for month in range(1, 9)]
    assert groups(*visits, problem("dx")) == [["dx", *(f"v{n}" for n in range(1, 9))]]
    assert groups(problem("dx"), *reversed(visits))[0][0] == "dx"


def test_visits_alone_are_one_cancer_that_the_first_of_them_stands_for():
    assert groups(visit("b", recorded="2026-02-01"), visit("a", recorded="2026-01-01")) == [
        ["a", "b"]
    ]


def test_a_condition_of_mcode_stands_before_a_problem_without_profile_and_both_before_a_visit():
    profile = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-primary-cancer-condition"
    claims = problem("z", meta={"profile": [profile]})
    assert groups(visit("a"), problem("b"), claims) == [["z", "b", "a"]]
    assert groups(concern("o"), problem("p")) == [["p", "o"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (icd10("C50.412"), icd10("C50.912")),
        (icd10("C50.412"), icd10("C50.919")),
        (icd10("C34.11"), icd10("C34.90")),
        (icd10("C18.7"), icd10("C18.9")),
        (icd10("C83.38"), icd10("C83.30")),
        (icd10("C91.00"), icd10("C91.02")),
        (icd10("C90.00"), icd10("C90.01")),
        (icd10("C50.412"), {"coding": [{"system": ICD10, "code": "C50.4"}]}),
        (icd10("C50.412"), snomed("254837009", "Malignant neoplasm of breast (disorder)")),
        (snomed("408643008", "Infiltrating duct carcinoma of breast"), icd10("C50.412")),
        (icd10("C61"), {"text": "Prostate cancer"}),
        (snomed("399068003", "Malignant tumor of prostate"), {"text": "Carcinoma of prostate"}),
        (icd10("C61", "Adenocarcinoma of prostate"), icd10("C61", "Prostate CA")),
    ],
)
def test_a_visit_that_says_less_is_of_the_only_cancer_that_it_fits(one, other):
    assert groups(problem("dx", one), visit("v", other)) == [["dx", "v"]]
    assert groups(problem("dx", other), visit("v", one)) == [["dx", "v"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (icd10("C50.412"), icd10("C50.411")),  # the other side
        (icd10("C50.412"), icd10("C50.212")),  # another quadrant
        (icd10("C50.412"), icd10("C61")),
        (icd10("C50.412"), icd10("D05.12")),  # in situ
        (icd10("C50.412"), snomed("1", "Ductal carcinoma in situ of left breast")),
        (icd10("C82.00"), icd10("C82.10")),  # another grade of follicular lymphoma
        (icd10("C91.00"), icd10("C92.00")),
        (icd10("C18.2"), icd10("C18.7")),
        (icd10("C64.1"), icd10("C64.2")),
        (icd10("C34.11", "Squamous cell carcinoma"), icd10("C34.11", "Adenocarcinoma of lung")),
        (
            snomed("1", "Infiltrating duct carcinoma of breast"),
            snomed("2", "Lobular carcinoma of breast"),
        ),
        ({"text": "Melanoma of left arm"}, {"text": "Melanoma of right arm"}),
        ({"text": "Cancer"}, {"text": "Lung cancer"}),
    ],
)
def test_what_may_be_two_cancers_stays_two(one, other):
    assert len(groups(problem("dx", one), visit("v", other))) == 2


def test_side_and_histology_are_read_where_mcode_keeps_them():
    code = icd10("C50.919")
    left, right = problem("l", code, **at("Left")), visit("r", code, **at("Right"))
    assert len(groups(left, right)) == 2
    duct, lobular = icd10("x", "Infiltrating duct carcinoma"), icd10("y", "Lobular carcinoma")
    one, other = problem("d", **at(histology=duct)), visit("v", **at(histology=lobular))
    assert len(groups(one, other)) == 2
    assert doubts(one, other) == {"Their histology differs"}


def test_a_histology_of_pathology_counts_for_the_condition_that_it_names():
    def pathology(id_, words, about):
        return {
            "resourceType": "Observation",
            "id": id_,
            **SUBJECT,
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "31206-6"}]},
            "focus": [{"reference": f"Condition/{about}"}],
            "valueCodeableConcept": {"text": words},
        }

    found = [pathology("a", "Invasive lobular carcinoma", "dx")]
    assert len(assemble(PATIENT, [problem("dx"), visit("v"), *found]).primaries) == 1
    found.append(pathology("b", "Medullary carcinoma", "v"))
    assert len(assemble(PATIENT, [problem("dx"), visit("v"), *found]).primaries) == 2


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (problem("a"), problem("b"), "two entries of one list"),
        (problem("a", onset="2015-01"), concern("b"), "more than two months apart"),
        (problem("a", onset="2015-01"), problem("b"), "more than two months apart"),
        (problem("a", onset="2015"), visit("b", onsetDateTime="2025-01-10"), "two months apart"),
        (problem("a", onset=None), concern("b"), "not both have a date"),
        (
            problem("a", onset="2015-03-01", abatementDateTime="2016-01-01"),
            visit("b", recorded="2017-01-01"),
            "had ended before",
        ),
        (problem("a", onset="2015-03-01"), visit("b", recorded="2026-01-01"), "five years"),
        (problem("a"), visit("b", recorded="2023-06-01"), "a year before"),
    ],
)
def test_dates_keep_apart_what_may_be_a_recurrence_or_a_second_primary(one, other, why):
    assert len(groups(one, other)) == 2
    (said_,) = doubts(one, other)
    assert why in said_


def test_visits_bridge_the_years_between_one_another():
    visits = [visit(f"v{year}", recorded=f"{year}-02-01") for year in range(2016, 2027)]
    assert len(groups(problem("dx", onset="2015-03-01"), *visits)) == 1


def test_entries_of_two_lists_that_are_of_the_same_weeks_are_one():
    assert groups(problem("b"), concern("a", onsetDateTime="2025-02")) == [["b", "a"]]


def test_what_fits_two_cancers_alike_is_joined_to_neither():
    left, right = problem("l", icd10("C50.912")), problem("r", icd10("C50.911"))
    vague = [visit(f"v{n}", icd10("C50.919"), f"2026-0{n}-01") for n in range(1, 4)]
    assert groups(left, right, *vague) == [["l"], ["r"], ["v1", "v2", "v3"]]
    assert doubts(left, right, *vague) == {"It fits more than one cancer of this chart"}


def test_a_person_joins_and_parts_and_the_later_word_counts():
    old, new = problem("old", onset="2015-01-10"), problem("new")
    visits = [visit(f"v{n}", recorded=f"2025-0{n}-15") for n in range(2, 5)]
    chart = (old, new, *visits)
    assert groups(*chart) == [["new", "v2", "v3", "v4"], ["old"]]
    join = said("old", "new", same=True)
    assert groups(*chart, decisions=[join]) == [["old", "new", "v2", "v3", "v4"]]
    part = said("new", "old", "v2", "v3", "v4", same=False)
    assert groups(*chart, decisions=[join, part])[0] == ["new"]
    assert groups(*chart, decisions=[part, join]) == [["old", "new"], ["v2", "v3", "v4"]]
    assert len(groups(*chart, decisions=[said("gone", "old", same=True)])) == 2


def test_what_a_person_joined_takes_the_visits_of_either():
    words = problem("w", {"text": "Tumor of the left mamma, malignant"})
    join = said("w", "dx", same=True)
    assert groups(words, problem("dx"), visit("v"), decisions=[join]) == [["dx", "w", "v"]]


def test_one_that_a_person_took_out_stays_out_when_another_visit_comes():
    visits = [visit(f"v{n}", recorded=f"2026-0{n}-15") for n in range(1, 4)]
    part = said("v3", "dx", "v1", "v2", same=False)
    assert groups(problem("dx"), *visits, decisions=[part]) == [["dx", "v1", "v2"], ["v3"]]


def test_all_that_names_any_of_them_or_none_is_of_the_one_cancer():
    def marker(id_, focus):
        named = {"focus": [{"reference": f"Condition/{focus}"}]} if focus else {}
        code = {"coding": [{"system": "http://loinc.org", "code": "85337-4"}]}
        more = {"status": "final", "code": code, "valueCodeableConcept": {"text": "Positive"}}
        return {"resourceType": "Observation", "id": id_, **SUBJECT, **more, **named}

    stated = [{"summary": {"text": "Stage IIA"}}]
    chart = [problem("dx", stage=stated), visit("v1"), visit("v2", stage=stated)]
    markers = [marker("m1", "dx"), marker("m2", "v2"), marker("m3", None)]
    record = assemble(PATIENT, [*chart, *markers])
    (primary,) = record.primaries
    assert {r["id"] for r in primary.biomarkers} == {"m1", "m2", "m3"}
    assert not record.unlinked.resources
    assert record.primary("v2") is record.primary("dx") is primary
    assert primary.reference == "Condition/dx"
    assert primary.diagnosed == "2025-01-10"
    assert len(primary.condition_stages) == 2
    assert {r["id"] for r in record.facts()} == {"dx", "v1", "v2", "m1", "m2", "m3"}


def test_the_day_of_a_visit_is_no_date_of_diagnosis():
    (primary,) = assemble(PATIENT, [visit("v1"), visit("v2")]).primaries
    assert primary.diagnosed is None
    listed = problem("dx", onset=None, recordedDate="2025-03-01")
    (primary,) = assemble(PATIENT, [listed, visit("v1")]).primaries
    assert primary.diagnosed == "2025-03-01"


@pytest.mark.fuzz
@pytest.mark.parametrize("many", [
    lambda n: visit(f"v{n:04}", recorded=f"2026-01-{n % 28 + 1:02}"),
    lambda n: problem(f"p{n:04}", {"text": f"Carcinoma of organ{n}"}),
    lambda n: visit(f"v{n:04}", {"text": f"Carcinoma of organ{n % 7} part{n}"}),
])  # fmt: skip
def test_thousands_of_conditions_are_compared_in_a_second(many):
    chart = [many(number) for number in range(2000)]
    begun = time.process_time()
    assert same_diagnoses(chart)
    assert time.process_time() - begun < 3


@pytest.mark.parametrize("said_in_turn", [[True], [False], [True, False]])
def test_as_much_said_of_visits_as_is_kept_takes_no_time(said_in_turn):
    visits = [visit(f"v{n}") for n in range(800)]
    names = [f"Condition/v{n}" for n in range(800)]
    turns = cycle(said_in_turn)
    said = [
        SimpleNamespace(one=one, others=(*names[:n], *names[n + 1 :]), same=next(turns))
        for n, one in enumerate(names[:200])
    ]
    began = time.thread_time()
    found = same_diagnoses(visits, said)
    assert time.thread_time() - began < 3
    assert sum(len(diagnosis.conditions) for diagnosis in found) == 800
