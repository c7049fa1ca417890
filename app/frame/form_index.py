"""Which forms there are and which one amends what, for pages that do not import the forms."""

from collections.abc import Mapping
from typing import Protocol

from app.mcode.model import CancerRecord


class FormIndex(Protocol):
    """The forms as other pages know them; `create_app` hands the forms' own to those pages."""

    @property
    def titles(self) -> Mapping[str, str]:
        """The titles of the forms, by slug."""

    @property
    def types(self) -> Mapping[str, frozenset[str]]:
        """The types of the resources that every new entry of a form creates, by its slug."""

    def addresses(self, record: CancerRecord) -> Mapping[str, tuple[str, str]]:
        """Return (form slug, id of the entry's main resource) by the `Type/id` of each part."""
