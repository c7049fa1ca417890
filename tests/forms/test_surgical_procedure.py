import pytest

from app.forms.surgical_procedure import SurgicalProcedure
from app.terminology.systems import CPT, ICD10PCS, SNOMED
from tests.forms.cases import CONDITION, concept
from tests.forms.patient import AUTHOR
from tests.forms.treating import (
    MCODE,
    amended,
    entered,
    errors,
    opened,
    subject_with,
    written,
)

BREAST, RIGHT, LEFT = (f"{SNOMED}|{code}" for code in ("76752008", "24028007", "7771000"))


def operation(**more):
    return {
        "resourceType": "Procedure",
        "id": "surgery",
        "meta": {"versionId": "3", "profile": [f"{MCODE}cancer-related-surgical-procedure"]},
        "status": "completed",
        "code": concept("392021009", "Lumpectomy"),
        "subject": {"reference": "Patient/pat"},
        "performedDateTime": "2026-04-14T08:00:00Z",
        "reasonReference": [{"reference": "Condition/breast"}],
        **more,
    }


def side(code):
    return {"url": f"{MCODE}laterality-qualifier", "valueCodeableConcept": concept(code, "side")}


def test_the_typical_operation_is_written_as_the_profile_has_it():
    resource = written(entered(SurgicalProcedure, subject_with()))["main"]
    del resource["identifier"]
    (site,) = resource.pop("bodySite")
    assert resource == {
        "resourceType": "Procedure",
        "meta": {"profile": [f"{MCODE}cancer-related-surgical-procedure"]},
        "subject": {"reference": "Patient/pat"},
        "encounter": {"reference": "Encounter/visit"},
        "recorder": {"display": "Nancy Nurse", "reference": AUTHOR.reference},
        "reasonReference": [{"reference": "Condition/breast"}],
        "category": {
            "coding": [
                {
                    "system": SNOMED,
                    "code": "387713003",
                    "display": "Surgical procedure (procedure)",
                }
            ],
            "text": "Surgical procedure",
        },
        "code": {
            "coding": [{"system": SNOMED, "code": "392021009"}],
            "text": "Lumpectomy of breast",
        },
        "performedDateTime": "2026-04-14",
        "status": "completed",
        "extension": [
            {
                "url": f"{MCODE}procedure-intent",
                "valueCodeableConcept": {
                    "coding": [
                        {
                            "system": SNOMED,
                            "code": "373808002",
                            "display": "Curative - procedure intent",
                        }
                    ],
                    "text": "Curative - procedure intent",
                },
            }
        ],
    }
    assert site["coding"][0]["code"] == "76752008"
    (laterality,) = site["extension"]
    assert laterality["url"] == f"{MCODE}laterality-qualifier"
    assert laterality["valueCodeableConcept"]["coding"][0]["code"] == "7771000"


@pytest.mark.parametrize(
    ("typed", "coding"),
    [
        (f"{ICD10PCS}|0HBT0ZZ|Excision of right breast", (ICD10PCS, "0HBT0ZZ")),
        (f"{CPT}|19301|Partial mastectomy", (CPT, "19301")),
        (f"{SNOMED}|237371007|Wide local excision of breast lump", (SNOMED, "237371007")),
    ],
)
def test_an_operation_may_be_typed_with_its_code(typed, coding):
    resource = written(entered(SurgicalProcedure, subject_with(), code=typed))["main"]
    (found,) = resource["code"]["coding"]
    assert (found["system"], found["code"]) == coding
    assert resource["code"]["text"] == typed.rpartition("|")[2]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"code": ""}, "code", "Enter the operation"),
        ({"status": ""}, "status", "Choose the status"),
        ({"when": ""}, "when", "Enter the date of the operation"),
        ({"when": "", "status": "in-progress"}, "when", "Enter the date of the operation"),
        ({"when": "2026-12-24"}, "when", "Enter a date that is not in the future"),
        ({"site": ""}, "site", "Enter the site that the side or part is of"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(changes, field, sentence):
    assert errors(entered(SurgicalProcedure, subject_with(), **changes)) == {field: sentence}


@pytest.mark.parametrize("when", ["", "2026-12-24"])
def test_a_planned_operation_may_have_a_day_to_come_or_none(when):
    work = entered(SurgicalProcedure, subject_with(), status="preparation", when=when)
    resource = written(work)["main"]
    assert resource["status"] == "preparation"
    assert resource.get("performedDateTime", "") == when


def test_the_site_of_the_diagnosis_is_where_a_new_entry_begins():
    site = {**concept("76752008", "Breast"), "extension": [side("24028007")]}
    subject = subject_with({**CONDITION, "bodySite": [site]})
    work = opened(SurgicalProcedure, subject)
    begun = {name: item.text for name, item in work.form.asked.items() if item.text}
    assert begun == {"site": BREAST, "side": RIGHT}
    assert set(work.origins) == {"site", "side"}
    assert all(words.startswith("as in the diagnosis") for words in work.origins.values())


def test_a_site_of_the_diagnosis_that_is_not_listed_is_taken_with_its_code():
    site = {"coding": [{"system": SNOMED, "code": "76365002", "display": "Upper outer quadrant"}]}
    work = opened(SurgicalProcedure, subject_with({**CONDITION, "bodySite": [site]}))
    assert work.form.site.text == f"{SNOMED}|76365002|Upper outer quadrant"


def test_a_diagnosis_without_a_site_gives_no_side_either():
    subject = subject_with({**CONDITION, "bodySite": [{"extension": [side("24028007")]}]})
    work = opened(SurgicalProcedure, subject)
    assert {name: item.text for name, item in work.form.asked.items() if item.text} == {}


def test_a_site_that_changes_keeps_its_side_and_what_else_qualifies_it():
    unknown = {"url": "urn:depth", "valueString": "deep"}
    first = {**concept("80248007", "Left breast"), "extension": [unknown, side("7771000")]}
    held = operation(bodySite=[first, concept("21141009", "Axilla")])
    after = written(amended(SurgicalProcedure, held, site=BREAST))["main"]
    assert after["bodySite"][0]["coding"][0]["code"] == "76752008"
    assert after["bodySite"][0]["extension"] == [unknown, side("7771000")]
    assert after["bodySite"][1] == held["bodySite"][1]


def test_only_the_changed_element_of_an_operation_changes():
    held = operation(performer=[{"actor": {"display": "Sofia Surgeon"}}], complication=[{}])
    after = written(amended(SurgicalProcedure, held, status="stopped"))["main"]
    assert after == {**held, "status": "stopped"}
