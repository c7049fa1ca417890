"""`oncoform audit` lists, filters and exports the audit trail; `oncoform purge` purges it."""

import getpass
import json
import os
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import get_args

import click

from app import config as settings
from app.smart.trail_fhir import audit_event
from app.store import Event, EventFilter, EventType, Recorded, open_store

_WIDTHS = (19, 19, 30, 22, 14)
_HEADINGS = ("TIME (UTC)", "EVENT", "USER", "PATIENT", "EHR", "WHAT")


@click.command()
@click.option("--since", type=click.DateTime(), help="From this moment on, in UTC.")
@click.option("--until", type=click.DateTime(), help="Before this moment, in UTC.")
@click.option("--user", help="By this person: Practitioner/<id>.")
@click.option("--patient", help="About the patient with this id.")
@click.option("--kind", type=click.Choice(get_args(EventType)), help="Events of this type.")
@click.option("--ehr", help="Of the EHR with this key.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "fhir"]),
    default="table",
    help="A table to read, JSON, or FHIR R4 AuditEvents: one event a line.",
)
def audit(
    since: datetime | None,
    until: datetime | None,
    user: str | None,
    patient: str | None,
    kind: str | None,
    ehr: str | None,
    form: str,
) -> None:
    """List the audit trail, the oldest event first. The trail records this reading too."""
    query = EventFilter(_utc(since), _utc(until) or datetime.now(UTC), user, patient, kind, ehr)
    with closing(open_store(settings.load())) as store:
        store.audit.add(_reading(query, form))
        if form == "table":
            click.echo(_line(_HEADINGS))
        for recorded in store.audit.find(query):
            click.echo(_WRITERS[form](recorded))


@click.command()
def purge() -> None:
    """Delete what is past its time. Each launch does so too: this is for times without launches."""
    with closing(open_store(settings.load())) as store:
        store.purge()


def _reading(query: EventFilter, form: str) -> Event:
    options = asdict(query)
    options["kind"] = options.pop("type")  # as the command calls it
    asked = {name: str(value) for name, value in options.items() if value is not None}
    return Event(
        type="trail-read",
        patient=query.patient,
        details={"by": _account(), "format": form, "asked_for": asked},
    )


def _account() -> str:
    """Return the system account of the reader: the app knows no other name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        return f"uid {os.getuid()}"


def _as_line(recorded: Recorded) -> str:
    event = recorded.event
    moment = recorded.at.strftime("%Y-%m-%d %H:%M:%S")
    return _line(
        (
            moment,
            event.type,
            event.user or "-",
            event.patient or "-",
            event.ehr or "-",
            _what(event),
        )
    )


def _as_json(recorded: Recorded) -> str:
    at = recorded.at.isoformat(timespec="milliseconds")
    return json.dumps({"id": recorded.id, "at": at, **recorded.event.as_json()})


def _as_fhir(recorded: Recorded) -> str:
    return json.dumps(audit_event(recorded))


_WRITERS = {"table": _as_line, "json": _as_json, "fhir": _as_fhir}


def _what(event: Event) -> str:
    """Return the details in one line."""
    details = dict(event.details)
    parts = [str(details.pop("path", ""))]
    parts += [f"{what} {status} x{times}" for what, status, times in details.pop("asked", [])]
    parts += [f"{write['method']} {write['target']}" for write in details.pop("writes", [])]
    parts += [str(reference) for reference in details.pop("stored", [])]
    details |= details.pop("asked_for", {})
    parts += [f"{name}={value}" for name, value in details.items() if value not in (None, "", [])]
    return "; ".join(part for part in parts if part)


def _line(values: tuple[str, ...]) -> str:
    # Anybody can send an issuer: control characters in it must not reach the terminal.
    shown = ["".join(c if c.isprintable() else "?" for c in value) for value in values]
    padded = [value.ljust(width) for value, width in zip(shown, _WIDTHS, strict=False)]
    return "  ".join([*padded, shown[-1]])


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
