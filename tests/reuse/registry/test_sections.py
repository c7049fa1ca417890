"""One fact at a time: where it goes in the report, or why the registry does not get it."""

import json
from dataclasses import replace

import pytest

from app.mcode.model import Gap
from app.mcode.profiles import CONDITION_RELATED, STRUCTURES
from app.reuse.registry import choosing
from app.reuse.registry.guide import SECTIONS
from app.reuse.registry.report import Choices, report
from app.terminology.systems import RXNORM
from tests.reuse.registry.charts import (
    AGAIN,
    AT,
    CANCER,
    CONDITION_CATEGORY,
    ICD10CM,
    LOINC,
    LUNG,
    OBSERVATION_CATEGORY,
    PATIENT,
    SITE,
    SNOMED,
    VERSIONS,
    about,
    as_json,
    concept,
    observation,
    profiled,
    read,
    resource,
)

FOCUS = {"focus": [{"reference": "Condition/breast"}]}
PACLITAXEL = {"medicationCodeableConcept": concept(RXNORM, "56946", "paclitaxel")}
LABORATORY = {"category": [concept(OBSERVATION_CATEGORY, "laboratory")]}
SURGERY = {"category": concept(SNOMED, "387713003"), "code": concept(SNOMED, "64368001")}
COURSE = {
    **profiled("mcode-radiotherapy-course-summary"),
    "code": concept(SNOMED, "1217123003"),
    "status": "completed",
}
PATHOLOGY = {
    "status": "final",
    "code": concept(LOINC, "60568-3", "Pathology synoptic report"),
    "conclusion": "Invasive carcinoma of no special type, as the patient told her sister.",
}


def stage(id_, code, value, **more):
    valued = {"valueCodeableConcept": concept("http://cancerstaging.org", value)}
    return observation(id_, code, SNOMED, **FOCUS, **valued, **more)


def made_of(*facts, version="2.0.0-ballot", choices=None, cancers=(CANCER,)):
    record = read(PATIENT, *cancers, *facts)
    return report(record, record.primary("breast"), SITE, version, AT, choices)


def section_of(made, name):
    """Return the key of the section that names a `Type/id`, None without one."""
    for key, section in SECTIONS.items():
        for found in made.composition["section"]:
            code = found["code"]["coding"][0]
            entries = [entry["reference"] for entry in found["entry"]]
            if (code["system"], code["code"]) == section.code and name in entries:
                return key
    return None


def reason_of(made, name):
    return next((one.reason for one in made.left_out if one.key == name), None)


def sent(made):
    return {
        f"{e['resource']['resourceType']}/{e['resource']['id']}": as_json(e["resource"])
        for e in made.bundle["entry"]
    }


