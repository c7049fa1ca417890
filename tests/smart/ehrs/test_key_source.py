import json
from types import SimpleNamespace

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


class TestAKeyThatIsMetLate:
    """Rotated hours ago, but this app starts with the new set only now, or reads it only now."""

    NOW = 1_800_000_000
    LONG_AGO = NOW - 100 * 3600

    @pytest.fixture
    def clock(self, monkeypatch):
        moment = SimpleNamespace(now=float(self.NOW))
        monkeypatch.setattr(
            "app.smart.ehrs.key_source.time", SimpleNamespace(time=lambda: moment.now)
        )
        return moment

    def _text(self, *members) -> str:
        return json.dumps({"keys": [key.as_dict(private=True) | more for key, more in members]})

    def _kid(self, source, now, *algorithms):
        return source.signing(algorithms or ("ES384", "RS384"), now).kid

    def test_waits_while_another_can_sign(self, clock, rsa_key, ec_key):
        text = self._text((ec_key, {"nbf": self.NOW - 60}), (rsa_key, {"nbf": self.LONG_AGO}))
        source = KeySource("K", {"K": text})
        assert self._kid(source, self.NOW) == "app-rsa"
        assert self._kid(source, self.NOW + 3599) == "app-rsa"
        assert self._kid(source, self.NOW + 3600) == "app-ec"

    def test_signs_at_once_where_no_other_can(self, clock, rsa_key, ec_key):
        text = self._text((ec_key, {"nbf": self.NOW - 60}), (rsa_key, {"nbf": self.LONG_AGO}))
        source = KeySource("K", {"K": text})
        assert self._kid(source, self.NOW, "ES384") == "app-ec"
        first = KeySource("K", {"K": self._text((ec_key, {"nbf": self.NOW}))})
        assert self._kid(first, self.NOW) == "app-ec"

    def test_is_no_concern_of_a_key_that_began_long_ago(self, clock, rsa_key, ec_key):
        text = self._text((ec_key, {"nbf": self.LONG_AGO + 1}), (rsa_key, {"nbf": self.LONG_AGO}))
        assert self._kid(KeySource("K", {"K": text}), self.NOW) == "app-ec"

    def test_waits_too_where_it_was_added_to_the_file_by_hand(self, clock, place, rsa_key, ec_key):
        source = KeySource("K", place(self._text((rsa_key, {}))))
        clock.now += 10
        place(self._text((ec_key, {}), (rsa_key, {})))
        assert self._kid(source, clock.now) == "app-rsa"
        assert self._kid(source, clock.now + 3600) == "app-ec"

    def test_is_published_from_the_first_moment(self, clock, place, rsa_key, ec_key):
        source = KeySource("K", place(self._text((rsa_key, {}))))
        place(self._text((ec_key, {}), (rsa_key, {})))
        published = source.current().public(clock.now)
        assert [jwk["kid"] for jwk in published] == ["app-ec", "app-rsa"]
