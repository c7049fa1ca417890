"""Opening a launch: stores it, finds whose drafts it may use, and says its first page."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from app.fhir.errors import Missing, PatientMissing
from app.fhir.session import FhirSession
from app.smart.context import User, read_context
from app.smart.ehrs.registry import Ehr
from app.smart.ehrs.roles import EVERYBODY
from app.store import Store, StoredLaunch
from app.store.database import now

# An unprotected server allows everything; the chart's pages offer what this scope allows.
_UNPROTECTED_SCOPE = "user/*.cruds"
# The author of what is written there.
NOBODY = User(reference=None, name="Not known (no sign-in)")


class Opener:
    """Opens launches, each for one browser only."""

    def __init__(self, store: Store, *, hours: int) -> None:
        """A launch is deleted after `hours`."""
        self._store = store
        self._lifetime = timedelta(hours=hours)

    def open(
        self,
        browser_key: str,
        ehr: Ehr,
        user: User,
        context: Mapping[str, Any],
        tokens: dict[str, Any],
    ) -> StoredLaunch:
        """Return a new launch of the browser, now stored; `context` is that of `read_context`."""
        launch_id = secrets.token_urlsafe(24)
        kept = {
            **context,
            "issuer": ehr.issuer,
            "user": {"reference": user.reference, "name": user.name},
        }
        launch = StoredLaunch(
            id=launch_id,
            ehr=ehr.key,
            owner=self._owner(launch_id, kept),
            context=kept,
            tokens=tokens,
            expires=now() + self._lifetime,
        )
        self._store.launches.add(browser_key, launch)
        return launch

    def open_unprotected(
        self, ehr: Ehr, browser_key: str, patient_id: str | None, session: FhirSession
    ) -> StoredLaunch:
        """Return a new launch at an unprotected server, without a sign-in and without a token.

        Without `patient_id` the user is yet to choose the patient. `session` is one with the
        server. Raises NoPatient if it is no id, and a FhirError if the server has no such patient.
        """
        answer: dict[str, Any] = {} if patient_id is None else {"patient": patient_id}
        context = read_context(answer, or_choose=True) | {"role": EVERYBODY, "requested": ""}
        if patient_id is not None:
            try:
                session.read("Patient", patient_id)
            except Missing as missing:
                error = PatientMissing.of(missing)
                error.offer = ("Choose the patient", f"/launch?{urlencode({'iss': ehr.issuer})}")
                raise error from None
        tokens = {"access_token": None, "refresh_token": None, "scope": _UNPROTECTED_SCOPE}
        return self.open(browser_key, ehr, NOBODY, context, tokens)

    def set_patient(self, pending: StoredLaunch, patient_id: str) -> StoredLaunch | None:
        """Return the launch with its patient, which never changes; None if it has one already.

        An encounter that the EHR named without a patient may be another patient's: it is dropped.
        """
        context = {**pending.context, "patient": patient_id, "encounter": None}
        owner = self._owner(pending.id, context)
        if not self._store.launches.give_owner(pending.id, owner, context):
            return None
        return replace(pending, owner=owner, context=context)

    def _owner(self, launch_id: str, context: Mapping[str, Any]) -> str:
        """Return the owner of the drafts: one user with one patient; empty without a patient.

        The tenant is part of it: two tenants of one EHR may use the same patient id. An unknown
        user shares drafts with nobody: the launch is the owner.
        """
        if context["patient"] is None:
            return ""
        parts = [
            context["issuer"],
            context["patient"],
            context["user"]["reference"] or launch_id,
            context["tenant"],
        ]
        return self._store.owners.of(*(part for part in parts if part is not None))


def first_page(launch: StoredLaunch) -> str:
    """Return the address of the first page of a launch."""
    home = f"/l/{launch.id}/"
    if launch.context["patient"] is None:
        return f"{home}patient/"
    if launch.context["intent"] or launch.context["fhir_context"]:
        return f"{home}arrive"
    return home
