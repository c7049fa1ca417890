"""One row for each FHIR resource type (R4) that the app reads or writes: all that it knows of it.

Elements are named as FHIR does: `effective[x]` is a choice of types, `performer[].actor` an element
of each entry of a list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.fhir.types import Element, Resource

StatusElement = Literal["status", "verificationStatus", "active", "modifierExtension"]


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """What the app knows of a resource type.

    Whose it is and who made it:
    `subject` names the patient; None for what belongs to no patient and stands with what refers to
    it: people, and what a treatment or a finding names. `encounter` is written where the launch
    has one. `authors` are read in this order; `signed_by` are those that a new resource gets, each
    after the first only where it may refer to the author and those before it may not.

    When:
    `dates` say when the content holds true, the first that has a value counts. `dated` is False
    where nobody misses a date. `recorded` takes the day on which a new resource is entered.

    Whether it counts:
    `status` holds one of `retracting` where it does not. "active" is a flag; "modifierExtension" is
    the status that only FHIR R5 has, by HL7's cross-version extension. `status_system` is the code
    system of a status that is a CodeableConcept. A `reported` type is "amended" after a change once
    it was final. Without the `counting` elements nothing of an entry is left.

    How it is identified and found:
    `identifier` is a list in most types, one object in some. By `finds_identifier` servers search
    for it. `search` is None where the app does not search the type by patient, "optional" where US
    Core does not ask servers to offer it; `patient_parameter` names the patient then. `followed`
    says that it is read by its id where cancer data refer to it.

    How it is shown:
    `label` is what a search looks for, `withheld` what clinicians call it where they say otherwise,
    `group` its heading in "Also in the chart". `names` are the elements that say what a
    resource is, `needs_name` that without one it cannot be read. `headline` is shown first; `says`
    are coded elements to show with its status. `labels` name elements and extensions for people,
    where the type uses other words than most do.
    """

    name: str
    subject: str | None = "subject"
    subject_optional: bool = False
    person: bool = False
    encounter: str | None = None
    authors: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    dated: bool = True
    recorded: str | None = None
    status: StatusElement | None = "status"
    status_system: str | None = None
    retracting: frozenset[str] = frozenset({"entered-in-error"})
    reported: bool = False
    counting: tuple[str, ...] = ()
    identifier: Literal["many", "one", "none"] = "many"
    finds_identifier: bool = True
    search: Literal["offered", "optional"] | None = None
    patient_parameter: str = "patient"
    followed: bool = False
    label: str = ""
    withheld: str = ""
    group: str = "Other records"
    names: tuple[str, ...] = ("code",)
    needs_name: bool = False
    headline: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def status_extension(self) -> str:
        """The address of R5's status of this type, for a type that has none in R4."""
        return f"http://hl7.org/fhir/5.0/StructureDefinition/extension-{self.name}.status"

    def patient_search(self, patient_id: str) -> tuple[str, str]:
        """Return the search parameter that names the patient, with its value."""
        # `patient` can be nobody else; other parameters have to say whom the id is of.
        typed = "" if self.patient_parameter == "patient" else "Patient/"
        return self.patient_parameter, f"{typed}{patient_id}"

    def identify(self, resource: Resource, identifier: Element) -> None:
        """Give a resource an identifier; where there may be several, it keeps those that it has."""
        if self.identifier == "one":
            resource["identifier"] = identifier
        elif self.identifier == "many":
            resource["identifier"] = [*resource.get("identifier", []), identifier]


_DRUG = ("medicationCodeableConcept", "medicationReference")
_DRUGS = "Other medication"

