"""Nothing of the chart is dropped silently."""

import pytest

from app.config import ROOT
from app.fhir import wire
from app.fhir.paths import literal_reference
from app.fhir.resource_types import RESOURCE_TYPES
from app.mcode.assembly import assemble
from app.mcode.profiles import EXTENSION
from app.summary.display import Row
from app.summary.panels import unclaimed
from app.summary.panels.also import also
from tests.summary.resources import (
    LOINC,
    RELATED,
    SNOMED,
    SUBJECT,
    coded,
    concept_value,
    condition,
    ecog,
    given,
    observation,
    order,
    record,
    stage,
    status,
    surgery,
)

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
LABORATORY = {"category": [coded(CATEGORY, "laboratory")]}


def groups_of(found):
    return also(found, unclaimed(found))


def groups(*resources):
    return {
        title: [(row.name, row.value, row.date) for row in rows]
        for title, rows in groups_of(record(condition(), *resources)).items()
    }


def resource(type_, id_, **more):
    return {"resourceType": type_, "id": id_, **SUBJECT, **more}


def whose(type_):
    return {RESOURCE_TYPES[type_].subject: SUBJECT["subject"]}


def test_what_other_cards_show_is_not_shown_again():
    shown = [*stage(), status(), ecog(), surgery(), order(), given("2026-06-01")]
    named = {"resourceType": "Medication", "id": "m"}
    histology = observation("h", coded(LOINC, "31206-6"), concept_value("Ductal"), **RELATED)
    assert groups(*shown, named, histology) == {}


def test_a_panel_is_told_by_what_its_members_say():
    histology = observation("h", coded(LOINC, "31206-6"), concept_value("Ductal"), **RELATED)
    members = [{"reference": f"Observation/{name}"} for name in ("h", "gone", "o")]
    panel = observation("o", coded(LOINC, "77753-2"), hasMember=members, **RELATED)
    said = "Histology: Ductal; a finding that is not in this chart; Tumor morphology: No data"
    assert groups(histology, panel) == {
        "Pathology and tumors": [("Tumor morphology", said, "20-Mar-2026")]
    }


def test_a_panel_tells_nothing_of_a_member_that_was_withdrawn():
    wrong = {"status": "entered-in-error", **RELATED}
    histology = observation("h", coded(LOINC, "31206-6"), concept_value("Ductal"), **wrong)
    members = [{"reference": "Observation/h", "display": "Ductal"}]
    panel = observation("o", coded(LOINC, "77753-2"), hasMember=members, **RELATED)
    assert groups(histology, panel) == {
        "Pathology and tumors": [
            ("Tumor morphology", "a finding that was withdrawn", "20-Mar-2026")
        ]
    }


def test_specimens_are_told_with_their_place_and_their_names():
    taken = {"bodySite": {"text": "Left breast"}, "collectedDateTime": "2026-03-14"}
    tissue = resource(
        "Specimen",
        "s",
        type={"text": "Core biopsy"},
        status="available",
        collection=taken,
        identifier=[{"value": "Tumor 1"}],
    )
    bare = resource("Specimen", "t", receivedTime="2026-04-22")
    assert groups(tissue, bare) == {
        "Specimens": [
            ("Specimen", "", "22-Apr-2026"),
            ("Core biopsy", "Left breast · available · Tumor 1", "14-Mar-2026"),
        ]
    }


def test_tumors_say_where_they_lie():
    tumor = {
        "resourceType": "BodyStructure",
        "id": "t",
        "patient": {"reference": "Patient/p"},
        "location": {"text": "Breast"},
        "locationQualifier": [{"text": "Left"}, {"text": "Upper"}],
        "identifier": [{"value": "Tumor 1"}],
        **RELATED,
    }
    assert groups(tumor) == {
        "Pathology and tumors": [("Tumor", "Tumor 1 · breast, left, upper", "")]
    }


def test_a_disease_that_an_older_release_lists_beside_the_cancer_is_told_as_such():
    category = {"category": [coded(SNOMED, "398192003")]}
    assert groups(condition("d", "E11.9", "Diabetes", **category)) == {
        "Comorbidities": [("Diabetes", "active", "12-Mar-2026")]
    }