FACTS = {
    "metastases": resource(
        "Condition",
        "liver",
        code=concept(SNOMED, "94381002", "Metastatic malignant neoplasm to liver"),
        category=[concept(SNOMED, "128462008")],
        extension=[{"url": CONDITION_RELATED, "valueReference": {"reference": "Condition/breast"}}],
    ),
    "stages": stage("group", "399537006", "IIB"),
    "radiotherapy": resource("Procedure", "course", **COURSE, **about()),
    "problems": resource(
        "Condition",
        "hypertension",
        code=concept(ICD10CM, "I10", "Hypertension"),
        category=[concept(CONDITION_CATEGORY, "problem-list-item")],
    ),
    "given": resource(
        "MedicationAdministration", "dose", status="completed", **PACLITAXEL, **about()
    ),
    "medication": resource("MedicationStatement", "takes", status="active", **PACLITAXEL),
    "plan": resource(
        "MedicationRequest", "order", status="active", intent="order", **PACLITAXEL, **about()
    ),
    "work": observation("work", "21843-8", valueCodeableConcept={"text": "Welder"}),
    "results": observation("er", "16112-5", **FOCUS, **LABORATORY),
    "procedures": resource("Procedure", "excision", status="completed", **SURGERY, **about()),
    "vitals": observation(
        "height", "8302-2", valueQuantity={"value": 165, "unit": "cm", "code": "cm"}
    ),
    "smoking": observation("smoking", "72166-2", valueCodeableConcept={"text": "Never smoked"}),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("key", FACTS)
def test_a_fact_stands_in_its_section_as_the_chart_has_it(key, version):
    fact = FACTS[key]
    name = f"{fact['resourceType']}/{fact['id']}"
    made = made_of(fact, version=version)
    assert section_of(made, name) == key
    copied = sent(made)[name]
    assert {**copied, "meta": None} == {**as_json(fact), "meta": None}
    assert reason_of(made, name) is None


def test_the_encounter_has_a_section_in_the_ballot_and_is_named_in_both_versions():
    visit = resource("Encounter", "visit", status="finished", reasonReference=[ref("breast")])
    for version in VERSIONS:
        made = made_of(visit, version=version)
        assert made.composition["encounter"] == {"reference": "Encounter/visit"}
        expected = "encounter" if version == "2.0.0-ballot" else None
        assert section_of(made, "Encounter/visit") == expected
        assert "Encounter/visit" in sent(made)


def ref(id_):
    return {"reference": f"Condition/{id_}"}


def test_of_an_encounter_no_reason_leaves_however_it_was_found():
    reason = {"text": "Another disease"}
    visit = resource(
        "Encounter",
        "visit",
        status="finished",
        reasonReference=[ref("breast")],
        reasonCode=[reason],
        diagnosis=[{"condition": ref("breast"), "use": reason}],
    )
    for made in (made_of(visit), made_of(choices=Choices(encounter=visit))):
        assert made.composition["encounter"] == {"reference": "Encounter/visit"}
        assert "Another disease" not in json.dumps(made.bundle)


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_an_encounter_that_did_not_take_place_is_none(status):
    visit = resource("Encounter", "visit", status=status, reasonReference=[ref("breast")])
    for made in (made_of(visit), made_of(choices=Choices(encounter=visit))):
        assert "encounter" not in made.composition


def test_the_encounter_of_the_launch_comes_first_unless_it_is_another_patients():
    visit = resource("Encounter", "visit", status="finished", reasonReference=[ref("breast")])
    today = resource("Encounter", "today", status="in-progress")
    made = made_of(visit, choices=Choices(encounter=today))
    assert made.composition["encounter"] == {"reference": "Encounter/today"}
    assert reason_of(made, "Encounter/visit") == choosing.NO_SECTION
    foreign = {**today, "subject": {"reference": "Patient/other"}}
    made = made_of(visit, choices=Choices(encounter=foreign))
    assert made.composition["encounter"] == {"reference": "Encounter/visit"}
    assert "Encounter/today" not in sent(made)


def test_all_of_a_staging_goes_in_the_ballot_and_one_group_with_its_members_before():
    clinical = [
        stage("ct", "399504009", "cT2"),
        stage("cgroup", "399537006", "IIB", hasMember=[{"reference": "Observation/ct"}]),
    ]
    pathologic = stage("pgroup", "399588009", "IIA", effectiveDateTime="2026-04-24")
    figo = observation("other", "385361009", SNOMED, **FOCUS)
    facts = (*clinical, pathologic, figo)
    made = made_of(*facts)
    assert {section_of(made, f"Observation/{fact['id']}") for fact in facts} == {"stages"}
    made = made_of(*facts, version="1.0.0")
    assert section_of(made, "Observation/cgroup") == "stages"
    assert "Observation/ct" in sent(made)
    for name in ("Observation/pgroup", "Observation/other"):
        assert name not in sent(made)
        assert reason_of(made, name) == choosing.ONE_STAGE


def test_one_course_is_named_as_such_and_the_others_as_procedures():
    courses = [
        resource("Procedure", f"c{year}", performedDateTime=year, **COURSE, **about())
        for year in ("2024", "2026", "2025")
    ]
    made = made_of(*courses)
    assert section_of(made, "Procedure/c2026") == "radiotherapy"
    assert section_of(made, "Procedure/c2025") == "procedures"
    assert section_of(made, "Procedure/c2024") == "procedures"


def test_only_the_newest_of_smoking_and_of_height_goes():
    older = {**FACTS["smoking"], "id": "before", "effectiveDateTime": "2020-01-01"}
    height = {**FACTS["vitals"], "id": "shorter", "effectiveDateTime": "2019-01-01"}
    made = made_of(FACTS["smoking"], older, FACTS["vitals"], height)
    assert reason_of(made, "Observation/before") == choosing.OLDER
    assert not {"Observation/before", "Observation/shorter"} & set(sent(made))


def test_a_report_in_free_text_goes_only_where_somebody_chose_that():
    text = resource("DiagnosticReport", "path", **PATHOLOGY)
    made = made_of(text)
    assert reason_of(made, "DiagnosticReport/path") == choosing.TEXT_NOT_CHOSEN
    assert "sister" not in json.dumps(as_json(made.bundle))
    made = made_of(text, choices=Choices(notes=True))
    assert section_of(made, "DiagnosticReport/path") == "notes"
    assert sent(made)["DiagnosticReport/path"]["conclusion"] == PATHOLOGY["conclusion"]


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (observation("status", "97509-4", **FOCUS), choosing.NO_SECTION),
        (observation("ecog", "89247-1"), choosing.NO_SECTION),
        (observation("sodium", "2951-2", **LABORATORY), choosing.NO_SECTION),
        (
            resource("Condition", "cough", code=concept(ICD10CM, "R05.9", "Cough")),
            choosing.NO_PROBLEM,
        ),
        (
            resource("MedicationAdministration", "not", status="not-done", **PACLITAXEL, **about()),
            choosing.NOT_DONE,
        ),
        (
            resource("Procedure", "ra", status="completed", **SURGERY, **about("arthritis")),
            choosing.OF_ANOTHER_DISEASE,
        ),
        (
            observation("er", "16112-5", **{**FOCUS, "status": "entered-in-error"}),
            choosing.RETRACTED,
        ),
        (
            {**observation("er", "16112-5"), "subject": {"reference": "Patient/other"}},
            choosing.OF_ANOTHER_PATIENT,
        ),
        ({**observation("er", "16112-5"), "status": ["final"]}, choosing.NOT_READABLE),
        (AGAIN, choosing.SAME_DIAGNOSIS),
    ],
    ids=lambda value: value["id"] if isinstance(value, dict) else None,
)
def test_what_is_left_out_is_said_with_the_reason(fact, reason):
    name = f"{fact['resourceType']}/{fact['id']}"
    made = made_of(fact)
    assert reason_of(made, name) == reason
    assert name not in sent(made)


