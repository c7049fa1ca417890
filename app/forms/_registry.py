"""The forms there are, which of them opens what, and what each needs of an EHR.

Each module of this package without a leading underscore is a form.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from app.errors import AppError
from app.fhir.needs import Need, Needs
from app.fhir.paths import codes, is_contained, items, literal_reference
from app.fhir.types import Resource
from app.forms._definition import SECTIONS, Author, EntryForm, Subject
from app.forms._fields.search import CodedSearch
from app.frame.frame import FormIndex
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.plan import reading_needs

# New entries are created, old ones are amended and retracted, and both are read back: by their id,
# and by their identifier where the answer to the save was lost.
_WRITTEN = "crus"
# Authorship is never amended; it is found by what it is about.
_AUTHORSHIP = Need("Provenance", "cs")


class NoSuchForm(AppError, status=404, title="There is no such form"):
    """No form has this slug, or the launch's role does not include it."""


class NoSuchEntry(AppError, status=404, title="There is no such entry in the chart"):
    """The chart holds nothing of this form under that id."""


@cache
def all_forms() -> dict[str, type[EntryForm]]:
    """Return the forms by slug, in clinical order."""
    found: list[type[EntryForm]] = []
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("_"):
            members = vars(importlib.import_module(f"{__package__}.{module.name}")).values()
            # Those that are imported there, such as the bases of several forms, have no slug.
            found += [item for item in members if hasattr(item, "slug")]
    return {form.slug: form for form in sorted(found, key=_clinical_order)}


def form_of(slug: str) -> type[EntryForm]:
    """Return the form of a slug; raises NoSuchForm."""
    try:
        return all_forms()[slug]
    except KeyError:
        raise NoSuchForm("Choose one of the forms on the list.") from None


def form_for(record: CancerRecord, resource: Resource) -> type[EntryForm] | None:
    """Return the form that opens a resource of the record as the main one of its entry."""
    type_ = resource.get("resourceType")
    found = (f for f in all_forms().values() if f.parts[-1].type == type_)
    return next((form for form in found if form.matches(record, resource)), None)


def warm_up() -> None:
    """Load the forms and the lists that they search, so that no clinician waits for it."""
    for form in all_forms().values():
        for item in form().asked.values():
            if isinstance(item, CodedSearch):
                item.concepts.warm()


def _clinical_order(form: type[EntryForm]) -> tuple[int, int, str]:
    return SECTIONS.index(form.section), form.order, form.title


def find_subject(
    form_class: type[EntryForm], record: CancerRecord, resource_id: str
) -> tuple[PrimaryCancer | None, dict[str, Resource]]:
    """Return the primary and parts of the entry with this main resource; raises NoSuchEntry."""
    reference = f"{form_class.parts[-1].type}/{resource_id}"
    resource = record.find(reference) or record.find_astray(reference)
    gone = {literal_reference(retracted) for retracted in record.retracted}
    if resource is None or reference in gone or not form_class.matches(record, resource):
        raise NoSuchEntry(
            "It may have been removed or marked as entered in error, or it is of another kind than "
            "this form. Go back to the summary to see what the chart holds."
        )
    primary, parts = form_class.find(record, resource)
    return primary, {key: record.as_stored(part) for key, part in parts.items()}


def form_index() -> FormIndex:
    """Return which forms there are and what they open, for other pages."""
    types = {
        slug: frozenset(part.type for part in form.parts if not part.optional)
        for slug, form in all_forms().items()
    }
    return FormIndex({slug: form.title for slug, form in all_forms().items()}, types, addresses)


def addresses(record: CancerRecord) -> dict[str, tuple[str, str]]:
    """Return (form slug, id of the entry's main resource) by `Type/id`.

    Parts of an entry have the address of the whole.
    """
    gone = {literal_reference(resource) for resource in record.retracted}
    found: dict[str, tuple[str, str]] = {}
    for name in record.kinds:
        resource = record.find(name) or record.find_astray(name)
        # What is contained in another resource has no address of its own.
        of_its_own = resource and name not in gone and not is_contained(name)
        form = form_for(record, resource) if resource and of_its_own else None
        if resource is None or form is None:
            continue
        _, parts = form.find(record, resource)
        main = parts.get(form.parts[-1].key, resource)
        found[name] = (form.slug, str(main["id"]))
    return found


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
        categories = (pair for one in items(resource.get("category")) for pair in codes(one))
        yield Need(part.type, _WRITTEN, tuple(f"{system}|{code}" for system, code in categories))
