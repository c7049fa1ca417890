"""However an EHR mangles a resource, the record is read and the resource stands somewhere in it."""

import copy
import inspect

from hypothesis import given, settings
from hypothesis import strategies as st

from app.fhir.paths import literal_reference
from app.mcode import content, treatments, values
from app.mcode.assembly import assemble
from app.terminology.concept import concept_text

PATIENT = {"resourceType": "Patient", "id": "p1"}
SUBJECT = {"reference": "Patient/p1"}
SNOMED = "http://snomed.info/sct"

SAMPLES = [
    {
        "resourceType": "Condition",
        "id": "c",
        "meta": {"profile": ["http://hl7.org/fhir/us/mcode/StructureDefinition/x"]},
        "extension": [{"url": "u", "valueReference": {"reference": "Condition/c"}}],
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "category": [{"coding": [{"code": "problem-list-item"}]}],
        "code": {"coding": [{"system": SNOMED, "code": "363346000", "display": "Cancer"}]},
        "bodySite": [{"coding": [{"code": "1"}], "extension": [{"url": "u"}]}],
        "subject": SUBJECT,
        "onsetDateTime": "2026",
        "stage": [{"summary": {"text": "II"}, "assessment": [{"reference": "Observation/g"}]}],
    },
    {
        "resourceType": "Observation",
        "id": "g",
        "status": "final",
        "category": [{"coding": [{"code": "exam"}]}],
        "code": {"coding": [{"system": SNOMED, "code": "399537006"}]},
        "subject": SUBJECT,
        "focus": [{"reference": "Condition/c"}],
        "effectiveDateTime": "2026-03-12",
        "performer": [{"reference": "Practitioner/1", "display": "Dr"}],
        "valueCodeableConcept": {"coding": [{"system": SNOMED, "code": "1222806003"}]},
        "method": {"coding": [{"system": SNOMED, "code": "897275008"}]},
        "hasMember": [{"reference": "Observation/t"}],
        "component": [{"code": {"coding": [{"code": "x"}]}, "valueQuantity": {"value": 1}}],
        "referenceRange": [{"low": {"value": 1}}],
    },
    {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": "active",
        "medicationCodeableConcept": {"text": "Cisplatin"},
        "subject": SUBJECT,
        "authoredOn": "2026-01",
        "requester": {"reference": "Practitioner/1"},
        "reasonCode": [{"coding": [{"system": SNOMED, "code": "1"}]}],
        "reasonReference": [{"reference": "Condition/c"}],
        "dosageInstruction": [{"text": "daily"}],
    },
]

READERS = (
    *(
        function
        for name, function in inspect.getmembers(content, inspect.isfunction)
        if function.__module__ == content.__name__
        and not name.startswith("_")
        and len(inspect.signature(function).parameters) == 1
    ),
    concept_text,
    values.observation_value,
    values.reference_range,
    treatments.medication_text,
    treatments.dosage_text,
    treatments.intent,
)

junk = st.sampled_from([None, "text", 7, 1.5, True, [], {}, [None], ["x"], [[{}]], {"coding": 1}])


def places(node, path=()):
    """Yield the way to every element of a resource."""
    children = node.items() if isinstance(node, dict) else enumerate(node)
    for name, child in children:
        yield (*path, name)
        if isinstance(child, (dict, list)):
            yield from places(child, (*path, name))


@given(st.sampled_from(SAMPLES), st.data(), junk)
@settings(max_examples=min(300, 6 * settings.default.max_examples), deadline=None)
def test_any_element_may_be_anything(sample, data, value):
    mangled = copy.deepcopy(sample)
    *way, last = data.draw(st.sampled_from(list(places(sample))))
    node = mangled
    for name in way:
        node = node[name]
    node[last] = value
    others = [other for other in SAMPLES if other is not sample]
    record = assemble(PATIENT, [mangled, *others])
    placed = [*record.misfiled, *record.not_interpreted, *record.retracted]
    assert mangled in placed or record.find(literal_reference(mangled) or "") == mangled
    for reader in READERS:
        reader(mangled)
