import pytest

from app.forms._elements.single import TUMOR_IDENTIFIER
from app.forms._saving.plan import plan_entry
from app.forms.specimen import Specimen
from tests.forms.cases import SNOMED, concept
from tests.forms.entering import existing, fresh, new, sentences, written
from tests.forms.patient import AUTHOR

MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
V2 = "http://terminology.hl7.org/CodeSystem/v2-0487"
LEFT, RIGHT = f"{SNOMED}|7771000", f"{SNOMED}|24028007"
UPPER = f"{SNOMED}|261183002"
LAB = {"system": "urn:lab", "value": "S26-1"}


def named(system, value):
    return {**TUMOR_IDENTIFIER, "system": system, "value": value}


def recorded(**more):
    return {
        "resourceType": "Specimen",
        "id": "piece",
        "meta": {"versionId": "1"},
        "identifier": [LAB],
        "accessionIdentifier": {"value": "S26-01"},
        "status": "available",
        "type": concept("TISS", "Core biopsy", V2),
        "subject": {"reference": "Patient/pat"},
        "collection": {
            "collector": {"reference": "Practitioner/owen"},
            "collectedPeriod": {"start": "2026-03-10T09:00:00Z", "end": "2026-03-10T09:20:00Z"},
        },
        **more,
    }


def test_a_specimen_is_written_with_its_tumor():
    (specimen,) = written(new(Specimen, side=LEFT, part=UPPER, status="available", note="3 cores"))
    assert specimen["meta"]["profile"] == [f"{MCODE}human-specimen"]
    assert specimen["subject"] == {"reference": "Patient/pat"}
    assert specimen["type"] == {
        "coding": [{"system": V2, "code": "TISS", "display": "Tissue"}],
        "text": "Tissue",
    }
    assert specimen["identifier"][1:] == [named("urn:radiology", "Tumor 1")]
    collection = specimen["collection"]
    assert collection["collectedDateTime"] == "2026-03-16"
    assert collection["bodySite"]["coding"] == [{"system": SNOMED, "code": "80248007"}]
    assert [
        (entry["url"].removeprefix(MCODE), entry["valueCodeableConcept"]["text"])
        for entry in collection["bodySite"]["extension"]
    ] == [("laterality-qualifier", "Left"), ("body-location-qualifier", "Upper")]
    assert specimen["status"] == "available"
    assert specimen["note"] == [{"text": "3 cores"}]


def test_the_usual_kinds_come_first_and_all_are_offered_once():
    options = Specimen().kind.options
    assert [option.label for option in options[:4]] == [
        "Tissue",
        "Tumor",
        "Whole blood",
        "Bone marrow",
    ]
    assert len({option.text for option in options}) == len(options) == 33


def test_the_tumors_and_specimens_on_record_are_shown():
    work = fresh(Specimen, recorded())
    assert [(option.text, option.label) for option in work.form.tumor.options] == [
        ("urn:radiology|Tumor 1", "Tumor 1, Left breast structure")
    ]
    assert ("On record", "Core biopsy · 10-Mar-2026", "S26-01") in work.form.chart_context(
        work.subject
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"kind": "", "collected": ""},
            {
                "kind": "Choose the kind of specimen",
                "collected": "Enter the date of collection",
            },
        ),
        (
            {"collected": "2027-01"},
            {"collected": "Enter a date of collection that is not in the future"},
        ),
        (
            {"site": "", "part": UPPER},
            {"site": "Enter the site that the side or part is of"},
        ),
        ({"side": RIGHT}, {"side": "Choose the side again: the site is “Left breast”"}),
    ],
)
def test_what_cannot_be_is_told(changes, told):
    assert sentences(new(Specimen, **changes)) == told


def test_an_amended_specimen_keeps_all_that_was_not_changed():
    work = existing(Specimen, recorded())
    assert work.form.collected.text == "2026-03-10"
    assert work.validate(), work.problems()
    assert plan_entry(work.form, work.subject, AUTHOR, "draft").writes == ()
    (after,) = written(existing(Specimen, recorded(), site="||Breast"))
    assert after == recorded(
        collection={**recorded()["collection"], "bodySite": {"text": "Breast"}}
    )
    (after,) = written(existing(Specimen, recorded(), tumor="urn:radiology|Tumor 1"))
    assert after == recorded(identifier=[LAB, named("urn:radiology", "Tumor 1")])


def test_a_tumor_that_the_chart_does_not_show_stays_named():
    resource = recorded(identifier=[LAB, named("urn:pacs", "Tumor 9")])
    work = existing(Specimen, resource)
    assert work.form.display("tumor") == "Tumor 9, which this chart does not show"
    (after,) = written(existing(Specimen, resource, status="unavailable"))
    assert after == {**resource, "status": "unavailable"}


def test_a_tumor_is_known_by_any_of_its_identifiers():
    tumor = {
        "resourceType": "BodyStructure",
        "id": "mass",
        "meta": {"profile": [f"{MCODE}tumor"]},
        "identifier": [named("urn:radiology", "7"), named("urn:pathology", "A")],
        "location": {"text": "Axilla"},
        "patient": {"reference": "Patient/pat"},
    }
    work = existing(Specimen, recorded(identifier=[named("urn:pathology", "A")]), tumor)
    assert work.form.display("tumor") == "7, Axilla"
