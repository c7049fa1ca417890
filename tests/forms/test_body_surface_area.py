from decimal import Decimal

import pytest

from app.forms.body_surface_area import BodySurfaceArea
from tests.forms.answering import amount, day
from tests.forms.entering import confirmed, existing, fresh, new, sentences, written
from tests.forms.patient import CHART

MOSTELLER, DUBOIS = "||Mosteller formula", "||DuBois formula"
NO_VITALS = [r for r in CHART if r["id"] not in {"height", "weight"}]


def area_of(resource):
    return resource["valueQuantity"]


def recorded(**more):
    return {
        "resourceType": "Observation",
        "id": "bsa",
        "meta": {"versionId": "2"},
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8277-6"}]},
        "subject": {"reference": "Patient/pat"},
        "effectiveDateTime": "2026-05-02T09:00:00Z",
        "valueQuantity": {
            "value": Decimal("1.79"),
            "unit": "square meter",
            "system": "http://unitsofmeasure.org",
            "code": "m2",
        },
        **more,
    }


def component(loinc, value, unit):
    return {
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}]},
        "valueQuantity": {"value": value, "unit": unit, "code": unit},
    }


def test_the_form_begins_with_what_was_measured_last_and_what_mosteller_makes_of_it():
    work = fresh(BodySurfaceArea)
    form = work.form
    # The root of 168 * 64 / 3600 is 1.7282.
    assert [form.height.data, form.weight.data] == [amount(168, "cm"), amount(64, "kg")]
    assert form.area.data == amount("1.73", "m2")
    assert [form.formula.text, form.date.data] == [MOSTELLER, day("2026-03-20")]
    assert work.origins["height"] == "measured 20-Mar-2026"
    assert work.origins["area"] == "computed: Mosteller formula, from 168 cm and 64 kg"
    assert ("By DuBois", "1.73 m²", "") in form.chart_context(work.subject)
    assert ("Weight", "64 kg", "20-Mar-2026") in form.chart_context(work.subject)


def test_a_computed_surface_is_a_vital_sign_that_says_how_and_from_what():
    (observation,) = written(new(BodySurfaceArea))
    profile = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-body-surface-area"
    assert observation["meta"]["profile"] == [profile]
    assert observation["category"][0]["coding"][0]["code"] == "vital-signs"
    assert observation["code"]["coding"][0]["code"] == "8277-6"
    assert area_of(observation) == {
        "value": Decimal("1.73"),
        "unit": "m²",
        "system": "http://unitsofmeasure.org",
        "code": "m2",
    }
    assert observation["method"] == {"text": "Mosteller formula"}
    assert [
        (part["code"]["coding"][0]["code"], part["valueQuantity"]["value"])
        for part in observation["component"]
    ] == [("8302-2", 168), ("29463-7", 64)]
    assert [source["reference"] for source in observation["derivedFrom"]] == [
        "Observation/height",
        "Observation/weight",
    ]
    assert observation["effectiveDateTime"] == "2026-03-20"
    assert "focus" not in observation


def test_a_weight_that_was_typed_is_kept_and_not_said_to_be_from_the_chart():
    (observation,) = written(new(BodySurfaceArea, weight="141 [lb_av]", area="1.73 m2"))
    weight = observation["component"][1]["valueQuantity"]
    assert (weight["value"], weight["code"], weight["unit"]) == (141, "[lb_av]", "lb")
    assert [source["reference"] for source in observation["derivedFrom"]] == ["Observation/height"]


def test_the_surface_is_computed_anew_from_what_is_typed():
    work = new(BodySurfaceArea, weight="70 kg", formula="", area="")
    assert work.compute()
    # The root of 168 * 70 / 3600 is 1.8074.
    assert [work.form.area.data, work.form.formula.text] == [amount("1.81", "m2"), MOSTELLER]
    assert work.origins["area"] == "computed: Mosteller formula, from 168 cm and 70 kg"
    work = new(BodySurfaceArea, weight="70 kg", formula=DUBOIS)
    assert work.compute()
    assert work.form.area.data == amount("1.79", "m2")
    work = new(BodySurfaceArea, weight="", area="1.5 m2")
    assert not work.compute()
    assert work.form.area.data == amount("1.5", "m2")


def test_a_surface_may_be_entered_without_a_formula():
    answers = {"area": "1.9 m2", "date": "2026-11-20"}
    (observation,) = written(new(BodySurfaceArea, answers=answers))
    assert area_of(observation)["value"] == Decimal("1.9")
    assert not {"method", "component", "derivedFrom"} & set(observation)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"area": ""}, {"area": "Enter the body surface area"}),
        ({"area": "17 m2"}, {"area": "Enter a number of at most 4"}),
        ({"date": "2026-11"}, {"date": "Enter the day and month too"}),
        (
            {"date": "2027-11-01"},
            {"date": "Enter a date of the measurements that is not in the future"},
        ),
        ({"height": "1.68 cm"}, {"height": "Enter a number of at least 20"}),
        (
            {"height": "168 [in_i]"},
            {"height": "Enter a height from 20 to 260 cm, and choose the unit that it is in"},
        ),
        (
            {"weight": ""},
            {"weight": "Enter the weight that the formula needs, or take away the formula"},
        ),
    ],
)
def test_what_is_impossible_is_told_at_its_field(changes, told):
    assert sentences(new(BodySurfaceArea, **changes)) == told


