"""The commands of keys as a person runs them."""

import json
import re
import stat
import time

import pytest
from joserfc.jwk import ECKey

from app.smart.ehrs.keys import SigningKeys

PRIVATE = {"d", "p", "q", "dp", "dq", "qi"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys.json"


def _private_values(text: str) -> set[str]:
    return {jwk[name] for jwk in json.loads(text)["keys"] for name in PRIVATE & jwk.keys()}


def test_keys_are_made_in_a_private_file_and_not_shown(run, path):
    ended = run("keys", "make", str(path))
    assert ended.exit_code == 0, ended.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys = SigningKeys.read(path.read_text())
    assert {key.algorithm for key in keys.keys} == {"RS384", "ES384"}
    assert not [value for value in _private_values(path.read_text()) if value in ended.output]


def test_without_a_file_keys_are_printed_for_a_store_of_secrets(run):
    ended = run("keys", "make")
    assert {key.algorithm for key in SigningKeys.read(ended.stdout).keys} == {"RS384", "ES384"}


def test_keys_that_are_there_are_not_overwritten(run, path):
    path.write_text("ours")
    ended = run("keys", "make", str(path))
    assert ended.exit_code == 1
    assert "rotate" in ended.output
    assert path.read_text() == "ours"


def test_keys_are_rotated_in_their_file(run, path):
    run("keys", "make", str(path))
    before = SigningKeys.read(path.read_text())
    ended = run("keys", "rotate", str(path), "--lead-hours", "3", "--overlap-hours", "2")
    assert ended.exit_code == 0, ended.output
    after = SigningKeys.read(path.read_text())
    assert [key.kid for key in after.keys[2:]] == [key.kid for key in before.keys]
    assert {key.exp - after.keys[0].nbf for key in after.keys[2:]} == {2 * 3600}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for key in after.keys:
        assert key.kid[:12] in ended.output
    assert not [value for value in _private_values(path.read_text()) if value in ended.output]


def test_a_single_key_becomes_a_set_in_which_it_keeps_its_name(run, path):
    key = ECKey.generate_key("P-384")
    path.write_text(key.as_pem(private=True).decode())
    path.chmod(0o600)
    ended = run("keys", "rotate", str(path))
    assert ended.exit_code == 0, ended.output
    after = SigningKeys.read(path.read_text())
    assert [held.kid for held in after.keys[2:]] == [key.thumbprint()]
    assert after.signing(["ES384"], time.time()).kid == key.thumbprint()


def test_keys_of_a_store_of_secrets_are_rotated_from_input_to_output(run):
    made = run("keys", "make").stdout
    ended = run("keys", "rotate", "-", input=made)
    assert len(SigningKeys.read(ended.stdout).keys) == 4


def test_a_rotation_that_is_refused_changes_nothing(run, path):
    run("keys", "make", str(path))
    before = path.read_text()
    ended = run("keys", "rotate", str(path), "--lead-hours", "1")
    assert ended.exit_code == 1
    assert "2 hours" in ended.output
    assert path.read_text() == before


@pytest.mark.parametrize("command", [["rotate"], ["show"]])
@pytest.mark.parametrize("content", [None, "s3cret nonsense", "open"])
def test_what_holds_no_keys_says_so(run, path, command, content):
    if content:
        path.write_text("s3cret nonsense")
        path.chmod(0o604 if content == "open" else 0o600)
    ended = run("keys", *command, str(path))
    assert ended.exit_code == 1
    assert str(path) in ended.output
    assert "s3cret" not in ended.output


def test_public_halves_are_shown_with_their_times(run, path):
    run("keys", "make", str(path))
    run("keys", "rotate", str(path))
    told = run("keys", "show", str(path)).output
    assert len(re.findall(r"signs$", told, re.MULTILINE)) == 2
    assert len(re.findall(r"waits to sign$", told, re.MULTILINE)) == 2
    assert not [value for value in _private_values(path.read_text()) if value in told]
    shown = json.loads(run("keys", "show", str(path), "--json").output)["keys"]
    assert len(shown) == 4
    assert not [jwk for jwk in shown if PRIVATE & jwk.keys()]


def test_the_keys_of_the_registered_ehrs_are_shown(run, path, hospital, registration):
    run("keys", "make", str(path))
    asymmetric = {**registration, "client_auth": "asymmetric", "private_key_env": "EXAMPLE_KEYS"}
    hospital(asymmetric, EXAMPLE_KEYS_FILE=str(path))
    told = run("keys", "show").output
    assert "Example EHR (example)" in told
    for key in SigningKeys.read(path.read_text()).keys:
        assert key.kid[:12] in told


def test_the_table_fits_a_terminal(run, path):
    run("keys", "make", str(path))
    run("keys", "rotate", str(path))
    lines = run("keys", "show", str(path)).output.splitlines()
    assert len(lines) == 6
    assert max(map(len, lines[1:])) <= 100


def test_a_file_that_others_may_read_is_named_as_it_was(run, path):
    run("keys", "make", str(path))
    path.chmod(0o644)
    told = run("keys", "show", str(path)).output
    assert told == f"Error: {path} can be read or changed by others: chmod 600 it.\n"


def test_without_asymmetric_ehrs_there_are_no_keys(run, hospital, registration):
    hospital(registration)
    assert "no keys" in run("keys", "show").output
    assert json.loads(run("keys", "show", "--json").output) == {"keys": []}


def test_what_keeps_the_app_from_starting_keeps_the_command(run, hospital, registration):
    hospital({**registration, "quirk": []})
    ended = run("keys", "show")
    assert ended.exit_code == 1
    assert "is quirks meant" in ended.output
