"""The report to a central cancer registry as a product: what leaves, and what people read."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from app.fhir.errors import FhirError
from app.fhir.types import Resource
from app.fhir.wire import dumps
from app.formatting import join
from app.reuse.needs import needs_in
from app.reuse.product import File, Letter, Made, Note, Product, Source
from app.reuse.receivers import Receiver
from app.reuse.registry.guide import GUIDES
from app.reuse.registry.message import Destination, message
from app.reuse.registry.report import Choices, Report, Site, report

SLUG = "registry-report"
_JSON = "application/fhir+json"
_REQUIRED = tuple(each.name for each in fields(Site) if each.name != "country")
_UNCHANGED = "This report was sent already, and nothing in it has changed since."


def _make(source: Source) -> Made:
    receiver, cancer = source.receiver, source.cancer
    if receiver is None or cancer is None:
        raise ValueError("a report is made for a registry, about one cancer")
    if lacking := _lacking(receiver):
        return Made((), (Note(lacking),))
    visit = _visit(source)
    site = Site(**{name: str(value) for name, value in receiver.site.items()})
    version = receiver.version or max(GUIDES)

    def reported(replaces: str) -> Report:
        replaced = f"urn:uuid:{replaces}" if replaces else None
        choices = Choices(encounter=visit, replaces=replaced)
        return report(source.record, cancer, site, version, source.at, choices)

    before = source.earlier[0] if source.earlier else None
    replaced = str(before.event.details.get("replaces", "")) if before else ""
    made = reported(replaced)
    hindrance = _UNCHANGED if before and before.key == made.bundle["id"] else ""
    if before and not hindrance:
        replaced = before.key
        made = reported(replaced)
    sent = message(made, site, Destination(receiver.name, receiver.address))
    if not made.conforms:
        lacks = join((one.what for one in made.missing if not one.sent_as), ", ")
        hindrance = f"The guide refuses a report without it: {lacks}."
    letter = Letter(
        key=made.bundle["id"],
        body=dumps(sent),
        headers={"Content-Type": _JSON, "Accept": _JSON},
        replaces=replaced,
        hindrance=hindrance,
    )
    files = (
        File("message.json", _JSON, letter.body),
        File("content.json", _JSON, dumps(made.bundle)),
    )
    return Made(files, tuple(_notes(made)), made.document, letter)


def _visit(source: Source) -> Resource | None:
    """Return the encounter of the launch, where there is one and the EHR shows it."""
    if source.encounter is None:
        return None
    try:
        return source.session.read("Encounter", source.encounter)
    except FhirError:
        return None


def _lacking(receiver: Receiver) -> str:
    """Return what the launch file does not say of this registry, as a sentence."""
    lacks = [name for name in _REQUIRED if not receiver.site.get(name)]
    known = {each.name for each in fields(Site)}
    unknown = [name for name in receiver.site if name not in known]
    if receiver.version and receiver.version not in GUIDES:
        return f"launch.json: {receiver.key} has a version that is none of {', '.join(GUIDES)}."
    if lacks or unknown:
        told = [f"lacks {', '.join(lacks)}" if lacks else "", f"has {', '.join(unknown)}"]
        return (
            f"launch.json: the site of {receiver.key} {join(told[: 1 + bool(unknown)], ', and ')}."
        )
    return ""


def _notes(made: Report) -> Iterator[Note]:
    for missing in made.missing:
        if missing.sent_as:
            yield Note(f"{missing.what} is sent as not known ({missing.sent_as})")
    for left in made.left_out:
        yield Note(left.reason, left.key or left.what)


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
)
