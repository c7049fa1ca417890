"""Scopes: their spelling in two versions, and what is granted to whom."""

import pytest

from app.sandbox import scopes
from app.sandbox.people import user as user_of

TNM = "http://snomed.info/sct|399537006"


def granted(requested, user="oncologist-owen", context=("launch", "launch/patient"), patient=True):
    rules = user_of({"id": user}).rules
    return scopes.negotiate(requested, rules, context, has_patient=patient)


@pytest.mark.parametrize(
    ("text", "interactions"),
    [
        ("patient/Observation.read", "rs"),
        ("user/*.write", "cud"),
        ("system/Patient.*", "cruds"),
        ("patient/Observation.crus", "crus"),
        ("patient/*.s", "s"),
    ],
)
def test_both_versions_are_read(text, interactions):
    assert scopes.parse(text).interactions == interactions


@pytest.mark.parametrize(
    "text",
    [
        "patient/Observation.",
        "patient/Observation.sr",
        "patient/Observation.rr",
        "patient/Observation.reads",
        "patient/observation.rs",
        "practitioner/Observation.rs",
        "patient/Observation",
        "patient/.rs",
        "patient/Obs-x.rs",
        "patient/Observation.rs?",
        "patient/Observation.rs?code=",
        "patient/Observation.rs?code=|",
        "patient/Observation.rs?subject=Patient/1",
        "patient/Observation.rs?code:in=x",
        "patient/Observation.rs?code=a&patient=b",
        "patient/Observation.read?code=a",
        "openid",
        "",
        " ",
    ],
)
def test_what_is_no_clinical_scope_is_not_read(text):
    assert scopes.parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "patient/Observation.rs?category=http://x/y|laboratory",
        "user/Observation.cu?code=http://snomed.info/sct|1,http://snomed.info/sct|2&status=final",
        "patient/Condition.c?code=a%20b",
    ],
)
def test_granular_scopes_are_written_as_they_were_read(text):
    assert str(scopes.parse(text)) == text


@pytest.mark.parametrize(
    "requested",
    [
        "openid fhirUser launch online_access patient/*.read patient/*.write",
        "launch/patient patient/Observation.cruds user/Practitioner.rs",
    ],
)
def test_an_oncologist_gets_what_was_asked_for_as_it_was_spelled(requested):
    assert granted(requested) == requested


@pytest.mark.parametrize(
    ("requested", "expected"),
    [
        ("system/*.rs", ""),
        ("profile email admin", ""),
        ("launch/encounter", ""),
        ("patient/Observation.sr openid", "openid"),
        ("openid openid", "openid"),
    ],
)
def test_what_is_not_to_be_had_is_left_out(requested, expected):
    assert granted(requested) == expected


def test_without_a_patient_there_are_no_patient_scopes():
    assert granted("patient/*.rs user/*.rs", patient=False) == "user/*.rs"


@pytest.mark.parametrize(
    ("requested", "expected"),
    [
        ("patient/*.cruds", "patient/*.rs"),
        ("patient/*.* user/Patient.write", "patient/*.rs"),
        ("patient/*.read", "patient/*.read"),
        ("patient/Observation.cud", ""),
    ],
)
def test_a_reader_is_granted_reading_only(requested, expected):
    assert granted(requested, "reader-rita") == expected


def test_a_nurse_may_write_staging_only():
    parts = granted("patient/*.cruds", "nurse-nancy").split()

    read, write, sign = parts
    assert read == "patient/*.rs"
    assert write.startswith("patient/Observation.cu?code=http://snomed.info/sct|399537006,http://")
    assert len(write.split(",")) == 12
    assert sign == "patient/Provenance.c"
    assert scopes.parse(write) is not None


def test_a_nurses_conditions_are_added_to_those_that_were_asked_for():
    (write,) = granted(f"patient/Observation.c?code={TNM}", "nurse-nancy").split()

    assert write.startswith(f"patient/Observation.c?code={TNM}&code=")


def test_a_nurse_cannot_leave_the_conditions_out():
    write = granted("patient/Observation.cud patient/Condition.c", "nurse-nancy")

    assert write.startswith("patient/Observation.cu?code=")
    assert "Condition" not in write


@pytest.mark.parametrize(
    ("granted_scopes", "refreshes"),
    [("openid", False), ("online_access", True), ("openid offline_access", True)],
)
def test_a_refresh_token_goes_with_online_or_offline_access(granted_scopes, refreshes):
    assert scopes.refreshes(granted_scopes) is refreshes
