"""The pages of the products: what each has and lacks, its files, and sending it to a receiver."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.errors import AppError
from app.formatting import join
from app.frame.frame import FormIndex, make_frame
from app.mcode.model import CancerRecord
from app.reuse.page import NoSuchProduct, current_post, current_uses, work_of
from app.reuse.product import Made
from app.reuse.readiness import Finding
from app.reuse.uses import Use
from app.smart.gate import check_patient, current_launch, launch_blueprint, record_act
from app.smart.trail import event_of
from app.store import Outgoing
from app.summary.display import day_of, shown
from app.summary.panels._panel import Page
from app.summary.views import read_page

_MOST = 20  # records named in a note
LEVELS = {
    "required": "Missing and required",
    "expected": "Missing and expected",
    "optional": "Not there, and not needed by every receiver",
}
# What is said of a gap that no form fills: of the patient's own data, or of others.
_ELSEWHERE = {
    True: "It stands in the EHR's registration of the patient, where the app does not write.",
    False: "Your sign-in has no form for it.",
}
# So long after a page was made what it shows can be sent.
_FRESH = timedelta(hours=1)
_STATES = {
    "queued": "It waits to be sent.",
    "sending": "It is being sent.",
    "unknown": "It is not known whether it arrived.",
    "sent": "The receiver has it, and has not said more.",
    "accepted": "The receiver has taken it.",
    "understood in part": "The receiver has taken it, and did not understand all of it.",
    "refused": "The receiver refused it.",
    "given up": "It was not sent.",
}


class NotAsShown(AppError, status=409, title="Nothing was sent"):
    """What would leave is not what the page showed."""


class NotSent(AppError, status=403, title="Your sign-in does not send"):
    """Who may enter nothing sends nothing."""


def _grouped(record: CancerRecord, made: Made) -> dict[str, list[str]]:
    """Return the names of what the notes are about, by what they say; some of many are counted."""
    found: dict[str, list[str]] = {}
    for note in made.notes:
        found.setdefault(note.says, []).append(note.reference)
    return {
        says: [*(_name(record, each) for each in named[:_MOST]), *_unnamed(named)]
        for says, named in found.items()
    }


def _unnamed(named: list[str]) -> list[str]:
    left = len(named) - _MOST
    return [f"{left} more"] if left > 0 else []


def _name(record: CancerRecord, reference: str) -> str:
    resource = record.find(reference)
    line = shown(record, resource) if resource else None
    return join([line.title, day_of(line.resource)], ", ") if line else reference


def make_blueprint(forms: FormIndex) -> Blueprint:
    """Return the pages of the products."""
    blueprint = launch_blueprint("reuse", __name__)
    blueprint.add_url_rule("/reuse/", "index", lambda: _index(forms))
    blueprint.add_url_rule(
        "/reuse/<key>/<about>", "product", lambda key, about: _product(forms, key, about)
    )
    blueprint.add_url_rule(
        "/reuse/<key>/<about>/send",
        "send",
        lambda key, about: _send(forms, key, about),
        methods=["POST"],
    )
    blueprint.add_url_rule(
        "/reuse/<key>/<about>/sent/<sending>", "settle", _settle, methods=["POST"]
    )
    blueprint.add_url_rule(
        "/reuse/<key>/<about>/<name>",
        "file",
        lambda key, about, name: _file(forms, key, about, name),
        methods=["POST"],
    )
    return blueprint


def _index(forms: FormIndex) -> str:
    """List the uses, each with what is missing for it."""
    now = datetime.now(UTC)
    page = read_page(forms, now)
    return _render("index.html", page, now, uses=current_uses(page.record))


def _product(forms: FormIndex, key: str, about: str) -> str:
    """Show what a product has and lacks, what of it leaves, and offer its files."""
    work = work_of(forms, key, about, datetime.now(UTC))
    gaps = {
        level: [(one.need, _address(work.page, work.use, one)) for one in work.use.lacking(level)]
        for level in LEVELS
    }
    return _render(
        "product.html",
        work.page,
        work.at,
        use=work.use,
        files=work.made.files,
        document=Markup(work.made.document),  # noqa: S704 -- the product escapes what it quotes
        letter=work.made.letter,
        at=work.at.isoformat(),
        notes=_grouped(work.page.record, work.made),
        gaps=gaps,
        titles=LEVELS,
        elsewhere=_ELSEWHERE,
        sendings=work.sendings,
        own={one.id for one in current_post().store.outbox.of_owner(current_launch().owner)},
        states=_STATES,
        may_send=_may_send(work.page),
    )


def _may_send(page: Page) -> bool:
    return page.may_enter and not current_launch().user.is_layman


def _address(page: Page, use: Use, finding: Finding) -> str | None:
    """Return where a gap is filled, at the field that fills it; None where no form does."""
    field = finding.need.field
    if finding.to_amend:
        slug, id_ = page.edit_forms.get(finding.to_amend, (None, None))
        return slug and url_for("forms.edit", slug=slug, resource_id=id_, _anchor=field)
    form = finding.need.form_for(use.cancer)
    about = use.cancer.id if use.cancer else None
    return (
        url_for("forms.new", slug=form, about=about, _anchor=field) if form in page.titles else None
    )


def _file(forms: FormIndex, key: str, about: str, name: str) -> Response:
    """Hand a file out; the trail has its hash before it is sent."""
    check_patient(request.form, current_launch().patient_id)
    for file in work_of(forms, key, about, datetime.now(UTC)).made.files:
        if file.name == name:
            digest = sha256(file.content).hexdigest()
            record_act("product-downloaded", product=key, about=about, file=name, sha256=digest)
            response = make_response(file.content)
            response.headers["Content-Type"] = file.media_type
            response.headers["Content-Disposition"] = f'attachment; filename="{key}-{name}"'
            return response
    raise NoSuchProduct("Open the list of uses and choose one of its files.")


def _send(forms: FormIndex, key: str, about: str) -> Response:
    """Queue what the page has shown; it is made anew, and must be the same."""
    launch = current_launch()
    check_patient(request.form, launch.patient_id)
    work = work_of(forms, key, about, _moment_shown())
    letter, receiver = work.made.letter, work.use.receiver
    if not _may_send(work.page):
        raise NotSent("Nothing was sent. Ask somebody who may enter data.")
    if letter is None or receiver is None or letter.key != request.form.get("content"):
        raise NotAsShown("The chart has changed since the page was made. Look at it again.")
    if letter.hindrance and not any(one.key == letter.key for one in work.sendings):
        raise NotAsShown(letter.hindrance)
    if not letter.hindrance:
        outgoing = Outgoing(
            receiver=receiver.key,
            product=receiver.product,
            key=letter.key,
            title=join([work.use.name, work.use.title]),
            address=receiver.address_of(letter.path),
            body=letter.body,
            headers=letter.headers,
        )
        told = {**letter.told, "about": about, "tenant": launch.tenant or ""}
        by = event_of("sending-queued", launch, **told)
        current_post().send(launch.owner, outgoing, by)
    return redirect(url_for("reuse.product", key=key, about=about, _anchor="sent"), 303)


def _settle(key: str, about: str, sending: str) -> Response:
    """Withdraw what waits, or send once more what nobody knows of; of this person's own."""
    launch, post = current_launch(), current_post()
    check_patient(request.form, launch.patient_id)
    before = post.store.outbox.get(launch.owner, sending)
    kept = before.event.details if before else {}
    if "withdraw" in request.form:
        by = event_of("sending-withdrawn", launch, **kept)
        done = post.store.outbox.withdraw(launch.owner, sending, by)
    else:
        by = event_of("sending-queued", launch, **kept)
        done = post.send_again(launch.owner, sending, by)
    if done is None:
        raise NotAsShown("It is not as it was when the page was made. Look at it again.")
    return redirect(url_for("reuse.product", key=key, about=about, _anchor="sent"), 303)


def _moment_shown() -> datetime:
    """Return the moment that the page was made at, so that it is made the same again."""
    try:
        at = datetime.fromisoformat(request.form.get("at", ""))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not timedelta() <= datetime.now(UTC) - at <= _FRESH:
        raise NotAsShown("The page is too old. Look at it again, then send.")
    return at


def _render(template: str, page: Page, now: datetime, **more: object) -> str:
    launch = current_launch()
    return render_template(
        f"reuse/{template}",
        frame=make_frame(launch, page.record.patient, "reuse", now),
        page=page,
        patient_id=launch.patient_id,
        **more,
    )
