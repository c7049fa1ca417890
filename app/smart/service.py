"""An open launch: found for its browser, given its tokens, extended, closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import current_app

from app.fhir.addresses import AddressRule
from app.fhir.needs import Needs
from app.fhir.session import FhirSession, Limits
from app.fhir.watch import Observer
from app.smart.authorization import Authorizer
from app.smart.context import Launch
from app.smart.ehrs.registry import Ehr, Registry
from app.smart.ehrs.roles import EVERYBODY
from app.smart.errors import EhrUnusable, LaunchOver, NotExtended, OtherBrowser
from app.smart.oauth.client import OAuthClient
from app.smart.oauth.discovery import Discovery
from app.smart.oauth.http import Web
from app.smart.oauth.tokens import LaunchTokens, revoke_all
from app.smart.trail import Trail
from app.store import Store, StoredLaunch


class Smart:
    """One per app, for all its threads; found in `app.extensions["smart"]`."""

    def __init__(
        self, settings: Mapping[str, Any], registry: Registry, store: Store, needs: Needs
    ) -> None:
        """`settings` are those of app.config, `needs` what the app does with an EHR's data."""
        self.registry = registry
        self.store = store
        self.trail = Trail(store.audit)
        self._web = Web(AddressRule(demo=settings["DEMO"]), settings["HTTP_TIMEOUT"])
        self._discovery = Discovery(self._web)
        self._base_url = settings["BASE_URL"]
        self._limits = Limits(
            timeout=(5, settings["HTTP_TIMEOUT"]), max_bytes=settings["MAX_ANSWER_BYTES"]
        )
        self.authorizer = Authorizer(
            store, registry, self._discovery, self._client, needs, hours=settings["LAUNCH_HOURS"]
        )

    def open_launch(self, launch_id: str, browser_key: str | None) -> Launch:
        """Return the launch if it is the browser's; raises LaunchOver."""
        stored = self.store.launches.find(launch_id, browser_key) if browser_key else None
        launch = self._launch(stored)
        if launch is None:
            others = self._launch(self.store.launches.of_any_browser(launch_id))
            raise OtherBrowser(others) if others else LaunchOver
        return launch

    def fhir_session(self, launch: Launch, observer: Observer | None = None) -> FhirSession:
        """Return a session with the launch's EHR, usable by other threads and after the request."""
        return FhirSession(launch.ehr.issuer, self._tokens(launch), self._limits, observer)

    def extend(self, launch: Launch) -> None:
        """Get a new access token; raises NotExtended."""
        tokens = self._tokens(launch)
        row = self.store.launches.tokens(launch.id)
        if row is None or tokens.renew(row.tokens["access_token"]) is None:
            raise NotExtended(
                "Save what you can, then open the app again from the chart. "
                "What you typed is kept as a draft."
            )

    def close(self, launch: Launch) -> None:
        """Forget the launch, and ask the EHR to accept its tokens no longer."""
        row = self.store.launches.tokens(launch.id)
        self.store.launches.delete(launch.id)
        if row is None:
            return
        try:
            client = self._client(launch.ehr)
        except EhrUnusable:  # the tokens are gone from here, and end there by themselves
            return
        revoke_all(client, row.tokens)

    def _launch(self, stored: StoredLaunch | None) -> Launch | None:
        ehr = self.registry.find(stored.ehr, stored.context.get("issuer", "")) if stored else None
        role = ehr.role(stored.context.get("role", EVERYBODY)) if stored and ehr else None
        return Launch.of(stored, ehr, role) if stored and ehr and role else None

    def _tokens(self, launch: Launch) -> LaunchTokens:
        return LaunchTokens(
            self.store.launches,
            launch.id,
            launch.patient_id,
            lambda: self._client(launch.ehr),
            # Who renews it may wait once for the connection and once for the answer.
            patience=2 * self._web.timeout,
            told=lambda given: self.trail.renewed(launch, given=given),
        )

    def _client(self, ehr: Ehr) -> OAuthClient:
        redirect_uri = f"{self._base_url}{ehr.callback_path}"
        return OAuthClient(self._web, ehr, self._discovery.smart(ehr), redirect_uri)


def current() -> Smart:
    """Return the service of the app that answers this request."""
    return cast("Smart", current_app.extensions["smart"])
