"""What belongs to which cancer, and what is not this patient's at all."""

import pytest

from app.mcode.model import Gap
from app.mcode.profiles import STRUCTURES

LOINC = "http://loinc.org"
GROUP = "399537006"
LAB = [{"coding": [{"code": "laboratory"}]}]


def ids(resources):
    return [resource["id"] for resource in resources]


def status(chart, id_="s", **more):
    return chart.observation(id_, "97509-4", system=LOINC, **more)


def marker(chart, id_="m", **more):
    return chart.observation(id_, "39004-7", system=LOINC, category=LAB, **more)


def test_findings_go_to_the_cancer_they_name(chart):
    tumor = chart.resource("BodyStructure", "t", extension=[chart.related("Condition/c2")])
    record = chart.read(
        chart.condition("c1"),
        chart.condition("c2", "C61"),
        status(chart, focus="c2"),
        marker(chart, extension=[chart.related("Condition/c2")]),
        chart.condition("s1", "C79.51", related="c2"),
        tumor,
        chart.observation("size", "21889-1", system=LOINC, focus="BodyStructure/t"),
        chart.observation(
            "risk", "C148010", system="urn:oid:2.16.840.1.113883.3.26.1.1", focus="c2"
        ),
        chart.observation("deauville", "708895006", focus="c2"),
    )
    second = record.primary("c2")
    assert ids(second.statuses) == ["s"]
    assert ids(second.biomarkers) == ["m"]
    assert ids(second.metastases) == ["s1"]
    assert set(ids(second.tumors)) == {"t", "size"}
    assert ids(second.risks) == ["risk"]
    assert ids(second.assessments) == ["deauville"]
    assert record.primary("c1").resources == ()
    assert record.unlinked.resources == ()


@pytest.mark.parametrize(("primaries", "linked"), [(1, True), (2, False), (0, False)])
def test_findings_that_name_no_cancer_belong_to_the_only_one(chart, primaries, linked):
    cancers = [chart.condition(f"c{n}") for n in range(primaries)]
    record = chart.read(*cancers, status(chart), marker(chart), chart.condition("s1", "C79.51"))
    found = [r for primary in record.primaries for r in primary.resources]
    assert (set(ids(found)) == {"s", "m", "s1"}) is linked
    assert (set(ids(record.unlinked.resources)) == {"s", "m", "s1"}) is not linked


def test_a_tumor_size_is_linked_by_its_specimens_identifier(chart):
    mark = {"system": "lab", "value": "Tumor 1"}
    record = chart.read(
        chart.condition("c1"),
        chart.condition("c2"),
        chart.resource(
            "BodyStructure", "t", identifier=[mark], extension=[chart.related("Condition/c2")]
        ),
        chart.resource("Specimen", "sp", identifier=[mark]),
        chart.observation("z", "21889-1", system=LOINC, specimen={"reference": "Specimen/sp"}),
    )
    assert "z" in ids(record.primary("c2").tumors)
    assert record.find("Specimen/sp")["id"] == "sp"


def test_members_of_a_morphology_panel_go_with_it(chart):
    panel = chart.observation(
        "p",
        "77753-2",
        system=LOINC,
        members=["h"],
        extension=[chart.related("Condition/c2")],
    )
    histology = chart.observation("h", "31206-6", system=LOINC)
    record = chart.read(chart.condition("c1"), chart.condition("c2"), panel, histology)
    assert set(ids(record.primary("c2").morphology)) == {"p", "h"}


def test_a_comorbidity_names_the_cancer_by_focus_and_not_by_the_extension(chart):
    other = chart.condition("chf", "I50.32")
    record = chart.read(
        chart.condition("c1"),
        other,
        chart.observation(
            "co", "398192003", focus="c1", extension=[chart.related("Condition/chf")]
        ),
    )
    assert [primary.id for primary in record.primaries] == ["c1"]
    assert ids(record.primary("c1").assessments) == ["co"]
    assert record.others == {"Condition/chf": other}


def test_a_condition_is_a_cancer_because_a_stage_names_it(chart):
    vague = chart.condition("c1", "1", system="http://vendor.example")
    assert chart.read(vague).primaries == ()
    staged = chart.read(vague, chart.observation("g", GROUP, focus="c1"))
    assert [primary.id for primary in staged.primaries] == ["c1"]


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p2"},
        {"reference": "https://other.example/fhir/Patient/p1"},
        {"reference": "Group/p1"},
    ],
)
def test_what_is_about_somebody_else_is_never_shown_as_this_patients(chart, subject):
    strange = [
        {**chart.condition("c1"), "subject": subject},
        {**chart.observation("g", GROUP), "subject": subject},
    ]
    record = chart.read(*strange)
    assert ids(record.misfiled) == ["c1", "g"]
    assert record.primaries == ()
    assert record.unlinked.resources == ()
    assert record.find("Condition/c1") is None


