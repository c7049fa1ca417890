import pytest

from app.forms._saving.review import names_of
from tests.forms.cases import concept
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


def test_a_region_is_called_by_its_gene_alone():
    gene = {
        "code": concept("48018-6", "Gene", "http://loinc.org"),
        "valueCodeableConcept": concept("HGNC:11389", "STK11", "http://www.genenames.org"),
    }
    region = {
        "resourceType": "Observation",
        "id": "region",
        "status": "final",
        "code": concept("53041-0", "Region", "http://loinc.org"),
        "subject": {"reference": "Patient/pat"},
        "effectiveDateTime": "2026-11-20",
        "component": [gene],
    }
    assert names_of(record_of(region))["Observation/region"] == "STK11, 20-Nov-2026"


def test_what_has_no_words_is_left_out():
    nameless = {
        "resourceType": "Procedure",
        "id": "nameless",
        "status": "completed",
        "subject": {"reference": "Patient/pat"},
    }
    assert "Procedure/nameless" not in names_of(record_of(nameless))
