"""The one table of types and search parameters: what is indexed, searched and advertised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["token", "reference", "date", "string", "uri"]


@dataclass(frozen=True)
class Parameter:
    """A search parameter: where its values stand in the resource.

    A path is element names with dots between; `[x]` stands for any type of a choice. References
    count only where they point to one of `targets`, if any are named.
    """

    name: str
    kind: Kind
    paths: tuple[str, ...]
    targets: tuple[str, ...] = ()


def parameters(resource_type: str) -> dict[str, Parameter]:
    """Return the parameters of a type by name, those of every type included."""
    return TABLE[resource_type]


def is_supported(resource_type: str) -> bool:
    return resource_type in TABLE


_EVERY_TYPE = (
    Parameter("_id", "token", ("id",)),
    Parameter("_lastUpdated", "date", ("meta.lastUpdated",)),
    Parameter("_profile", "uri", ("meta.profile",)),
)


def _type(
    *, tokens: str = "", references: str = "", dates: str = "", strings: str = "", uris: str = ""
) -> dict[str, Parameter]:
    """Build a type's parameters from words like "code", "date=effective[x]", "a=subject:Patient".

    Several paths are parted by a stroke. A word with no path means the element of the same name.
    """
    built = {parameter.name: parameter for parameter in _EVERY_TYPE}
    built |= _parameters("token", tokens)
    built |= _parameters("reference", references)
    built |= _parameters("date", dates)
    built |= _parameters("string", strings)
    return built | _parameters("uri", uris)


def _parameters(kind: Kind, words: str) -> dict[str, Parameter]:
    built = {}
    for word in words.split():
        name, _, rest = word.partition("=")
        paths, _, target = rest.partition(":")
        targets = (target,) if target else ()
        built[name] = Parameter(name, kind, tuple((paths or name).split("|")), targets)
    return built


_SUBJECT = "subject patient=subject:Patient"
_PERSON = "name=name|name.text family=name.family given=name.given"

TABLE: dict[str, dict[str, Parameter]] = {
    # R4 finds an adverse event neither by an identifier nor by `patient`.
    "AdverseEvent": _type(
        tokens="actuality category event seriousness severity",
        references="subject location recorder resultingcondition=resultingCondition study"
        " substance=suspectEntity.instance",
        dates="date",
    ),
    "AllergyIntolerance": _type(
        tokens="identifier clinical-status=clinicalStatus verification-status=verificationStatus"
        " category code type",
        references="patient recorder asserter",
        dates="date=recordedDate onset=onset[x]",
    ),
    "BodyStructure": _type(
        tokens="identifier location morphology",
        references="patient",
    ),
    "CarePlan": _type(
        tokens="identifier category status intent",
        references=f"{_SUBJECT} encounter condition=addresses care-team=careTeam",
        dates="date=period",
    ),
    "CareTeam": _type(
        tokens="identifier category status role=participant.role",
        references=f"{_SUBJECT} encounter participant=participant.member",
        dates="date=period",
    ),
    "Condition": _type(
        tokens="identifier category clinical-status=clinicalStatus code"
        " verification-status=verificationStatus body-site=bodySite stage=stage.summary",
        references=f"{_SUBJECT} encounter asserter",
        dates="onset-date=onset[x] abatement-date=abatement[x] recorded-date=recordedDate",
    ),
    "Coverage": _type(
        tokens="identifier status type",
        references="patient=beneficiary:Patient beneficiary payor",
    ),
    "Device": _type(tokens="identifier status type", references="patient"),
    "DiagnosticReport": _type(
        tokens="identifier status category code conclusion=conclusionCode",
        references=f"{_SUBJECT} encounter result specimen performer based-on=basedOn",
        dates="date=effective[x] issued",
    ),
    "DocumentReference": _type(
        tokens="identifier status category type",
        references=f"{_SUBJECT} author encounter=context.encounter",
        dates="date period=context.period",
    ),
    "Encounter": _type(
        tokens="identifier class status type"
        " discharge-disposition=hospitalization.dischargeDisposition",
        references=f"{_SUBJECT} location=location.location participant=participant.individual"
        " practitioner=participant.individual:Practitioner diagnosis=diagnosis.condition",
        dates="date=period",
    ),
    "FamilyMemberHistory": _type(
        tokens="identifier status relationship code=condition.code sex",
        references="patient",
        dates="date",
    ),
    "Goal": _type(
        tokens="identifier category lifecycle-status=lifecycleStatus description",
        references=_SUBJECT,
        dates="start-date=start[x] target-date=target.due[x]",
    ),
    "Group": _type(
        tokens="identifier code type actual",
        references="member=member.entity managing-entity=managingEntity",
    ),
    "ImagingStudy": _type(
        tokens="identifier status modality=series.modality bodysite=series.bodySite",
        references=f"{_SUBJECT} encounter",
        dates="started",
    ),
    "Immunization": _type(
        tokens="identifier status vaccine-code=vaccineCode",
        references="patient",
        dates="date=occurrence[x]",
    ),
    "Location": _type(
        tokens="identifier status type",
        strings="name=name|alias address address-city=address.city address-state=address.state"
        " address-postalcode=address.postalCode",
        references="organization=managingOrganization",
    ),
    "Medication": _type(
        tokens="identifier code status form ingredient-code=ingredient.itemCodeableConcept",
    ),
    "MedicationAdministration": _type(
        tokens="identifier status code=medicationCodeableConcept",
        references=f"{_SUBJECT} medication=medicationReference request context"
        " performer=performer.actor reason-reference=reasonReference",
        dates="effective-time=effective[x]",
    ),
    "MedicationDispense": _type(
        tokens="identifier status type code=medicationCodeableConcept",
        references=f"{_SUBJECT} medication=medicationReference context"
        " prescription=authorizingPrescription",
        dates="whenhandedover=whenHandedOver whenprepared=whenPrepared",
    ),
    "MedicationRequest": _type(
        tokens="identifier status intent category code=medicationCodeableConcept priority",
        references=f"{_SUBJECT} medication=medicationReference encounter requester",
        dates="authoredon=authoredOn date=dosageInstruction.timing.event",
    ),
    "MedicationStatement": _type(
        tokens="identifier status category code=medicationCodeableConcept",
        references=f"{_SUBJECT} medication=medicationReference context part-of=partOf"
        " source=informationSource",
        dates="effective=effective[x]",
    ),
    "Observation": _type(
        tokens="identifier status category code method value-concept=valueCodeableConcept"
        " component-code=component.code combo-code=code|component.code",
        references=f"{_SUBJECT} encounter focus has-member=hasMember derived-from=derivedFrom"
        " specimen performer part-of=partOf based-on=basedOn",
        dates="date=effective[x]",
    ),
    "Organization": _type(
        tokens="identifier active type",
        strings="name=name|alias address address-city=address.city address-state=address.state",
        references="partof=partOf",
    ),
    "Patient": _type(
        tokens="identifier active gender deceased=deceasedBoolean telecom",
        strings=f"{_PERSON} address address-city=address.city",
        references="general-practitioner=generalPractitioner organization=managingOrganization"
        " link=link.other",
        dates="birthdate=birthDate death-date=deceasedDateTime",
    ),
    "Practitioner": _type(
        tokens="identifier active gender telecom",
        strings=_PERSON,
    ),
    "PractitionerRole": _type(
        tokens="identifier active specialty role=code telecom",
        references="practitioner organization location endpoint",
        dates="date=period",
    ),
    "Procedure": _type(
        tokens="identifier status category code",
        references=f"{_SUBJECT} encounter performer=performer.actor based-on=basedOn part-of=partOf"
        " reason-reference=reasonReference",
        dates="date=performed[x]",
    ),
    "Provenance": _type(
        tokens="agent-type=agent.type agent-role=agent.role activity",
        references="target patient=target:Patient agent=agent.who entity=entity.what",
        dates="recorded when=occurred[x]",
    ),
    "QuestionnaireResponse": _type(
        tokens="identifier status",
        references=f"{_SUBJECT} encounter author",
        dates="authored",
        uris="questionnaire",
    ),
    "RelatedPerson": _type(
        tokens="identifier active relationship gender",
        strings=_PERSON,
        references="patient",
        dates="birthdate=birthDate",
    ),
    "ResearchStudy": _type(
        tokens="identifier status category focus keyword",
        strings="title",
        references="sponsor principalinvestigator=principalInvestigator site protocol"
        " partof=partOf",
        dates="date=period",
    ),
    "ResearchSubject": _type(
        tokens="identifier status",
        references="patient=individual:Patient individual study",
        dates="date=period",
    ),
    "ServiceRequest": _type(
        tokens="identifier status intent category code",
        references=f"{_SUBJECT} encounter requester specimen",
        dates="authored=authoredOn occurrence=occurrence[x]",
    ),
    "Specimen": _type(
        tokens="identifier accession=accessionIdentifier status type bodysite=collection.bodySite",
        references=f"{_SUBJECT} parent",
        dates="collected=collection.collected[x]",
    ),
}
