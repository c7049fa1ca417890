"""Other people's FHIR servers, each started on a free port of the loopback interface.

`make interop` builds what is started here; interop/README.md says what that takes.
"""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.interop.oidc import OidcEhr

_INTEROP = Path(__file__).resolve().parents[2] / "interop"
_START_SECONDS = 180
_READY = "ready on "


@contextmanager
def hapi(folder: Path) -> Iterator[str]:
    """Run HAPI FHIR's R4 server, empty, until the block ends; gives its FHIR base."""
    built = _INTEROP / "hapi"
    paths = f"{built / 'out'}:{built / 'lib'}/*"
    command = ["java", "-Xmx2g", "-cp", paths, "interop.Main"]
    with _running(command, built / "lib", folder / "hapi.log") as port:
        yield f"http://127.0.0.1:{port}/fhir"


@contextmanager
def medplum(folder: Path) -> Iterator[str]:
    """Run Medplum's FHIR router, empty, until the block ends; gives its FHIR base."""
    built = _INTEROP / "medplum" / "node_modules"
    command = [str(built / ".bin" / "node"), str(_INTEROP / "medplum" / "server.mjs")]
    with _running(command, built, folder / "medplum.log") as port:
        yield f"http://127.0.0.1:{port}/fhir/R4"


@contextmanager
def oidc(folder: Path, upstream: str, *, version: int = 2) -> Iterator[OidcEhr]:
    """Run oidc-provider as the authorization server of an EHR until the block ends.

    Its FHIR server is the one at `upstream`; it knows scopes of SMART's `version`.
    """
    built = _INTEROP / "oidc" / "node_modules"
    command = [str(built / ".bin" / "node"), str(_INTEROP / "oidc" / "server.mjs")]
    command += ["--upstream", upstream, "--version", str(version)]
    with _running(command, built, folder / f"oidc-{version}.log") as port:
        yield OidcEhr(f"http://127.0.0.1:{port}{urlsplit(upstream).path}")


@contextmanager
def _running(command: list[str], built: Path, log: Path) -> Iterator[int]:
    """Yield the port of a server that ends with its input."""
    if not built.exists():
        pytest.fail("The server is not built: run `make interop`.", pytrace=False)
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        deadline = threading.Timer(_START_SECONDS, process.kill)
        deadline.start()
        try:
            port = _port(process, log)
            # It bounds the start; the tests may take longer.
            deadline.cancel()
            yield port
        finally:
            deadline.cancel()
            process.kill()


def _port(process: subprocess.Popen[str], log: Path) -> int:
    assert process.stdout
    for line in process.stdout:
        if line.startswith(_READY):
            return int(line.removeprefix(_READY))
    pytest.fail(f"The server did not start:\n{log.read_text()[-3000:]}", pytrace=False)
