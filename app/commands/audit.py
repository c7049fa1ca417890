"""`oncoform audit` lists, exports and verifies the audit trail; `oncoform purge` purges it."""

import getpass
import json
import os
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, get_args

import click

from app import config as settings
from app.smart.trail_fhir import audit_event
from app.store import Event, EventFilter, EventType, Head, Recorded, Store, open_store

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
@click.option("--head", is_flag=True, help="Print the head of the trail, to be kept elsewhere.")
@click.option("--verify", is_flag=True, help="Say what was changed or taken away; then exit 1.")
@click.option(
    "--against",
    multiple=True,
    metavar="HEAD",
    help="With --verify: a head that was printed earlier. May be given more than once.",
)
def audit(*, form: str, head: bool, verify: bool, against: tuple[str, ...], **asked: Any) -> None:
    """List the audit trail, the oldest event first. The trail records this reading too.

    An event that something else than the app has changed is listed as changed, whatever is asked
    for. --verify looks at everything else that the app has stored as well.
    """
    heads = [_head(text) for text in against]
    query = EventFilter(
        _utc(asked["since"]),
        _utc(asked["until"]) or datetime.now(UTC),
        asked["user"],
        asked["patient"],
        asked["kind"],
        asked["ehr"],
    )
    with closing(open_store(settings.load())) as store:
        if head:
            click.echo(str(store.audit.head()))
        elif verify or heads:
            _verify(store, heads)
        else:
            store.audit.add(_reading(query, form))
            if form == "table":
                click.echo(_line(_HEADINGS))
            for recorded in store.audit.find(query):
                click.echo(_WRITERS[form](recorded))


def _head(text: str) -> Head:
    try:
        return Head.of(text)
    except ValueError:
        raise click.BadParameter(
            "A head is what `oncoform audit --head` has printed.", param_hint="--against"
        ) from None


def _verify(store: Store, heads: list[Head]) -> None:
    """Print what is wrong, and end with exit code 1; else print the head."""
    head = store.audit.head().number
    for receiver, number in store.forwarded.numbers().items():
        click.echo(f"The {receiver} receiver has the events up to {number} of {head}.")
    wrong = False
    for sentence in store.verify(*heads):
        wrong = True
        click.echo(sentence)
    if wrong:
        raise SystemExit(1)
    click.echo(f"Nothing was changed or taken away. The head is {store.audit.head()}")


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
            f"CHANGED; {_what(event)}" if recorded.changed else _what(event),
        )
    )


def _as_json(recorded: Recorded) -> str:
    return json.dumps(recorded.as_json())


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
