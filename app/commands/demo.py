"""`oncoform demo`: the sandbox EHR and the app together."""

import os
import signal
import subprocess
import sys
import urllib.request
from time import monotonic, sleep
from urllib.error import URLError
from urllib.parse import urlsplit

import click
from cryptography.fernet import Fernet

from app import config as settings
from app.store import upgrade_database

START_SECONDS = 120


@click.command()
@click.option("--ehr-port", default=9000, type=int, help="Port of the sandbox EHR.")
@click.option("--app-port", default=8000, type=int, help="Port of the app.")
@click.option("--data", default="", help="FHIR Bundles to load beside the sandbox's patients.")
@click.option("--upstream", default="", help="FHIR base to use instead of the sandbox's store.")
def demo(ehr_port: int, app_port: int, data: str, upstream: str) -> None:
    """Run the sandbox EHR and the app together until Ctrl-C."""
    ehr, own = f"http://127.0.0.1:{ehr_port}", f"http://127.0.0.1:{app_port}"
    key = _demo_key()
    _upgrade(own, key)
    environment = {
        **os.environ,
        "ONCOFORM_DEMO": "1",
        "ONCOFORM_BASE_URL": own,
        "ONCOFORM_SANDBOX_URL": ehr,
        "ONCOFORM_SECRET_KEYS": key,
        # A log line for each request would hide the address of the launcher.
        "ONCOFORM_LOG_LEVEL": os.environ.get("ONCOFORM_LOG_LEVEL", "WARNING"),
    }
    sandbox = [sys.executable, "-m", "app.sandbox", "--port", str(ehr_port), "--app", own]
    for path in data.split():
        sandbox += ["--data", path]
    if upstream:
        sandbox += ["--upstream", upstream]
    app = [sys.executable, "-m", "app", "serve", "--port", str(app_port)]
    processes = [subprocess.Popen(command, env=environment) for command in (sandbox, app)]  # noqa: S603 -- own commands
    # SIGINT too: a process that a script starts in the background ignores it at first.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _interrupt)
    try:
        for address in (f"{ehr}/fhir/metadata", f"{own}/static/app.css"):
            _wait_for(address, processes)
        click.echo(f"\n  Choose a patient and a user at {ehr}/ to launch the app.")
        click.echo("  Ctrl-C ends both servers.\n")
        while all(process.poll() is None for process in processes):
            sleep(0.5)
        raise click.ClickException("One of the two servers has ended; its last lines say why.")
    except KeyboardInterrupt:
        click.echo("Ended.")
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=10)


def _demo_key() -> str:
    """Return the demo's key, kept between runs so that drafts survive a restart."""
    path = settings.ROOT / "var" / "demo.key"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(Fernet.generate_key().decode())
    return path.read_text().strip()


def _upgrade(origin: str, key: str) -> None:
    """Upgrade the database of an older demo: it holds nothing that needs a backup first."""
    upgrade_database(settings.load({"DEMO": True, "BASE_URL": origin, "SECRET_KEYS": key}))


def _wait_for(address: str, processes: list[subprocess.Popen[bytes]]) -> None:
    """Wait until `address` answers; raises ClickException if it does not."""
    end = monotonic() + START_SECONDS
    while monotonic() < end and all(process.poll() is None for process in processes):
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 -- an address made here
                return
        except (URLError, OSError):
            sleep(0.1)
    raise click.ClickException(
        f"Nothing answers at {urlsplit(address).netloc}: see the lines above."
    )


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
