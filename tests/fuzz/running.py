"""The app with the network and the log around it, for one process."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from app import create_app
from app.fhir import session as fhir_session
from tests.fuzz.browser import Browser
from tests.fuzz.hospital import CLIENT_SECRET, registrations
from tests.fuzz.network import Network
from tests.one_by_one import OneByOne


@dataclass(frozen=True)
class Running:
    """`log` holds everything that is logged, by anybody, at any level."""

    app: Flask
    network: Network
    log: list[str]


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Run the app, registered with every hospital, until the block ends."""
    (folder / "launch.json").write_text(json.dumps({"ehrs": registrations()}))
    network = Network()
    with pytest.MonkeyPatch.context() as patch, _logged() as log:
        patch.setenv("FUZZ_SECRET", CLIENT_SECRET)
        patch.setenv("FUZZ_KEY", _private_key())
        patch.setattr(fhir_session, "ThreadPoolExecutor", OneByOne)
        network.install(patch)
        app = create_app(
            {
                "TESTING": True,
                "BASE_URL": "https://app.example",
                "LAUNCH_FILE": str(folder / "launch.json"),
                "DATABASE_URL": f"sqlite:///{folder / 'store.sqlite'}",
                "SECRET_KEYS": Fernet.generate_key().decode(),
                "DEMO": False,
                "LAUNCHES_PER_MINUTE": 0,
                "BROWSER_LAUNCHES_PER_MINUTE": 0,
            }
        )
        app.test_client_class = Browser
        yield Running(app, network, log)
        app.extensions["store"].close()


def _private_key() -> str:
    return (
        ec.generate_private_key(ec.SECP384R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


@contextmanager
def _logged() -> Iterator[list[str]]:
    records: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record):
            records.append(self.format(record))

    root, keeper = logging.getLogger(), Keeper()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    yield records
    root.setLevel(level)
    root.removeHandler(keeper)
