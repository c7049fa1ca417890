"""The commands of serving as a person runs them."""

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from app import config
from app.cli import main
from app.commands import serve


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


@pytest.mark.parametrize(("proxies", "dropped"), [("0", True), ("2", False)])
def test_what_proxies_say_is_dropped_where_none_is_trusted(monkeypatch, settings, proxies, dropped):
    served = {}
    for name, value in settings.items():
        monkeypatch.setenv(f"ONCOFORM_{name}", str(value))
    monkeypatch.setenv("ONCOFORM_TRUSTED_PROXIES", proxies)
    monkeypatch.setattr(serve.logs, "configure", lambda level: None)
    monkeypatch.setattr(serve, "waitress_serve", lambda app, **how: served.update(how, app=app))
    ended = CliRunner().invoke(main, ["serve"])
    served["app"].extensions["store"].close()
    assert ended.exit_code == 0
    assert served["clear_untrusted_proxy_headers"] is dropped


@pytest.mark.parametrize("host", ["", "::", "192.0.2.1", "app.example"])
def test_the_demo_is_served_to_this_machine_alone(monkeypatch, settings, host):
    served = []
    for name, value in {**settings, "DEMO": "1", "BASE_URL": "http://127.0.0.1:8000"}.items():
        monkeypatch.setenv(f"ONCOFORM_{name}", str(value))
    monkeypatch.setattr(serve.logs, "configure", lambda level: None)
    monkeypatch.setattr(serve, "waitress_serve", lambda app, **how: served.append(app))
    ended = CliRunner().invoke(main, ["serve", "--host", host])
    assert ended.exit_code == 1
    assert "ONCOFORM_DEMO" in ended.output
    assert not served
    for own in ("127.0.0.1", "localhost", "::1"):
        assert CliRunner().invoke(main, ["serve", "--host", own]).exit_code == 0
    for app in served:
        app.extensions["store"].close()
    assert len(served) == 3
