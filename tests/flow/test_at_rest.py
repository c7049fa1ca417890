"""What the database holds through a whole launch is decrypted by the app's own key alone.

What must not be read there is what was overheard at the EHR meanwhile.
"""

import json
from contextlib import ExitStack, suppress

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from sqlalchemy import MetaData, create_engine, select

from app import create_app
from app.cli import main
from app.sandbox import create_sandbox
from app.sandbox.config import SandboxConfig
from app.store.vault import Unreadable, Vault
from tests.flow.answers import PATHOLOGIC
from tests.flow.overheard import Ear, leaks
from tests.live import HOST, Clinician, Demo, free_server, launch_entry, write_launch_file

pytestmark = pytest.mark.server

PATIENT, NURSE = "elena-martinez", "nurse-nancy"
NOTE = "seen with the infiltrating carcinoma board"
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
WORTH_SEEKING = (b"access_token", b"verifier", NOTE.encode(), PATIENT.encode())


@pytest.fixture
def settings(database_url, tmp_path):
    return {
        "DEMO": "1",
        "DATABASE_URL": database_url,
        "SECRET_KEYS": OLD,
        "LAUNCH_FILE": str(tmp_path / "launch.json"),
    }


@pytest.fixture
def place(settings, tmp_path):
    """Both servers, with an ear at the EHR."""
    with ExitStack() as stack:
        ehr_port, serve_ehr = stack.enter_context(free_server())
        app_port, serve_app = stack.enter_context(free_server())
        ehr, own = f"http://{HOST}:{ehr_port}", f"http://{HOST}:{app_port}"
        config = SandboxConfig(origin=ehr, app_url=own, database=tmp_path / "ehr.sqlite")
        ear = Ear(create_sandbox(config))
        serve_ehr(ear)
        write_launch_file(tmp_path, launch_entry(ehr, own))
        app = create_app({**settings, "BASE_URL": own})
        serve_app(app)
        yield Demo(ehr, own, "", app), ear
        app.extensions["store"].close()


def work(demo) -> Clinician:
    """Read, keep a draft, save another entry, extend; a launch, drafts and receipts remain."""
    person = Clinician(demo).launch(PATIENT, NURSE)
    person.open("forms/tnm-stage/new").send(**PATHOLOGIC, note=NOTE).send("save")
    assert person.written()
    person.open("forms/ecog/new").send(note=NOTE, act="leave")
    headers = {"Origin": demo.app}
    assert person.http.post(f"{person.home}extend", headers=headers, timeout=30).ok
    # One that was begun and never came back keeps its verifier and nonce.
    person.http.get(
        f"{demo.app}/launch?iss={demo.fhir}", allow_redirects=False, timeout=30
    ).raise_for_status()
    return person


def test_nothing_is_read_and_after_a_new_key_the_old_one_decrypts_nothing(
    place, settings, database_url, content, monkeypatch
):
    demo, ear = place
    person = work(demo)
    cookies = {cookie.value for cookie in person.http.cookies}
    telling = ear.telling | {NOTE, "Martinez", "Elena", "carcinoma", "Nancy", PATIENT, NURSE}
    telling -= {"CREATE"}  # a code of Provenance, and a word of the database's own schema
    assert len(ear.secrets) > 10
    assert {PATIENT, "1964-02-14"} <= ear.telling
    kept = content()
    assert leaks(kept.decode("latin-1"), ear.secrets | cookies | telling | {OLD}) == []
    rows = encrypted_in(database_url)
    known = b"\n".join(decrypted_by(OLD, rows))
    assert [word for word in WORTH_SEEKING if word not in known] == []

    monkeypatch.setenv("ONCOFORM_SECRET_KEYS", f"{NEW},{OLD}")
    for name in ("DEMO", "DATABASE_URL", "LAUNCH_FILE"):
        monkeypatch.setenv(f"ONCOFORM_{name}", settings[name])
    ended = CliRunner().invoke(main, ["reseal"])
    assert ended.exit_code == 0, ended.output
    demo.flask.extensions["store"].close()
    again = encrypted_in(database_url)
    assert decrypted_by(OLD, again) == []
    assert len(decrypted_by(NEW, again)) == len(again) == len(rows)
    # Nor is there anything left in what the database has freed and not yet used again.
    kept = content()
    assert [value for value in rows if value[:60] in kept] == []
    assert all(value[:60] in kept for value in again)


def decrypted_by(key: str, rows: list[bytes]) -> list[bytes]:
    """Return what the key decrypts of the encrypted values, as JSON."""
    vault, decrypted = Vault(key), []
    for value in rows:
        with suppress(Unreadable):
            decrypted.append(json.dumps(vault.decrypt(value), ensure_ascii=False).encode())
    return decrypted


def encrypted_in(database_url: str) -> list[bytes]:
    """Return every encrypted value of the database, whatever table it is in."""
    engine = create_engine(database_url)
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        rows = [row for table in tables.sorted_tables for row in connection.execute(select(table))]
    engine.dispose()
    values = [value for row in rows for value in row if isinstance(value, bytes | memoryview)]
    # What begins otherwise than Fernet's tokens is a seal, which holds nothing.
    return [bytes(value) for value in values if bytes(value).startswith(b"gAAAA")]
