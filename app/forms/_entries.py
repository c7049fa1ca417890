"""Which form opens which entry of a chart, for the pages that lead there."""

from __future__ import annotations

from app.fhir.paths import key
from app.forms._registry import all_forms
from app.mcode.record import CancerRecord


class Entries:
    """The forms there are, and the way to each entry that one of them can open."""

    @property
    def slugs(self) -> frozenset[str]:
        """The forms for new entries."""
        return frozenset(all_forms())

    def addresses(self, record: CancerRecord) -> dict[str, tuple[str, str]]:
        """Return (slug, resource id) by the `Type/id` of every resource that a form can open."""
        found: dict[str, tuple[str, str]] = {}
        for slug, form in all_forms().items():
            for primary in record.primaries:
                for resource in primary.resources:
                    entry = form.find(record, str(resource.get("id")))
                    for part in entry[1].values() if entry else ():
                        found[str(key(part))] = slug, str(resource["id"])
        return found