def test_a_surface_that_the_formula_does_not_give_has_to_be_confirmed():
    work = new(BodySurfaceArea, weight="70 kg")
    assert sentences(work) == {
        "other-than-computed": "The Mosteller formula, from 168 cm and 70 kg, gives 1.81 m². "
        "Tick to confirm 1.73 m², or compute it anew"
    }
    assert area_of(written(confirmed(work))[0])["value"] == Decimal("1.73")
    assert written(new(BodySurfaceArea, area="1.75 m2"))


def test_a_height_and_weight_that_are_hardly_one_person_s_have_to_be_confirmed():
    work = new(BodySurfaceArea, height="64 cm", weight="168 kg")
    asked = sentences(work)["proportions"]
    assert asked.startswith("64 cm and 168 kg give a body mass index of 410.2.")


def test_a_second_surface_of_one_day_has_to_be_confirmed():
    asked = sentences(new(BodySurfaceArea, recorded(), date="2026-05-02"))
    assert asked["another-of-the-day"].startswith(
        "A body surface area of this day is on record already (1.79 m²)"
    )


def test_without_measurements_nothing_is_suggested():
    work = fresh(BodySurfaceArea, chart=NO_VITALS)
    assert not any(item.text for item in work.form.asked.values())
    assert work.form.chart_context(work.subject) == []


def test_an_amendment_keeps_unit_time_and_sources_that_were_not_changed():
    before = recorded(
        method={"text": "Mosteller formula"},
        component=[component("8302-2", 163, "cm"), component("29463-7", 70, "kg")],
        derivedFrom=[{"reference": "Observation/height"}, {"reference": "Observation/weight"}],
    )
    assert written(existing(BodySurfaceArea, before, height="163 cm")) == []
    (after,) = written(existing(BodySurfaceArea, before, weight="71 kg", area="1.80 m2"))
    assert area_of(after)["unit"] == "square meter"
    assert after["effectiveDateTime"] == before["effectiveDateTime"]
    assert [part["valueQuantity"]["value"] for part in after["component"]] == [163, 71]
    assert after["derivedFrom"] == [{"reference": "Observation/height"}]


def test_a_method_of_another_kind_stays():
    before = recorded(method={"text": "Haycock"})
    work = existing(BodySurfaceArea, before)
    assert work.form.display("formula") == "Haycock (as in the chart)"
    (after,) = written(existing(BodySurfaceArea, before, area="1.80 m2"))
    assert after["method"] == {"text": "Haycock"}


@pytest.mark.parametrize(
    "missing",
    [
        {"dataAbsentReason": {"text": "Not done"}},
        {"valueString": "Not done"},
    ],
)
def test_a_surface_takes_the_place_of_what_is_none(missing):
    before = {**recorded(), **missing}
    before.pop("valueQuantity")
    work = existing(BodySurfaceArea, before)
    assert work.form.area.data is None
    assert work.origins["area"] == "in the chart: Not done"
    (after,) = written(existing(BodySurfaceArea, before, area="1.80 m2"))
    assert area_of(after)["value"] == Decimal("1.80")
    assert not set(missing) & set(after)


def test_a_surface_that_the_chart_holds_as_a_bound_can_be_amended():
    bound = {**recorded()["valueQuantity"], "value": Decimal("1.7"), "comparator": ">"}
    before = recorded(
        valueQuantity=bound,
        method={"text": "Mosteller formula"},
        component=[component("8302-2", 168, "cm"), component("29463-7", 64, "kg")],
    )
    work = existing(BodySurfaceArea, before)
    assert work.form.area.data == amount("1.7", "m2", ">")
    assert written(existing(BodySurfaceArea, before, height="168 cm")) == []
    (after,) = written(existing(BodySurfaceArea, before, note="as reported"))
    assert after["valueQuantity"] == bound
    (after,) = written(existing(BodySurfaceArea, before, area="1.73 m2"))
    assert (area_of(after)["value"], "comparator" in area_of(after)) == (Decimal("1.73"), False)
    told = sentences(existing(BodySurfaceArea, before, area=">1.8 m2"))
    assert told == {"area": "Enter a number, such as 12 or 0.5"}


def test_the_code_of_a_surface_by_formula_opens_too():
    derived = {"coding": [{"system": "http://loinc.org", "code": "3140-1"}]}
    work = existing(BodySurfaceArea, recorded(code=derived))
    assert work.form.area.data == amount("1.79", "m2")
