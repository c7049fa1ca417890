"""An amendment is told with the name of who made it."""

import pytest

from app.mcode.authorship import amended_by, spoken_name
from tests.mcode.conftest import condition, observation

OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
STAGE = observation("g", "399537006", focus="c")


def provenance(id_="v", on="2026-11-24T10:42:00Z", code="UPDATE", target="Observation/g", **who):
    return {
        "resourceType": "Provenance",
        "id": id_,
        "target": [{"reference": "Observation/other"}, {"reference": target}],
        "recorded": on,
        "activity": {"coding": [{"system": OPERATION, "code": code}]},
        "agent": [
            {"type": {"coding": [{"code": "assembler"}]}, "who": {"display": "Some app"}},
            {"type": {"coding": [{"code": "author"}]}, "who": who or {"display": "Dr Owen"}},
        ],
    }


@pytest.fixture
def found(chart):
    return lambda *more: amended_by(chart.read(condition("c"), STAGE, *more), STAGE)


@pytest.mark.parametrize(
    "target",
    ["Observation/g", "Observation/g/_history/2", "https://ehr.example.org/fhir/Observation/g"],
)
def test_the_author_of_an_update_is_told_with_its_date(found, target):
    assert found(provenance(target=target)) == ("Dr Owen", "2026-11-24T10:42:00Z")


def test_the_newest_amendment_counts(found):
    older = provenance("old", "2026-10-01T09:00:00Z", display="Dr Ravi")
    assert found(provenance(), older) == ("Dr Owen", "2026-11-24T10:42:00Z")


@pytest.mark.parametrize(
    "other",
    [
        provenance(code="CREATE"),
        provenance(target="Observation/x"),
        provenance(target="Condition/g"),
        {**provenance(), "activity": None},
        {**provenance(), "agent": []},
        {**provenance(), "target": "Observation/g"},
    ],
)
def test_what_is_no_amendment_of_it_by_anybody_is_not_told(found, other):
    assert found(other) is None


def test_a_person_without_a_name_there_is_looked_up(found):
    owen = {
        "resourceType": "Practitioner",
        "id": "o",
        "name": [{"prefix": ["Dr"], "given": ["Owen"], "family": "Oncologist"}],
    }
    signed = provenance(reference="Practitioner/o")
    assert found(signed, owen) == ("Dr Owen Oncologist", "2026-11-24T10:42:00Z")
    assert found(signed) is None


@pytest.mark.parametrize(
    ("names", "spoken"),
    [("Clinic", "Clinic"), ([{"text": "Dr O"}], "Dr O"), ([{}], None), (None, None)],
)
def test_names_are_spoken_as_people_say_them(names, spoken):
    assert spoken_name(names) == spoken
