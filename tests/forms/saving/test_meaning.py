"""Whether what an EHR stored says the same as what was sent; each case stands for its kind."""

import copy
from decimal import Decimal

import pytest

from app.forms._registry import all_forms
from app.forms._saving.differences import Change, means_the_same, remarks_on
from app.forms._saving.meaning import compare
from app.forms._saving.plan import Write, plan_entry
from tests.forms import valid
from tests.forms.chart import ADDITIONS
from tests.forms.entering import subject_of
from tests.forms.patient import AUTHOR
from tests.forms.test_every_form import confirmed
from tests.fuzz import mutations
from tests.fuzz.chance import chance_of

SNOMED, UCUM = "http://snomed.info/sct", "http://unitsofmeasure.org"
LEFT = {"coding": [{"system": SNOMED, "code": "7771000"}], "text": "Left"}
SIDE = {
    "url": "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier",
    "valueCodeableConcept": LEFT,
}
PSA = {
    "resourceType": "Observation",
    "status": "final",
    "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}],
    "category": [{"coding": [{"system": "urn:category", "code": "laboratory"}]}],
    "code": {"coding": [{"system": "http://loinc.org", "code": "2857-1"}], "text": "PSA"},
    "subject": {"reference": "Patient/pat"},
    "focus": [{"reference": "Condition/breast", "display": "Breast cancer"}],
    "effectiveDateTime": "2026-03-20",
    "performer": [{"reference": "Practitioner/nancy", "display": "Nancy Nurse"}],
    "valueQuantity": {
        "value": Decimal("5.0"),
        "comparator": "<",
        "unit": "ng/mL",
        "system": UCUM,
        "code": "ng/mL",
    },
    "interpretation": [{"coding": [{"system": "urn:flag", "code": "H"}], "text": "High"}],
    "note": [{"text": "Seen again"}],
    "bodySite": {**LEFT, "coding": [{"system": SNOMED, "code": "76752008"}], "extension": [SIDE]},
}


def sent(resource=PSA, before=None):
    act = "amended" if before else "new"
    return Write("PSA", act, "urn:uuid:x", copy.deepcopy(resource), before)


def found(**elements):
    """Return what the chart holds: what was sent, with these elements; None takes one out."""
    held = {**copy.deepcopy(PSA), **elements, "id": "1", "meta": {"versionId": "1"}}
    return {name: value for name, value in held.items() if value is not None}


def value(**parts):
    return {**PSA["valueQuantity"], **parts}


def concept(code, text="PSA", system="http://loinc.org", **more):
    return {"coding": [{"system": system, "code": code, **more}], "text": text}


@pytest.mark.parametrize(
    "held",
    [
        found(),
        found(identifier=None),
        found(identifier=[{"system": "urn:ehr", "value": "7"}, *PSA["identifier"]]),
        found(category=[concept("x", system="urn:ehr")]),
        found(
            code=concept("2857-1", "PSA", version="2.78", display="PSA SerPl", userSelected=True)
        ),
        found(code={"coding": [{"system": "urn:l", "code": "1"}, *PSA["code"]["coding"]]}),
        found(code=concept("2857-1", system="urn:oid:2.16.840.1.113883.6.1")),
        found(effectiveDateTime="2026-03-20T00:00:00Z"),
        found(effectiveDateTime="2026-03-20T00:00:00.000+01:00"),
        found(effectiveDateTime=None, effectivePeriod={"start": "2026-03-20T00:00:00Z"}),
        found(subject={"reference": "https://ehr.example/fhir/Patient/pat", "display": "Pat"}),
        found(focus=[{"reference": "Condition/breast/_history/4"}]),
        found(focus=[{"reference": "Condition/other"}, PSA["focus"][0]]),
        found(valueQuantity=value(unit="nanograms per milliliter")),
        found(note=[{"text": "Seen  again\n", "time": "2026-03-20T10:00:00Z"}]),
        found(note=[{"text": "Interface"}, {"text": "Seen again"}]),
        found(extension=[{"url": "urn:added", "valueCode": "x"}], text={"status": "generated"}),
        found(encounter={"reference": "Encounter/9"}, issued="2026-03-20T10:00:00Z"),
        found(status="amended"),
    ],
)
def test_what_an_ehr_may_add_or_write_otherwise_is_no_difference(held):
    assert compare(held, sent(), {}) == []


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (found(interpretation=None), "The EHR left out the interpretation."),
        (found(note=None, interpretation=[]), "The EHR left out the interpretation and the note."),
        (found(performer=None), "The EHR left out the performer."),
        (
            found(bodySite={**PSA["bodySite"], "extension": []}),
            "The EHR left out the side of the body site.",
        ),
        (
            found(valueQuantity=value(value=5)),
            "Value: you entered < 5.0 ng/mL, the chart holds < 5 ng/mL.",
        ),
        (
            found(effectiveDateTime="2026-03"),
            "Date: you entered 20-Mar-2026, the chart holds Mar-2026.",
        ),
        (
            found(performer=[{"reference": "PractitionerRole/n", "display": "Nurse, ward 7"}]),
            "Performer: you entered Nancy Nurse, the chart holds Nurse, ward 7.",
        ),
        (
            found(code=concept("2857-1", "Prostate antigen")),
            "Kind: you entered PSA, the chart holds Prostate antigen.",
        ),
    ],
)
def test_what_is_left_out_or_worded_otherwise_is_saved_and_told(held, told):
    differences = compare(held, sent(), {})
    assert means_the_same(differences)
    assert remarks_on(differences) == [told]


