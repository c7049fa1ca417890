import pytest

from app.forms._definition import Fold
from app.forms.medication_request import MedicationRequest
from app.terminology.systems import RXNORM, SNOMED
from tests.forms.cases import concept
from tests.forms.entering import new
from tests.forms.patient import AUTHOR
from tests.forms.treating import (
    MCODE,
    NOT_TOLERATED,
    amended,
    asked,
    entered,
    errors,
    stored,
    subject_with,
    written,
)

WEIGHT = f"{SNOMED}|363804004"
PACLITAXEL = f"{RXNORM}|56946"


def order(**more):
    return {
        "resourceType": "MedicationRequest",
        "id": "taxane",
        "meta": {"versionId": "3"},
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept("56946", "paclitaxel", RXNORM),
        "subject": {"reference": "Patient/pat"},
        "reasonReference": [{"reference": "Condition/breast"}],
        "authoredOn": "2026-04-02T09:30:00Z",
        **more,
    }


def test_nothing_is_put_in_words_beside_an_answer_that_cannot_be_read():
    """The words would leave out the dose, and nothing would say so."""
    work = new(MedicationRequest, dose="2,5", dosage="")
    assert work.form.route.is_answered
    assert not work.compute()
    assert not work.form.dosage.is_answered
    assert work.form.dose.errors == ["Enter a number, such as 12 or 0.5"]


def test_the_typical_order_is_written_as_the_profile_has_it():
    resource = written(entered(MedicationRequest, subject_with()))["main"]
    del resource["identifier"]
    assert resource == {
        "resourceType": "MedicationRequest",
        "meta": {"profile": [f"{MCODE}cancer-related-medication-request"]},
        "subject": {"reference": "Patient/pat"},
        "encounter": {"reference": "Encounter/visit"},
        "requester": {"display": "Nancy Nurse", "reference": AUTHOR.reference},
        "reasonReference": [{"reference": "Condition/breast"}],
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-11-20",
        "medicationCodeableConcept": {
            "coding": [{"system": RXNORM, "code": "3639", "display": "doxorubicin"}],
            "text": "doxorubicin",
        },
        "dosageInstruction": [
            {
                "doseAndRate": [
                    {
                        "doseQuantity": {
                            "value": 60,
                            "unit": "mg/m²",
                            "system": "http://unitsofmeasure.org",
                            "code": "mg/m2",
                        }
                    }
                ],
                "route": {
                    "coding": [
                        {
                            "system": SNOMED,
                            "code": "47625008",
                            "display": "Intravenous route (qualifier value)",
                        }
                    ],
                    "text": "Intravenous route",
                },
                "text": "Day 1 of a 14-day cycle, 4 cycles",
            }
        ],
        "extension": [
            {
                "url": f"{MCODE}normalization-basis",
                "valueCodeableConcept": {
                    "coding": [
                        {
                            "system": SNOMED,
                            "code": "301898006",
                            "display": "Body surface area (observable entity)",
                        }
                    ],
                    "text": "Body surface area",
                },
            },
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
            },
        ],
    }


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"drug": ""}, "drug", "Enter the drug"),
        ({"status": ""}, "status", "Choose the status"),
        ({"kind": ""}, "kind", "Choose the kind of order"),
        ({"authored": ""}, "authored", "Enter the date of the order"),
        (
            {"authored": "2026-12-24"},
            "authored",
            "Enter a date of the order that is not in the future",
        ),
        ({"dose": "0 mg"}, "dose", "Enter a number of at least 0.001"),
        ({"dose": "60 drops"}, "dose", "Choose the unit"),
        (
            {"status": "completed", "reason": NOT_TOLERATED},
            "reason",
            "Choose “Stopped” as the status, or say the reason in words of your own",
        ),
    ],
)
def test_what_cannot_be_is_told_at_its_field(changes, field, sentence):
    assert errors(entered(MedicationRequest, subject_with(), **changes)) == {field: sentence}


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"basis": WEIGHT}, "dose-basis", "per m²"),
        ({"dose": "6 mg/kg"}, "dose-basis", "body surface area"),
        ({"drug": PACLITAXEL}, "second-order", "2-Apr-2026"),
        ({"drug": "||Paclitaxel"}, "second-order", "2-Apr-2026"),
        ({"status": "stopped"}, "no-reason", "Why it was stopped is not said"),
    ],
)
def test_what_is_unlikely_is_asked_about(changes, key, words):
    found = asked(entered(MedicationRequest, subject_with(), **changes))
    assert list(found) == [key]
    assert words in found[key]


@pytest.mark.parametrize(
    "changes",
    [
        {"dose": "60 mg", "basis": WEIGHT},
        {"dose": "6 mg/kg", "basis": WEIGHT},
        {"basis": ""},
        {"drug": PACLITAXEL, "status": "draft"},
        {"status": "stopped", "reason": NOT_TOLERATED},
        {"status": "on-hold", "reason": "||Neutropenia"},
    ],
)
def test_what_goes_together_is_not_asked_about(changes):
    work = entered(MedicationRequest, subject_with(), **changes)
    assert (errors(work), asked(work)) == ({}, {})


