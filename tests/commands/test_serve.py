"""The commands of serving as a person runs them."""

from __future__ import annotations

from click.testing import CliRunner
from cryptography.fernet import Fernet

from app import config
from app.cli import main


def test_a_key_that_is_made_is_one_that_serves():
    key = CliRunner().invoke(main, ["make-key"]).output.strip()
    Fernet(key)


def test_settings_are_told_with_what_they_are_for():
    told = CliRunner().invoke(main, ["settings"]).output
    for setting in config.SETTINGS:
        assert f"ONCOFORM_{setting.name}" in told


def test_an_app_without_a_key_says_how_to_make_one(monkeypatch):
    monkeypatch.delenv("ONCOFORM_SECRET_KEYS", raising=False)
    ended = CliRunner().invoke(main, ["serve"])
    assert ended.exit_code == 1
    assert "make-key" in ended.output
