"""The forms there are: each module of this package without a leading underscore is one."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from app.errors import AppError
from app.fhir.types import Resource
from app.forms._definition import SECTIONS, EntryForm
from app.forms._fields import CodedSearch
from app.mcode.model import CancerRecord


class NoSuchForm(AppError):
    status = 404
    title = "There is no such form"


@cache
def all_forms() -> dict[str, type[EntryForm]]:
    """Return the forms by slug, in clinical order."""
    found: list[type[EntryForm]] = []
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("_"):
            found += _forms_of(importlib.import_module(f"{__package__}.{module.name}"))
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
    return next((form for form in found if form.takes(record, resource)), None)


def warm_up() -> None:
    """Load the forms and the lists that they search, so that no clinician waits for it."""
    for form in all_forms().values():
        for item in form().asked.values():
            if isinstance(item, CodedSearch):
                item.concepts.warm()


def _clinical_order(form: type[EntryForm]) -> tuple[int, int, str]:
    return SECTIONS.index(form.section), form.order, form.title


def _forms_of(module: object) -> list[type[EntryForm]]:
    return [
        item
        for item in vars(module).values()
        if isinstance(item, type)
        and issubclass(item, EntryForm)
        and item.__module__ == getattr(module, "__name__", None)
    ]
