"""`oncoform export` as a tester runs it against a FHIR server."""

import json
import re
import stat
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from app.config import ROOT
from app.fhir import wire
from app.fhir.resource_types import resource_type

BASE = "https://ehr.example/fhir"
DATA = ROOT / "app" / "sandbox" / "data"
PEOPLE = ("colm-doherty", "elena-martinez")
VISITOR = "ruth-abernathy"  # a marker of hers names its encounter

pytestmark = pytest.mark.usefixtures("quick_requests")


@pytest.fixture
def chart():
    """The resources of three patients and of the staff, by their `Type/id`."""
    files = (*PEOPLE, VISITOR, "practitioners")
    entries = (e for f in files for e in wire.loads((DATA / f"{f}.json").read_bytes())["entry"])
    found = (entry["resource"] for entry in entries)
    return {f"{resource['resourceType']}/{resource['id']}": resource for resource in found}


@pytest.fixture
def server(chart):
    """A FHIR server with the chart; it answers nothing about the types in `forbidden`."""
    forbidden = set()

    def answer(request):
        parts = urlsplit(request.url)
        path = parts.path.removeprefix("/fhir/")
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {"Content-Type": "application/fhir+json"}
        if path in chart:
            return 200, headers, wire.dumps(chart[path])
        if path in forbidden:
            return 403, headers, wire.dumps({"resourceType": "OperationOutcome"})
        patient = asked.get("patient") or asked.get("subject", "").removeprefix("Patient/")
        if "/" in path or not patient:
            return 404, headers, wire.dumps({"resourceType": "OperationOutcome"})
        name = resource_type(path).subject
        found = [
            {"resource": resource}
            for resource in chart.values()
            if resource["resourceType"] == path
            and resource.get(name, {}).get("reference") == f"Patient/{patient}"
        ]
        return 200, headers, wire.dumps({"resourceType": "Bundle", "entry": found})

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback(responses.GET, re.compile(f"{BASE}/.*"), answer)
        mock.forbidden = forbidden
        yield mock


@pytest.fixture
def export(run, hospital, tmp_path, server):
    hospital()
    folder = tmp_path / "out"

    def export(*arguments, **more):
        ended = run("export", BASE, *arguments, "--to", str(folder), **more)
        return ended, {path.name: path for path in folder.glob("*")}

    return export


def _lines(path):
    return [json.loads(line) for line in path.read_text().removesuffix("\n").split("\n")]


def test_each_patient_becomes_a_private_file_with_the_digits_of_the_chart(export):
    ended, files = export(*PEOPLE)
    assert ended.exit_code == 0, ended.output
    assert sorted(files) == ["colm-doherty.json", "elena-martinez.json"]
    for path in files.values():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert json.loads(path.read_text())["type"] == "collection"
    text = files["elena-martinez.json"].read_text()
    assert '"value": 22.0' in text
    assert "colm-doherty" not in text
    assert "resources, an mCODE Patient Bundle" in ended.output


def test_encounters_that_the_record_does_not_hold_are_read_too(export):
    _, files = export(VISITOR)
    assert '"resourceType": "Encounter"' in files[f"{VISITOR}.json"].read_text()


def test_what_is_not_in_a_bundle_is_said(export):
    ended, _ = export("elena-martinez")
    assert "left out: AdverseEvent/elena-martinez-adverse-event-febrile-neutropenia" in ended.output
    assert "mCODE has no profile for it: adverse event" in ended.output


def test_what_could_not_be_read_is_said(export, server):
    server.forbidden.add("Procedure")
    ended, files = export("elena-martinez")
    assert ended.exit_code == 0
    assert "could not be read: procedures" in ended.output
    assert "Procedure" not in {
        entry["resource"]["resourceType"]
        for entry in json.loads(files["elena-martinez.json"].read_text())["entry"]
    }


def test_lines_by_type_are_those_of_all_patients_with_their_staff_once(export):
    ended, files = export(*PEOPLE, "--ndjson")
    assert ended.exit_code == 0, ended.output
    assert {"Patient.ndjson", "Condition.ndjson", "Practitioner.ndjson"} <= files.keys()
    for name, path in files.items():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        lines = _lines(path)
        assert {line["resourceType"] for line in lines} == {name.removesuffix(".ndjson")}
        assert len({line["id"] for line in lines}) == len(lines)
    patients = [line["id"] for line in _lines(files["Patient.ndjson"])]
    assert patients == list(PEOPLE)


