"""What the app does with an EHR's data: from this follow the requested scopes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """Interactions with resources of a type, as letters of create, read, update, delete, search.

    `categories` are tokens (`system|code`), one of which every resource that is created has; none
    where resources of any category, or without one, are created.
    """

    type: str
    interactions: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Needs:
    """What the pages that read need, and what each form needs in addition, by its slug."""

    reading: tuple[Need, ...]
    forms: Mapping[str, tuple[Need, ...]]

    def of(self, enabled: Collection[str] | None) -> tuple[Need, ...]:
        """Return what is needed where only the `enabled` forms are there; None enables all."""
        chosen = (needs for slug, needs in self.forms.items() if enabled is None or slug in enabled)
        return (*self.reading, *(need for needs in chosen for need in needs))
