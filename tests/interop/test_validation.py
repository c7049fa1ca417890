"""Everything that the form writes, judged by the official validator against its mCODE profile."""

import pytest

from tests.interop import stages

pytestmark = [pytest.mark.interop, pytest.mark.network]


@pytest.mark.parametrize("prefix", stages.PREFIXES)
def test_a_stage_conforms_when_entered_amended_and_taken_back(hapi, passes, prefix):
    patient_id = hapi.chart.new_patient()
    clinician, entered = stages.enter(hapi.demo, patient_id, prefix)
    types = [reference.split("/")[0] for reference in entered]
    assert types == ["Observation"] * 4 + ["Provenance"]
    passes(entered)
    group = entered[3]
    passes(stages.amend(clinician, group, prefix))
    assert hapi.chart.read(group)["status"] == "amended"
    passes(stages.retract(clinician, group))
    assert hapi.chart.read(group)["status"] == "entered-in-error"


def _without(name):
    return lambda resource: {key: value for key, value in resource.items() if key != name}


def _valued(system, code):
    coding = {"coding": [{"system": system, "code": code}]}
    return lambda resource: {**resource, "valueCodeableConcept": coding}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_without("method"), "Observation.method: minimum required = 1"),
        (_without("focus"), "Observation.focus: minimum required = 1"),
        (_without("category"), "Observation.category: minimum required = 1"),
        (lambda resource: {**resource, "status": "banana"}, "banana"),
        (lambda resource: {**resource, "colour": "red"}, "colour"),
        (_valued("http://snomed.info/sct", "1"), "snomed.info/sct#1"),
        (_valued("http://cancerstaging.org", "99Z"), "cancerstaging.org"),
    ],
    ids=["method", "focus", "category", "status", "element", "value", "value of a maximum set"],
)
def test_the_validator_finds_a_stage_group_that_was_spoilt(hapi, validator, spoil, words):
    _, entered = stages.enter(hapi.demo, hapi.chart.new_patient())
    group = hapi.chart.read(entered[3])
    assert validator.judge(group).faults == []
    faults = validator.judge(spoil(group)).faults
    assert any(words in fault for fault in faults), faults
