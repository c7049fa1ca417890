"""`oncoform export`: writes mCODE patient bundles from a FHIR server, without the pages."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click

from app.commands.registrations import load_settings
from app.config import ConfigError, read_secret
from app.fhir.addresses import AddressRule
from app.fhir.credentials import OneToken
from app.fhir.errors import FhirError
from app.fhir.patterns import Pattern
from app.fhir.session import FhirSession, Limits
from app.fhir.types import Resource
from app.fhir.wire import dumps
from app.mcode.model import CancerRecord
from app.mcode.reading import read_record
from app.reuse.mcode_bundle.builder import PatientBundle, ndjson, patient_bundle
from app.reuse.mcode_bundle.further import read_further
from app.smart.ehrs.private_file import write_new

TOKEN_VARIABLE = "ONCOFORM_EXPORT_TOKEN"  # noqa: S105 - the name of a variable
_ID = Pattern(r"[A-Za-z0-9\-.]{1,64}")


@click.command()
@click.argument("server")
@click.argument("patients", nargs=-1)
@click.option("--patients-file", type=click.File(), help="A file of ids, one a line; - is stdin.")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder for the files; it is made if it is not there.",
)
@click.option("--ndjson", "by_type", is_flag=True, help="One file per type for all patients.")
@click.option(
    "--force",
    is_flag=True,
    help="Replace files that are there; with --ndjson all .ndjson files of the folder.",
)
@click.pass_context
def export(
    context: click.Context,
    server: str,
    patients: tuple[str, ...],
    *,
    patients_file: TextIO | None,
    folder: Path,
    by_type: bool,
    force: bool,
) -> None:
    """Write the mCODE bundle of PATIENTS, ids on the FHIR server at the address SERVER.

    The server's bearer token, if it asks for one, is read from ONCOFORM_EXPORT_TOKEN, or from the
    file that ONCOFORM_EXPORT_TOKEN_FILE names. What could not be read is said. The exit status is
    1 if the bundle of a patient could not be made.
    """
    ids = _ids([*patients, *(patients_file or ())])
    files = _Files(folder, ids, by_type=by_type, force=force)
    failed = 0
    with closing(_session(server)) as session:
        for patient_id in ids:
            try:
                record = read_record(session, patient_id)
            except FhirError as error:
                click.echo(f"{patient_id}: {error.message}", err=True)
                failed += 1
                continue
            further = read_further(session, record)
            made = patient_bundle(record, session.bases, datetime.now(UTC), further)
            click.echo("\n".join([patient_id, *_told(record, made)]))
            files.add(patient_id, made)
    files.finish()
    if failed:
        click.echo(f"{failed} of {len(ids)} patients could not be read.", err=True)
        context.exit(1)


def _ids(given: Iterable[str]) -> list[str]:
    ids = list(dict.fromkeys(found for line in given if (found := line.strip())))
    for found in ids:
        if not _ID.fullmatch(found) or not found.strip("."):
            raise click.UsageError(f"{found!r} is no id of a FHIR resource.")
    if not ids:
        raise click.UsageError("Name at least one patient.")
    return ids


def _session(server: str) -> FhirSession:
    settings = load_settings()
    rule = AddressRule(demo=settings["DEMO"])
    if not rule.allows(server) or "?" in server:
        raise click.UsageError(
            "SERVER must be a FHIR base that begins with https://, such as "
            "https://fhir.example.org/r4; plain http is for the loopback interface in the demo."
        )
    token = read_secret(TOKEN_VARIABLE)
    if not all("!" <= character <= "~" for character in token):
        raise ConfigError(f"{TOKEN_VARIABLE} must be one word of printable characters.")
    limits = Limits(silence=settings["HTTP_TIMEOUT"], max_bytes=settings["MAX_ANSWER_BYTES"])
    return FhirSession(server, OneToken(token or None), limits, rule=rule)


def _told(record: CancerRecord, made: PatientBundle) -> Iterator[str]:
    """Yield what has to be known of a bundle, a line each."""
    conforms = "an" if made.conforms else "not an"
    yield f"  {len(made.resource['entry'])} resources, {conforms} mCODE Patient Bundle"
    for gap in record.gaps:
        yield f"  could not be read: {gap.label}. {gap.reason}"
    for label in record.divided:
        yield f"  could be read by category and code only: {label}"
    for note in made.left_out:
        yield f"  left out: {note.reference}, {note.says}"
    for each in made.unresolved:
        named_by = ", ".join(each.named_by)
        yield f"  referred to: {each.reference}, {each.reason} (by {named_by})"
    for note in made.cautions:
        yield f"  caution: {note.reference}, {note.says}"
    for fault in made.faults:
        yield f"  not {fault.profile}: {fault.reference}, {'; '.join(fault.problems)}"


class _Files:
    """The files of an export; raises ClickException where one is there that it may not replace."""

    def __init__(self, folder: Path, ids: Iterable[str], *, by_type: bool, force: bool) -> None:
        self._folder, self._by_type, self._force = folder, by_type, force
        self._entries: dict[str, Resource] = {}
        found = folder.glob("*.ndjson") if by_type else map(self._path, ids)
        self._old = [path for path in found if path.exists()]
        if self._old and not force:
            raise click.ClickException(
                f"{self._old[0]} is there already: name another folder, or replace it by --force."
            )
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise click.ClickException(f"{folder} cannot be made: {error.strerror}.") from None

    def add(self, patient_id: str, made: PatientBundle) -> None:
        """Take a bundle, and write it unless there is a file for each type."""
        if self._by_type:
            # A practitioner of several patients comes once.
            self._entries |= {entry["fullUrl"]: entry for entry in made.resource["entry"]}
        else:
            self._write(self._path(patient_id), dumps(made.resource).decode())

    def finish(self) -> None:
        """Write the files by type, if anything was taken."""
        for path in self._old if self._entries else ():
            path.unlink()
        for type_, text in ndjson({"entry": [*self._entries.values()]}).items():
            self._write(self._folder / f"{type_}.ndjson", text)

    def _path(self, patient_id: str) -> Path:
        return self._folder / f"{patient_id}.json"

    def _write(self, path: Path, text: str) -> None:
        try:
            if self._force:
                path.unlink(missing_ok=True)
            write_new(path, text)
        except OSError as error:
            raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
        click.echo(f"Wrote {path}.")
