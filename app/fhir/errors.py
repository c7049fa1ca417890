"""What can go wrong between the app and the EHR, each with a text for a clinician.

Every error of the EHR is a `FhirError`. `outcome_unknown` tells a writer whether the EHR may have
stored what was sent although it did not say so: then the writer looks before it sends again.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Self

from app.errors import AppError
from app.fhir.paths import codings, items, text
from app.fhir.patterns import LONGEST, Pattern

_MOST_ISSUES = 5
_LONGEST = 300
_ENTRY = Pattern(r"Bundle\.entry\[\d+\]")
_BEARER = Pattern(r"(?i)\bbearer\s++\S+|\beyJ[\w.-]+")


class ReaderGone(AppError, status=499, title="Nobody waits for this page any more"):
    """The browser has closed the connection: the page is left, not made without what is missing.

    No FhirError, since whoever does without an answer would ask for the next one.
    """

    def __init__(self) -> None:
        super().__init__("Open it again.")


class FhirError(AppError, status=502, title="The chart did not answer as expected"):
    """The EHR did not do what it was asked.

    `http_status` is the EHR's answer, None when there was none; `issues` are those of its
    OperationOutcome.
    """

    default = "Try again in a moment."
    outcome_unknown = False

    def __init__(
        self,
        message: str | None = None,
        *,
        http_status: int | None = None,
        issues: Sequence[str] = (),
    ) -> None:
        self.http_status = http_status
        self.issues = list(issues)
        super().__init__(message or self.default, details=self.issues)


class Unreachable(FhirError, status=504, title="The chart does not answer"):
    """No answer came. `sent` tells whether the request may have reached the EHR."""

    default = "The EHR's server did not answer. Try again in a moment."

    def __init__(self, message: str | None = None, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent
        self.outcome_unknown = sent


class Expired(FhirError, status=401, title="Your session with the chart has ended"):
    """The EHR no longer accepts the access token, and it could not be renewed."""

    default = "Open the app again from the chart. What you typed is kept as a draft."


class Forbidden(FhirError, status=403, title="The chart does not allow this"):
    """The EHR does not allow this for this user or this app."""

    default = (
        "Your permissions in the EHR do not include this. "
        "Ask your EHR administrator if you need it."
    )


class Missing(FhirError, status=404, title="This is not in the chart"):
    """There is no such resource, or the server does not know its type."""

    default = "The entry is not in the chart, or has been removed. Go back to the summary."


class PatientMissing(Missing, title="The EHR does not have this patient"):
    """The EHR has no patient with the id of the launch: no page of the launch can be shown."""

    default = (
        "The app was opened for a patient whom the EHR's server does not have: the record was "
        "removed or merged into another, or the address names a wrong one. Nothing was shown or "
        "changed. Open the patient's chart in the EHR, and the app from there, or choose the "
        "patient here. If this stays, tell the EHR's administrator."
    )
    patient_missing = True

    @classmethod
    def of(cls, missing: Missing) -> Self:
        """Return it for the answer that the EHR gave."""
        return cls(http_status=missing.http_status, issues=missing.issues)


class Conflict(FhirError, status=409, title="Somebody else changed this entry"):
    """The entry was changed by somebody else since it was read."""

    default = (
        "The entry changed in the chart after you opened it. Compare both versions, and save again."
    )


class Refused(FhirError, status=422, title="The chart did not accept this"):
    """The EHR understood the request and does not accept it."""

    default = "The EHR did not accept what was sent. Change what its message names, and try again."


_NOT_BEGUN = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.NOT_IMPLEMENTED}
_FAULTS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class ServerFault(FhirError, title="The chart's server failed"):
    """The EHR's server failed, gave up waiting or is overloaded.

    `retry_after` is its own advice in seconds. Whether something was stored is not known: a server
    may fail after it has stored, whatever OperationOutcome it adds (500), a gateway answers for a
    server that it did not hear to the end (502, 503, 504), and which wait was over is not said
    (408). Two prove that nothing was: 429 turns a request away at the door (RFC 6585), and 501
    says that the server cannot do such a thing at all (RFC 9110).
    """

    default = "The EHR's server met a fault of its own. Try again in a few minutes."

    def __init__(
        self,
        *,
        http_status: int | None = None,
        issues: Sequence[str] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(http_status=http_status, issues=issues)
        self.retry_after = retry_after
        self.outcome_unknown = http_status not in _NOT_BEGUN


class BadAnswer(FhirError, title="The chart's answer cannot be used"):
    """The answer breaks FHIR's promises: no JSON, too large, another resource, a foreign link.

    `written` holds each `Type/id` that it names as written all the same.
    """

    default = "The EHR's answer cannot be read. Tell your EHR administrator if this stays."
    outcome_unknown = True

    def __init__(
        self,
        message: str | None = None,
        *,
        http_status: int | None = None,
        written: Sequence[str] = (),
    ) -> None:
        super().__init__(message, http_status=http_status)
        self.written = list(written)


_BY_STATUS: dict[int, type[FhirError]] = {
    HTTPStatus.UNAUTHORIZED: Expired,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: Missing,
    HTTPStatus.GONE: Missing,
    # Servers differ in which of the two they answer to a stale version.
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.PRECONDITION_FAILED: Conflict,
}


def error_for(
    http_status: int, issues: Sequence[str] = (), *, retry_after: float | None = None
) -> FhirError:
    """Return the error that an answer with `http_status` (400 and above) means.

    All of 4xx but 408 say that the request was not carried out: FHIR R4 3.1.0 lists them as
    rejections.
    """
    if http_status >= HTTPStatus.INTERNAL_SERVER_ERROR or http_status in _FAULTS:
        return ServerFault(http_status=http_status, issues=issues, retry_after=retry_after)
    kind = _BY_STATUS.get(http_status, Refused)
    return kind(http_status=http_status, issues=issues)


def issues_of(outcome: Any, secret: str | None = None) -> list[str]:
    """Return the texts of an OperationOutcome's first few issues, shortened.

    One about a Bundle entry names it at its end: `(Bundle.entry[3])`. Servers echo requests, so
    `secret` (the token in use) and what looks like a token is struck out.
    """
    if not isinstance(outcome, dict) or outcome.get("resourceType") != "OperationOutcome":
        return []
    texts = [found for issue in items(outcome.get("issue")) if (found := _issue_text(issue))]
    return [_clean(found, secret) for found in texts[:_MOST_ISSUES]]


def _issue_text(issue: dict[str, Any]) -> str | None:
    details = issue.get("details")
    own = text(details.get("text")) if isinstance(details, dict) else None
    display = next((shown for c in codings(details) if (shown := text(c.get("display")))), None)
    found = own or text(issue.get("diagnostics")) or display or text(issue.get("code"))
    paths = issue.get("expression")
    path = text(paths[0]) if isinstance(paths, list) and paths else None
    entry = _ENTRY.match(path or "")
    return f"{found} ({entry[0]})" if found and entry and entry[0] not in found else found


def _clean(found: str, secret: str | None) -> str:
    if secret:
        found = found.replace(secret, "[token]")
    found = _BEARER.sub("[token]", " ".join(found.split())[:LONGEST])
    return found if len(found) <= _LONGEST else f"{found[: _LONGEST - 1]}…"
