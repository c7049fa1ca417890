"""Doses that are seldom meant."""

import pytest

from app.forms._shared.drug import UNITS, beyond_use
from app.forms.medication_administration import MedicationAdministration
from app.forms.medication_request import MedicationRequest
from tests.forms.answering import amount
from tests.forms.entering import new


@pytest.mark.parametrize(
    ("dose", "told"),
    [
        (amount(12000, "mg/m2"), ""),
        (amount("12000.5", "mg/m2"), "more than 12000 mg/m²"),
        (amount(30, "g"), ""),
        (amount(31, "g"), "more than 30 g"),
        (amount(9000000, "mg"), "more than 30000 mg"),
        (amount(301, "mg/kg", "<"), "more than 300 mg/kg"),
        # Interleukins are given in millions of units: there is no bound to name.
        (amount(18000000, "[iU]"), ""),
        (None, ""),
    ],
)
def test_a_dose_beyond_any_in_use_is_told(dose, told):
    sentence = beyond_use(dose)
    assert told in sentence
    assert bool(sentence) is bool(told)


@pytest.mark.parametrize("form_class", [MedicationRequest, MedicationAdministration])
def test_such_a_dose_has_to_be_confirmed(form_class):
    work = new(form_class, dose="9000000 mg")
    assert not work.validate()
    assert "large-dose" in [question.key for question in work.questions]
    assert {unit.code for unit in UNITS} >= {"mg", "g", "mg/m2", "g/m2", "mg/kg"}