def test_a_stage_whose_focus_is_another_patients_cancer_is_misfiled_with_its_members(chart):
    foreign = {**chart.condition("x"), "subject": {"reference": "Patient/p2"}}
    group = chart.observation("g", GROUP, focus="x", members=["t"])
    category = chart.observation("t", chart.tnm["t"][0])
    own = chart.observation("g2", GROUP, focus="c1")
    record = chart.read(chart.condition("c1"), foreign, group, category, own)
    assert set(ids(record.misfiled)) == {"x", "g", "t"}
    assert [stage.group["id"] for stage in record.primary("c1").stages] == ["g2"]


def test_what_is_filed_here_and_names_another_patients_cancer_can_be_found_to_be_corrected(chart):
    theirs = {**chart.condition("x"), "subject": {"reference": "Patient/p2"}}
    record = chart.read(theirs, status(chart, focus="x"))
    assert record.find("Observation/s") is None
    assert record.find_astray("Observation/s")["id"] == "s"
    # What is another patient's by subject too is never to be changed from here.
    assert record.find_astray("Condition/x") is None


def test_a_stage_whose_focus_the_ehr_does_not_show_in_this_chart_is_misfiled(chart):
    group = chart.observation("g", GROUP, focus="x")
    record = chart.read(chart.condition("c1"), group, unreadable={"Condition/x"})
    assert ids(record.misfiled) == ["g"]


def test_a_stage_whose_focus_could_not_be_read_is_shown_without_a_cancer(chart):
    group = chart.observation("g", GROUP, focus="x")
    record = chart.read(chart.condition("c1"), group)
    assert [stage.group["id"] for stage in record.unlinked.stages] == ["g"]


def test_a_reference_below_the_base_is_this_patients(chart):
    absolute = {"reference": "https://ehr.example/fhir/Patient/p1"}
    cancer = {**chart.condition("c1"), "subject": absolute}
    record = chart.read(cancer, base="https://ehr.example/fhir")
    assert record.primaries[0].condition == cancer


@pytest.mark.parametrize("word", ["entered-in-error", "refuted"])
def test_a_retracted_condition_is_no_cancer_but_can_be_found(chart, word):
    retracted = chart.condition("c1", verificationStatus={"coding": [{"code": word}]})
    record = chart.read(retracted, chart.observation("g", GROUP, focus="c1"))
    assert record.primaries == ()
    assert record.retracted == (retracted,)
    assert record.find("Condition/c1") == retracted
    assert [stage.group["id"] for stage in record.unlinked.stages] == ["g"]


def test_treatments_are_known_by_their_reason_too_and_the_newest_comes_first(chart):
    because = {"reasonReference": [{"reference": "Condition/c1"}]}
    coded = {"reasonCode": [chart.concept("http://hl7.org/fhir/sid/icd-10-cm", "C50.9")]}
    words = {"text": "Ondansetron"}
    record = chart.read(
        chart.condition("c1"),
        chart.resource("MedicationRequest", "m1", medicationCodeableConcept=words, **because),
        chart.resource("MedicationRequest", "m2", medicationCodeableConcept=words),
        chart.resource(
            "Procedure", "p1", code={"text": "Mastectomy"}, performedDateTime="2026", **coded
        ),
        chart.resource("Procedure", "p2", code={"text": "Core needle biopsy"}, **because),
        chart.resource(
            "Procedure", "p3", code={"text": "Mastectomy"}, status="not-done", **because
        ),
        chart.resource("Procedure", "p5", code={"text": "Excision and node biopsy"}, **because),
        chart.resource("Procedure", "p4", code={"text": "External beam radiation therapy"}),
    )
    assert ids(record.treatments) == ["p1", "m1", "p5", "p4"]
    assert set(record.others) == {"MedicationRequest/m2", "Procedure/p2", "Procedure/p3"}


