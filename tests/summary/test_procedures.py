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
