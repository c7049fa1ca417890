"""Building blocks of a chart."""

from types import SimpleNamespace

import pytest

from app.mcode.assembly import assemble
from app.mcode.profiles import CONDITION_RELATED, EXTENSION

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
AJCC8 = ("http://snomed.info/sct", "897275008")
PATIENT = {"resourceType": "Patient", "id": "p1"}


def concept(system, code, display=None, **more):
    coding = {"system": system, "code": code}
    return {"coding": [{**coding, "display": display} if display else coding], **more}


def resource(type_, id_, **more):
    subject = "patient" if type_ in {"BodyStructure", "FamilyMemberHistory"} else "subject"
    return {"resourceType": type_, "id": id_, subject: {"reference": "Patient/p1"}, **more}


def condition(id_, code="C50.911", *, system=ICD10CM, related=None, **more):
    if related:
        reference = {"reference": f"Condition/{related}"}
        more["extension"] = [{"url": CONDITION_RELATED, "valueReference": reference}]
    return resource("Condition", id_, code=concept(system, code), **more)


def observation(id_, code, *, system=SNOMED, focus=None, members=(), date=None, **more):
    if focus:
        more["focus"] = [{"reference": focus if "/" in focus else f"Condition/{focus}"}]
    if members:
        more["hasMember"] = [{"reference": f"Observation/{member}"} for member in members]
    if date:
        more["effectiveDateTime"] = date
    more.setdefault("status", "final")
    return resource("Observation", id_, code=concept(system, code), **more)


def related(target, key="related-condition"):
    return {"url": EXTENSION[key], "valueReference": {"reference": target}}


@pytest.fixture
def chart():
    return SimpleNamespace(
        patient=PATIENT,
        concept=concept,
        resource=resource,
        condition=condition,
        observation=observation,
        related=related,
        read=lambda *resources, **more: assemble(PATIENT, resources, **more),
        # SNOMED CT codes of TNM observations: clinical, pathologic, unspecified.
        tnm={
            "group": ("399537006", "399588009", "399390009"),
            "t": ("399504009", "384625004", "78873005"),
            "n": ("399534004", "371494008", "277206009"),
            "m": ("399387003", "371497001", "277208005"),
        },
    )