def test_ids_come_from_a_file_too(export, tmp_path):
    listed = tmp_path / "ids"
    listed.write_text("colm-doherty\n\n  elena-martinez  \ncolm-doherty\n")
    ended, files = export("--patients-file", str(listed))
    assert ended.exit_code == 0, ended.output
    assert sorted(files) == ["colm-doherty.json", "elena-martinez.json"]
    _, files = export("--patients-file", "-", "--force", input="colm-doherty\n")
    assert sorted(files) == ["colm-doherty.json", "elena-martinez.json"]


def test_a_patient_who_cannot_be_read_fails_the_command_and_holds_up_nobody(export):
    ended, files = export("nobody", "colm-doherty")
    assert ended.exit_code == 1
    assert "nobody: " in ended.output
    assert "1 of 2 patients could not be read." in ended.output
    assert [*files] == ["colm-doherty.json"]


@pytest.mark.parametrize("more", [[], ["--ndjson"]])
def test_files_that_are_there_are_replaced_only_if_asked(export, server, more):
    _, files = export("colm-doherty", *more)
    before = {path: path.read_text() for path in files.values()}
    count = len(server.calls)
    ended, _ = export("colm-doherty", *more)
    assert ended.exit_code == 1
    assert "--force" in ended.output
    assert len(server.calls) == count
    assert {path: path.read_text() for path in files.values()} == before
    for path in files.values():
        path.write_text("old")
    ended, files = export("colm-doherty", *more, "--force")
    assert ended.exit_code == 0, ended.output
    assert "old" not in {path.read_text() for path in files.values()}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}


def test_lines_of_an_earlier_export_do_not_stay_among_those_of_this_one(export):
    _, files = export("elena-martinez", "--ndjson")
    assert "MedicationRequest.ndjson" in files
    _, files = export("colm-doherty", "--ndjson", "--force")
    assert "MedicationRequest.ndjson" not in files


def test_an_export_that_reads_nobody_keeps_the_files_of_an_earlier_one(export):
    _, before = export("colm-doherty", "--ndjson")
    ended, after = export("nobody", "--ndjson", "--force")
    assert ended.exit_code == 1
    assert after == before


def test_the_token_comes_from_the_environment_and_is_not_printed(export, server, monkeypatch):
    monkeypatch.setenv("ONCOFORM_EXPORT_TOKEN", "very-secret")
    ended, files = export("colm-doherty")
    sent = {call.request.headers.get("Authorization") for call in server.calls}
    assert sent == {"Bearer very-secret"}
    assert "very-secret" not in ended.output
    assert "very-secret" not in files["colm-doherty.json"].read_text()


def test_without_a_token_none_is_sent(export, server):
    export("colm-doherty")
    assert not [call for call in server.calls if "Authorization" in call.request.headers]


def test_a_token_that_is_no_word_is_refused(export, server, monkeypatch):
    monkeypatch.setenv("ONCOFORM_EXPORT_TOKEN", "two words")
    ended, _ = export("colm-doherty")
    assert ended.exit_code == 1
    assert "ONCOFORM_EXPORT_TOKEN" in ended.output
    assert not server.calls


@pytest.mark.parametrize("id_", ["../x", "a b", "..", "x/y", "", "x" * 65])
def test_what_is_no_id_is_refused(export, server, id_):
    ended, _ = export(id_)
    assert ended.exit_code == 2
    assert not server.calls


@pytest.mark.parametrize(
    "address",
    [
        "http://ehr.example/fhir",
        "http://127.0.0.1:9/fhir",
        "https://10.0.0.1/fhir",
        "ehr",
        "file:/",
    ],
)
def test_an_address_that_check_would_not_speak_to_is_refused(run, hospital, tmp_path, address):
    hospital()
    ended = run("export", address, "p", "--to", str(tmp_path / "out"))
    assert ended.exit_code == 2
    assert "https://" in ended.output


def test_the_loopback_interface_is_for_the_demo(run, hospital, tmp_path):
    hospital(ONCOFORM_DEMO="1", ONCOFORM_BASE_URL="http://127.0.0.1:8000")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(re.compile("http://127.0.0.1:9/fhir/.*"), body=requests.ConnectionError())
        ended = run("export", "http://127.0.0.1:9/fhir", "p", "--to", str(tmp_path / "out"))
    assert ended.exit_code == 1
    assert "p: The EHR" in ended.output, ended.output
