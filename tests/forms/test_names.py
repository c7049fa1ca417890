from __future__ import annotations

import pytest

from app.forms._names import names_of
from tests.forms.entering import record_of

NAMES = names_of(record_of())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Condition/heart", "Heart failure, unspecified"),
        ("Observation/weight", "weight 64 kg, 20-Mar-2026"),
        ("Observation/kras", "KRAS Absent, 20-Mar-2026"),
        ("BodyStructure/lump", "Left breast structure"),
        ("Specimen/core", "Tissue"),
        ("MedicationRequest/paclitaxel", "paclitaxel, 02-Apr-2026"),
    ],
)
def test_what_an_entry_may_refer_to_has_words(name, words):
    assert NAMES[name] == words


def test_what_has_no_words_is_left_out():
    nameless = {
        "resourceType": "Procedure",
        "id": "nameless",
        "status": "completed",
        "subject": {"reference": "Patient/pat"},
    }
    assert "Procedure/nameless" not in names_of(record_of(nameless))
