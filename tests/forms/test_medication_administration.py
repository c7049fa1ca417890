import pytest

from app.forms.medication_administration import MedicationAdministration
from app.terminology.systems import RXNORM, SNOMED
from tests.forms.cases import concept
from tests.forms.patient import AUTHOR
from tests.forms.treating import (
    MCODE,
    NOT_TOLERATED,
    amended,
    asked,
    entered,
    errors,
    opened,
    subject_with,
    written,
)

INTRAVENOUS = f"{SNOMED}|47625008"
DOXORUBICIN = f"{RXNORM}|3639"


def given(**more):
    return {
        "resourceType": "MedicationAdministration",
        "id": "dose",
        "meta": {"versionId": "3"},
        "status": "completed",
        "medicationCodeableConcept": concept("56946", "paclitaxel", RXNORM),
        "subject": {"reference": "Patient/pat"},
        "reasonReference": [{"reference": "Condition/breast"}],
        "effectiveDateTime": "2026-07-06T10:00:00Z",
        **more,
    }


def order(id_, code, name, **more):
    return {
        "resourceType": "MedicationRequest",
        "id": id_,
        "meta": {"versionId": "1"},
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept(code, name, RXNORM),
        "subject": {"reference": "Patient/pat"},
        "authoredOn": "2026-05-01",
        "reasonReference": [{"reference": "Condition/breast"}],
        **more,
    }


def test_the_typical_dose_is_written_as_the_profile_has_it():
    resource = written(entered(MedicationAdministration, subject_with()))["main"]
    del resource["identifier"]
    urls = [extension["url"] for extension in resource.pop("extension")]
    assert urls == [f"{MCODE}procedure-intent", f"{MCODE}normalization-basis"]
    assert resource == {
        "resourceType": "MedicationAdministration",
        "meta": {"profile": [f"{MCODE}cancer-related-medication-administration"]},
        "subject": {"reference": "Patient/pat"},
        "context": {"reference": "Encounter/visit"},
        "performer": [{"actor": {"display": "Nancy Nurse", "reference": AUTHOR.reference}}],
        "reasonReference": [{"reference": "Condition/breast"}],
        "request": {"reference": "MedicationRequest/paclitaxel"},
        "medicationCodeableConcept": {
            "coding": [{"system": RXNORM, "code": "56946", "display": "paclitaxel"}],
            "text": "paclitaxel",
        },
        "effectiveDateTime": "2026-11-20",
        "status": "completed",
        "dosage": {
            "dose": {
                "value": 142,
                "unit": "mg",
                "system": "http://unitsofmeasure.org",
                "code": "mg",
            },
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
        },
    }


def test_a_dose_over_days_is_a_period():
    work = entered(MedicationAdministration, subject_with(), when="2026-11-18/2026-11-20")
    resource = written(work)["main"]
    assert resource["effectivePeriod"] == {"start": "2026-11-18", "end": "2026-11-20"}
    assert "effectiveDateTime" not in resource


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"drug": ""}, "drug", "Enter the drug"),
        ({"status": ""}, "status", "Choose the status"),
        ({"when": ""}, "when", "Enter when it was given"),
        ({"when": "2026-12-24"}, "when", "Enter a date that is not in the future"),
        ({"when": "1950"}, "when", "Enter a date after the birth, 14-Feb-1964"),
        (
            {"when": "2026-11-20/2026-11-18"},
            "when",
            "Enter an end that is not before the beginning",
        ),
        ({"dose": ""}, "dose", "Enter the dose, or remove the route"),
        (
            {"reason": NOT_TOLERATED},
            "reason",
            "Choose “Stopped” as the status, or say the reason in words of your own",
        ),
    ],
)
def test_what_cannot_be_is_told_at_its_field(changes, field, sentence):
    assert errors(entered(MedicationAdministration, subject_with(), **changes)) == {field: sentence}


