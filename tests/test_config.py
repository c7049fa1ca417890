import pytest
from cryptography.fernet import Fernet

from app import config
from app.config import ConfigError, read_secret

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
        ({"AUDIT_FHIR_URL": "http://audit.example/r4"}, "AUDIT_FHIR_URL must begin with https"),
        ({"AUDIT_FHIR_TOKEN": "two words"}, "AUDIT_FHIR_TOKEN must be one word"),
        ({"AUDIT_SYSLOG": "logs.example.org"}, "AUDIT_SYSLOG must be tls://, tcp:// or udp://"),
        ({"AUDIT_SYSLOG": "tls://logs.example.org"}, "with a host and a port"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL must be one of DEBUG"),
        ({"AUDIT_DAYS": 0}, "AUDIT_DAYS must be at least 1"),
        ({"IDLE_MINUTES": 4}, "IDLE_MINUTES must be at least 5"),
        ({"IDLE_MINUTES": 0}, "IDLE_MINUTES must be at least 5"),
        ({"LAUNCHES_PER_MINUTE": -1}, "LAUNCHES_PER_MINUTE must be 0 or more"),
        ({"BROWSER_LAUNCHES_PER_MINUTE": -1}, "BROWSER_LAUNCHES_PER_MINUTE must be 0 or more"),
        ({"TRUSTED_PROXIES": -1}, "TRUSTED_PROXIES must be 0 or more"),
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


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "secret"
    path.write_text("s3cret: /%\n")
    path.chmod(0o600)
    return path


def test_a_secret_comes_from_its_variable_or_from_the_file_that_is_named(secret_file):
    named = {"X_FILE": str(secret_file)}
    assert read_secret("X", named) == "s3cret: /%"
    assert read_secret("X", {"X": "direct"}) == "direct"
    assert read_secret("X", {"X": "direct", "X_FILE": ""}) == "direct"
    assert read_secret("X", {"Y": "other"}) == ""
    with pytest.raises(ConfigError, match="not both"):
        read_secret("X", {"X": "direct", **named})


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o601, 0o620, 0o666, 0o777])
def test_a_secret_file_that_is_open_to_others_is_refused(secret_file, mode):
    secret_file.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600") as refusal:
        read_secret("X", {"X_FILE": str(secret_file)})
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_secret_file_of_the_apps_own_group_is_read(secret_file, mode):
    secret_file.chmod(mode)
    assert read_secret("X", {"X_FILE": str(secret_file)}) == "s3cret: /%"


def test_a_secret_file_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "binary").chmod(0o600)
    for name in ("none", "binary", ""):
        with pytest.raises(ConfigError, match="X_FILE must name"):
            read_secret("X", {"X_FILE": str(tmp_path / name)})


def test_the_apps_own_secrets_may_be_in_files(monkeypatch, tmp_path):
    for setting in config.SETTINGS:
        path = tmp_path / setting.name
        path.write_text(f"{setting.name.lower()}\n")
        path.chmod(0o600)
        monkeypatch.setenv(f"ONCOFORM_{setting.name}_FILE", str(path))
    values = config.load({"BASE_URL": "https://app.example"})
    named = {name for name, value in values.items() if value == name.lower()}
    assert named == {"SECRET_KEYS", "TERMINOLOGY_TOKEN", "AUDIT_FHIR_TOKEN", "DATABASE_URL"}


NUMBERS = [one for one in config.SETTINGS if type(one.default) is int]


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.name)
def test_a_number_that_would_destroy_something_is_refused_by_its_name(setting):
    name = f"ONCOFORM_{setting.name}"
    accepted = {"SECRET_KEYS": KEY, "BASE_URL": "https://app.example"}
    least = "0 or more" if setting.least == 0 else f"at least {setting.least}"
    for value in (-(10**30), -5, -1, setting.least - 1):
        with pytest.raises(ConfigError, match=f"{name} must be {least}. It is {value}"):
            config.load({**accepted, setting.name: value})
    for value in (setting.most + 1, 10**30):
        with pytest.raises(ConfigError, match=f"{name} must be at most {setting.most}"):
            config.load({**accepted, setting.name: value})
    for value in (setting.least, setting.default, setting.most):
        assert config.load({**accepted, setting.name: str(value)})[setting.name] == value


@pytest.mark.parametrize("name", ["DRAFT_DAYS", "LAUNCH_HOURS", "HTTP_TIMEOUT", "AUDIT_DAYS"])
def test_nothing_is_forgotten_or_given_up_at_once(name):
    for value in (0, -1):
        with pytest.raises(ConfigError, match=f"ONCOFORM_{name} must be at least 1"):
            config.load({"SECRET_KEYS": KEY, "BASE_URL": "https://app.example", name: value})
