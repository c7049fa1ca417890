"""What every element can do, and the answers that stand for no value."""

from __future__ import annotations

from typing import Protocol

from app.fhir.types import Resource

Text = str
"""The answer of a field as a browser sends it; empty for no answer."""

AS_RECORDED = "as-recorded"
"""The answer for what the chart holds and the form cannot say in its own answers."""

ABSENT = "absent:"
ABSENT_REASONS = {
    "unknown": "Not known",
    "not-performed": "Not assessed",
    "not-applicable": "Not applicable",
    "not-asked": "Not evaluated",
}


class Element(Protocol):
    """One element of a resource as a field's answer."""

    def read(self, resource: Resource) -> Text:
        """Return the answer that stands in the resource."""
        ...

    def write(self, resource: Resource, value: Text) -> None:
        """Make the resource say `value`, and change nothing where it does already."""
        ...

    def recorded(self, resource: Resource) -> str:
        """Return in words what stands there and `read` has no answer for; empty for nothing."""
        ...