@pytest.mark.parametrize(
    ("held", "label"),
    [
        (found(effectiveDateTime=None), "Date"),
        (found(effectiveDateTime=None, issued="2026-03-20T10:00:00Z"), "Date"),
        (found(effectiveDateTime=None, effectivePeriod={"end": "2026-03-20"}), "Date"),
        (found(valueQuantity=value(value=Decimal(50))), "Value"),
        (found(valueQuantity=value(code="ug/mL", unit="ug/mL")), "Value"),
        (found(valueQuantity=value(unit=None, code=None, system=None)), "Value"),
        (found(valueQuantity={k: v for k, v in value().items() if k != "comparator"}), "Value"),
        (found(valueQuantity=value(comparator=">")), "Value"),
        (found(valueQuantity=None), "Value"),
        (found(valueQuantity=None, valueString="< 5.0 ng/mL"), "Value"),
        (found(code=concept("2858-9")), "Kind"),
        (found(code={"text": "PSA"}), "Kind"),
        (found(subject={"reference": "Patient/eve"}), "Subject"),
        (found(subject=None), "Subject"),
        (found(status="preliminary"), "Status"),
        (found(status="entered-in-error"), "Status"),
        (found(effectiveDateTime="2026-03-19T23:00:00Z"), "Date"),
        (found(effectiveDateTime="2025-03-20"), "Date"),
        (found(focus=[{"reference": "Condition/other"}]), "About"),
        (found(note=[{"text": "Seen"}]), "Note"),
        (found(interpretation=[concept("L", "Low", "urn:flag")]), "Interpretation"),
        (found(modifierExtension=[{"url": "urn:not", "valueBoolean": True}]), "Modifier extension"),
        (found(dataAbsentReason={"text": "Not done"}), "Data absent reason"),
        (
            found(
                bodySite={
                    **PSA["bodySite"],
                    "extension": [{**SIDE, "valueCodeableConcept": concept("24028007", "Right")}],
                }
            ),
            "Side of the body site",
        ),
    ],
)
def test_another_meaning_is_told_as_such(held, label):
    differences = compare(held, sent(), {})
    assert not means_the_same(differences)
    assert label in {d.label for d in differences if d.change == Change.OTHER}


def test_a_second_certainty_turns_a_diagnosis():
    system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
    write = sent(
        {"resourceType": "Condition", "verificationStatus": concept("confirmed", "C", system)}
    )
    held = copy.deepcopy(write.after)
    held["verificationStatus"]["coding"].append({"system": system, "code": "refuted"})
    assert not means_the_same(compare(held, write, {}))
    held["verificationStatus"]["coding"][1]["system"] = "urn:ehr"
    assert compare(held, write, {}) == []


def test_contained_resources_may_be_given_out_as_their_own():
    order = {
        "resourceType": "MedicationRequest",
        "contained": [{"resourceType": "Medication", "id": "drug"}],
        "medicationReference": {"reference": "#drug"},
    }
    given_out = {"resourceType": order["resourceType"], "id": "1"}
    given_out["medicationReference"] = {"reference": "Medication/9"}
    assert compare(given_out, sent(order), {}) == []
    assert not means_the_same(compare({**given_out, "medicationReference": {}}, sent(order), {}))


def test_what_was_taken_out_and_still_stands_is_another_meaning():
    before = found()
    taken_out = {name: v for name, v in before.items() if name != "note"}
    (difference,) = compare(before, sent(taken_out, before), {})
    assert (difference.change, difference.label) == (Change.OTHER, "Note")
    replaced = {**before, "note": [{"text": "New"}]}
    both = {**before, "note": [{"text": "New"}, {"text": "Seen again"}]}
    assert not means_the_same(compare(both, sent(replaced, before), {}))


def test_of_a_long_list_each_item_is_found():
    notes = [{"text": f"Note {n}"} for n in range(1_500)]
    long = {**PSA, "note": notes}
    assert compare(found(note=notes), sent(long), {}) == []
    added = [{**note, "time": "2026-03-20T10:00:00Z"} for note in notes[1_450:]]
    assert means_the_same(compare(found(note=[*notes[:1_450], *added]), sent(long), {}))
    assert compare(found(note=notes[:-1]), sent(long), {})


@pytest.mark.parametrize("form_class", all_forms().values(), ids=lambda form: form.slug)
def test_of_no_form_an_addition_changes_the_meaning(form_class):
    subject = subject_of(form_class)
    work = confirmed(form_class, subject, valid.typical(form_class, subject))
    for write in plan_entry(work.form, subject, AUTHOR, "draft").writes:
        for change in ADDITIONS:
            held = copy.deepcopy(write.after)
            change(held)
            differences = compare(held, write, {})
            assert means_the_same(differences), (change.__name__, write.label, differences)
            assert not any(d.change == Change.LEFT_OUT for d in differences), change.__name__


@pytest.mark.parametrize("form_class", all_forms().values(), ids=lambda form: form.slug)
def test_no_answer_is_too_odd_to_be_compared(form_class):
    subject = subject_of(form_class)
    work = confirmed(form_class, subject, valid.typical(form_class, subject))
    for write in plan_entry(work.form, subject, AUTHOR, "draft").writes:
        chance = chance_of(form_class.slug)
        for _ in range(25):
            held = mutations.structure(copy.deepcopy(write.after), chance)
            differences = compare(held if isinstance(held, dict) else {}, write, {})
            assert all(isinstance(d.found, str) for d in differences)
            again = Write(write.label, "amended", write.full_url, write.after, write.after)
            compare(held if isinstance(held, dict) else {}, again, {})
