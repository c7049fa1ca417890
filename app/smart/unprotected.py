"""A launch at a FHIR server without authorization: nobody signs in, and no token is sent."""

from __future__ import annotations

from typing import Any

from app.fhir.session import FhirSession
from app.smart.context import User, read_context
from app.smart.ehrs.registry import Ehr
from app.smart.ehrs.roles import EVERYBODY
from app.smart.opening import Opener
from app.store import StoredLaunch

# Such a server allows everything; what a chart page offers follows from it.
_SCOPE = "user/*.cruds"
# Stands as the author of what is written.
NOBODY = User(reference=None, name="Not known (no sign-in)")


def enter(
    opener: Opener, ehr: Ehr, browser_key: str, patient_id: str | None, session: FhirSession
) -> StoredLaunch:
    """Return a new launch for a patient of the server, or for one who is yet to be chosen.

    `session` is one with the server. Raises NoPatient for what is no id, and a FhirError where the
    server has no such patient.
    """
    said: dict[str, Any] = {} if patient_id is None else {"patient": patient_id}
    context = read_context(said, or_choose=True) | {"role": EVERYBODY, "requested": ""}
    if patient_id is not None:
        session.read("Patient", patient_id)
    tokens = {"access_token": None, "refresh_token": None, "scope": _SCOPE}
    return opener.open(browser_key, ehr, NOBODY, context, tokens)
