"""Stages that cannot both be true are told; those that follow one another are not."""

import pytest

from app.summary.contradictions import contradictions
from tests.summary.resources import (
    CANCER,
    NCIT,
    SNOMED,
    coded,
    concept_value,
    condition,
    observation,
    record,
    stage,
)

P1, P2 = ("pT3", "pN1", "cM0"), ("pT1", "pN0", "cM0")
YP = ("ypT1", "ypN0", "cM0")
AJCC7, AJCC8 = (coded(SNOMED, code) for code in ("443830009", "897275008"))


def told(*resources, diagnosis=None):
    (primary,) = record(diagnosis or condition(), *resources).primaries
    return list(contradictions(primary))


def another(*args, **more):
    """Return a stage whose Observations have ids of their own."""
    head, *parts = stage(*args, **more)
    for part in parts:
        part["id"] += "-2"
    members = [{"reference": f"Observation/{part['id']}"} for part in parts]
    return [{**head, "id": f"{head['id']}-2", "hasMember": members}, *parts]


@pytest.mark.parametrize(
    ("summary", "expected"),
    [("IIIA", ["Diagnosis says IIIA, stage records say IIB"]), ("Stage 2B", []), ("late", [])],
)
def test_the_diagnosis_and_the_stage_records_are_compared(summary, expected):
    diagnosis = condition(stage=[{"summary": {"text": summary}}])
    assert [words for words, _ in told(*stage(), diagnosis=diagnosis)] == expected


def test_two_pathologic_groups_contradict_each_other_whatever_their_days():
    first = stage("pathologic", "IA", P2, "2026-04-24")
    second = another("pathologic", "IIIC", P1, "2026-05-02")
    assert told(*first, *second) == [
        ("Two pathologic stages: IA and IIIC", "24-Apr-2026, 02-May-2026")
    ]


@pytest.mark.parametrize(
    ("on", "expected"),
    [("2026-03-20", [("Two clinical stages: IIB and IV", "20-Mar-2026")]), ("2026-04-01", [])],
)
def test_two_clinical_groups_contradict_each_other_on_one_day(on, expected):
    found = told(*stage(), *another("clinical", "IV", ("cT2", "cN1", "cM1"), on))
    assert [(sorted(words.split()), when) for words, when in found] == [
        (sorted(words.split()), when) for words, when in expected
    ]


def test_categories_are_compared_where_the_groups_agree():
    found = told(*stage(), *another(categories=("cT3", "cN1", "cM0")))
    assert {words for words, _ in found} <= {
        "Two clinical stages: cT2 and cT3",
        "Two clinical stages: cT3 and cT2",
    }
    assert len(found) == 1


@pytest.mark.parametrize(
    "second",
    [
        another("pathologic", "IA", P2),
        another("pathologic", "IIIC", YP),
        another("pathologic", "IIIC", P1, status="preliminary"),
        another("pathologic", "IIIC", P1, method=AJCC7),
        another("pathologic", "IIIC", P1, status="entered-in-error"),
        stage("clinical", "IIIC", ("cT3", "cN1", "cM0")),
    ],
    ids=["the same", "after therapy", "preliminary", "another edition", "withdrawn", "clinical"],
)
def test_stages_of_another_kind_or_of_one_mind_do_not_contradict(second):
    first = stage("pathologic", "IA", P2, method=AJCC8 if second[0].get("method") else None)
    assert told(*first, *second) == []


def test_other_systems_are_compared_on_one_day():
    iss = [
        observation(id_, coded(NCIT, "C139007"), concept_value(group), on, focus=[CANCER])
        for id_, group, on in (
            ("a", "II", "2026-03-20"),
            ("b", "III", "2026-03-20"),
            ("c", "I", "2026-05-01"),
        )
    ]
    ((words, when),) = told(*iss)
    assert words.startswith("Two Myeloma ISS stages: ")
    assert when == "20-Mar-2026"
