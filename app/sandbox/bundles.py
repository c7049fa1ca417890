"""Files of resources that the sandbox is started with."""

from __future__ import annotations

from pathlib import Path

from app.sandbox.fhir.access import Resource
from app.sandbox.fhir.json_text import loads


class DataError(Exception):
    """A file that cannot be loaded; the message names it and says why."""


def read_bundle(path: Path) -> Resource:
    """Return the Bundle in a file. Raises DataError for a file that holds none."""
    try:
        document = loads(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise DataError(f"{path} is no JSON: {error}") from error
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        raise DataError(f"{path} holds no FHIR Bundle.")
    return document
