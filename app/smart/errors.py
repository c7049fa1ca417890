"""Why a launch is refused or over, as texts for the person who opened the app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import AppError
from app.smart.ehrs.registry import Ehr


class LaunchRefused(AppError):
    """A launch was refused; the base class of all such errors. `ehr` is its EHR, if known."""

    status = 400
    title = "The app could not be opened"
    ehr: Ehr | None = None


@contextmanager
def refusals_of(ehr: Ehr) -> Iterator[None]:
    """Set `ehr` of every LaunchRefused that the block raises."""
    try:
        yield
    except LaunchRefused as refusal:
        refusal.ehr = ehr
        raise


class UnknownIssuer(LaunchRefused):
    """The `iss` of the launch is no registered EHR."""

    status = 403
    title = "This EHR is not registered with the app"


class UnknownRole(LaunchRefused):
    """The launch address names a role that the EHR does not have."""

    status = 404
    title = "There is no such way into the app"


class EhrUnusable(LaunchRefused):
    """The EHR does not answer as SMART App Launch asks, or not at all."""

    status = 502
    title = "The EHR cannot open the app"


class StateRefused(LaunchRefused):
    """The response does not belong to a request of this browser, or was used before."""

    title = "This sign-in cannot be continued"


class CookiesLost(LaunchRefused):
    """The browser did not send the cookie; the user can launch again with `issuer`, in `role`."""

    title = "Your browser blocks the app inside this page"

    def __init__(self, message: str, *, issuer: str, role: str) -> None:
        super().__init__(message)
        self.issuer = issuer
        self.role = role


class Denied(LaunchRefused):
    """The EHR's authorization server said no."""

    status = 403
    title = "The EHR did not let the app in"


class TokenRefused(LaunchRefused):
    """The EHR gave no usable token.

    `spent` tells whether the EHR may have used up the code or refresh token.
    """

    status = 502
    title = "The EHR did not complete the sign-in"

    def __init__(self, message: str, *, details: list[str], spent: bool = True) -> None:
        super().__init__(message, details=details)
        self.spent = spent


class IdentityRefused(LaunchRefused):
    """The id_token of the EHR cannot be trusted."""

    status = 502
    title = "The EHR's proof of who you are was not accepted"


class NoPatient(LaunchRefused):
    """The EHR named no patient."""

    title = "No patient is open"


class PatientNotChosen(AppError):
    """The launch has no patient yet, so there is no page to show."""

    status = 409
    title = "No patient is chosen yet"


class PatientChosen(AppError):
    """The launch has its patient already, which never changes."""

    status = 409
    title = "The patient of this sign-in is chosen already"


class LaunchOver(AppError):
    """The launch is unknown, expired, or another browser's."""

    status = 404
    title = "This page is closed"

    def __init__(self) -> None:
        super().__init__(
            "It was closed, its time is up, or it was opened in another browser. "
            "Open the app again from the chart: what you typed is kept as a draft."
        )


class NotExtended(AppError):
    """The EHR gave no more time."""

    status = 409
    title = "The EHR gave no more time"
