"""Why a launch is refused or over, as texts for the person who opened the app."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import AppError
from app.smart.ehrs.registry import Ehr
from app.store import Ended

_AGAIN = "Open the app again from the chart. If this stays, tell the EHR's administrator."


class LaunchRefused(AppError, status=400, title="The app could not be opened"):
    """A launch was refused; the base class of all such errors. `ehr` is its EHR, if known."""

    ehr: Ehr | None = None

    def __init__(self, message: str = _AGAIN, *, details: list[str] | None = None) -> None:
        super().__init__(message, details=details)


@contextmanager
def refusals_of(ehr: Ehr) -> Iterator[None]:
    """Set `ehr` of every LaunchRefused that the block raises."""
    try:
        yield
    except LaunchRefused as refusal:
        refusal.ehr = ehr
        raise


class UnknownIssuer(LaunchRefused, status=403, title="This EHR is not registered with the app"):
    """The `iss` of the launch is no registered EHR."""


class UnknownRole(LaunchRefused, status=404, title="There is no such way into the app"):
    """The launch address names a role that the EHR does not have."""


class EhrUnusable(LaunchRefused, status=502, title="The EHR cannot open the app"):
    """The EHR does not answer as SMART App Launch asks, or not at all."""


class EhrBusy(LaunchRefused, status=503, title="The EHR is slow"):
    """As many people wait for the EHR to sign them in as may."""

    retry_after = 30


class StateRefused(LaunchRefused, title="This sign-in cannot be continued"):
    """The response does not belong to a request of this browser, or was used before."""


class CookiesLost(LaunchRefused, title="Your browser blocks the app inside this page"):
    """The browser did not send the cookie; the user can launch again with `issuer`, in `role`."""

    def __init__(self, message: str, *, issuer: str, role: str) -> None:
        super().__init__(message)
        self.issuer = issuer
        self.role = role


class Denied(LaunchRefused, status=403, title="The EHR did not let the app in"):
    """The EHR's authorization server said no."""


class TokenRefused(LaunchRefused, status=502, title="The EHR did not complete the sign-in"):
    """The EHR gave no usable token.

    `spent` tells whether the EHR may have used up the code or refresh token.
    """

    def __init__(self, message: str = _AGAIN, *, details: list[str], spent: bool = True) -> None:
        super().__init__(message, details=details)
        self.spent = spent


class IdentityRefused(
    LaunchRefused, status=502, title="The EHR's proof of who you are was not accepted"
):
    """The id_token of the EHR cannot be trusted."""


class NoPatient(LaunchRefused, title="No patient is open"):
    """The EHR named no patient."""


class PatientNotChosen(AppError, status=409, title="No patient is chosen yet"):
    """The launch has no patient yet, so there is no page to show."""


class PatientChosen(AppError, status=409, title="The patient of this sign-in is chosen already"):
    """The launch has its patient already, which never changes."""


_CLOSED = "This page is closed"
_OVER: dict[Ended | None, tuple[str, str]] = {
    "somebody-else": (
        "Somebody else has signed in at this browser",
        (
            "Your sign-in here ended with theirs, so that nothing is written in your name: only "
            "they may go on in this browser, until you open the app again."
        ),
    ),
    "inactive": ("This page was closed because nobody used it", "So it opens nothing to others."),
    "signed-out": (_CLOSED, "You have signed out."),
    "time": (_CLOSED, "Its time is up."),
    None: (_CLOSED, "It was closed, its time is up, or it was opened in another browser."),
}
_AFTERWARDS = (
    "Open the app again from the chart to go on: what the page called kept as a draft is there. "
    "What was typed since is not kept."
)


class LaunchOver(AppError, status=404):
    """The launch is over, unknown, or another browser's.

    `successor` is the id of an open launch in this browser of the same person and patient.
    """

    def __init__(self, why: Ended | None = None, successor: str | None = None) -> None:
        self.title, message = _OVER[why]
        super().__init__(f"{message} {_AFTERWARDS}")
        self.successor = successor


class NotExtended(AppError, status=409, title="The EHR gave no more time"):
    """The EHR gave no more time."""


_REASONS = {
    "access_denied": "You, or the EHR for you, did not allow the app.",
    "invalid_scope": "The EHR does not allow the app what it asks for.",
    "unauthorized_client": "The EHR does not accept the app as it is registered there.",
    "invalid_client": "The EHR does not accept the app as it is registered there.",
    "invalid_grant": "The sign-in took too long, or was used before.",
    "invalid_request": "The EHR does not accept the request of the app.",
    "server_error": "The EHR met a fault of its own.",
    "temporarily_unavailable": "The EHR is busy.",
    "login_required": "You are not signed in to the EHR.",
    "interaction_required": "The EHR wants to ask you something first.",
    "consent_required": "The EHR wants to ask you something first.",
}


def reason_of(code: object) -> str:
    """Return a sentence for an error code; an unknown code is not shown."""
    return _REASONS.get(
        code if isinstance(code, str) else "", "The EHR gave no reason that is known."
    )