_ROWS = (
    ResourceType(
        name="Condition",
        encounter="encounter",
        authors=("asserter", "recorder"),
        signed_by=("recorder",),
        dates=("recordedDate",),
        recorded="recordedDate",
        status="verificationStatus",
        status_system="http://terminology.hl7.org/CodeSystem/condition-ver-status",
        retracting=frozenset({"entered-in-error", "refuted"}),
        search="offered",
        followed=True,
        label="diagnoses",
        group="Other conditions",
        needs_name=True,
        headline=("code",),
    ),
    ResourceType(
        name="Observation",
        encounter="encounter",
        authors=("performer[]",),
        signed_by=("performer[]",),
        dates=("effective[x]", "issued"),
        retracting=frozenset({"entered-in-error", "cancelled"}),
        reported=True,
        search="offered",
        followed=True,
        label="observations",
        withheld="test results, stages and assessments",
        group="Other findings",
        needs_name=True,
    ),
    ResourceType(
        name="DiagnosticReport",
        encounter="encounter",
        # Who answers for the report, and not who types it.
        authors=("performer[]",),
        dates=("effective[x]", "issued"),
        reported=True,
        search="offered",
        label="diagnostic reports",
        withheld="reports",
        group="Reports",
        needs_name=True,
        headline=("conclusion",),
    ),
    ResourceType(
        name="Procedure",
        encounter="encounter",
        authors=("performer[].actor", "asserter", "recorder"),
        signed_by=("recorder",),
        dates=("performed[x]",),
        search="offered",
        label="procedures",
        withheld="operations and radiotherapy",
        group="Procedures",
        needs_name=True,
        headline=("code",),
    ),
    ResourceType(
        name="MedicationRequest",
        encounter="encounter",
        authors=("performer", "requester", "recorder"),
        # US Core lets people order, and not the roles that they have.
        signed_by=("requester", "recorder"),
        dates=("authoredOn",),
        search="offered",
        followed=True,
        label="medication orders",
        group=_DRUGS,
        names=_DRUG,
        headline=_DRUG,
    ),
    ResourceType(
        name="MedicationAdministration",
        encounter="context",
        authors=("performer[].actor",),
        signed_by=("performer[].actor",),
        dates=("effective[x]",),
        search="optional",
        label="medication given",
        group=_DRUGS,
        names=_DRUG,
        headline=_DRUG,
    ),
    ResourceType(
        name="MedicationStatement",
        encounter="context",
        dates=("effective[x]",),
        search="optional",
        label="medication taken",
        group=_DRUGS,
        names=_DRUG,
        headline=_DRUG,
    ),
    ResourceType(name="Medication", subject=None, followed=True),
    ResourceType(
        name="BodyStructure",
        subject="patient",
        dated=False,
        status="active",
        retracting=frozenset({"false"}),
        search="optional",
        followed=True,
        label="tumors",
        names=("morphology",),
        headline=("location",),
    ),
    ResourceType(
        name="Specimen",
        subject_optional=True,
        dates=("collection.collected[x]", "receivedTime"),
        search="optional",
        followed=True,
        label="specimens",
        group="Specimens",
        names=("type",),
        headline=("type",),
    ),
    ResourceType(
        name="FamilyMemberHistory",
        subject="patient",
        dates=("date",),
        dated=False,
        search="optional",
        label="family history",
        group="Background and family history",
        names=("relationship",),
    ),
    ResourceType(
        name="AdverseEvent",
        encounter="encounter",
        authors=("recorder",),
        signed_by=("recorder",),
        dates=("date", "detected", "recordedDate"),
        recorded="recordedDate",
        status="modifierExtension",
        identifier="one",
        finds_identifier=False,
        search="optional",
        patient_parameter="subject",
        label="adverse events",
        group="Adverse events",
        names=("event",),
        headline=("event",),
        says=("actuality", "severity", "seriousness", "outcome"),
        labels={
            "actuality": "Whether it happened",
            "adverse-event-expectation": "Expected",
            "adverse-event-resolved-date": "Resolved on",
            "adverse-event-seriousness-outcome": "Why it is serious",
            "ctcae-grade": "Grade",
            "date": "Began",
            "event": "Adverse event",
            "resultingCondition": "Led to",
            "suspectEntity": "Suspected cause",
            "extension-AdverseEvent.status": "Status",
        },
    ),
    ResourceType(
        name="CarePlan",
        encounter="encounter",
        authors=("author", "contributor[]"),
        signed_by=("author",),
        dates=("period", "created"),
        recorded="created",
        counting=("extension", "addresses"),
        search="optional",
        label="care plans",
        group="Care plans",
        names=("category",),
        says=("title", "description"),
        labels={
            "addresses": "About",
            "created": "Recorded on",
            "icare-care-plan-review": "Review",
            "intent": "Kind of plan",
        },
    ),
    ResourceType(name="Encounter", dates=("period",), names=("type",)),
    ResourceType(
        name="Immunization",
        subject="patient",
        authors=("performer[].actor",),
        dates=("occurrence[x]", "recorded"),
        names=("vaccineCode",),
    ),
    ResourceType(
        name="Provenance",
        subject=None,
        dates=("recorded",),
        status=None,
        identifier="none",
        finds_identifier=False,
        names=(),
    ),
    ResourceType(name="Location", subject=None, names=("type",)),
    ResourceType(name="Device", subject=None, names=("type",)),
    ResourceType(name="PractitionerRole", subject=None, person=True, status=None, followed=True),
    ResourceType(
        name="Practitioner", subject=None, person=True, status=None, followed=True, names=()
    ),
    ResourceType(
        name="Organization", subject=None, person=True, status=None, followed=True, names=("type",)
    ),
)

RESOURCE_TYPES: Mapping[str, ResourceType] = {row.name: row for row in _ROWS}
"""The rows by the name of their type: cancer data first, people last."""

UNREAD = (
    *("Account", "AllergyIntolerance", "Appointment", "AppointmentResponse", "AuditEvent", "Basic"),
    *("CareTeam", "ChargeItem", "Claim", "ClaimResponse", "ClinicalImpression"),
    *("Communication", "CommunicationRequest", "Composition", "Consent", "Contract", "Coverage"),
    *("CoverageEligibilityRequest", "CoverageEligibilityResponse", "DetectedIssue", "Device"),
    *("DeviceRequest", "DeviceUseStatement", "DocumentManifest", "DocumentReference", "Encounter"),
    *("EnrollmentRequest", "EpisodeOfCare", "ExplanationOfBenefit", "Flag", "Goal", "Group"),
    *("GuidanceResponse", "ImagingStudy", "Immunization", "ImmunizationEvaluation"),
    *("ImmunizationRecommendation", "Invoice", "List", "MeasureReport", "Media"),
    *("MedicationDispense", "MolecularSequence", "NutritionOrder", "Person"),
    *("QuestionnaireResponse", "RelatedPerson", "RequestGroup", "ResearchSubject"),
    *("RiskAssessment", "Schedule", "ServiceRequest", "SupplyDelivery", "SupplyRequest", "Task"),
    "VisionPrescription",
)
"""Types that name a patient (FHIR R4) and that the app does not search: a page says so."""

_OTHER = ResourceType(
    name="",
    encounter="encounter",
    authors=("performer[]", "asserter", "requester", "recorder"),
    dates=(
        *("effective[x]", "performed[x]", "occurrence[x]", "collected[x]"),
        *("authoredOn", "date", "issued", "recordedDate", "recorded"),
    ),
    names=("code", "type"),
)


def resource_type(resource: Resource | str) -> ResourceType:
    """Return the row of a resource or of a type's name; of an unlisted type what most have."""
    name = resource if isinstance(resource, str) else resource.get("resourceType")
    return RESOURCE_TYPES.get(name, _OTHER) if isinstance(name, str) else _OTHER
