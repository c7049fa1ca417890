"""Refusals: an HTTP status and an OperationOutcome."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Issue:
    """One problem: the FHIR issue type, a text, and the FHIRPath of the element."""

    code: str
    diagnostics: str
    expression: str | None = None
    severity: str = "error"


class FhirError(Exception):
    """A refusal: the HTTP status, one issue or more, and headers."""

    def __init__(self, status: int, *issues: Issue, headers: dict[str, str] | None = None) -> None:
        super().__init__("; ".join(issue.diagnostics for issue in issues))
        self.status = status
        self.issues = issues
        self.headers = headers or {}


@contextmanager
def at(path: str) -> Iterator[None]:
    """Make a refusal inside the block one that names `path`.

    `path` is that of a Bundle entry; where it is "" there is no Bundle, and nothing to add.
    """
    if not path:
        yield
        return
    try:
        yield
    except FhirError as error:
        raise _within(path, error) from error


def bad_request(diagnostics: str, code: str = "invalid") -> FhirError:
    return FhirError(400, Issue(code, diagnostics))


def outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """Return the OperationOutcome that holds `issues`."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": issue.severity,
                "code": issue.code,
                "diagnostics": issue.diagnostics,
                **({"expression": [issue.expression]} if issue.expression else {}),
            }
            for issue in issues
        ],
    }


def _within(path: str, error: FhirError) -> FhirError:
    issues = (replace(one, expression=_below(path, one.expression)) for one in error.issues)
    return FhirError(error.status, *issues, headers=error.headers)


def _below(path: str, expression: str | None) -> str:
    if not expression:
        return path
    if expression.startswith("Bundle.entry["):
        return expression
    # A resource's own path begins with its type, which in a Bundle is spelled "resource".
    inner = expression.partition(".")[2]
    return f"{path}.resource.{inner}" if inner else f"{path}.resource"