def test_of_another_patients_data_nothing_but_their_being_there_is_said():
    foreign = {**observation("er", "16112-5"), "subject": {"reference": "Patient/other"}}
    (one,) = made_of({**foreign, "code": concept(LOINC, "16112-5", "Receptor")}).left_out
    assert "Receptor" not in one.what


def test_what_could_not_be_read_is_said():
    record = read(PATIENT, CANCER)
    gap = choosing.LeftOut(None, "laboratory results", "Your permissions do not include them.")
    record = replace(record, gaps=(Gap(gap.what, gap.reason),), divided=("observations",))
    left_out = report(record, record.primaries[0], SITE, "1.0.0", AT).left_out
    assert left_out == (
        gap,
        choosing.LeftOut(None, "observations", choosing.BY_CATEGORY_ONLY),
    )


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (LUNG, choosing.OF_ANOTHER_CANCER),
        (observation("pdl1", "85147-7", focus=[ref("lung")]), choosing.OF_ANOTHER_CANCER),
        (observation("er", "16112-5"), choosing.NAMES_NO_CANCER),
        (
            resource("Procedure", "lobe", status="completed", **SURGERY, **about("lung")),
            choosing.OF_ANOTHER_CANCER,
        ),
        (
            resource(
                "MedicationAdministration",
                "coded",
                **PACLITAXEL,
                status="completed",
                reasonCode=[LUNG["code"]],
            ),
            choosing.OF_ANOTHER_CANCER,
        ),
        (
            resource("MedicationAdministration", "any", status="completed", **PACLITAXEL),
            choosing.NAMES_NO_CANCER,
        ),
        (observation("variant", "69548-6"), choosing.NAMES_NO_CANCER),
    ],
    ids=lambda value: value["id"] if isinstance(value, dict) else None,
)
def test_of_several_primaries_only_what_is_about_this_one_goes(fact, reason):
    name = f"{fact['resourceType']}/{fact['id']}"
    made = made_of(*([fact] if fact is not LUNG else []), cancers=(CANCER, LUNG))
    assert reason_of(made, name) == reason
    assert name not in sent(made)
    assert "lung" not in json.dumps(as_json(made.bundle)).casefold()


def test_a_treatment_for_two_cancers_goes_without_the_name_of_the_other():
    both = resource(
        "MedicationAdministration",
        "both",
        status="completed",
        **PACLITAXEL,
        reasonReference=[{**ref("lung"), "display": "Lung cancer"}, ref("breast")],
        reasonCode=[LUNG["code"], CANCER["code"]],
    )
    made = made_of(both, cancers=(CANCER, LUNG))
    copied = sent(made)["MedicationAdministration/both"]
    assert copied["reasonReference"] == [ref("breast")]
    assert copied["reasonCode"] == [CANCER["code"]]
    assert section_of(made, "MedicationAdministration/both") == "given"