def test_an_order_is_stopped_by_its_status_and_its_reason():
    before = order()
    work = amended(MedicationRequest, before, status="stopped", reason=NOT_TOLERATED)
    assert work.form.layout(work.subject)[:2] == (("status",), ("reason",))
    after = written(work)["main"]
    assert after["status"] == "stopped"
    assert after["statusReason"]["coding"][0]["code"] == "407563006"
    assert {name for name in after if after[name] != before.get(name)} == {"status", "statusReason"}


def test_every_field_stands_on_the_page_of_an_order_in_the_chart_too():
    work = amended(MedicationRequest, order())
    page = work.form.layout(work.subject)
    rows = [row for entry in page for row in (entry.rows if isinstance(entry, Fold) else (entry,))]
    assert sorted(name for row in rows for name in row) == sorted(work.form.asked)


def test_a_reason_that_the_guide_does_not_list_stays_until_the_order_is_stopped():
    held = order(status="on-hold", statusReason=concept("165517008", "Neutropenia"))
    work = amended(MedicationRequest, held, note="wait a week")
    assert errors(work) == {}
    assert written(work)["main"]["statusReason"] == held["statusReason"]
    stopped = amended(MedicationRequest, held, status="stopped")
    assert errors(stopped) == {
        "reason": "Choose one of the reasons for stopping, or say it in words of your own"
    }
    in_words = amended(MedicationRequest, held, status="stopped", reason="||Neutropenia")
    assert written(in_words)["main"]["statusReason"] == {"text": "Neutropenia"}


@pytest.mark.parametrize("code", ["407563006", "182992009"])
def test_a_stopped_order_that_goes_on_needs_another_reason_or_none(code):
    held = order(status="stopped", statusReason=concept(code, "reason"))
    assert errors(amended(MedicationRequest, held, note="seen")) == {}
    assert "reason" in errors(amended(MedicationRequest, held, status="completed"))
    after = written(amended(MedicationRequest, held, status="completed", reason=""))["main"]
    assert "statusReason" not in after


def test_a_drug_that_is_a_record_of_its_own_keeps_its_reference_and_its_name():
    medication = {
        "resourceType": "Medication",
        "id": "vial",
        "code": concept("583214", "paclitaxel 6 MG/ML Injection", RXNORM),
    }
    held = order(medicationReference={"reference": "Medication/vial"})
    del held["medicationCodeableConcept"]
    work = amended(MedicationRequest, held, medication, note="seen")
    assert work.form.display("drug") == "paclitaxel 6 MG/ML Injection (as in the chart)"
    after = written(work)["main"]
    assert after == {**held, "note": [{"text": "seen"}]}
    other = written(amended(MedicationRequest, held, medication, drug="||docetaxel"))["main"]
    assert other["medicationCodeableConcept"] == {"text": "docetaxel"}
    assert "medicationReference" not in other


def test_a_dose_that_is_a_range_is_shown_and_stays():
    low, high = ({"value": v, "unit": "mg", "code": "mg"} for v in (50, 75))
    dosage = [{"timing": {"code": {"text": "QD"}}, "doseAndRate": [{"doseRange": {}}]}]
    dosage[0]["doseAndRate"][0]["doseRange"] = {"low": low, "high": high}
    held = order(dosageInstruction=dosage)
    work = amended(MedicationRequest, held, note="seen")
    assert "50" in work.origins["dose"]
    assert written(work)["main"]["dosageInstruction"] == dosage
    (after,) = written(amended(MedicationRequest, held, dose="60 mg"))["main"]["dosageInstruction"]
    assert after["timing"] == {"code": {"text": "QD"}}
    assert list(after["doseAndRate"][0]) == ["doseQuantity"]


def test_only_the_first_dosage_is_meant():
    second = {"text": "then 30 mg", "sequence": 2}
    held = order(dosageInstruction=[{"text": "60 mg", "sequence": 1}, second])
    after = written(amended(MedicationRequest, held, dosage="50 mg"))["main"]
    assert after["dosageInstruction"] == [{"text": "50 mg", "sequence": 1}, second]


def test_a_reason_in_the_way_of_older_releases_is_shown_and_never_written():
    extension = {
        "url": f"{MCODE}treatment-termination-reason",
        "valueCodeableConcept": concept("407563006", "Not tolerated"),
    }
    held = order(status="stopped", extension=[extension])
    work = amended(MedicationRequest, held, note="seen")
    assert ("Why it ended", "Not tolerated", "") in work.form.chart_context(work.subject)
    assert written(work)["main"]["extension"] == [extension]


def test_an_order_of_no_known_cancer_opens_all_the_same():
    held = order(reasonReference=[{"reference": "Condition/elsewhere"}])
    work = amended(MedicationRequest, held, note="seen")
    assert work.subject.primary is None
    assert work.form.headline(work.subject) == "Drug order, paclitaxel, 02-Apr-2026"
    assert written(work)["main"] == {**held, "note": [{"text": "seen"}]}


def test_other_orders_stand_beside_the_form():
    subject = subject_with()
    assert entered(MedicationRequest, subject).form.chart_context(subject) == [
        ("paclitaxel", "", "02-Apr-2026 · active")
    ]
    own = amended(MedicationRequest, stored(order(), "another"))
    assert len(own.form.chart_context(own.subject)) == 1
