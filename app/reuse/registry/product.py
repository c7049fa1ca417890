"""The report to a central cancer registry as a product: what leaves, and what people read."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from http import HTTPStatus
from pathlib import Path

from app.fhir.errors import FhirError, Forbidden, Missing
from app.fhir.paths import local_reference
from app.fhir.transport import FHIR_JSON
from app.fhir.types import Resource
from app.fhir.wire import dumps
from app.formatting import join
from app.mcode.content import verification_status
from app.mcode.model import PrimaryCancer
from app.reuse.fate import Fate, fate_of
from app.reuse.needs import needs_in
from app.reuse.product import File, Letter, Made, Note, Product, Source
from app.reuse.receivers import Receiver
from app.reuse.registry.guide import GUIDES
from app.reuse.registry.message import Destination, message
from app.reuse.registry.report import Choices, Report, Site, report
from app.store import Sending

SLUG = "registry-report"
_REQUIRED = tuple(each.name for each in fields(Site) if each.name != "country")
_DOUBTFUL = ("unconfirmed", "provisional", "differential")
_UNCHANGED = "This report was sent already, and nothing in it has changed since."


def _make(source: Source) -> Made:
    receiver, cancer = source.receiver, source.cancer
    if receiver is None or cancer is None:
        raise ValueError("a report is made for a registry, about one cancer")
    if lacking := _lacking(receiver):
        return Made((), (Note(lacking),))
    visit, unread = _visit(source, cancer)
    site = Site(**{name: str(value) for name, value in receiver.site.items()})
    version = receiver.version or max(GUIDES)

    def reported(replaces: str | None) -> Report:
        choices = Choices(encounter=visit, replaces=replaces)
        return report(source.record, cancer, site, version, source.at, choices)

    made = reported(None)
    before = source.earlier[0] if source.earlier else None
    told = before.event.details if before else {}
    is_same = told.get("fingerprint") == made.fingerprint
    if before and not is_same:
        made = reported(told.get("identifier"))
    message_ = message(made, site, Destination(receiver.name, receiver.address))
    letter = Letter(
        key=before.key if before and is_same else message_["id"],
        body=dumps(message_),
        headers={"Content-Type": FHIR_JSON, "Accept": FHIR_JSON},
        told={"identifier": made.identifier, "fingerprint": made.fingerprint},
        replaces=before is not None and not is_same,
        hindrance=_settled(before, is_same=is_same) or unread or _unsound(made, cancer),
    )
    files = (
        File("message.json", FHIR_JSON, letter.body),
        File("content.json", FHIR_JSON, dumps(made.bundle)),
    )
    return Made(files, tuple(_notes(made)), made.document, letter)


def _settled(before: Sending | None, *, is_same: bool) -> str:
    """Return why nothing follows an earlier report, or not yet, as a sentence; else nothing."""
    if before is None:
        return ""
    if before.is_final:
        return _UNCHANGED if is_same else ""
    if is_same:
        return "This report was confirmed already: see below what became of it."
    return (
        "The earlier report has no fate yet, and could arrive after this one. "
        "Withdraw it, or wait until it is known."
    )


def _unsound(made: Report, cancer: PrimaryCancer) -> str:
    """Return why a report is not one for a registry, as a sentence; else nothing."""
    if lacks := [one.what for one in made.missing if not one.sent_as]:
        return f"The guide refuses a report without it: {join(lacks, ', ')}."
    status = verification_status(cancer.condition)
    return f"The diagnosis is marked as {status}." if status in _DOUBTFUL else ""


def _visit(source: Source, cancer: PrimaryCancer) -> tuple[Resource | None, str]:
    """Return the encounter that recorded the diagnosis, and why it is not known, as a sentence.

    That of the launch would be another one at each visit, and make another report of the same
    facts.
    """
    named = (local_reference(each.get("encounter")) for each in cancer.conditions)
    name = next((each for each in named if each and each.startswith("Encounter/")), None)
    if name is None:
        return None, ""
    try:
        return source.session.read("Encounter", name.partition("/")[2]), ""
    except (Missing, Forbidden):
        return None, ""
    except FhirError:
        return None, "The visit of the diagnosis could not be read. Try again in a moment."


def _lacking(receiver: Receiver) -> str:
    """Return what the launch file does not say of this registry, as a sentence."""
    known = {each.name for each in fields(Site)}
    found = {
        "lacks": [name for name in _REQUIRED if not receiver.site.get(name)],
        "has": [name for name in receiver.site if name not in known],
    }
    if receiver.version and receiver.version not in GUIDES:
        return f"launch.json: {receiver.key} has a version that is none of {', '.join(GUIDES)}."
    told = (f"{verb} {', '.join(names)}" for verb, names in found.items() if names)
    said = join(told, ", and ")
    return f"launch.json: the site of {receiver.key} {said}." if said else ""


def _notes(made: Report) -> Iterator[Note]:
    for missing in made.missing:
        if missing.sent_as:
            yield Note(f"{missing.what} is sent as not known ({missing.sent_as})")
    for left in made.left_out:
        yield Note(left.reason, left.key or left.what)


def _interpret(status: int, headers: Mapping[str, str], body: bytes) -> Fate:
    """Return what a registry says: it knows a report again by its id."""
    fate = fate_of(status, headers, body)
    if status == HTTPStatus.CONFLICT:
        return Fate("sent", f"It says that it has it already: {fate.words}")
    return fate


PRODUCT = Product(
    slug=SLUG,
    title="Cancer registry report",
    purpose=(
        "The law asks for a report of each primary cancer. The registry gets the patient's name, "
        "address, identifiers and dates with it."
    ),
    per_cancer=True,
    needs=needs_in(Path(__file__).parent),
    make=_make,
    for_receivers=True,
    interpret=_interpret,
)
