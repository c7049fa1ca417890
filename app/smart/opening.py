"""Opening a launch: stores it, finds whose drafts it may use, and says its first page."""

import secrets
from collections.abc import Callable, Mapping
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

    def __init__(
        self,
        store: Store,
        *,
        hours: int,
        idle: timedelta | None = None,
        on_end: Callable[[StoredLaunch], object] = bool,
    ) -> None:
        """A launch is over after `hours`, or when nobody used it for `idle`.

        `on_end` is called with each launch that a sign-in by somebody else has ended, as it was.
        """
        self._store = store
        self._lifetime = timedelta(hours=hours)
        self._idle = idle
        self._on_end = on_end

    def open(
        self,
        browser_key: str,
        ehr: Ehr,
        user: User,
        context: Mapping[str, Any],
        tokens: dict[str, Any],
    ) -> StoredLaunch:
        """Return a new launch of the browser, now stored; `context` is that of `read_context`.

        It ends those of another person in this browser.
        """
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
            idle_at=now() + self._idle if self._idle else None,
        )
        # Before others are looked for: of two who sign in at once, each then finds the other.
        self._store.launches.add(browser_key, launch)
        for other in self._store.launches.open_in(browser_key):
            if is_of_another_person(other, launch) and (
                ended := self._store.launches.end(other.id, "somebody-else")
            ):
                self._on_end(ended)
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


def is_of_another_person(one: StoredLaunch, other: StoredLaunch) -> bool:
    """Tell whether two launches are of two people, as far as the EHRs say who they are.

    The id_token says it by issuer and subject, without one the EHR by fhirUser; whoever an EHR does
    not name is one and the same. Of two EHRs neither can be compared: there the name counts. A
    server without a sign-in says nothing of anybody.
    """
    if None in (one.tokens["access_token"], other.tokens["access_token"]):
        return False
    mine, theirs = (launch.context.get("identity") or {} for launch in (one, other))
    if mine and theirs and mine.get("iss") == theirs.get("iss"):
        return bool(mine["sub"] != theirs["sub"])
    users = [launch.context["user"] for launch in (one, other)]
    if one.context["issuer"] == other.context["issuer"]:
        return bool(users[0]["reference"] != users[1]["reference"])
    names = [" ".join(user["name"].casefold().split()) for user in users]
    return not names[0] or names[0] != names[1]


def first_page(launch: StoredLaunch) -> str:
    """Return the address of the first page of a launch."""
    home = f"/l/{launch.id}/"
    if launch.context["patient"] is None:
        return f"{home}patient/"
    if launch.context["intent"] or launch.context["fhir_context"]:
        return f"{home}arrive"
    return home
