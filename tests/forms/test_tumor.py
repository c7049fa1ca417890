import pytest

from app.forms._elements.single import TUMOR_IDENTIFIER
from app.forms._saving.plan import plan_entry
from app.forms.tumor import Tumor
from tests.forms.cases import CONDITION, SNOMED, concept
from tests.forms.entering import confirmed, existing, fresh, new, sentences, written
from tests.forms.patient import AUTHOR, CHART

MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
LEFT, RIGHT, BOTH = (f"{SNOMED}|{code}" for code in ("7771000", "24028007", "51440002"))
UPPER = f"{SNOMED}|261183002"
BONE = {
    "resourceType": "Condition",
    "id": "bone",
    "code": concept("C79.51", "Bone metastasis", "http://hl7.org/fhir/sid/icd-10-cm"),
    "subject": {"reference": "Patient/pat"},
}


def of(reference):
    return {"url": f"{MCODE}related-condition", "valueReference": {"reference": reference}}


def recorded(**more):
    return {
        "resourceType": "BodyStructure",
        "id": "mass",
        "meta": {"versionId": "2", "profile": [f"{MCODE}tumor"]},
        "extension": [of("Condition/breast")],
        "identifier": [{**TUMOR_IDENTIFIER, "system": "urn:radiology", "value": "Tumor 7"}],
        "location": concept("80248007", "Left breast"),
        "patient": {"reference": "Patient/pat"},
        **more,
    }


def specimen(value="Tumor 7"):
    return {
        "resourceType": "Specimen",
        "id": "piece",
        "identifier": [{**TUMOR_IDENTIFIER, "system": "urn:radiology", "value": value}],
        "type": {"text": "Tissue"},
        "subject": {"reference": "Patient/pat"},
    }


def test_a_tumor_is_written_with_its_place_number_and_diagnosis():
    (tumor,) = written(
        new(
            Tumor,
            sides=LEFT,
            quarter=UPPER,
            morphology=f"{SNOMED}|1240414004",
            words="index lesion",
            numbering="urn:radiology",
        )
    )
    assert tumor["meta"]["profile"] == [f"{MCODE}tumor"]
    assert tumor["patient"] == {"reference": "Patient/pat"}
    assert tumor["extension"] == [of("Condition/breast")]
    assert tumor["location"] == concept("80248007", "Left breast")
    assert [q["text"] for q in tumor["locationQualifier"]] == ["Left", "Upper"]
    assert tumor["morphology"]["coding"][0]["code"] == "1240414004"
    assert tumor["description"] == "index lesion"
    number = {**TUMOR_IDENTIFIER, "system": "urn:radiology", "value": "Tumor 2"}
    assert tumor["identifier"][1:] == [number]


def test_a_tumor_without_a_number_can_still_be_named_by_a_specimen():
    (tumor,) = written(new(Tumor, number=""))
    named, own = tumor["identifier"]
    assert named == {**TUMOR_IDENTIFIER, **own}
    assert own["value"].startswith("urn:uuid:")


def test_a_new_entry_begins_with_the_site_and_side_of_the_diagnosis():
    side = {
        "url": f"{MCODE}laterality-qualifier",
        "valueCodeableConcept": {"coding": [{"system": SNOMED, "code": "7771000"}]},
    }
    site = {
        "coding": [{"system": SNOMED, "code": "76752008", "display": "Breast structure"}],
        "extension": [side],
    }
    chart = [{**CONDITION, "bodySite": [site]}, *(r for r in CHART if r is not CONDITION)]
    work = fresh(Tumor, chart=chart)
    shown = {name: work.form[name].text for name in ("disease", "location", "sides")}
    assert shown == {
        "disease": "Condition/breast",
        "location": f"{SNOMED}|76752008",
        "sides": LEFT,
    }
    assert work.origins == {
        "disease": "the diagnosis that this entry is about",
        "location": "from the diagnosis",
        "sides": "from the diagnosis",
    }
    assert work.form.chart_context(work.subject) == [
        ("On record", "Tumor 1, Left breast structure", "")
    ]


