"""Procedures: surgery with its site, radiotherapy with its dose, and what only looked for it."""

import pytest

from app.mcode.profiles import EXTENSION, STRUCTURES
from app.summary.treatments import treatments
from tests.summary.resources import SNOMED, coded, condition, intent, record, surgery


def rows(*resources):
    return treatments(record(condition(), *resources))


def test_an_operation_has_its_day_site_and_surgeon():
    (row,) = rows(
        surgery(
            performer=[{"actor": {"display": "Dr Sofia"}}],
            bodySite=[{"text": "Left breast"}],
            **intent("Curative - procedure intent"),
        )
    )
    assert (row.lane, row.period, row.detail) == ("Surgery", ("21-Apr-2026", ""), "Left breast")
    assert (row.intent, row.by, row.diagnostic) == ("Curative", "Dr Sofia", False)
    assert row.reasons == {"Condition/c"}


@pytest.mark.parametrize(
    "more", [{"words": "Core needle biopsy"}, {"words": "Excision", **intent("Diagnostic intent")}]
)
def test_a_biopsy_is_no_resection(more):
    (row,) = rows(surgery(**more))
    assert (row.lane, row.diagnostic) == ("Procedure", True)


def test_radiotherapy_has_dose_and_fractions_for_each_volume():
    volume = {
        "resourceType": "BodyStructure",
        "id": "v",
        "patient": {"reference": "Patient/p"},
        "description": "PTV left breast",
    }
    dose = {
        "url": EXTENSION["volume"],
        "extension": [
            {"url": "volume", "valueReference": {"reference": "BodyStructure/v"}},
            {"url": "totalDoseDelivered", "valueQuantity": {"value": 5000, "unit": "cGy"}},
            {"url": "fractionsDelivered", "valueUnsignedInt": 25},
        ],
    }
    technique = {
        "url": f"{STRUCTURES}mcode-radiotherapy-modality-and-technique",
        "extension": [
            {
                "url": f"{STRUCTURES}mcode-radiotherapy-modality",
                "valueCodeableConcept": {"text": "Photons"},
            }
        ],
    }
    course = surgery(
        code=coded(SNOMED, "1217123003", "Breast radiotherapy"),
        performedDateTime=None,
        performedPeriod={"start": "2026-10-08"},
        status="in-progress",
        extension=[dose, technique],
    )
    (row,) = rows(course, volume)
    assert row.detail == "PTV left breast: 5000 cGy in 25 fractions · Photons"
    assert (row.lane, row.period) == ("Radiotherapy", ("08-Oct-2026", "onwards"))
    assert [(part.detail, part.key) for part in row.parts] == [
        ("PTV left breast", "BodyStructure/v")
    ]


DAYS = [f"2026-{month:02}-{day:02}" for month in (3, 4) for day in range(1, 29)]


def fraction(day, id_=None, words="External beam radiotherapy", **more):
    return surgery(
        code={"text": words}, category=None, performedDateTime=day, id=id_ or f"f-{day}", **more
    )


@pytest.mark.parametrize("numbered", [False, True])
def test_thirty_fractions_are_one_course(numbered):
    names = [f"Radiotherapy, fraction {n + 1} of 30" if numbered else "IMRT" for n in range(30)]
    done = [fraction(day, words=name) for day, name in zip(DAYS, names, strict=False)]
    (row,) = rows(*done)
    assert (row.lane, row.notes) == ("Radiotherapy", ("30 fractions in this chart",))
    assert row.name == ("Radiotherapy, fraction" if numbered else "IMRT")
    assert row.period == ("01-Mar-2026", "to 02-Apr-2026")
    assert [part.key for part in row.parts] == [f"Procedure/f-{day}" for day in DAYS[29::-1]]
    assert row.parts_name == "Each session"
    assert row.reasons == {"Condition/c"}


@pytest.mark.parametrize(
    ("more", "days"),
    [
        ({}, ("2026-01-05", "2026-03-05")),
        ({"bodySite": [{"text": "Spine"}]}, ("2026-01-05", "2026-01-06")),
        ({"code": {"text": "Brachytherapy"}}, ("2026-01-05", "2026-01-06")),
    ],
)
def test_a_pause_another_site_or_another_kind_is_another_course(more, days):
    first = [fraction(f"2026-01-0{day}", f"a-{day}") for day in (1, 2)]
    later = [fraction(day, f"b-{day}") | more for day in days]
    found = rows(*first, *later)
    shown = {part.key for row in found for part in row.parts} | {row.key for row in found}
    assert {f"Procedure/{item['id']}" for item in (*first, *later)} <= shown
    assert len(found) >= 2
    periods = {row.period for row in found}
    assert all("Jan" in start for start, _ in periods) or ("05-Mar-2026", "") in periods


def test_fractions_that_name_their_course_stand_in_its_row():
    course = fraction("2026-03-01", "course")
    course["performedDateTime"] = None
    course["performedPeriod"] = {"start": "2026-03-01", "end": "2026-04-10"}
    of = {"partOf": [{"reference": "Procedure/course"}]}
    (row,) = rows(course, *(fraction(day, **of) for day in DAYS[:3]))
    assert (row.key, row.notes) == ("Procedure/course", ("3 fractions in this chart",))
    assert (len(row.parts), row.period) == (3, ("01-Mar-2026", "to 10-Apr-2026"))


def test_records_of_radiation_management_are_no_fractions():
    done = [fraction(day, words="RADIATION TX MANAGEMENT X5") for day in DAYS[:11:5]]
    (row,) = rows(*done)
    assert row.notes == ("3 sessions in this chart",)


def test_two_records_of_a_day_are_one_day_of_treatment():
    done = [fraction(DAYS[0], f"{n}") for n in range(2)] + [fraction(DAYS[1])]
    (row,) = rows(*done)
    assert row.notes == ("3 fractions in this chart, on 2 days",)


def test_chemotherapy_procedures_are_systemic_and_part_where_they_pause():
    days = ("2025-01-06", "2025-01-27", "2025-02-17", "2026-02-02", "2026-02-23")
    found = rows(*(fraction(day, words="Chemotherapy (procedure)") for day in days))
    assert [(row.lane, row.name, row.notes) for row in found] == [
        ("Systemic", "Chemotherapy", ("2 sessions in this chart",)),
        ("Systemic", "Chemotherapy", ("3 sessions in this chart",)),
    ]
    assert [row.period[0] for row in found] == ["02-Feb-2026", "06-Jan-2025"]


def test_what_lasts_minutes_is_one_day():
    (row,) = rows(
        surgery(
            performedDateTime=None,
            performedPeriod={"start": "2026-04-21T08:00:00Z", "end": "2026-04-21T09:30:00Z"},
        )
    )
    assert row.period == ("21-Apr-2026", "")


def test_tests_and_biopsies_stand_under_procedures_and_treatments_says_so(summary_page):
    found = record(
        condition(),
        surgery(),
        surgery("Core needle biopsy of breast", "2026-02-02"),
        fraction("2026-02-01", words="Mammography"),
    )
    page = summary_page(found)
    treated, also = (page.sections()[name][0] for name in ("Treatments", "Also in the chart"))
    assert "Lumpectomy of breast" in treated
    assert "2 more under Procedures" in treated
    for words in ("Core needle biopsy", "Mammography"):
        assert words not in treated
        assert words in also
