"""Which form opens which resource of a record: the FormIndex of app.frame."""

from __future__ import annotations

from app.fhir.paths import key
from app.forms._registry import all_forms, form_for
from app.mcode.model import CancerRecord


class Entries:
    """The ways from what stands in the chart to the forms."""

    @property
    def titles(self) -> dict[str, str]:
        """The titles of the forms that there are, by slug."""
        return {slug: form.title for slug, form in all_forms().items()}

    @property
    def types(self) -> dict[str, frozenset[str]]:
        """The types of the resources that every new entry of a form creates, by its slug."""
        return {
            slug: frozenset(part.type for part in form.parts if not part.optional)
            for slug, form in all_forms().items()
        }

    def addresses(self, record: CancerRecord) -> dict[str, tuple[str, str]]:
        """Return (form slug, id of the entry's main resource) by `Type/id`.

        Parts of an entry have the address of the whole.
        """
        gone = {key(resource) for resource in record.retracted}
        found: dict[str, tuple[str, str]] = {}
        for name in record.kinds:
            resource = record.find(name) or record.find_astray(name)
            form = form_for(record, resource) if resource and name not in gone else None
            if resource is None or form is None:
                continue
            _, parts = form.find(record, resource)
            main = parts.get(form.parts[-1].key, resource)
            found[name] = (form.slug, str(main["id"]))
        return found
