"""The audit trail of a stage as AuditEvents, judged by the official validator."""

import pytest

from app.smart.trail_fhir import audit_event
from app.store import EventFilter
from tests.interop import stages

pytestmark = [pytest.mark.interop, pytest.mark.network]


def test_the_trail_of_a_stage_is_made_of_sound_auditevents(hapi, validator, told):
    patient_id = hapi.chart.new_patient()
    clinician, entered = stages.enter(hapi.demo, patient_id, "c")
    stages.retract(clinician, entered[3])
    events = list(hapi.demo.flask.extensions["store"].audit.find(EventFilter(patient=patient_id)))
    kinds = {recorded.event.type for recorded in events}
    assert {"launch-opened", "read", "write-sent", "write-answered", "save-checked"} <= kinds
    for recorded in events:
        verdict = validator.judge(audit_event(recorded))
        assert verdict.faults == []
        told.update(dict.fromkeys(verdict.excused))
