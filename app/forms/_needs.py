"""What each form needs of an EHR beside what the summary reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache

from app.fhir.needs import Need, Needs
from app.fhir.paths import codings, items, text
from app.fhir.types import Resource
from app.forms._definition import Author, EntryForm, Subject
from app.forms._registry import all_forms
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.plan import reading_needs

# New entries are created, old ones are amended and retracted, and both are read back: by their id,
# and by their identifier where the answer to the save was lost.
_WRITTEN = "crus"
# Authorship is never amended; it is found by what it is about.
_AUTHORSHIP = Need("Provenance", "cs")


@cache
def app_needs() -> Needs:
    """Return what the app needs: to read a record, and for each form."""
    forms = {slug: (*_parts(form), _AUTHORSHIP) for slug, form in all_forms().items()}
    return Needs(reading=reading_needs(), forms=forms)


def _parts(form_class: type[EntryForm]) -> Iterator[Need]:
    """Yield the need of each part; its categories are those that the form itself gives it."""
    condition: Resource = {"resourceType": "Condition", "id": "any"}
    subject = Subject(
        record=CancerRecord(patient={"resourceType": "Patient", "id": "any"}),
        patient_id="any",
        primary=PrimaryCancer(condition=condition),
        today=datetime.now(UTC).date(),
    )
    form = form_class()
    for part in form.parts:
        resource = form.new_resource(part, subject, Author(None, ""))
        yield Need(part.type, _WRITTEN, tuple(_tokens(items(resource.get("category")))))


def _tokens(categories: Iterable[Resource]) -> Iterator[str]:
    for category in categories:
        for coding in codings(category):
            if code := text(coding.get("code")):
                yield f"{text(coding.get('system')) or ''}|{code}"
