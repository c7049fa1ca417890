"""The shapes that FHIR data take in the app."""

from typing import Any

Resource = dict[str, Any]
"""A FHIR resource as the EHR wrote it: plain JSON, with decimals as `decimal.Decimal`."""

Element = dict[str, Any]
"""A part of a resource: a CodeableConcept, a Reference, an Extension."""
