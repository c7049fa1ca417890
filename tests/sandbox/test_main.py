"""The command that starts the sandbox, and what it refuses to start with."""

import json
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from app.sandbox import __main__ as command
from app.sandbox import create_sandbox
from app.sandbox.config import SandboxConfig
from app.sandbox.fhir.load import DataError

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.server
def test_it_serves_the_shipped_patients_within_seconds():
    port = free_port()
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "app.sandbox", "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Sandbox EHR: http://127.0.0.1:{port}/\n"
        assert time.monotonic() - began < 10
        page = requests.get(f"http://127.0.0.1:{port}/", timeout=5)
        assert "elena-martinez" in page.text
        assert "Dr Owen Oncologist" in page.text
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b"{", "is no JSON"),
        (b"\xff", "is no JSON"),
        (b"[]", "holds no FHIR Bundle"),
        (b'{"resourceType":"Patient"}', "holds no FHIR Bundle"),
        (b'{"resourceType":"Bundle","type":"history"}', "type must be"),
    ],
)
def test_data_that_cannot_be_loaded_end_the_start_with_a_sentence(tmp_path, capsys, content, words):
    path = tmp_path / "data.json"
    if content is not None:
        path.write_bytes(content)

    assert command.main(["--data", str(path)]) == 2

    said = capsys.readouterr().err
    assert words in said
    assert "data.json" in said


def test_the_database_is_built_anew_at_each_start(tmp_path, config):
    path = tmp_path / "folder" / "chart.sqlite"
    patients = SandboxConfig(data=config.data, shipped_data=False, database=path)

    create_sandbox(patients)
    again = create_sandbox(SandboxConfig(shipped_data=False, database=path)).test_client()

    assert "BYRON" not in again.get("/").text


@pytest.mark.parametrize("kind", ["text", "other database"])
def test_a_file_that_is_something_else_is_not_overwritten(tmp_path, kind):
    path = tmp_path / "precious"
    if kind == "text":
        path.write_text("precious")
    else:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE precious (x)")
        connection.commit()
        connection.close()
    before = path.read_bytes()

    with pytest.raises(DataError, match="left as it is"):
        create_sandbox(SandboxConfig(database=path))

    assert path.read_bytes() == before


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://x", "http://", ""])
def test_addresses_must_be_addresses(capsys, address):
    with pytest.raises(SystemExit):
        command.main(["--app", address])

    assert "is no http or https address" in capsys.readouterr().err


def test_official_examples_can_be_loaded():
    examples = ROOT.parent / "shared" / "examples" / "mcode-examples-transaction.json"
    if not examples.exists():
        pytest.skip("the official examples are not here")
    app = create_sandbox(SandboxConfig(data=(examples,)))

    text = app.test_client().get("/").text

    count = sum(
        entry["resource"]["resourceType"] == "Patient"
        for entry in json.loads(examples.read_text())["entry"]
    )
    assert count == 4
    assert "ANYPERSON" in text
