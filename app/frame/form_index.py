"""Which forms there are and which one amends what, for pages that do not import the forms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.mcode.model import CancerRecord


@dataclass(frozen=True)
class FormIndex:
    """The forms as other pages know them; `create_app` hands the forms' own to those pages.

    `titles` and `types` are by slug; `types` are those of the resources that every new entry of a
    form creates. `addresses` returns (form slug, id of the entry's main resource) for a record, by
    the `Type/id` of each part.
    """

    titles: Mapping[str, str]
    types: Mapping[str, frozenset[str]]
    addresses: Callable[[CancerRecord], Mapping[str, tuple[str, str]]]