def test_a_dose_that_is_not_given_may_be_one_to_come():
    work = entered(
        MedicationAdministration,
        subject_with(),
        when="2026-12-24",
        status="not-done",
        reason="||Neutropenia",
    )
    assert errors(work) == {}
    assert written(work)["main"]["statusReason"] == [{"text": "Neutropenia"}]


def test_another_drug_than_ordered_is_asked_about():
    found = asked(entered(MedicationAdministration, subject_with(), drug=DOXORUBICIN))
    assert found == {
        "other-drug": "The order is for paclitaxel. "
        "Tick to confirm that doxorubicin was given by it"
    }


@pytest.mark.parametrize("drug", ["||Paclitaxel", "||paclitaxel 6 mg/mL infusion"])
def test_the_ordered_drug_in_other_words_is_not_asked_about(drug):
    assert asked(entered(MedicationAdministration, subject_with(), drug=drug)) == {}


def test_the_one_active_order_is_where_a_new_entry_begins():
    dosage = [{"route": concept("47625008", "IV")}]
    basis = {
        "url": f"{MCODE}normalization-basis",
        "valueCodeableConcept": concept("301898006", "BSA"),
    }
    subject = subject_with(
        order("paclitaxel", "56946", "paclitaxel", dosageInstruction=dosage, extension=[basis])
    )
    work = opened(MedicationAdministration, subject)
    begun = {name: item.text for name, item in work.form.asked.items() if item.text}
    assert begun == {
        "request": "MedicationRequest/paclitaxel",
        "drug": f"{RXNORM}|56946",
        "route": INTRAVENOUS,
        "basis": f"{SNOMED}|301898006",
    }
    assert work.origins == {
        "request": "the only order that is active",
        **dict.fromkeys(("drug", "route", "basis"), "from the order of 01-May-2026"),
    }


def test_of_several_active_orders_none_is_taken_for_granted():
    subject = subject_with(order("more", "3639", "doxorubicin"))
    work = opened(MedicationAdministration, subject)
    assert [item.text for item in work.form.asked.values() if item.text] == []
    assert {option.label for option in work.form.request.options} == {
        "paclitaxel · 02-Apr-2026 · active",
        "doxorubicin · 01-May-2026 · active",
    }


def test_orders_for_another_cancer_are_not_offered():
    skin = {
        "resourceType": "Condition",
        "id": "skin",
        "subject": {"reference": "Patient/pat"},
        "code": concept("C43.72", "Melanoma", "http://hl7.org/fhir/sid/icd-10-cm"),
    }
    elsewhere = order(
        "other", "3639", "doxorubicin", reasonReference=[{"reference": "Condition/skin"}]
    )
    work = opened(MedicationAdministration, subject_with(skin, elsewhere))
    assert [o.text for o in work.form.request.options] == ["MedicationRequest/paclitaxel"]


def test_an_order_that_only_the_entry_knows_stays():
    held = given(request={"reference": "MedicationRequest/gone", "display": "Old order"})
    work = amended(MedicationAdministration, held, note="seen")
    assert work.form.display("request") == "Old order (as in the chart)"
    assert written(work)["main"] == {**held, "note": [{"text": "seen"}]}


def test_a_dosage_with_a_rate_needs_no_dose():
    dosage = {"rateQuantity": {"value": 2, "unit": "mg/h"}, "text": "over night"}
    held = given(dosage=dosage)
    after = written(amended(MedicationAdministration, held, route=INTRAVENOUS))["main"]
    assert {**after["dosage"], "route": None} == {**dosage, "route": None}


def test_a_dosage_of_which_nothing_is_left_goes():
    held = given(dosage={"dose": {"value": 142, "unit": "mg", "code": "mg"}})
    assert "dosage" not in written(amended(MedicationAdministration, held, dose=""))["main"]


def test_only_the_first_reason_is_meant():
    second = concept("x", "second", "urn:local")
    held = given(status="stopped", statusReason=[concept("407563006", "Not tolerated"), second])
    work = amended(MedicationAdministration, held, reason=f"{SNOMED}|105480006")
    first, last = written(work)["main"]["statusReason"]
    assert first["coding"][0]["code"] == "105480006"
    assert last == second
