"""Every setting of the app: its name, its default and what it is for.

A setting is read from the environment as `ONCOFORM_<NAME>`. Secrets come from the environment only:
from that variable, or from the file that `ONCOFORM_<NAME>_FILE` names.
"""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")
_LOOPBACK = re.compile(r"https?://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?")
_LOOPBACK_BASE = re.compile(rf"{_LOOPBACK.pattern}(?:/.*)?")
_FHIR_BASE = re.compile(rf"{_ORIGIN.pattern}(?:/[A-Za-z0-9.\-_~/]*)?")
_SYSLOG = re.compile(r"(?:tls|tcp|udp)://(?:[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_TOKEN = re.compile(r"[!-~]*")
# The group may read: a container's secret may belong to the app's group.
_ACCESS_OF_OTHERS = stat.S_IWGRP | stat.S_IRWXO

# Dates reach no further back than to the year 1: what is kept for longer could not be purged.
_CENTURY = 100 * 366

ROOT = Path(__file__).resolve().parent.parent


class Setting(NamedTuple):
    """A setting; a number outside of `least` and `most` would lose data, or stop the app."""

    name: str
    default: str | int | bool
    help: str
    is_secret: bool = False
    least: int = 1
    most: int = 10_000_000_000


SETTINGS = (
    Setting(
        "BASE_URL", "http://127.0.0.1:8000", "The app's public origin, without a trailing slash"
    ),
    Setting(
        "LAUNCH_FILE",
        str(ROOT / "launch.json"),
        "The EHRs that may launch the app, and the receivers that data may be sent to",
    ),
    Setting(
        "DATABASE_URL",
        f"sqlite:///{ROOT / 'var' / 'oncoform.sqlite'}",
        "Launches, drafts and receipts; PostgreSQL when there are several app servers",
        is_secret=True,  # a database's address may hold a password
    ),
    Setting(
        "SECRET_KEYS",
        "",
        "Fernet keys, comma-separated: the first encrypts, all decrypt. Secret",
        is_secret=True,
    ),
    Setting(
        "DEMO",
        False,
        "Allows plain http and loopback addresses: the sandbox only, never a hospital",
    ),
    Setting(
        "OPEN_FHIR_SERVERS",
        "",
        "FHIR bases on this machine that need no sign-in, to test on in the demo; space-separated",
    ),
    Setting("HTTP_TIMEOUT", 20, "Seconds to wait for an answer of the EHR", most=600),
    Setting("MAX_ANSWER_BYTES", 10_000_000, "Largest answer of the EHR that is read", least=1000),
    Setting(
        "TERMINOLOGY_URL",
        "",
        "FHIR base of a terminology server that searches value sets; none asks the EHR, if it can",
    ),
    Setting(
        "TERMINOLOGY_TOKEN",
        "",
        "Bearer token for the terminology server, if any. Secret",
        is_secret=True,
    ),
    Setting("TERMINOLOGY_TIMEOUT", 3, "Seconds to wait for an answer about terms", most=600),
    Setting(
        "MAX_REQUEST_BYTES", 1_000_000, "Largest request of a browser that is read", least=1000
    ),
    Setting("LAUNCH_HOURS", 12, "A launch is forgotten after so many hours", most=24 * 366),
    # Who reads a page, or is called away from it, needs time to come back.
    Setting(
        "IDLE_MINUTES",
        20,
        "A launch that nobody uses ends after so many minutes",
        least=5,
        most=24 * 60,
    ),
    Setting(
        "LAUNCHES_PER_MINUTE",
        240,
        "Most launches, and most answers to them, from one address in a minute; 0 is no limit",
        least=0,
    ),
    Setting(
        "BROWSER_LAUNCHES_PER_MINUTE",
        30,
        "Most launches, and most answers to them, of one browser in a minute; 0 is no limit",
        least=0,
    ),
    Setting(
        "TRUSTED_PROXIES",
        0,
        "How many reverse proxies stand before the app and name the client in X-Forwarded-For",
        least=0,
        most=100,
    ),
    Setting(
        "DRAFT_DAYS",
        14,
        "A draft that nobody touched is forgotten after so many days",
        most=_CENTURY,
    ),
    Setting("SENDING_HOURS", 72, "A receiver is tried for so many hours", most=24 * 366),
    Setting("WORKER", True, "Whether `serve` sends what the outbox holds, beside serving pages"),
    Setting("LOG_LEVEL", "INFO", "From which level on the app logs: DEBUG, INFO, WARNING, ERROR"),
    # HIPAA, 45 CFR 164.316(b)(2)(i): six years, two of which may be leap years.
    Setting(
        "AUDIT_DAYS",
        6 * 365 + 2,
        "An event of the audit trail, and what was sent to a receiver, is forgotten after so many "
        "days",
        most=_CENTURY,
    ),
    Setting(
        "AUDIT_SYSLOG",
        "",
        "Where the audit trail is sent as it grows, as syslog: tls://, tcp:// or udp://host:port",
    ),
    Setting(
        "AUDIT_FHIR_URL",
        "",
        "FHIR base of a server to which the audit trail is sent as it grows, as AuditEvents",
    ),
    Setting("AUDIT_FHIR_TOKEN", "", "Bearer token for that server, if any. Secret", is_secret=True),
)


class ConfigError(Exception):
    """The app cannot start with a setting; the message says which one and how to mend it."""


def load(overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return all settings by name: `overrides` first, then the environment, then the default.

    Raises ConfigError if a value is not of its setting's type, or if a secret is missing.
    """
    given = dict(overrides or {})
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        raw = given.pop(setting.name) if setting.name in given else _from_environment(setting)
        values[setting.name] = _typed(setting, raw)
    values.update(given)
    for address in ("BASE_URL", "TERMINOLOGY_URL", "AUDIT_FHIR_URL"):
        values[address] = values[address].rstrip("/")
    values["MAX_CONTENT_LENGTH"] = values["MAX_REQUEST_BYTES"]
    if not values["SECRET_KEYS"]:
        raise ConfigError(
            "Set ONCOFORM_SECRET_KEYS: what the app keeps is encrypted with it. "
            "`python -m app make-key` prints a new key."
        )
    if not _ORIGIN.fullmatch(values["BASE_URL"]):
        raise ConfigError("ONCOFORM_BASE_URL must be an origin, such as https://app.example.org.")
    if values["DEMO"] and not _LOOPBACK.fullmatch(values["BASE_URL"]):
        raise ConfigError("ONCOFORM_DEMO is for the loopback interface only, never for a hospital.")
    if not values["DEMO"] and not values["BASE_URL"].startswith("https://"):
        raise ConfigError("ONCOFORM_BASE_URL must begin with https:// outside the demo.")
    if values["LOG_LEVEL"] not in _LEVELS:
        raise ConfigError(f"ONCOFORM_LOG_LEVEL must be one of {', '.join(_LEVELS)}.")
    for server in ("TERMINOLOGY", "AUDIT_FHIR"):
        _check_server(values, server)
    if values["AUDIT_SYSLOG"] and not _SYSLOG.fullmatch(values["AUDIT_SYSLOG"]):
        raise ConfigError(
            "ONCOFORM_AUDIT_SYSLOG must be tls://, tcp:// or udp:// with a host and a port, such "
            "as tls://logs.example.org:6514."
        )
    return values


def read_secret(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return the text of the variable `name`, or of the file that `<name>_FILE` names, or nothing.

    Raises ConfigError if both are set, if the file cannot be read, or if others can read it.
    """
    value, path = environment.get(name, ""), environment.get(f"{name}_FILE", "")
    if not path:
        return value
    if value:
        raise ConfigError(f"Set {name} or {name}_FILE, not both.")
    try:
        with Path(path).open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except (OSError, ValueError):
        raise ConfigError(f"{name}_FILE must name a text file that can be read.") from None
    if mode & _ACCESS_OF_OTHERS:
        raise ConfigError(
            f"The file that {name}_FILE names can be read or changed by others: chmod 600 it."
        )
    return content.rstrip("\r\n")


def _from_environment(setting: Setting) -> Any:
    name = f"ONCOFORM_{setting.name}"
    if setting.is_secret:
        return read_secret(name) or os.environ.get(name, setting.default)
    return os.environ.get(name, setting.default)


def _check_server(values: Mapping[str, Any], server: str) -> None:
    """Raise ConfigError if the settings of a server of the hospital's own are unsafe.

    It may be in the hospital's own network: the administrator names this address, not an EHR.
    """
    address, token = values[f"{server}_URL"], values[f"{server}_TOKEN"]
    if address and not _FHIR_BASE.fullmatch(address):
        raise ConfigError(
            f"ONCOFORM_{server}_URL must be a FHIR base, such as https://fhir.example.org/r4."
        )
    secure = address.startswith("https://") or (
        values["DEMO"] and _LOOPBACK_BASE.fullmatch(address)
    )
    if address and not secure:
        raise ConfigError(
            f"ONCOFORM_{server}_URL must begin with https://; plain http is for the loopback "
            "interface in the demo."
        )
    if not _TOKEN.fullmatch(token):
        raise ConfigError(f"ONCOFORM_{server}_TOKEN must be one word of printable characters.")


def _typed(setting: Setting, raw: Any) -> Any:
    if isinstance(setting.default, bool):
        return raw if isinstance(raw, bool) else str(raw).lower() in {"1", "true", "yes", "on"}
    if isinstance(setting.default, int):
        return _number(setting, raw)
    return str(raw)


def _number(setting: Setting, raw: Any) -> int:
    """Return a number; raises ConfigError for one with which the app would lose data or hang."""
    name = f"ONCOFORM_{setting.name}"
    try:
        value = int(raw)
    except (TypeError, ValueError):
        raise ConfigError(f"{name} must be a whole number, not {raw!r}.") from None
    if value < setting.least:
        least = f"at least {setting.least}" if setting.least else "0 or more"
        raise ConfigError(f"{name} must be {least}. It is {value}.")
    if value > setting.most:
        raise ConfigError(f"{name} must be at most {setting.most}. It is {value}.")
    return value
