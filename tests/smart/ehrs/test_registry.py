import json

import pytest

from app.config import ROOT, ConfigError
from app.smart.ehrs.launch_file import expand, load_registry

ISSUER = "https://ehr.example/fhir"


@pytest.fixture
def load(registration, tmp_path):
    """Load a launch file of the registration with changes, or of any registrations."""

    def load(*registrations, demo=False, environment=None, **changes):
        path = tmp_path / "file.json"
        path.write_text(json.dumps({"ehrs": list(registrations) or [{**registration, **changes}]}))
        return load_registry(str(path), demo=demo, environment=environment or {})

    return load


def test_an_ehr_is_found_by_its_exact_issuer_with_or_without_a_slash(load):
    registry = load(issuer="https://ehr.example/fhir/")
    assert registry.with_issuer("https://ehr.example/fhir").issuer == "https://ehr.example/fhir"
    assert registry.with_issuer("https://ehr.example/fhir/").key == "example"
    for other in ("https://ehr.example/fhir//", "https://ehr.example/fhi", "", "/"):
        assert registry.with_issuer(other) is None


def test_an_ehr_that_was_taken_out_is_not_found(load):
    assert load().find("example", ISSUER).name == "Example EHR"
    assert load().find("other", ISSUER) is None
    assert load(issuer="https://moved.example/fhir").find("example", ISSUER) is None


LAUNCHER = "https://launcher.example/v/r4/sim/*/fhir"


def test_a_pattern_stands_for_every_issuer_of_its_shape(load):
    registry = load(issuer=[ISSUER, LAUNCHER])
    issuer = "https://launcher.example/v/r4/sim/WzIsIiIsImEiXQ/fhir"
    assert registry.with_issuer(f"{issuer}/").issuer == issuer
    assert registry.find("example", issuer).issuer == issuer
    assert registry.with_issuer(ISSUER).issuer == ISSUER


@pytest.mark.parametrize(
    "issuer",
    [
        "https://launcher.example/v/r4/sim/fhir",
        "https://launcher.example/v/r4/sim//fhir",
        "https://launcher.example/v/r4/sim/a/b/fhir",
        "https://launcher.example/v/r4/sim/../fhir",
        "https://launcher.example/v/r4/sim/./fhir",
        "https://launcher.example/v/r4/sim/%2e%2e/fhir",
        "https://launcher.example/v/r4/sim/a%2Fb/fhir",
        "https://launcher.example/v/r4/sim/a?x/fhir",
        "https://launcher.example/v/r4/sim/a\\b/fhir",
        "https://launcher.example/v/r4/sim/a/fhir/more",
        "https://launcher.example.evil.example/v/r4/sim/a/fhir",
        "https://launcher_example/v/r4/sim/a/fhir",
        "http://launcher.example/v/r4/sim/a/fhir",
        f"https://launcher.example/v/r4/sim/{'a' * 2001}/fhir",
    ],
)
def test_a_pattern_stands_for_no_other(load, issuer):
    assert load(issuer=LAUNCHER).with_issuer(issuer) is None


def test_ehrs_of_a_pattern_are_not_named_for_a_sign_in(load, registration):
    own = {
        **registration,
        "key": "own",
        "name": "another EHR",
        "issuer": "https://own.example/fhir",
    }
    registry = load({**registration, "issuer": [LAUNCHER, ISSUER]}, own)
    assert [ehr.issuer for ehr in registry.with_exact_issuers()] == [
        "https://own.example/fhir",
        ISSUER,
    ]
    assert load(issuer=LAUNCHER).with_exact_issuers() == []


def test_an_exact_issuer_comes_before_a_pattern(load, registration):
    exact = {**registration, "key": "exact", "issuer": "https://launcher.example/v/r4/sim/own/fhir"}
    registry = load({**registration, "issuer": LAUNCHER}, exact)
    assert registry.with_issuer("https://launcher.example/v/r4/sim/own/fhir").key == "exact"
    assert registry.with_issuer("https://launcher.example/v/r4/sim/other/fhir").key == "example"


def test_variables_are_filled_from_the_environment():
    value = {"a": ["${A:-x}/fhir", 7], "b": "${B}", "c": "${A}${B:-}"}
    assert expand(value, {"B": "y", "A": "z"}) == {"a": ["z/fhir", 7], "b": "y", "c": "zy"}
    assert expand("${A:-x}", {"A": ""}) == "x"


