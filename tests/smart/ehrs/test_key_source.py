from __future__ import annotations

import json

import pytest

from app.config import ConfigError
from app.smart.ehrs.key_source import KeySource


@pytest.fixture
def place(tmp_path):
    """Put text into the file of keys, as one step, and return its environment."""
    path = tmp_path / "keys.json"

    def place(text: str, mode: int = 0o600) -> dict[str, str]:
        fresh = tmp_path / "fresh"
        fresh.write_text(text)
        fresh.chmod(mode)
        fresh.replace(path)
        return {"K_FILE": str(path)}

    return place


def _text(*keys) -> str:
    return json.dumps({"keys": [key.as_dict(private=True) for key in keys]})


def _kids(source: KeySource) -> list[str]:
    return [key.kid for key in source.current().keys]


def test_keys_come_from_the_variable(rsa_key):
    assert _kids(KeySource("K", {"K": _text(rsa_key)})) == ["app-rsa"]


def test_a_file_that_was_changed_is_read_again(place, rsa_key, ec_key):
    source = KeySource("K", place(_text(rsa_key)))
    assert _kids(source) == ["app-rsa"]
    place(_text(rsa_key, ec_key))
    assert _kids(source) == ["app-rsa", "app-ec"]


def test_a_file_that_was_not_changed_is_read_once(place, rsa_key):
    source = KeySource("K", place(_text(rsa_key)))
    assert source.current() is source.current()


@pytest.mark.parametrize("spoil", ["nonsense", "open", "gone"])
def test_a_changed_file_that_cannot_be_used_leaves_the_keys_of_before(
    place, rsa_key, ec_key, tmp_path, caplog, spoil
):
    source = KeySource("K", place(_text(rsa_key)))
    if spoil == "gone":
        (tmp_path / "keys.json").unlink()
    else:
        place("s3cret nonsense" if spoil == "nonsense" else _text(ec_key), mode=0o604)
    assert _kids(source) == ["app-rsa"]
    assert "K_FILE" in caplog.text
    assert "s3cret" not in caplog.text
    place(_text(ec_key))
    assert _kids(source) == ["app-ec"]


@pytest.mark.parametrize("environment", [{}, {"K": ""}, {"K": "nonsense"}, {"K_FILE": "/none"}])
def test_without_keys_there_is_no_source(environment):
    with pytest.raises(ConfigError, match="K"):
        KeySource("K", environment)