def test_node_counts_and_the_conclusions_of_reports_are_told():
    nodes = observation("n", coded(LOINC, "21893-3", "Sentinel nodes positive"), 1, "2026-04-24")
    conclusion = {"effectiveDateTime": "2026-04-24", "conclusion": "Margins clear."}
    pathology = resource(
        "DiagnosticReport", "r", code=coded(LOINC, "60568-3", "Synoptic report"), **conclusion
    )
    imaging = resource("DiagnosticReport", "i", code={"text": "CT chest"}, conclusion="No lesion")
    assert groups(nodes, pathology, imaging) == {
        "Pathology and tumors": [
            ("Sentinel nodes positive", "1", "24-Apr-2026"),
            ("Synoptic report", "Margins clear.", "24-Apr-2026"),
        ],
        "Reports": [("CT chest", "No lesion", "no date")],
    }


def test_an_older_finding_of_pathology_that_the_facts_leave_out_is_told():
    code = coded(LOINC, "31206-6", "Histology")
    older = observation("old", code, concept_value("Carcinoma"), "2026-03-01", **RELATED)
    newer = observation("new", code, concept_value("Ductal"), "2026-04-01", **RELATED)
    assert groups(older, newer) == {
        "Pathology and tumors": [("Histology", "Carcinoma", "01-Mar-2026")]
    }


def test_each_laboratory_test_has_one_row_with_its_newest_result():
    code = coded(LOINC, "718-7", "Hemoglobin [Mass/volume] in Blood")
    flagged = {"interpretation": [{"coding": [{"code": "L"}]}], **LABORATORY}
    grams = [{"valueQuantity": {"value": value, "unit": "g/dL"}} for value in (13.4, 9.8)]
    first = observation("a", code, grams[0], "2026-03-16", **LABORATORY)
    second = observation("b", code, grams[1], "2026-05-18", **flagged)
    ((row,),) = groups_of(record(condition(), first, second)).values()
    assert (row.name, row.value, row.date) == ("Hemoglobin", "9.8 g/dL · Low", "18-May-2026")
    assert row.earlier == (Row("Hemoglobin", "13.4 g/dL", "16-Mar-2026", "Observation/a"),)


def test_where_radiation_was_given_stands_with_the_dose():
    volume = {"resourceType": "BodyStructure", "id": "v", "patient": {"reference": "Patient/p"}}
    part = {"url": "volume", "valueReference": {"reference": "BodyStructure/v"}}
    dose = {"extension": [{"url": EXTENSION["volume"], "extension": [part]}]}
    radiation = resource("Procedure", "r", code=coded(SNOMED, "1217123003"), **dose)
    assert groups(volume, radiation) == {}
    assert groups(volume) == {"Other records": [("Body structure", "", "")]}
    target = {**volume, "morphology": coded(SNOMED, "228793007", "PTV"), "description": "Chest"}
    assert groups(target) == {"Radiotherapy volumes": [("Radiotherapy volume", "Chest · PTV", "")]}


