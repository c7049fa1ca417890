import json

import pytest

from app.config import ROOT, ConfigError
from app.smart.ehrs.launch_file import load_registry
from app.smart.ehrs.roles import Role, check_forms, read_roles

NURSE = {"forms": ["tnm-stage", "ecog"]}


def read(**registration):
    return read_roles({"key": "example", **registration})


def test_without_a_word_on_it_everybody_has_all_forms():
    (everybody,) = read()
    assert everybody == Role("", None, ())
    assert everybody.enables("tnm-stage")
    assert everybody.launch_path == "/launch"


def test_each_role_has_its_forms_and_its_launch_address():
    everybody, nurse = read(roles={"nurse": NURSE})
    assert everybody.forms is None
    assert nurse.forms == {"tnm-stage", "ecog"}
    assert (nurse.enables("ecog"), nurse.enables("karnofsky")) == (True, False)
    assert nurse.launch_path == "/launch/nurse"


def test_no_role_has_a_form_that_its_ehr_has_not():
    everybody, nurse, doctor = read(
        forms=["ecog", "specimen"], roles={"nurse": NURSE, "doctor": {}}
    )
    assert everybody.forms == doctor.forms == {"ecog", "specimen"}
    assert nurse.forms == {"ecog"}


def test_a_role_asks_for_its_own_scopes_else_for_those_of_the_ehr():
    everybody, nurse, doctor = read(
        scopes=["launch"], roles={"nurse": {"scopes": ["openid"]}, "doctor": {}}
    )
    assert everybody.scopes == doctor.scopes == ("launch",)
    assert nurse.scopes == ("openid",)


@pytest.mark.parametrize(
    "registration",
    [
        {"roles": []},
        {"roles": {"nurse": ["ecog"]}},
        {"roles": {"Nurse": {}}},
        {"roles": {"": {}}},
        {"roles": {"a/b": {}}},
        {"roles": {"nurse-": {}}},
        {"roles": {"nurse": {"forms": "ecog"}}},
        {"roles": {"nurse": {"scopes": [7]}}},
        {"forms": "ecog"},
        {"forms": [None]},
        {"scopes": "launch"},
        {"scopes": [""]},
    ],
)
def test_what_cannot_be_read_is_refused_with_the_entry(registration):
    with pytest.raises(ConfigError, match="example"):
        read(**registration)


@pytest.mark.parametrize("where", ["of the EHR", "of a role"])
@pytest.mark.parametrize(
    "scope",
    [
        "system/Patient.rs",
        "system/*.read",
        "http://smarthealthit.org/fhir/scopes/system/Patient.rs",
        "system/",
        "patient/Observation.cruds",
        "user/Observation.d",
        "patient/Observation.cud?category=exam",
        "patient/*.*",
        "http://smarthealthit.org/fhir/scopes/patient/Condition.d",
    ],
)
def test_a_scope_that_the_app_has_no_use_for_is_refused_by_name(where, scope):
    asked = {"scopes": ["openid", scope]}
    registration = asked if where == "of the EHR" else {"roles": {"nurse": asked}}
    with pytest.raises(ConfigError) as refused:
        read(**registration)
    assert scope in str(refused.value)
    assert str(refused.value).startswith("example: ")


@pytest.mark.parametrize(
    "scope",
    ["patient/Observation.crus", "user/Patient.rs", "patient/Observation.write", "launch/patient"],
)
def test_a_scope_of_the_user_without_deleting_is_taken_as_it_stands(scope):
    assert read(scopes=[scope])[0].scopes == (scope,)


def test_a_form_that_does_not_exist_is_refused_by_name():
    roles = read(roles={"nurse": {"forms": ["ecog", "tnm"]}})
    with pytest.raises(ConfigError, match="there is no form tnm"):
        check_forms("example", roles, {"ecog": (), "tnm-stage": ()})


@pytest.fixture
def load(registration, tmp_path):
    def load(common, **changes):
        path = tmp_path / "file.json"
        path.write_text(json.dumps({**common, "ehrs": [{**registration, **changes}]}))
        (loaded,) = load_registry(str(path), demo=False, environment={}).registrations
        return loaded

    return load


def test_forms_beside_the_ehrs_hold_for_each_that_does_not_say_otherwise(load):
    assert load({"forms": ["ecog"]}).role("").forms == {"ecog"}
    assert load({"forms": ["ecog"]}, forms=["lansky"]).role("").forms == {"lansky"}
    assert load({}).role("").forms is None


def test_a_registration_tells_its_launch_addresses(load):
    found = load({}, roles={"nurse": NURSE, "doctor": {}})
    assert found.launch_paths == ["/launch", "/launch/nurse", "/launch/doctor"]
    assert found.role("nurse").forms == {"tnm-stage", "ecog"}
    assert found.role("stranger") is None


def test_the_way_to_ask_is_said_by_the_entry(load):
    assert (load({}).granular, load({}).level) == (False, "patient")
    assert (load({}, granular=True).granular, load({}, level="user").level) == (True, "user")
    with pytest.raises(ConfigError, match="example: level"):
        load({}, level="system")


def test_the_projects_own_file_lists_no_scopes_for_the_sandbox():
    sandbox, _ = load_registry(str(ROOT / "launch.json"), demo=True, environment={}).registrations
    assert sandbox.roles == (Role(),)
