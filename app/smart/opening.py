"""Keeping a launch that the EHR has opened, and the first page of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.smart.context import User
from app.smart.ehrs.registry import Ehr
from app.store import Store, StoredLaunch
from app.store.database import now


class Opener:
    """Keeps launches, each for its browser alone."""

    def __init__(self, store: Store, *, hours: int) -> None:
        """A launch is forgotten after `hours`."""
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
        """Return the new launch of the browser, now kept; `context` is what `read_context` gave."""
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

    def settle(self, pending: StoredLaunch, patient_id: str) -> StoredLaunch | None:
        """Give the launch its patient, for good; None where it has one already.

        A visit that the EHR named without a patient may be another's, so it is dropped.
        """
        context = {**pending.context, "patient": patient_id, "encounter": None}
        owner = self._owner(pending.id, context)
        if not self._store.launches.give_owner(pending.id, owner, context):
            return None
        return replace(pending, owner=owner, context=context)

    def _owner(self, launch_id: str, context: Mapping[str, Any]) -> str:
        """Return whose the drafts of the launch are: one person's, about one patient.

        They are nobody's before there is a patient. Tenants of one EHR may give two patients the
        same id. Who is not known shares drafts with nobody, not even with the next unknown.
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
    """Return the address of the page that a launch begins with."""
    home = f"/l/{launch.id}/"
    if launch.context["patient"] is None:
        return f"{home}patient/"
    if launch.context["intent"] or launch.context["fhir_context"]:
        return f"{home}arrive"
    return home
