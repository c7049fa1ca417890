"""Sends a finished body to a receiver outside of the EHR: one POST, bounded by the guard."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import requests
from requests.auth import AuthBase

from app.fhir.addresses import AddressRule
from app.fhir.credentials import Bearer
from app.fhir.guard import Bounds, GuardedAdapter, NotReached, TooLarge

_NOT_BEGUN = (
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
)


@dataclass(frozen=True)
class Delivered:
    """What the receiver answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class NotAnswered(Exception):
    """No answer could be read. `sent` says that the body may have arrived all the same."""

    def __init__(self, words: str, *, sent: bool) -> None:
        super().__init__(words)
        self.sent = sent


@dataclass(frozen=True)
class Way:
    """How a receiver is reached; `certificate` is the path of a client's certificate with its key.

    Without `auth` nothing is said of who sends, not even what a password file of the machine has.
    """

    rule: AddressRule
    bounds: Bounds
    auth: AuthBase = field(default_factory=lambda: Bearer(None))
    certificate: str | None = None


def deliver(
    address: str, body: bytes, headers: Mapping[str, str], way: Way, method: str = "POST"
) -> Delivered:
    """Send the body once, and return the answer, whatever its status; raises NotAnswered."""
    with requests.Session() as session:
        adapter = GuardedAdapter(way.rule, way.bounds, connections=1)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        try:
            response = session.request(
                method,
                address,
                data=body,
                headers=dict(headers),
                auth=way.auth,
                cert=way.certificate,
                allow_redirects=False,
            )
        except NotReached as error:
            raise NotAnswered(f"The receiver was not reached: {error}.", sent=False) from None
        except _NOT_BEGUN:
            raise NotAnswered("The request could not be made.", sent=False) from None
        except TooLarge:
            raise NotAnswered("Its answer is larger than the app reads.", sent=True) from None
        except requests.RequestException as error:
            raise NotAnswered(f"No answer could be read: {error}.", sent=True) from None
    return Delivered(response.status_code, response.headers, response.content)
