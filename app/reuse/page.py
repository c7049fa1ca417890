"""What a page of a product shows: the record, the use, what is made of it and what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from flask import current_app

from app.errors import AppError
from app.formatting import join
from app.frame.frame import FormIndex
from app.mcode.model import CancerRecord
from app.reuse.outbox import Post
from app.reuse.product import Letter, Made, Source
from app.reuse.uses import Use, uses_of
from app.smart.gate import current_launch, fhir_session
from app.store import NOT_TAKEN, Sending
from app.summary.panels._panel import Page
from app.summary.views import read_page


class NoSuchProduct(AppError, status=404, title="There is no such product"):
    """No product has this address, file or cancer."""


@dataclass(frozen=True)
class Work:
    """One use as a page shows it: what was read, what is made of it, and what was sent."""

    page: Page
    use: Use
    at: datetime
    made: Made
    sendings: tuple[Sending, ...]


def current_post() -> Post:
    """Return the post of the app that answers this request."""
    return cast("Post", current_app.extensions["outbox"])


def work_of(forms: FormIndex, key: str, about: str, at: datetime) -> Work:
    """Read the chart and make the product of it, as at a moment."""
    page = read_page(forms, at)
    use = _use(page.record, key, about)
    sendings = _sendings(use) if use.receiver else ()
    source = Source(
        record=page.record,
        cancer=use.cancer,
        at=at,
        session=fhir_session(),
        receiver=use.receiver,
        earlier=tuple(
            one
            for one in sendings
            if one.state not in NOT_TAKEN and use.receiver and use.receiver.takes(one.address)
        ),
    )
    made = use.product.make(source)
    if letter := made.letter:
        unread = {*page.withheld.types, *(gap.label for gap in page.record.gaps)}
        told = {**letter.told, "unread": sorted(unread)}
        why = letter.hindrance or _hindrance(use, letter, unread, source.earlier)
        made = replace(made, letter=replace(letter, told=told, hindrance=why))
    return Work(page, use, at, made, sendings)


def _hindrance(use: Use, letter: Letter, unread: set[str], earlier: Sequence[Sending]) -> str:
    """Return why it is not sent as it is, whatever the product, as a sentence; else nothing."""
    known = set(earlier[0].event.details.get("unread", ())) if earlier else set()
    if letter.replaces and unread - known:
        return (
            "What was sent before would be replaced by less: not all of the chart could be read. "
            "Try again in a moment."
        )
    lacking = [one.need.what for one in use.lacking("required") if not one.need.may_be_absent]
    return f"It needs first: {join(lacking, ', ')}." if lacking else ""


def _sendings(use: Use) -> tuple[Sending, ...]:
    """Return what this receiver was sent of this use, by anybody, the newest first.

    Two tenants of one EHR may use the same ids: each finds its own.
    """
    launch = current_launch()
    found = current_post().store.outbox.of_patient(launch.ehr.issuer, launch.patient_id)
    abouts = {use.about, *(c["id"] for c in use.cancer.conditions)} if use.cancer else {use.about}
    return tuple(
        one
        for one in found
        if one.receiver == use.key
        and one.event.details.get("about") in abouts
        and one.event.details.get("tenant", "") == (launch.tenant or "")
    )


def current_uses(record: CancerRecord) -> list[Use]:
    """Return the uses of a record that was read from the EHR of the current launch."""
    return uses_of(record, current_post().receivers, current_launch().ehr.key)


def _use(record: CancerRecord, key: str, about: str) -> Use:
    cancer = record.primary(about)
    for use in current_uses(record):
        if use.key == key and (use.about == about or (cancer and use.cancer is cancer)):
            return use
    raise NoSuchProduct("Open the list of uses: what was there may have changed in the chart.")
