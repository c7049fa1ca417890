import pytest

from app.forms._answers import AS_RECORDED
from app.forms.disease_status import DiseaseStatus
from tests.forms.cases import SNOMED, concept
from tests.forms.entering import confirmed, existing, fresh, new, sentences, written

EVIDENCE = (
    "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-cancer-disease-status-evidence-type"
)
NOT_EVALUATED = "absent:not-asked"


def status(code):
    return f"{SNOMED}|{code}"


def shown_by(*codes):
    return [{"url": EVIDENCE, "valueCodeableConcept": concept(code, code)} for code in codes]


def recorded(**more):
    return {
        "resourceType": "Observation",
        "id": "before",
        "meta": {"versionId": "2"},
        "status": "final",
        "code": concept("97509-4", "Cancer disease progression", "http://loinc.org"),
        "subject": {"reference": "Patient/pat"},
        "focus": [{"reference": "Condition/breast"}],
        "effectiveDateTime": "2026-05-02",
        "performer": [{"display": "Dr Owen"}],
        "valueCodeableConcept": concept("268910001", "Patient's condition improved"),
        **more,
    }


def test_a_status_is_written_about_the_cancer_with_its_evidence():
    (observation,) = written(new(DiseaseStatus))
    profile = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-cancer-disease-status"
    assert observation["meta"]["profile"] == [profile]
    assert observation["code"]["coding"][0]["code"] == "97509-4"
    assert observation["focus"] == [{"reference": "Condition/breast"}]
    assert observation["valueCodeableConcept"] == {
        "coding": [
            {
                "system": SNOMED,
                "code": "359746009",
                "display": "Patient's condition stable (finding)",
            }
        ],
        "text": "Patient's condition stable",
    }
    assert [
        (entry["url"], entry["valueCodeableConcept"]["coding"][0]["code"])
        for entry in observation["extension"]
    ] == [(EVIDENCE, "363679005"), (EVIDENCE, "250724005")]
    assert observation["effectiveDateTime"] == "2026-11-20"
    assert observation["note"] == [{"text": "CT of chest and abdomen"}]


def test_a_status_that_was_not_evaluated_has_the_reason_in_its_place():
    (observation,) = written(new(DiseaseStatus, status=NOT_EVALUATED, evidence=""))
    assert "valueCodeableConcept" not in observation
    assert observation["dataAbsentReason"]["coding"][0]["code"] == "not-asked"
    assert "extension" not in observation


def test_the_four_trends_are_in_sight_and_remission_is_behind_them():
    options = DiseaseStatus().status.options
    assert [option.label for option in options if not option.folded] == [
        "Responding",
        "Stable",
        "Progressing",
        "Undetermined",
        "Not evaluated",
    ]
    assert [option.label for option in options if option.folded] == [
        "Full remission, no evidence of disease",
        "Partial remission",
        "Distant metastasis present",
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": ""}, {"status": "Choose the disease status"}),
        ({"date": ""}, {"date": "Enter the date of the status"}),
        (
            {"date": "2027-01-02"},
            {"date": "Enter a date of the status that is not in the future"},
        ),
        (
            {"status": NOT_EVALUATED},
            {"evidence": "Remove the evidence, or choose the status that it shows"},
        ),
    ],
)
def test_what_is_impossible_is_told_at_its_field(changes, told):
    assert sentences(new(DiseaseStatus, **changes)) == told


def test_a_date_before_the_diagnosis_has_to_be_confirmed():
    work = new(DiseaseStatus, date="2026-02-01")
    assert sentences(work) == {
        "before-diagnosis": "The date is before the diagnosis, 12-Mar-2026. "
        "Tick to confirm that it is right"
    }
    assert written(confirmed(work))[0]["effectiveDateTime"] == "2026-02-01"


def test_a_second_status_of_one_day_has_to_be_confirmed():
    same = recorded(effectiveDateTime="2026-11-20T10:00:00Z")
    asked = sentences(new(DiseaseStatus, same))["another-of-the-day"]
    assert asked.startswith("A status of this day is on record already (Patient's condition impr")
    assert written(new(DiseaseStatus, recorded()))


def test_the_statuses_before_stand_beside_the_form():
    work = fresh(DiseaseStatus, recorded())
    assert work.form.chart_context(work.subject) == [
        ("Disease status", "Responding", "02-May-2026 · Dr Owen")
    ]


def test_an_entry_that_is_amended_is_not_among_those_beside_it():
    other = recorded(id="other", valueCodeableConcept={"text": "Slowly better"})
    work = existing(DiseaseStatus, recorded(), other)
    assert work.form.chart_context(work.subject) == [
        ("Disease status", "Slowly better", "02-May-2026 · Dr Owen")
    ]


def test_the_review_names_the_status_its_day_and_the_cancer():
    work = new(DiseaseStatus)
    assert work.form.headline(work.subject) == (
        "Disease status, stable, 20-Nov-2026 · "
        "Malignant neoplasm of upper-outer quadrant of left female breast"
    )


def test_evidence_of_a_finer_kind_stays_when_other_evidence_is_added():
    # Computed tomography is imaging: legal, and more than the form asks.
    before = recorded(extension=[{"url": "urn:ward", "valueString": "7B"}, *shown_by("77477000")])
    work = existing(DiseaseStatus, before)
    assert work.form.evidence.text == ""
    assert work.origins["evidence"] == "in the chart: 77477000"
    (after,) = written(existing(DiseaseStatus, before, evidence=status("5880005")))
    assert after["extension"][:2] == before["extension"]
    assert [e["valueCodeableConcept"]["coding"][0]["code"] for e in after["extension"][1:]] == [
        "77477000",
        "5880005",
    ]
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed == {"extension", "status"}


@pytest.mark.parametrize(
    "value",
    [
        concept("103338009", "In full remission (qualifier value)"),
        {"text": "Slowly better"},
    ],
)
def test_a_status_that_the_form_does_not_offer_stays_until_another_is_chosen(value):
    before = recorded(valueCodeableConcept=value)
    work = existing(DiseaseStatus, before)
    assert work.form.status.data == AS_RECORDED
    said = value["text"].removesuffix(" (qualifier value)")
    assert work.form.display("status") == f"{said} (as in the chart)"
    (after,) = written(existing(DiseaseStatus, before, date="2026-05-03"))
    assert after["valueCodeableConcept"] == value


def test_the_code_of_earlier_releases_opens_and_stays():
    code = concept("88040-1", "Response to cancer treatment", "http://loinc.org")
    (after,) = written(existing(DiseaseStatus, recorded(code=code), status=status("271299001")))
    assert after["code"] == code
    assert after["valueCodeableConcept"]["coding"][0]["code"] == "271299001"


def test_a_status_that_names_no_cancer_of_the_patient_can_be_amended():
    loose = recorded(focus=[{"reference": "Condition/elsewhere"}])
    work = existing(DiseaseStatus, loose)
    assert work.subject.primary is None
    assert work.form.chart_context(work.subject) == []
    (after,) = written(existing(DiseaseStatus, loose, date="2026-05-03"))
    assert after["focus"] == loose["focus"]