@pytest.mark.parametrize("type_", ["BodyStructure", "Specimen"])
def test_of_its_identifiers_those_are_shown_that_people_go_by_each_once(type_):
    entered = {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:ea170ab1"}
    numbers = [entered, {"value": "T9"}, {"system": "urn:pathology", "value": "T9"}]
    whose = {**SUBJECT, "patient": {"reference": "Patient/p"}}
    found = groups({"resourceType": type_, "id": "t", **whose, "identifier": numbers})
    assert [value for rows in found.values() for _, value, _ in rows] == ["T9"]


def test_a_report_without_a_conclusion_says_how_many_results_it_holds():
    results = [{"reference": "Observation/x"}]
    report = resource("DiagnosticReport", "r", code={"text": "Blood count"}, result=results)
    expected = ("Blood count", "no conclusion in words, 1 result", "no date")
    assert groups(report) == {"Reports": [expected]}


def test_results_without_a_code_or_of_another_code_stay_apart():
    found = [
        observation("a", {"text": "Index"}, 1, **LABORATORY),
        observation("b", coded("urn:x", "1", "Index"), 2, **LABORATORY),
        observation("c", coded("urn:x", "2", "Index"), 3, **LABORATORY),
    ]
    assert len(groups(*found)["Laboratory results"]) == 3


def test_background_family_conditions_procedures_and_drugs_are_told():
    father = {
        "resourceType": "FamilyMemberHistory",
        "id": "f",
        "patient": {"reference": "Patient/p"},
        "relationship": {"text": "father"},
        "deceasedBoolean": True,
        "condition": [
            {"code": {"text": "Colon cancer"}, "onsetAge": {"value": 66, "unit": "years"}}
        ],
    }
    history = {"valueBoolean": True}
    assert groups(
        father,
        observation("m", coded(SNOMED, "1287652008", "History of metastasis"), history),
        observation("i", {"text": "International prognostic index"}, 2),
        resource("Procedure", "p", status="completed", code={"text": "Lumbar puncture"}),
        resource(
            "MedicationRequest",
            "o",
            status="active",
            medicationCodeableConcept={"text": "ondansetron"},
            dosageInstruction=[{"text": "8 mg as needed"}],
        ),
        surgery("Lobectomy", status="not-done"),
        condition("n", "N18.30", "Kidney disease"),
        resource("Immunization", "v", status="not-done", vaccineCode={"text": "Influenza"}),
    ) == {
        "Procedures": [
            ("Lobectomy", "not done", "21-Apr-2026"),
            ("Lumbar puncture", "completed", "no date"),
        ],
        "Background and family history": [
            ("History of metastasis", "Yes", "20-Mar-2026"),
            ("Father", "Colon cancer, at 66 years · deceased", ""),
        ],
        "Other findings": [("International prognostic index", "2", "20-Mar-2026")],
        "Other conditions": [("Kidney disease", "active", "12-Mar-2026")],
        "Other medication": [("ondansetron", "active · 8 mg as needed", "no date")],
        "Other records": [("Influenza", "not done", "no date")],
    }


@pytest.mark.parametrize(
    "odd",
    [
        {"code": "x"},
        {"code": {"coding": "x"}, "valueQuantity": "x"},
        {"relationship": 3, "condition": "x", "vaccineCode": []},
    ],
)
@pytest.mark.parametrize("type_", [row.name for row in RESOURCE_TYPES.values() if row.subject])
def test_malformed_resources_are_told_too(type_, odd):
    found = record(condition(), {"resourceType": type_, "id": "x", **whose(type_), **odd})
    told = {row.key for rows in groups_of(found).values() for row in rows}
    assert told == {literal_reference(item) for item in unclaimed(found)}
    raw = {literal_reference(item) for item in found.not_interpreted}
    assert f"{type_}/x" in {*map(literal_reference, found.facts()), *raw}


def test_what_was_withdrawn_is_no_fact_here_either():
    wrong = observation("x", {"text": "Index"}, 1, status="entered-in-error")
    assert groups(wrong) == {}


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in (ROOT / "app/sandbox/data").glob("*-*.json"))
)
def test_every_result_of_a_sandbox_chart_is_on_its_page(summary_page, name):
    bundle = wire.loads((ROOT / f"app/sandbox/data/{name}.json").read_bytes())
    resources = [entry["resource"] for entry in bundle["entry"]]
    patient = next(item for item in resources if item["resourceType"] == "Patient")
    found = assemble(patient, resources)
    words = summary_page(found).words
    withdrawn = {item["id"] for item in (*found.retracted, *found.misfiled)}
    for item in resources:
        if item["id"] in withdrawn:
            continue
        if said := item.get("conclusion"):
            assert said in words
        if "valueString" in item:
            assert item["valueString"] in words
        if item["resourceType"] in {"Procedure", "Condition"} and "text" in item["code"]:
            assert item["code"]["text"] in words
        if "valueQuantity" in item:
            assert str(item["valueQuantity"]["value"]) in words


def test_a_type_without_words_of_its_own_is_told_by_its_row():
    told = {
        "event": {"text": "Nausea"},
        "actuality": "potential",
        "seriousness": {"text": "Non-serious"},
        "date": "2026-03-12",
    }
    event = resource("AdverseEvent", "ae", **told)
    ((title, (row,)),) = also(record(condition(), event), [event]).items()
    assert title == "Adverse events"
    assert (row.name, row.value, row.date) == ("Nausea", "potential · Non-serious", "12-Mar-2026")


def test_an_adverse_event_without_a_name_is_told_as_one():
    event = resource("AdverseEvent", "ae", actuality="actual")
    (rows,) = also(record(condition(), event), [event]).values()
    assert [row.name for row in rows] == ["Adverse event"]
