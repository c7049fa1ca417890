"""What a CapabilityStatement means for each form."""

import pytest

from app.fhir.capability import Capability
from app.fhir.resource_types import RESOURCE_TYPES
from app.smart.checking.chart import FormNeeds, by_form, server

STAGE = FormNeeds("Stage", ("Observation",))
TUMOR = FormNeeds("Tumor", ("BodyStructure", "Observation"), ("Specimen",))
ASKED = ("launch", "patient/Observation.crus", "patient/Patient.rs", "user/Practitioner.rs")


def _capability(rest=(), version="4.0.1", **types):
    """Return a server that has `types`, each with its interactions and more."""
    resources = [
        {"type": type_, **more, "interaction": [{"code": code} for code in codes]}
        for type_, (codes, more) in types.items()
    ]
    return Capability(
        {
            "resourceType": "CapabilityStatement",
            "fhirVersion": version,
            "rest": [{"interaction": [{"code": code} for code in rest], "resource": resources}],
        }
    )


FULL = ("read", "create", "update", "search-type")


def _form(capability, form):
    (finding,) = by_form(capability, [form]).findings
    return finding


@pytest.mark.parametrize(
    ("types", "value", "why"),
    [
        ({"Observation": (FULL, {})}, "new: yes change: yes", ""),
        ({"Observation": (("create",), {})}, "new: yes change: no", "no changes of Observation"),
        ({"Observation": (("update",), {})}, "new: no change: yes", "no new Observation"),
        ({"Observation": ((), {})}, "new: not said change: not said", ""),
        ({"Patient": (FULL, {})}, "new: no change: no", "takes no new Observation"),
        (
            {"Observation": (FULL, {"versioning": "no-version"})},
            "new: yes change: no",
            "gives Observation no versions",
        ),
        ({"Observation": (FULL, {"versioning": "versioned"})}, "new: yes change: yes", ""),
    ],
)
def test_a_form_can_do_what_all_its_types_allow(types, value, why):
    finding = _form(_capability(**types), STAGE)
    assert " ".join(finding.value.split()) == value
    assert why in finding.why
    assert finding.verdict == ("warning" if why else "ok")


def test_a_form_of_several_types_is_closed_by_one():
    closed = _form(_capability(Observation=(FULL, {}), Specimen=(FULL, {})), TUMOR)
    assert " ".join(closed.value.split()) == "new: no change: no"
    assert "takes no new BodyStructure" in closed.why
    assert "Specimen" not in closed.why


def test_a_type_that_only_some_answers_need_closes_nothing_and_is_told():
    finding = _form(_capability(Observation=(FULL, {}), BodyStructure=(FULL, {})), TUMOR)
    assert " ".join(finding.value.split()) == "new: yes change: yes"
    assert "no new Specimen, which some answers need" in finding.why


def _server(capability):
    section = server(capability, [STAGE, TUMOR], ASKED)
    return {finding.label: finding for finding in section.findings}


def test_a_server_that_has_everything():
    types = {
        type_: (FULL, {"versioning": "versioned-update", "conditionalCreate": True})
        for type_ in ("Observation", "BodyStructure", "Specimen", "Patient", "Provenance")
    }
    findings = _server(_capability(["transaction"], **types))
    assert {finding.verdict for finding in findings.values()} == {"ok"}


@pytest.mark.parametrize(
    ("label", "capability", "value", "verdict"),
    [
        ("transaction", _capability(["batch"], Observation=(FULL, {})), "no", "note"),
        ("transaction", _capability(Observation=(FULL, {})), "not said", "note"),
        ("Provenance of entries", _capability(Observation=(FULL, {})), "no", "note"),
        ("Provenance of entries", _capability(), "not said", "note"),
        (
            "conditional create",
            _capability(Observation=(FULL, {"conditionalCreate": False})),
            "not for Observation",
            "note",
        ),
        (
            "versions (If-Match)",
            _capability(Observation=(FULL, {"versioning": "no-version"})),
            "not for Observation",
            "note",
        ),
        ("search", _capability(Observation=(("read",), {})), "not of Observation, Patient", "note"),
        ("FHIR version", _capability(version="4.3.0"), "4.3.0", "note"),
        ("FHIR version", _capability(version="3.0.2"), "3.0.2", "stops"),
        ("FHIR version", _capability(version="5.0.0"), "5.0.0", "stops"),
        ("FHIR version", _capability(version=None), "not said", "note"),
    ],
)
def test_what_a_server_lacks_is_told_with_what_follows(label, capability, value, verdict):
    finding = _server(capability)[label]
    assert (finding.value, finding.verdict) == (value, verdict)
    assert finding.why


@pytest.mark.parametrize("level", ["patient", "user"])
@pytest.mark.parametrize(("left_out", "told"), [("", "nothing"), ("Procedure", "not of Procedure")])
def test_a_wildcard_is_read_as_what_the_app_searches(level, left_out, told):
    names = {row.name for row in RESOURCE_TYPES.values() if row.search} - {left_out}
    capability = _capability(**{name: (FULL, {}) for name in names})
    asked = ("launch", f"{level}/*.crus", "user/Practitioner.rs")
    section = server(capability, [STAGE], asked)
    (search,) = [finding for finding in section.findings if finding.label == "search"]
    assert search.value.startswith(told)