def test_a_drug_in_a_medication_of_its_own_is_looked_at(chart):
    order = chart.resource(
        "MedicationRequest", "m", medicationReference={"reference": "Medication/x"}
    )
    drug = {"resourceType": "Medication", "id": "x", "code": {"text": "Carboplatin"}}
    record = chart.read(order, drug)
    assert record.treatments == (order,)
    assert record.find("Medication/x") == drug


def test_a_marker_without_a_loinc_code_is_one_because_it_names_the_cancer(chart):
    named = chart.observation(
        "m", "x", system="http://lab", extension=[chart.related("Condition/c1")]
    )
    record = chart.read(chart.condition("c1"), named)
    assert record.primary("c1").biomarkers == (named,)


def test_the_rest_has_its_place(chart):
    record = chart.read(
        chart.observation("ecog", "89247-1", system=LOINC),
        chart.observation("hb", "718-7", system=LOINC, category=LAB),
        chart.observation("variant", "69548-6", system=LOINC),
        chart.observation("bsa", "8277-6", system=LOINC),
        chart.observation("smoking", "72166-2", system=LOINC),
        chart.resource("FamilyMemberHistory", "fmh"),
        {"resourceType": "Practitioner", "id": "dr"},
        gaps=[Gap("tumors", "refused")],
    )
    assert ids(record.performance) == ["ecog"]
    assert ids(record.labs) == ["hb"]
    assert ids(record.genomics) == ["variant"]
    assert set(ids(record.background)) == {"bsa", "fmh"}
    assert list(record.people) == ["Practitioner/dr"]
    assert list(record.others) == ["Observation/smoking"]
    assert record.gaps == (Gap("tumors", "refused"),)


@pytest.mark.parametrize(
    "odd",
    [
        {"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/p1"}},
        {"resourceType": "Observation", "id": "o", "subject": "Patient/p1"},
        {"resourceType": "Observation", "id": "o", "code": {"text": "x"}},
        {
            "resourceType": "Observation",
            "code": {"text": "x"},
            "subject": {"reference": "Patient/p1"},
        },
        {"resourceType": "Banana", "id": "o", "subject": {"reference": "Patient/p1"}},
        {
            "resourceType": "Condition",
            "id": "o",
            "subject": {"reference": "Patient/p1"},
            "code": [],
        },
        {
            "resourceType": "Observation",
            "id": "o",
            "subject": {"reference": "Patient/p1"},
            "code": {"text": "local"},
            "meta": {"profile": [f"{STRUCTURES}mcode-of-the-future"]},
        },
        {
            "resourceType": "Observation",
            "id": "o",
            "subject": {"reference": "Patient/p1"},
            "code": {"text": "local"},
            "focus": [{"reference": "Condition/c1"}],
        },
    ],
)
def test_what_cannot_be_interpreted_is_kept_as_such(chart, odd):
    record = chart.read(chart.condition("c1"), odd)
    assert record.not_interpreted == (odd,)
    assert record.primary("c1").resources == ()


def test_rows_of_several_searches_are_one_resource(chart):
    record = chart.read(chart.condition("c1"), chart.condition("c1"), status(chart), status(chart))
    assert len(record.primaries) == 1
    assert len(record.primaries[0].statuses) == 1


def test_what_was_found_of_a_metastasis_stands_with_it(chart):
    own = chart.observation(
        "own", "31206-6", system=LOINC, extension=[chart.related("Condition/c")]
    )
    spread = chart.observation(
        "spread", "31206-6", system=LOINC, extension=[chart.related("Condition/m")]
    )
    size = chart.observation("size", "21889-1", system=LOINC, focus="BodyStructure/t")
    tumor = chart.resource("BodyStructure", "t", extension=[chart.related("Condition/m")])
    status = chart.observation("status", "97509-4", system=LOINC, focus="m")
    diagnoses = [chart.condition("c"), chart.condition("m", "C78.7", related="c")]
    record = chart.read(*diagnoses, own, spread, size, tumor, status)
    (primary,) = record.primaries
    assert (ids(primary.morphology), ids(primary.tumors)) == (["own"], [])
    assert sorted(ids(primary.of_metastases["Condition/m"])) == ["size", "spread", "status", "t"]
    assert ids(primary.statuses) == []
    assert record.find("Observation/spread") == spread


def test_a_finding_of_a_metastasis_without_a_primary_is_kept(chart):
    about = [chart.related("Condition/m")]
    spread = chart.observation("spread", "31206-6", system=LOINC, extension=about)
    record = chart.read(chart.condition("m", "C78.7"), spread)
    assert record.unlinked.of_metastases == {"Condition/m": (spread,)}
