"""The pages of the products: which there are, what each has and lacks, and its files."""

from datetime import UTC, datetime
from hashlib import sha256

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from app.errors import AppError
from app.frame.frame import FormIndex, make_frame
from app.mcode.model import CancerRecord
from app.reuse.product import Made, Source, all_products
from app.reuse.readiness import Finding
from app.reuse.uses import Use, uses_of
from app.smart.gate import check_patient, current_launch, fhir_session, launch_blueprint, record_act
from app.summary.display import shown
from app.summary.panels._panel import Page
from app.summary.views import read_page

_MOST = 50  # notes on a page
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


class NoSuchProduct(AppError, status=404, title="There is no such product"):
    """No product has this slug, file or cancer."""


class _Notes:
    """The notes on a product as the page shows them: name, detail and what is said of each."""

    def __init__(self, record: CancerRecord, made: Made) -> None:
        self.total = len(made.notes)
        self.rows = [(*_name(record, note.reference), note.says) for note in made.notes[:_MOST]]
        left = self.total - len(self.rows)
        self.unnamed = f"{left} more are not named here." if left else ""


def _name(record: CancerRecord, reference: str) -> tuple[str, str]:
    resource = record.find(reference)
    line = shown(record, resource) if resource else None
    return (line.title, line.detail) if line else (reference, "")


def make_blueprint(forms: FormIndex) -> Blueprint:
    """Return the pages of the products."""
    blueprint = launch_blueprint("reuse", __name__)
    blueprint.add_url_rule("/reuse/", "index", lambda: _index(forms))
    blueprint.add_url_rule(
        "/reuse/<slug>/<about>", "product", lambda slug, about: _product(forms, slug, about)
    )
    blueprint.add_url_rule(
        "/reuse/<slug>/<about>/<name>",
        "file",
        lambda slug, about, name: _file(forms, slug, about, name),
        methods=["POST"],
    )
    return blueprint


def _index(forms: FormIndex) -> str:
    """List the products, each with what is missing for it."""
    now = datetime.now(UTC)
    page = read_page(forms, now)
    uses = {p: list(uses_of(p, page.record)) for p in all_products().values()}
    return _render("index.html", page, now, uses=uses)


def _product(forms: FormIndex, slug: str, about: str) -> str:
    """Show what a product has and lacks, and offer its files."""
    now = datetime.now(UTC)
    page = read_page(forms, now)
    use = _use(page.record, slug, about)
    made = _made(page.record, use, now)
    gaps = {
        level: [(one.need, _address(page, use, one)) for one in use.lacking(level)]
        for level in LEVELS
    }
    return _render(
        "product.html",
        page,
        now,
        use=use,
        files=made.files,
        notes=_Notes(page.record, made),
        gaps=gaps,
        titles=LEVELS,
        elsewhere=_ELSEWHERE,
    )


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


def _file(forms: FormIndex, slug: str, about: str, name: str) -> Response:
    """Hand a file out; the trail has its hash before it is sent."""
    launch, now = current_launch(), datetime.now(UTC)
    check_patient(request.form, launch.patient_id)
    record = read_page(forms, now).record
    use = _use(record, slug, about)
    for file in _made(record, use, now).files:
        if file.name == name:
            digest = sha256(file.content).hexdigest()
            record_act("product-downloaded", product=slug, about=about, file=name, sha256=digest)
            response = make_response(file.content)
            response.headers["Content-Type"] = file.media_type
            response.headers["Content-Disposition"] = f'attachment; filename="{slug}-{name}"'
            return response
    raise NoSuchProduct("Open the list of products and choose one of its files.")


def _made(record: CancerRecord, use: Use, now: datetime) -> Made:
    return use.product.make(Source(record, use.cancer, now, fhir_session()))


def _use(record: CancerRecord, slug: str, about: str) -> Use:
    product = all_products().get(slug)
    cancer = record.primary(about)
    for use in uses_of(product, record) if product else ():
        if use.about == about or (cancer and use.cancer is cancer):
            return use
    raise NoSuchProduct("Open the list of products: what was there may have changed in the chart.")


def _render(template: str, page: Page, now: datetime, **more: object) -> str:
    launch = current_launch()
    return render_template(
        f"reuse/{template}",
        frame=make_frame(launch, page.record.patient, "reuse", now),
        page=page,
        patient_id=launch.patient_id,
        **more,
    )