def test_a_variable_without_value_is_named():
    with pytest.raises(ConfigError, match="ONCOFORM_X"):
        expand("${ONCOFORM_X}", {})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"issuer": "http://ehr.example/fhir"}, "https"),
        ({"issuer": "http://127.0.0.1:9000/fhir"}, "https"),
        ({"issuer": "ehr.example/fhir"}, "https"),
        ({"issuer": "https://ehr.example/fhir?tenant=1"}, "https"),
        ({"issuer": "https://user@ehr.example/fhir"}, "https"),
        ({"issuer": "https://*.example/fhir"}, "part of the issuer's path"),
        ({"issuer": "https://*/fhir"}, "part of the issuer's path"),
        ({"issuer": "*://ehr.example/fhir"}, "https"),
        ({"issuer": "https://ehr.example/fhir*"}, "part of the issuer's path"),
        ({"issuer": "https://ehr.example/**/fhir"}, "part of the issuer's path"),
        ({"issuer": ["https://ehr.example/fhir", "http://ehr.example/r4"]}, "https"),
        ({"client_auth": "secret"}, "client_auth"),
        ({"authorize": "put"}, "authorize is auto, get or post"),
        ({"frame_ancestors": ["https://ehr.example/"]}, "origins"),
        ({"frame_ancestors": ["https://*.example"]}, "origins"),
        ({"frame_ancestors": ["*"]}, "origins"),
        ({"other_bases": ["inside.example/fhir"]}, "other_bases"),
        ({"other_bases": ["https://inside.example"]}, "other_bases"),
        ({"other_bases": ["https://inside.example/fhir/"]}, "other_bases"),
        ({"other_bases": ["https://inside.example/fhir?x=1"]}, "other_bases"),
        ({"frame_ancestors": ["https://ehr.example; script-src *"]}, "origins"),
        ({"frame_ancestors": ["https://ehr.example\nX: 1"]}, "origins"),
        ({"client_auth": "symmetric"}, "client_secret_env"),
        ({"client_auth": "symmetric", "client_secret_env": "UNSET"}, "UNSET"),
        ({"client_auth": "asymmetric", "private_key_env": "UNSET"}, "UNSET"),
    ],
)
def test_an_entry_that_cannot_be_used_says_what_to_mend(load, changes, words):
    with pytest.raises(ConfigError, match=words):
        load(**changes)


@pytest.mark.parametrize("missing", ["key", "name", "issuer", "client_id"])
def test_an_entry_that_lacks_something_says_what(load, registration, missing):
    del registration[missing]
    with pytest.raises(ConfigError, match=missing):
        load(registration)


@pytest.mark.parametrize("change", [{"key": "other"}, {"issuer": "https://other.example"}])
def test_two_entries_alike_are_refused(load, registration, change):
    with pytest.raises(ConfigError, match="same"):
        load(registration, {**registration, **change})


@pytest.mark.parametrize("content", ["", "[]", "{}", "7", '{"ehrs": 7}', '{"ehrs": ["x"]}'])
def test_a_file_that_is_no_launch_file_is_refused(tmp_path, content):
    path = tmp_path / "launch.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match="LAUNCH_FILE"):
        load_registry(str(path), demo=True, environment={})


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="LAUNCH_FILE"):
        load_registry(str(tmp_path / "none.json"), demo=True, environment={})


def test_secrets_are_not_shown(load, rsa_key):
    environment = {"S": "s3cret", "K": json.dumps(rsa_key.as_dict(private=True))}
    symmetric = load(client_auth="symmetric", client_secret_env="S", environment=environment)
    asymmetric = load(client_auth="asymmetric", private_key_env="K", environment=environment)
    assert "s3cret" not in repr(symmetric.registrations)
    assert rsa_key.as_dict(private=True)["d"] not in repr(asymmetric.registrations)


def test_frames_are_those_of_every_ehr(load, registration):
    other = {
        **registration,
        "key": "b",
        "issuer": "https://b.example",
        "frame_ancestors": ["https://b.example", "https://ehr.example"],
    }
    registry = load(registration, other)
    assert registry.frame_ancestors() == ["https://b.example", "https://ehr.example"]


def test_the_projects_own_file_serves_the_sandbox_and_the_launcher_in_the_demo_only():
    path = str(ROOT / "launch.json")
    sandbox, launcher = load_registry(path, demo=True, environment={}).registrations
    assert [pattern.text for pattern in sandbox.issuers] == ["http://127.0.0.1:9000/fhir"]
    assert sandbox.frame_ancestors == ("http://127.0.0.1:9000",)
    assert launcher.key == "smart-launcher"
    assert launcher.frame_ancestors == ("https://launch.smarthealthit.org",)
    moved = load_registry(
        path, demo=True, environment={"ONCOFORM_SANDBOX_URL": "http://127.0.0.1:9100"}
    )
    assert moved.with_issuer("http://127.0.0.1:9100/fhir").key == "sandbox"
    assert load_registry(path, demo=False, environment={}).registrations == ()


def test_a_launch_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.json cannot be read: No such file"):
        load_registry(str(tmp_path / "none.json"), demo=False)


def test_the_place_is_told_where_a_launch_file_is_no_json(tmp_path):
    path = tmp_path / "launch.json"
    path.write_text('{\n  "ehrs": [,]\n}')
    with pytest.raises(ConfigError, match=r"launch\.json is not JSON: .*line 2, column 12"):
        load_registry(str(path), demo=False)
