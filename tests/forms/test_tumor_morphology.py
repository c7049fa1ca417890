import pytest

from app.forms._registry import form_for
from app.forms._saving.plan import plan_entry, plan_retraction
from app.forms.tumor_morphology import TumorMorphology
from tests.forms.cases import CONDITION, SNOMED, concept
from tests.forms.entering import existing, fresh, new, record_of, sentences, written
from tests.forms.patient import AUTHOR, CHART

LOINC = "http://loinc.org"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
ICDO3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
HIGH, LOW = f"{SNOMED}|1155707008", f"{SNOMED}|1155708003"
ABOUT = {
    "url": f"{MCODE}related-condition",
    "valueReference": {"reference": "Condition/breast"},
}


def finding(id_, code, system, **more):
    return {
        "resourceType": "Observation",
        "id": id_,
        "meta": {"versionId": "1"},
        "status": "final",
        "code": concept(code, id_, system),
        "subject": {"reference": "Patient/pat"},
        "extension": [ABOUT],
        "effectiveDateTime": "2026-03-16",
        **more,
    }


HISTOLOGY = finding(
    "histology", "31206-6", LOINC, valueCodeableConcept=concept("8500/3", "Ductal", ICDO3)
)
GRADE = finding("grade", "C18000", NCIT, valueCodeableConcept=concept("1155708003", "Grade 1"))
PANEL = finding(
    "panel",
    "77753-2",
    LOINC,
    hasMember=[
        {"reference": "Observation/gleason"},
        {"reference": "Observation/grade", "display": "grade"},
        {"reference": "Observation/histology"},
    ],
)


def by_code(resources):
    return {resource["code"]["coding"][0]["code"]: resource for resource in resources}


def test_type_and_grade_are_written_as_a_panel():
    found = by_code(written(new(TumorMorphology)))
    histology, grade, panel = (found[code] for code in ("31206-6", "C18000", "77753-2"))
    assert histology["valueCodeableConcept"] == concept(
        "8500/3", "Invasive ductal carcinoma", ICDO3
    )
    assert grade["valueCodeableConcept"]["coding"][0]["code"] == "1286893008"
    assert grade["method"] == concept("449205006", "Nottingham histologic grading system")
    for resource in (histology, grade, panel):
        assert resource["extension"] == [ABOUT]
        assert resource["specimen"] == {"reference": "Specimen/core"}
        assert resource["effectiveDateTime"] == "2026-03-16"
        assert resource["category"][0]["coding"][0]["code"] == "laboratory"
        assert "focus" not in resource
    assert [resource["meta"]["profile"] for resource in (histology, grade, panel)] == [
        [f"{MCODE}histologic-behavior-and-type"],
        [f"{MCODE}histologic-grade"],
        [f"{MCODE}tumor-morphology"],
    ]


def test_the_panel_holds_what_is_written_with_it():
    work = new(TumorMorphology)
    assert work.validate(), work.problems()
    writes = plan_entry(work.form, work.subject, AUTHOR, "draft-1").writes
    panel = writes[-1].after
    assert [m["reference"] for m in panel["hasMember"]] == [w.full_url for w in writes[:-1]]


def test_a_grade_alone_makes_a_panel_of_one():
    found = by_code(written(new(TumorMorphology, histology="")))
    assert set(found) == {"C18000", "77753-2"}
    assert len(found["77753-2"]["hasMember"]) == 1


def test_a_new_entry_begins_with_the_histology_of_the_diagnosis():
    histology = {
        "url": f"{MCODE}histology-morphology-behavior",
        "valueCodeableConcept": {
            "coding": [{"system": ICDO3, "code": "8500/3", "display": "Infiltrating duct"}]
        },
    }
    condition = {**CONDITION, "extension": [*CONDITION["extension"], histology]}
    chart = [condition, *(r for r in CHART if r is not CONDITION)]
    work = fresh(TumorMorphology, GRADE, chart=chart)
    assert work.form.histology.text == f"{ICDO3}|8500/3|Infiltrating duct"
    assert work.origins == {"histology": "from the diagnosis, 12-Mar-2026"}
    assert work.form.chart_context(work.subject) == [("Histologic grade", "Grade 1", "16-Mar-2026")]
    assert fresh(TumorMorphology).form.histology.text == ""


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"histology": "", "grade": "", "system": ""},
            {"histology": "Enter the histologic type, the grade, or both"},
        ),
        ({"grade": ""}, {"grade": "Choose the grade that this system gave"}),
        (
            {"histology": f"{ICDO3}|8500|Ductal"},
            {"histology": "Enter the ICD-O-3 code as histology and behavior, such as 8500/3"},
        ),
        ({"date": ""}, {"date": "Enter the date of the finding"}),
        ({"date": "2026-03"}, {"date": "Enter the day and month too"}),
        ({"date": "2027-01-02"}, {"date": "Enter a date of the finding that is not in the future"}),
    ],
)
def test_what_cannot_be_is_told(changes, told):
    assert sentences(new(TumorMorphology, **changes)) == told


