from app.mcode import treatments
from app.mcode.profiles import EXTENSION

ORDER = {
    "extension": [{"url": EXTENSION["intent"], "valueCodeableConcept": {"text": "Curative"}}],
    "medicationReference": {"reference": "Medication/1", "display": "named here"},
    "dosageInstruction": [{"text": "75 mg/m2 every 3 weeks"}],
}


def test_an_order_says_how_and_to_what_end():
    assert treatments.dosage_text(ORDER) == "75 mg/m2 every 3 weeks"
    assert treatments.intent(ORDER) == "Curative"


def test_the_drug_is_named_by_the_order_its_medication_or_the_references_words():
    drug = {"code": {"text": "Cisplatin"}}
    coded = {**ORDER, "medicationCodeableConcept": {"text": "Carboplatin"}}
    assert treatments.medication_text(coded, drug) == "Carboplatin"
    assert treatments.medication_text(ORDER, drug) == "Cisplatin"
    assert treatments.medication_text(ORDER) == "named here"
    assert treatments.medication_text({}) is None


def test_an_administration_has_one_dosage():
    assert treatments.dosage_text({"dosage": {"text": "2 mg IV"}}) == "2 mg IV"