def test_where_there_are_metastases_the_person_says_of_which_the_tumor_is():
    work = fresh(Tumor, BONE)
    assert [option.text for option in work.form.disease.options] == [
        "Condition/breast",
        "Condition/bone",
    ]
    assert work.form.disease.text == ""
    (tumor,) = written(new(Tumor, BONE, disease="Condition/bone"))
    assert tumor["extension"] == [of("Condition/bone")]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"location": ""}, {"location": "Enter where the tumor is"}),
        ({"disease": ""}, {"disease": "Choose the diagnosis that the tumor belongs to"}),
        (
            {"sides": RIGHT},
            {"sides": "Choose the side again: the location is “Left breast”"},
        ),
        (
            {"number": "", "numbering": "urn:radiology"},
            {"number": "Enter the number, or remove the numbering system"},
        ),
        (
            {"numbering": "radiology"},
            {"numbering": "Enter the numbering system as an address, such as urn:oid:1.2.3"},
        ),
        (
            {"morphology": "||spiculated"},
            {"morphology": "Enter the code of the morphology with its words"},
        ),
        (
            {"number": "Tumor 1", "numbering": "urn:radiology"},
            {
                "number-in-use": "Another tumor has this number: Tumor 1, Left breast structure. "
                "Tick to confirm that both are right"
            },
        ),
    ],
)
def test_what_cannot_be_or_is_seldom_meant_is_told(changes, told):
    assert sentences(new(Tumor, **changes)) == told


def test_a_number_by_which_specimens_name_the_tumor_is_changed_only_knowingly():
    work = existing(Tumor, recorded(), specimen(), number="Tumor 8")
    assert sentences(work) == {
        "specimens": "Specimens on record that name the tumor by its number: 1. "
        "Tick to confirm that they no longer do"
    }
    (after,) = written(confirmed(work))
    named = {**TUMOR_IDENTIFIER, "system": "urn:radiology", "value": "Tumor 8"}
    assert after == recorded(identifier=[named])
    assert written(existing(Tumor, recorded(), specimen("Tumor 9"), number="Tumor 8"))


def test_the_number_cannot_be_taken_away():
    work = existing(Tumor, recorded(), number="", numbering="")
    assert sentences(work) == {
        "number": "Enter the number of the tumor: specimens name the tumor by it"
    }


def test_an_amended_tumor_keeps_its_other_identifiers_and_qualifiers():
    chart = recorded(
        identifier=[{"system": "urn:pacs", "value": "9"}, *recorded()["identifier"]],
        locationQualifier=[concept("7771000", "Left side"), concept("1", "3 o'clock")],
    )
    work = existing(Tumor, chart)
    assert (work.form.number.text, work.form.sides.text) == ("Tumor 7", LEFT)
    assert work.origins == {"quarter": "in the chart: 3 o'clock"}
    (after,) = written(existing(Tumor, chart, quarter=UPPER, words="index"))
    assert after["identifier"] == chart["identifier"]
    assert after["locationQualifier"][:2] == chart["locationQualifier"]
    assert after["description"] == "index"
    (after,) = written(existing(Tumor, chart, sides=BOTH, location="||Breast"))
    codes = [q["coding"][0]["code"] for q in after["locationQualifier"]]
    assert codes == ["1", "51440002"]


def test_a_tumor_of_no_diagnosis_opens_and_is_left_so():
    chart = recorded(extension=[])
    second = {**CONDITION, "id": "other"}
    work = existing(Tumor, chart, second)
    assert work.subject.primary is None
    assert {option.text for option in work.form.disease.options} == {
        "Condition/breast",
        "Condition/other",
    }
    assert work.validate(), work.problems()
    assert plan_entry(work.form, work.subject, AUTHOR, "draft").writes == ()


def test_a_tumor_that_is_taken_out_of_use_is_no_entry_any_more():
    work = fresh(Tumor, recorded(active=False))
    assert work.form.chart_context(work.subject) == [
        ("On record", "Tumor 1, Left breast structure", "")
    ]