def test_what_names_another_condition_of_the_diagnosis_names_the_one_that_is_sent():
    made = made_of(AGAIN, observation("er", "16112-5", focus=[ref("again")]))
    assert section_of(made, "Condition/breast") == "cancer"
    assert sent(made)["Observation/er"]["focus"] == [ref("breast")]


FREE = "Told me about her brother"


@pytest.mark.parametrize(
    "more",
    [
        {"note": [{"text": FREE}]},
        {"text": {"status": "generated", "div": f"<div>{FREE}</div>"}},
        {"extension": [{"url": "http://vendor.example.org/comment", "valueString": FREE}]},
        {"contained": [{"resourceType": "Practitioner", "id": "x", "text": {"div": FREE}}]},
        {"meta": {"source": FREE, "tag": [{"display": FREE}]}},
        {"derivedFrom": [{"reference": "DocumentReference/d", "_reference": {"id": FREE}}]},
    ],
    ids=lambda more: next(iter(more)),
)
def test_free_text_for_which_the_guide_has_no_place_stays_behind(more):
    made = made_of(observation("er", "16112-5", **FOCUS, **more), choices=Choices(notes=True))
    assert section_of(made, "Observation/er") == "results"
    assert "brother" not in json.dumps(as_json(made.bundle))


def test_details_and_people_come_with_the_fact_that_names_them():
    specimen = resource("Specimen", "tissue", type=concept(SNOMED, "119376003"))
    drug = {"resourceType": "Medication", "id": "drug", "code": concept(RXNORM, "56946")}
    nurse = {
        "resourceType": "Practitioner",
        "id": "nurse",
        "name": [{"family": "Nurse"}],
        "birthDate": "1980-01-01",
        "photo": [{"url": "https://ehr.example.org/photo"}],
    }
    marker = observation("er", "16112-5", **FOCUS, specimen={"reference": "Specimen/tissue"})
    dose = resource(
        "MedicationAdministration",
        "dose",
        status="completed",
        medicationReference={"reference": "Medication/drug"},
        performer=[{"actor": {"reference": "Practitioner/nurse"}}],
        **profiled("mcode-cancer-related-medication-administration"),
        **about(),
    )
    held = sent(made_of(specimen, drug, nurse, marker, dose))
    assert {"Specimen/tissue", "Medication/drug"} <= set(held)
    assert held["Practitioner/nurse"] == {
        "resourceType": "Practitioner",
        "id": "nurse",
        "name": [{"family": "Nurse"}],
    }


def test_a_resource_of_which_the_server_gave_only_a_part_says_so_and_claims_nothing():
    meta = {"profile": [f"{STRUCTURES}mcode-tumor-marker-test"]}
    tags = [{"code": "SUBSETTED"}, {"code": "other", "display": "Ana"}]
    marker = observation("er", "16112-5", **FOCUS, meta={**meta, "tag": tags})
    copied = sent(made_of(marker))["Observation/er"]
    assert copied["meta"] == {"tag": [{"code": "SUBSETTED"}]}


def test_what_is_contained_stays_inside_of_its_holder():
    dose = resource(
        "MedicationAdministration",
        "dose",
        status="completed",
        contained=[{"resourceType": "Medication", "id": "m", "code": concept(RXNORM, "56946")}],
        medicationReference={"reference": "#m"},
        **about(),
    )
    assert sent(made_of(dose))["MedicationAdministration/dose"] == as_json(dose)


def test_of_what_was_not_read_the_name_remains_and_of_what_stays_behind_nothing():
    dose = resource(
        "MedicationAdministration",
        "dose",
        status="completed",
        medicationReference={"reference": "Medication/unread", "display": "paclitaxel"},
        supportingInformation=[{"reference": "Observation/sodium", "display": "Sodium 128"}],
        performer=[{"actor": {"reference": "Device/unread"}}],
        **profiled("mcode-cancer-related-medication-administration"),
        **about(),
    )
    made = made_of(dose, observation("sodium", "2951-2", **LABORATORY))
    copied = sent(made)["MedicationAdministration/dose"]
    assert copied["medicationReference"] == {"display": "paclitaxel"}
    assert not {"supportingInformation", "performer"} & copied.keys()
