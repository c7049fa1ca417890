import pytest

from app.forms.karnofsky import Karnofsky
from tests.forms.entering import confirmed, existing, fresh, new, sentences, written
from tests.forms.patient import TODAY

PROFILE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-karnofsky-performance-status"
LOINC = "http://loinc.org"


def recorded(**more):
    return {
        "resourceType": "Observation",
        "id": "kps",
        "meta": {"versionId": "2"},
        "status": "final",
        "category": [{"text": "in the EHR's words"}],
        "code": {"coding": [{"system": LOINC, "code": "89243-0"}]},
        "subject": {"reference": "Patient/pat"},
        "effectiveDateTime": "2026-05-02",
        **more,
    }


def coded(code):
    return {"coding": [{"system": LOINC, "code": code}]}


def test_a_score_is_written_as_a_number_with_the_code_that_names_it():
    (observation,) = written(new(Karnofsky))
    assert observation["meta"]["profile"] == [PROFILE]
    assert observation["code"]["coding"] == [
        {"system": LOINC, "code": "89243-0", "display": "Karnofsky Performance Status score"}
    ]
    assert observation["category"][0]["coding"][0]["code"] == "survey"
    assert "focus" not in observation
    assert observation["valueInteger"] == 80
    (meaning,) = observation["interpretation"]
    assert meaning["coding"][0]["code"] == "LA29177-5"
    assert observation["effectiveDateTime"] == "2026-11-20"
    assert observation["note"] == [{"text": "Works half days"}]
    assert observation["performer"][0]["reference"] == "Practitioner/nancy"


@pytest.mark.parametrize(
    ("points", "code"),
    [("100", "LA29175-9"), ("50", "LA29180-9"), ("10", "LA29184-1"), ("0", "LA9627-6")],
)
def test_each_score_has_its_own_code(points, code):
    (observation,) = written(confirmed(new(Karnofsky, points=points)))
    assert observation["interpretation"][0]["coding"][0]["code"] == code
    assert observation["valueInteger"] == int(points)


def test_the_score_of_a_death_has_to_be_confirmed_where_the_chart_knows_of_none():
    asked = sentences(new(Karnofsky, points="0"))
    assert asked["dead"].endswith("Tick to confirm the score")
    died = {"deceasedDateTime": "2026-11-21"}
    assert written(new(Karnofsky, points="0", patient=died))


def test_what_is_impossible_is_told_at_its_field():
    assert sentences(new(Karnofsky, points="55")) == {"points": "Choose the Karnofsky score"}
    assert sentences(new(Karnofsky, date="2026-10")) == {"date": "Enter the day and month too"}
    assert sentences(new(Karnofsky, date="2027-01-05")) == {
        "date": "Enter a date of assessment that is not in the future"
    }


@pytest.mark.parametrize(("born", "told"), [("2012-01-01", 1), ("1964", 0), (None, 0)])
def test_a_child_s_form_names_the_scale_for_children(born, told):
    work = fresh(Karnofsky, patient={"birthDate": born})
    found = work.form.notices(work.subject)
    assert len(found) == told
    assert all("under 16" in words and "Lansky" in words for words in found)


def test_the_scores_before_stand_beside_the_form_without_those_of_other_scales():
    ecog = recorded(id="ecog", code=coded("89247-1"), valueInteger=1)
    work = fresh(Karnofsky, recorded(valueInteger=70), ecog)
    assert work.form.chart_context(work.subject) == [
        ("Karnofsky performance status", "70", "02-May-2026")
    ]


def test_an_amendment_changes_the_score_and_its_code_and_nothing_else():
    seen = {"system": "urn:local", "code": "watch"}
    before = recorded(
        valueInteger=90,
        interpretation=[coded("LA29176-7"), {"coding": [seen]}],
        method={"text": "interview"},
    )
    (after,) = written(existing(Karnofsky, before, points="60"))
    assert after["valueInteger"] == 60
    assert [c["coding"][0]["code"] for c in after["interpretation"]] == ["watch", "LA29179-1"]
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed == {"valueInteger", "interpretation", "status"}
    assert after["status"] == "amended"


def test_a_score_that_was_not_done_says_so_and_gives_way_to_one_that_was():
    before = recorded(dataAbsentReason={"text": "Not done"})
    work = existing(Karnofsky, before)
    assert work.origins["points"] == "in the chart: Not done"
    assert work.validate()
    (after,) = written(existing(Karnofsky, before, points="60"))
    assert after["valueInteger"] == 60
    assert "dataAbsentReason" not in after


def test_today_is_a_day_that_can_be_entered():
    (observation,) = written(new(Karnofsky, date=TODAY.isoformat()))
    assert observation["effectiveDateTime"] == "2026-11-24"
