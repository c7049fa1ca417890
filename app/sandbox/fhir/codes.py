"""The codes that FHIR R4 requires, for the elements where a wrong one does harm."""

from __future__ import annotations

_SYSTEM = "http://terminology.hl7.org/CodeSystem/"

# Elements of type code, as Type.element.
CODES: dict[str, frozenset[str]] = {
    element: frozenset(codes.split())
    for element, codes in {
        "Address.type": "postal physical both",
        "Address.use": "home work temp old billing",
        "AdverseEvent.actuality": "actual potential",
        "AllergyIntolerance.category": "food medication environment biologic",
        "AllergyIntolerance.criticality": "low high unable-to-assess",
        "AllergyIntolerance.type": "allergy intolerance",
        "CarePlan.intent": "proposal plan order option",
        "CarePlan.status": "draft active on-hold revoked completed entered-in-error unknown",
        "CareTeam.status": "proposed active suspended inactive entered-in-error",
        "ContactPoint.system": "phone fax email pager url sms other",
        "ContactPoint.use": "home work temp old mobile",
        "Coverage.status": "active cancelled draft entered-in-error",
        "Device.status": "active inactive entered-in-error unknown",
        "DiagnosticReport.status": "registered partial preliminary final amended corrected"
        " appended cancelled entered-in-error unknown",
        "DocumentReference.docStatus": "preliminary final amended entered-in-error",
        "DocumentReference.status": "current superseded entered-in-error",
        "Encounter.status": "planned arrived triaged in-progress onleave finished cancelled"
        " entered-in-error unknown",
        "FamilyMemberHistory.status": "partial completed entered-in-error health-unknown",
        "Goal.lifecycleStatus": "proposed planned accepted active on-hold completed cancelled"
        " entered-in-error rejected",
        "Group.type": "person animal practitioner device medication substance",
        "HumanName.use": "usual official temp nickname anonymous old maiden",
        "Identifier.use": "usual official temp secondary old",
        "Immunization.status": "completed entered-in-error not-done",
        "Location.status": "active suspended inactive",
        "Medication.status": "active inactive entered-in-error",
        "MedicationAdministration.status": "in-progress not-done on-hold completed"
        " entered-in-error stopped unknown",
        "MedicationDispense.status": "preparation in-progress cancelled on-hold completed"
        " entered-in-error stopped declined unknown",
        "MedicationRequest.intent": "proposal plan order original-order reflex-order filler-order"
        " instance-order option",
        "MedicationRequest.priority": "routine urgent asap stat",
        "MedicationRequest.status": "active on-hold cancelled completed entered-in-error stopped"
        " draft unknown",
        "MedicationStatement.status": "active completed entered-in-error intended stopped on-hold"
        " unknown not-taken",
        "Narrative.status": "generated extensions additional empty",
        "Observation.status": "registered preliminary final amended corrected cancelled"
        " entered-in-error unknown",
        "Patient.gender": "male female other unknown",
        "PatientLink.type": "replaced-by replaces refer seealso",
        "Practitioner.gender": "male female other unknown",
        "Procedure.status": "preparation in-progress not-done on-hold stopped completed"
        " entered-in-error unknown",
        "ProvenanceEntity.role": "derivation revision quotation source removal",
        "Quantity.comparator": "< <= >= >",
        "QuestionnaireResponse.status": "in-progress completed amended entered-in-error stopped",
        "RelatedPerson.gender": "male female other unknown",
        "ResearchStudy.status": "active administratively-completed approved closed-to-accrual"
        " closed-to-accrual-and-intervention completed disapproved in-review"
        " temporarily-closed-to-accrual temporarily-closed-to-accrual-and-intervention withdrawn",
        "ResearchSubject.status": "candidate eligible follow-up ineligible not-registered off-study"
        " on-study on-study-intervention on-study-observation pending-on-study potential-candidate"
        " screening withdrawn",
        "ServiceRequest.intent": "proposal plan directive order original-order reflex-order"
        " filler-order instance-order option",
        "ServiceRequest.priority": "routine urgent asap stat",
        "ServiceRequest.status": "draft active on-hold revoked completed entered-in-error unknown",
        "Specimen.status": "available unavailable unsatisfactory entered-in-error",
    }.items()
}

# CodeableConcepts of which one coding must come from a set, as Type.element.
CONCEPTS: dict[str, tuple[str, frozenset[str]]] = {
    element: (_SYSTEM + system, frozenset(codes.split()))
    for element, system, codes in (
        (
            "AdverseEvent.outcome",
            "adverse-event-outcome",
            "resolved recovering ongoing resolvedWithSequelae fatal unknown",
        ),
        ("AdverseEvent.severity", "adverse-event-severity", "mild moderate severe"),
        (
            "Condition.clinicalStatus",
            "condition-clinical",
            "active recurrence relapse inactive remission resolved",
        ),
        (
            "Condition.verificationStatus",
            "condition-ver-status",
            "unconfirmed provisional differential confirmed refuted entered-in-error",
        ),
        (
            "AllergyIntolerance.clinicalStatus",
            "allergyintolerance-clinical",
            "active inactive resolved",
        ),
        (
            "AllergyIntolerance.verificationStatus",
            "allergyintolerance-verification",
            "unconfirmed confirmed refuted entered-in-error",
        ),
    )
}
