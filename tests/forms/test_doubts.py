"""What is entered and can hardly be true is asked about or refused, in whatever form."""

import pytest

from app.forms._answers import days_of
from app.forms._registry import all_forms
from app.forms.medication_administration import MedicationAdministration
from app.forms.medication_request import MedicationRequest
from app.forms.tumor_marker_test import TumorMarkerTest
from app.forms.tumor_size import TumorSize
from tests.forms.entering import confirmed, existing, new, sentences, written

DEAD = {"deceasedDateTime": "2024-01-02"}
FORMS = sorted(all_forms())


def dated(work):
    """Return the names of the fields that name a day."""
    return {name for name, item in work.form.asked.items() if days_of(item.data)}


@pytest.mark.parametrize("slug", FORMS)
def test_a_day_after_the_death_is_asked_about_in_every_form(slug):
    form_class = all_forms()[slug]
    alive, work = (new(form_class, patient=patient) for patient in (None, DEAD))
    alive.validate()
    assert not any(question.key.startswith("after-death") for question in alive.questions)
    confirmed(work)
    asked = {q.field: q.text for q in work.questions if q.key.startswith("after-death")}
    assert asked.keys() == dated(work)
    assert all("after the death of the patient, 02-Jan-2024" in text for text in asked.values())
    assert work.validate()


def test_a_day_that_is_not_surely_after_the_death_is_not_asked_about():
    work = new(TumorSize, patient={"deceasedDateTime": "2026-04"})
    assert work.validate(), work.problems()


def test_the_future_is_refused_whether_or_not_somebody_has_died():
    for patient in (None, DEAD):
        work = new(TumorSize, patient=patient, date="2027")
        assert sentences(work) == {"date": "Enter a date of measurement that is not in the future"}


@pytest.mark.parametrize("form_class", [MedicationAdministration, MedicationRequest])
@pytest.mark.parametrize("unit", ["mg", "mg/m2", "[iU]", "MBq", "mL"])
def test_no_dose_is_below_zero_in_whatever_unit(form_class, unit):
    told = sentences(new(form_class, dose=f"-5 {unit}"))
    assert told["dose"].startswith("Enter a number of at least 0")


@pytest.mark.parametrize("unit", ["ng/mL", "%", "U/mL"])
def test_no_result_is_below_zero(unit):
    told = sentences(new(TumorMarkerTest, number=f"-4 {unit}", finding=""))
    assert told["number"] == "Enter a number of at least 0"


def test_more_than_the_whole_is_asked_about():
    work = new(TumorMarkerTest, number="950 %", finding="")
    told = sentences(work)
    assert told["percent-number"] == "950 % is more than the whole. Tick to confirm the number"
    (result, *_) = written(confirmed(work))
    assert result["valueQuantity"]["value"] == 950


def test_a_size_of_nine_meters_is_refused_and_one_of_half_a_meter_asked_about():
    assert sentences(new(TumorSize, size="900 cm")) == {"size": "Enter a size of at most 200 cm"}
    assert sentences(new(TumorSize, size="9000 mm")) == {"size": "Enter a size of at most 200 cm"}
    assert sentences(new(TumorSize, size="50 cm")).keys() == {"unusual-size"}


def test_what_the_chart_holds_and_nobody_touches_is_not_asked_about():
    order = {
        "resourceType": "MedicationRequest",
        "id": "rx",
        "meta": {"versionId": "1"},
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/pat"},
        "medicationCodeableConcept": {"text": "paclitaxel"},
        "authoredOn": "2026-03-20",
        "reasonReference": [{"reference": "Condition/breast"}],
        "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": -80, "code": "mg"}}]}],
    }
    work = existing(MedicationRequest, order, patient=DEAD, note="Seen")
    assert work.validate(), work.problems()
