"""The audit trail as a person lists it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from app.cli import main
from app.commands import audit as command
from app.fhir.check import check_structure
from app.store import Event, EventFilter, audit, open_store

OWEN = "Practitioner/owen"
NOON = datetime(2024, 3, 11, 12, tzinfo=UTC)


@pytest.fixture
def store(settings, monkeypatch):
    for name, value in {**settings, "BASE_URL": "http://127.0.0.1:8000", "DEMO": "1"}.items():
        monkeypatch.setenv(f"ONCOFORM_{name}", str(value))
    opened = open_store({**settings, "DRAFT_DAYS": 14, "AUDIT_DAYS": 2192})
    yield opened
    opened.close()


@pytest.fixture
def earlier():
    """Return the events that there were years before the others."""
    return []


@pytest.fixture(autouse=True)
def trail(store, monkeypatch, earlier):
    """Three events, an hour apart."""
    monkeypatch.setattr(audit, "now", lambda: NOON - timedelta(days=3000))
    for event in earlier:
        store.audit.add(event)
    asked = [["Patient/elena", 200, 1], ["Observation?patient&code", 200, 2]]
    writes = [{"method": "PUT", "target": "Observation/7", "onto": "3", "once": None}]
    given = [
        Event("read", "example", user=OWEN, patient="elena", details={"asked": asked}),
        Event("write-sent", "example", user=OWEN, patient="bob", details={"writes": writes}),
        Event("launch-refused", issuer="https://evil\x1b[2J.example", details={"why": "Denied"}),
    ]
    for hours, event in enumerate(given):
        monkeypatch.setattr(audit, "now", lambda h=hours: NOON + timedelta(hours=h))
        store.audit.add(event)
    monkeypatch.setattr(audit, "now", lambda: datetime.now(UTC))


def run(*arguments):
    ended = CliRunner().invoke(main, ["audit", *arguments])
    assert ended.exit_code == 0, ended.output
    return ended.output.splitlines()


def kinds(*arguments):
    return [json.loads(line)["kind"] for line in run("--format", "json", *arguments)]


def test_the_table_has_a_line_for_each_event():
    heading, *lines = run()
    assert heading.split()[:2] == ["TIME", "(UTC)"]
    assert lines[0].split() == [
        *("2024-03-11", "12:00:00", "read", OWEN, "elena", "example"),
        *("Patient/elena", "200", "x1;", "Observation?patient&code", "200", "x2"),
    ]
    assert "PUT Observation/7" in lines[1]
    assert lines[2].split() == ["2024-03-11", "14:00:00", "launch-refused", *"---", "why=Denied"]
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--user", OWEN], ["read", "write-sent"]),
        (["--patient", "bob"], ["write-sent"]),
        (["--kind", "launch-refused"], ["launch-refused"]),
        (["--ehr", "example", "--patient", "elena"], ["read"]),
        (["--since", "2024-03-11T13:00:00"], ["write-sent", "launch-refused"]),
        (["--until", "2024-03-11 13:00:00"], ["read"]),
        (
            ["--since", "2024-03-11", "--until", "2024-03-12"],
            ["read", "write-sent", "launch-refused"],
        ),
        (["--user", "Practitioner/nobody"], []),
    ],
)
def test_events_are_filtered(arguments, found):
    assert kinds(*arguments) == found


def test_json_has_the_event_whole():
    first = json.loads(run("--format", "json")[0])
    assert first["at"] == "2024-03-11T12:00:00.000+00:00"
    assert (first["user"], first["patient"], first["ehr"]) == (OWEN, "elena", "example")
    assert first["details"]["asked"][0] == ["Patient/elena", 200, 1]


def test_fhir_has_one_auditevent_a_line():
    resources = [json.loads(line) for line in run("--format", "fhir")]
    assert [resource["resourceType"] for resource in resources] == ["AuditEvent"] * 3
    assert [check_structure(resource) for resource in resources] == [[]] * 3


def test_what_a_stranger_wrote_does_not_steer_the_terminal(store):
    store.audit.add(Event("launch-refused", "x\x1b[2J\n", details={"why": "\x07\u202e"}))
    assert not any(character in "\n".join(run()) for character in "\x1b\x07\u202e")


def test_reading_the_trail_is_recorded_with_who_asked_and_for_what(store):
    run("--patient", "elena", "--format", "fhir")
    [read] = store.audit.find(EventFilter(type="trail-read"))
    assert read.event.patient == "elena"
    assert read.event.details["by"]
    assert read.event.details["format"] == "fhir"
    assert read.event.details["asked_for"]["patient"] == "elena"
    assert kinds("--patient", "elena") == ["read", "trail-read"]
    [_, line] = run("--kind", "trail-read", "--until", "9999-01-01")[:2]
    assert "format=fhir; until=" in line
    assert line.endswith("patient=elena")


def test_nothing_is_shown_where_the_reading_cannot_be_recorded(store, monkeypatch):
    def fail(self, event):
        raise RuntimeError

    monkeypatch.setattr(audit.Audit, "add", fail)
    ended = CliRunner().invoke(main, ["audit"])
    assert ended.exit_code != 0
    assert ended.output == ""


def test_an_account_without_a_name_is_told_by_its_number(store, monkeypatch):
    def nameless():
        raise KeyError("uid not found")

    monkeypatch.setattr(command.getpass, "getuser", nameless)
    run()
    [read] = store.audit.find(EventFilter(type="trail-read"))
    assert read.event.details["by"].startswith("uid ")


@pytest.mark.parametrize("earlier", [[Event("read", "ancient")]])
def test_purge_forgets_what_is_past_its_time(store, monkeypatch):
    monkeypatch.setattr(audit, "now", lambda: NOON)
    assert CliRunner().invoke(main, ["purge"]).exit_code == 0
    left = [found.event for found in store.audit.find(EventFilter())]
    assert [event.ehr for event in left] == ["example", "example", "", ""]
    assert left[-1].type == "trail-purged"
    assert left[-1].details["events"] == 1


@pytest.mark.parametrize("name", ["audit", "purge"])
def test_without_a_key_the_commands_say_how_to_make_one(name, monkeypatch):
    monkeypatch.delenv("ONCOFORM_SECRET_KEYS")
    ended = CliRunner().invoke(main, [name])
    assert ended.exit_code == 1
    assert "make-key" in ended.output


def change(store, statement):
    with store._database.writing() as session:
        session.execute(text(statement))


def test_a_changed_event_is_listed_as_changed_in_every_form(store):
    change(store, "UPDATE audit SET patient = NULL WHERE id = 1")
    assert "CHANGED; Patient/elena" in run("--patient", "bob")[1]
    [listed] = [json.loads(line) for line in run("--ehr", "nowhere", "--format", "json")]
    assert (listed["id"], listed["patient"], listed["changed"]) == (1, "elena", True)
    resource = json.loads(run("--ehr", "nowhere", "--format", "fhir")[0])
    assert resource["outcome"] == "8"
    assert resource["outcomeDesc"].startswith("Changed in the database")
    assert check_structure(resource) == []


def test_the_trail_is_verified_against_heads_of_earlier(store):
    [head] = run("--head")
    assert head.startswith("3:")
    store.audit.add(Event("signed-out"))
    assert run("--verify", "--against", head) == [
        f"Nothing was changed or taken away. The head is {store.audit.head()}"
    ]
    change(store, "DELETE FROM audit WHERE id = 4")
    ended = CliRunner().invoke(main, ["audit", "--verify"])
    assert (ended.exit_code, ended.output) == (1, "Event 4 is missing.\n")
    wrong = CliRunner().invoke(main, ["audit", "--verify", "--against", "seven"])
    assert wrong.exit_code == 2
    assert "`oncoform audit --head` has printed" in wrong.output


def test_a_trail_without_its_head_is_told_without_a_traceback(store):
    change(store, "DELETE FROM trail_marks")
    for arguments in ([], ["--verify"], ["--head"]):
        ended = CliRunner().invoke(main, ["audit", *arguments])
        assert ended.exit_code == 1
        assert "changed in the database" in ended.output
