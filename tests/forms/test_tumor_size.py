import pytest

from app.forms.tumor_size import TumorSize
from tests.forms.cases import CONDITION, SNOMED, concept
from tests.forms.entering import confirmed, existing, fresh, new, sentences, written

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


def component(code, value, unit="mm"):
    return {
        "code": concept(code, code, LOINC),
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
    }


def recorded(**more):
    return {
        "resourceType": "Observation",
        "id": "before",
        "meta": {"versionId": "1"},
        "status": "final",
        "code": concept("21889-1", "Size Tumor", LOINC),
        "subject": {"reference": "Patient/pat"},
        "focus": [{"reference": "BodyStructure/lump"}],
        "effectiveDateTime": "2026-03-16",
        "method": concept("16310003", "Ultrasound"),
        "component": [component("33728-7", 26), component("33729-5", 20)],
        **more,
    }


def test_a_size_is_written_about_the_tumor_with_how_it_was_measured():
    (size,) = written(new(TumorSize))
    profile = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-tumor-size"
    assert size["meta"]["profile"] == [profile]
    assert size["code"]["coding"] == [{"system": LOINC, "code": "21889-1"}]
    assert size["focus"] == [{"reference": "BodyStructure/lump"}]
    assert "specimen" not in size
    assert "category" not in size
    assert size["method"]["coding"][0]["code"] == "787377000"
    assert size["effectiveDateTime"] == "2026-04-24"
    assert [(c["code"]["coding"][0]["code"], c["valueQuantity"]) for c in size["component"]] == [
        ("33728-7", {"value": 28, "unit": "mm", "system": UCUM, "code": "mm"}),
        ("33729-5", {"value": 21, "unit": "mm", "system": UCUM, "code": "mm"}),
    ]


def test_the_size_of_a_specimen_names_the_specimen_alone():
    (size,) = written(new(TumorSize, measured="Specimen/core"))
    assert size["specimen"] == {"reference": "Specimen/core"}
    assert "focus" not in size


def test_a_new_entry_begins_with_the_only_tumor_and_shows_the_sizes_before():
    work = fresh(TumorSize, recorded())
    assert work.form.measured.text == "BodyStructure/lump"
    assert work.origins == {"measured": "the tumor on record"}
    assert [option.label for option in work.form.measured.options] == [
        "Tumor: Tumor 1, Left breast structure",
        "Specimen: Tissue",
    ]
    assert work.form.chart_context(work.subject) == [
        ("On record", "26 x 20 mm", "16-Mar-2026 · Ultrasound")
    ]
    assert work.form.notices(work.subject) == []


def test_without_a_tumor_or_specimen_the_person_is_told_what_to_do_first():
    work = fresh(TumorSize, chart=[CONDITION])
    (told,) = work.form.notices(work.subject)
    assert told.endswith("and the chart has neither. Record the tumor first.")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"measured": "", "size": "", "date": ""},
            {
                "measured": "Choose the tumor or specimen that was measured",
                "size": "Enter the longest dimension",
                "date": "Enter the date of measurement",
            },
        ),
        ({"date": "2027"}, {"date": "Enter a date of measurement that is not in the future"}),
        (
            {"size": "31 cm"},
            {"unusual-size": "31 cm is an unusual size. Tick to confirm that it is right"},
        ),
        (
            {"size": "0.9 mm"},
            {"unusual-size": "0.9 mm is an unusual size. Tick to confirm that it is right"},
        ),
    ],
)
def test_what_cannot_be_or_is_seldom_meant_is_told(changes, told):
    assert sentences(new(TumorSize, **changes)) == told


def test_an_unusual_size_is_written_when_confirmed():
    (size,) = written(confirmed(new(TumorSize, size="31 cm")))
    assert size["component"][0]["valueQuantity"]["value"] == 31


def test_a_changed_dimension_changes_its_component_alone():
    (after,) = written(existing(TumorSize, recorded(), size="27 x 20 mm"))
    assert after == recorded(
        status="amended", component=[component("33728-7", 27), component("33729-5", 20)]
    )


def test_a_size_that_turns_to_a_specimen_leaves_the_tumor():
    (after,) = written(existing(TumorSize, recorded(), measured="Specimen/core"))
    expected = recorded(status="amended", specimen={"reference": "Specimen/core"})
    del expected["focus"]
    assert after == expected


def test_a_size_that_names_the_diagnosis_opens_and_may_turn_to_the_tumor():
    older = recorded(focus=[{"reference": "Condition/breast"}])
    work = existing(TumorSize, older)
    assert work.form.measured.text == "Condition/breast"
    (after,) = written(existing(TumorSize, older, measured="BodyStructure/lump"))
    assert after["focus"] == [{"reference": "BodyStructure/lump"}]


def test_dimensions_in_several_units_are_shown_and_stay():
    mixed = recorded(component=[component("33728-7", 2, "cm"), component("33729-5", 5)])
    work = existing(TumorSize, mixed, method=f"{SNOMED}|77477000")
    assert work.form.display("size") == "2 cm x 5 mm (as in the chart)"
    (after,) = written(work)
    assert after["component"] == mixed["component"]
    assert after["method"]["coding"][0]["code"] == "77477000"
