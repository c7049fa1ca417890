from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from app import config
from app.config import ConfigError

KEY = Fernet.generate_key().decode()


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch):
    for setting in config.SETTINGS:
        monkeypatch.delenv(f"ONCOFORM_{setting.name}", raising=False)


def test_every_setting_says_what_it_is_for_and_stands_in_the_documentation():
    page = (config.ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for setting in config.SETTINGS:
        assert setting.help
        assert f"`ONCOFORM_{setting.name}`" in page


def test_the_environment_overrides_the_default_and_a_caller_the_environment(monkeypatch):
    monkeypatch.setenv("ONCOFORM_SECRET_KEYS", KEY)
    monkeypatch.setenv("ONCOFORM_BASE_URL", "https://app.example/")
    monkeypatch.setenv("ONCOFORM_HTTP_TIMEOUT", "7")
    monkeypatch.setenv("ONCOFORM_DEMO", "no")
    values = config.load({"LAUNCH_HOURS": 1})
    assert values["BASE_URL"] == "https://app.example"
    assert values["HTTP_TIMEOUT"] == 7
    assert values["LAUNCH_HOURS"] == 1
    assert values["DEMO"] is False


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SECRET_KEYS": ""}, "ONCOFORM_SECRET_KEYS"),
        ({"BASE_URL": "http://app.example"}, "https://"),
        ({"BASE_URL": "https://app.example/sub"}, "must be an origin"),
        ({"BASE_URL": "https://app.example\r\nX: y"}, "must be an origin"),
        ({"DEMO": True}, "loopback"),
        ({"TERMINOLOGY_URL": "http://tx.example/r4"}, "TERMINOLOGY_URL must begin with https"),
        ({"TERMINOLOGY_URL": "http://127.0.0.1:8080/fhir"}, "must begin with https"),
        ({"TERMINOLOGY_URL": "https://user:pw@tx.example/r4"}, "must be a FHIR base"),
        ({"TERMINOLOGY_URL": "https://tx.example/r4?x=1"}, "must be a FHIR base"),
        ({"TERMINOLOGY_TOKEN": "two words"}, "TERMINOLOGY_TOKEN must be one word"),
        ({"TERMINOLOGY_TOKEN": "x\r\nHost: y"}, "TERMINOLOGY_TOKEN must be one word"),
        ({"TERMINOLOGY_TIMEOUT": 0}, "TERMINOLOGY_TIMEOUT must be at least 1"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL must be one of DEBUG"),
        ({"AUDIT_DAYS": 0}, "AUDIT_DAYS must be at least 1"),
        ({"HTTP_TIMEOUT": "soon"}, "ONCOFORM_HTTP_TIMEOUT must be a whole number"),
    ],
)
def test_what_cannot_be_served_safely_does_not_start(changes, words):
    settings = {"SECRET_KEYS": KEY, "BASE_URL": "https://app.example", **changes}
    with pytest.raises(ConfigError, match=words):
        config.load(settings)


@pytest.mark.parametrize(
    ("address", "demo", "allowed"),
    [
        ("https://tx.example/r4/", False, True),
        ("https://10.1.2.3:8443/fhir", False, True),
        ("http://127.0.0.1:8080/fhir", True, True),
        ("http://localhost:8080/fhir", True, True),
        ("http://localhost.example/fhir", True, False),
        ("http://tx.example/r4", True, False),
    ],
)
def test_a_terminology_server_speaks_https_but_on_the_loopback_interface(address, demo, allowed):
    base = "http://127.0.0.1:8000" if demo else "https://app.example"
    settings = {"SECRET_KEYS": KEY, "BASE_URL": base, "DEMO": demo, "TERMINOLOGY_URL": address}
    if allowed:
        assert config.load(settings)["TERMINOLOGY_URL"] == address.rstrip("/")
    else:
        with pytest.raises(ConfigError, match="TERMINOLOGY_URL"):
            config.load(settings)
