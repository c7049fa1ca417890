"""The sandbox's authorization in front of another FHIR server."""
