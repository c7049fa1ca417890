"""The table of techniques against the guide's invariants, evaluated."""

import pytest

from app.mcode.conformance import problems
from app.mcode.radiotherapy import UNCODED, modalities, techniques
from app.mcode.valuesets import value_set

URL = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-radiotherapy-"
PAIRS = [
    pytest.param(m, t, id=f"{m.code}-{t.code}")
    for m in modalities()
    for t in value_set("radiotherapy-technique").concepts
]


def course(modality, technique):
    def coded(kind, concept):
        return {
            "url": f"{URL}{kind}",
            "valueCodeableConcept": {**concept.codeable(), "text": concept.display},
        }

    return {
        "resourceType": "Procedure",
        "meta": {"profile": [f"{URL}course-summary"]},
        "status": "unknown",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "1217123003"}]},
        "subject": {"reference": "Patient/pat"},
        "extension": [
            {
                "url": f"{URL}modality-and-technique",
                "extension": [coded("modality", modality), coded("technique", technique)],
            }
        ],
    }


def test_every_modality_of_the_guide_is_offered():
    assert set(modalities()) == set(value_set("radiotherapy-modality").concepts)
    assert modalities()[-1].key == UNCODED.key


@pytest.mark.parametrize(("modality", "technique"), PAIRS)
def test_a_technique_is_offered_where_the_guide_takes_it(modality, technique):
    found = problems(course(modality, technique))
    assert (technique in techniques(modality)) is (found == []), found


def test_without_a_coded_modality_all_techniques_are_offered():
    everything = list(value_set("radiotherapy-technique").concepts)
    assert techniques() == techniques(modalities()[-1]) == everything