@pytest.mark.parametrize("opened", ["panel", "histology", "grade"])
def test_each_part_opens_the_whole_panel(opened):
    everything = {"panel": PANEL, "histology": HISTOLOGY, "grade": GRADE}
    others = [resource for name, resource in everything.items() if name != opened]
    work = existing(TumorMorphology, everything[opened], *others)
    assert {name: r["id"] for name, r in work.subject.originals.items()} == {
        "panel": "panel",
        "histology": "histology",
        "grade": "grade",
    }
    assert work.subject.primary.id == "breast"
    assert work.form.histology.text == f"{ICDO3}|8500/3|Ductal"
    assert work.form.display("grade") == "Low"


def test_a_changed_grade_is_written_into_the_grade_alone():
    work = existing(TumorMorphology, PANEL, HISTOLOGY, GRADE, grade=HIGH)
    (after,) = written(work)
    expected = {**GRADE, "status": "amended", "valueCodeableConcept": after["valueCodeableConcept"]}
    assert after == expected
    assert after["valueCodeableConcept"]["coding"][0]["code"] == "1155707008"


def test_a_finding_in_no_panel_stays_alone():
    work = existing(TumorMorphology, HISTOLOGY, GRADE)
    assert list(work.subject.originals) == ["histology"]
    (after,) = written(existing(TumorMorphology, HISTOLOGY, GRADE, note="seen again"))
    assert after == {**HISTOLOGY, "status": "amended", "note": [{"text": "seen again"}]}


def test_a_second_histology_of_a_panel_opens_by_itself():
    second = {**HISTOLOGY, "id": "second"}
    panel = {**PANEL, "hasMember": [*PANEL["hasMember"], {"reference": "Observation/second"}]}
    work = existing(TumorMorphology, second, panel, HISTOLOGY, GRADE)
    assert work.subject.originals == {"histology": second}
    (after,) = written(existing(TumorMorphology, second, panel, HISTOLOGY, GRADE, note="seen"))
    assert after["id"] == "second"


def test_what_is_added_to_a_lone_finding_comes_with_a_panel_of_both():
    work = existing(TumorMorphology, HISTOLOGY, grade=LOW)
    found = by_code(written(work))
    assert set(found) == {"C18000", "77753-2"}
    members = [member["reference"] for member in found["77753-2"]["hasMember"]]
    assert members[0] == "Observation/histology"
    assert members[1].startswith("urn:uuid:")


def test_what_is_added_to_a_panel_joins_its_members():
    panel = {**PANEL, "hasMember": PANEL["hasMember"][:1] + PANEL["hasMember"][2:]}
    found = by_code(written(existing(TumorMorphology, panel, HISTOLOGY, grade=LOW)))
    assert found["77753-2"]["hasMember"][:2] == panel["hasMember"]
    assert len(found["77753-2"]["hasMember"]) == 3


def test_a_note_is_changed_where_it_stands():
    noted = {**GRADE, "note": [{"text": "three cores"}]}
    work = existing(TumorMorphology, PANEL, HISTOLOGY, noted)
    assert work.form.note.text == "three cores"
    (after,) = written(existing(TumorMorphology, PANEL, HISTOLOGY, noted, note="four cores"))
    assert after["id"] == "grade"
    assert after["note"] == [{"text": "four cores"}]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("histology", "Enter the histologic type: this finding is nothing without it"),
        ("grade", "Choose the grade: this finding is nothing without it"),
    ],
)
def test_a_finding_cannot_be_emptied(name, sentence):
    work = existing(TumorMorphology, PANEL, HISTOLOGY, GRADE, **{name: ""})
    assert sentences(work) == {name: sentence}


def test_the_whole_panel_is_retracted_and_other_members_are_not():
    gleason = finding("gleason", "385377005", SNOMED, valueCodeableConcept={"text": "Group 2"})
    work = existing(TumorMorphology, PANEL, HISTOLOGY, GRADE, gleason)
    plan = plan_retraction(work.form, work.subject, AUTHOR, "another patient's")
    assert {write.after["id"] for write in plan.writes} == {"panel", "histology", "grade"}


def test_findings_of_no_cancer_open_too():
    loose = {key: value for key, value in HISTOLOGY.items() if key != "extension"}
    second = {**CONDITION, "id": "other"}
    work = existing(TumorMorphology, loose, second)
    assert work.subject.primary is None
    assert work.form.chart_context(work.subject) == []
    (after,) = written(existing(TumorMorphology, loose, second, note="seen"))
    assert after == {**loose, "status": "amended", "note": [{"text": "seen"}]}


def test_panels_histologies_and_grades_are_this_forms():
    record = record_of(PANEL, HISTOLOGY, GRADE)
    for name in ("panel", "histology", "grade"):
        assert form_for(record, record.find(f"Observation/{name}")) is TumorMorphology
