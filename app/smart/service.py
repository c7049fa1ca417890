"""An open launch: found for its browser, given its tokens, extended, closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import current_app

from app.fhir.addresses import AddressRule
from app.fhir.session import FhirSession, Limits
from app.smart.authorization import Authorizer
from app.smart.context import Launch
from app.smart.ehrs.registry import Ehr, Registry
from app.smart.errors import EhrUnusable, LaunchOver, NotExtended
from app.smart.oauth.client import OAuthClient
from app.smart.oauth.discovery import Discovery
from app.smart.oauth.http import Web
from app.smart.oauth.tokens import LaunchTokens, revoke_all
from app.store import Store


class Smart:
    """One per app, for all its threads; found in `app.extensions["smart"]`."""

    def __init__(self, settings: Mapping[str, Any], registry: Registry, store: Store) -> None:
        """`settings` are those of app.config."""
        self.registry = registry
        self.store = store
        self._rule = AddressRule(demo=settings["DEMO"])
        self._web = Web(self._rule, settings["HTTP_TIMEOUT"])
        self._discovery = Discovery(self._web)
        self._redirect_uri = f"{settings['BASE_URL']}/callback"
        self._limits = Limits(
            timeout=(5, settings["HTTP_TIMEOUT"]), max_bytes=settings["MAX_ANSWER_BYTES"]
        )
        self.authorizer = Authorizer(
            store,
            registry,
            self._discovery,
            self._client,
            rule=self._rule,
            hours=settings["LAUNCH_HOURS"],
        )

    def open_launch(self, launch_id: str, browser_key: str | None) -> Launch:
        """Return the launch if it is the browser's; raises LaunchOver."""
        stored = self.store.launches.find(launch_id, browser_key) if browser_key else None
        ehr = self.registry.find(stored.ehr, stored.context.get("issuer", "")) if stored else None
        if stored is None or ehr is None:
            raise LaunchOver(
                "It was closed, its time is up, or it was opened in another browser. "
                "Open the app again from the chart: what you typed is kept as a draft."
            )
        return Launch.of(stored, ehr)

    def fhir_session(self, launch: Launch) -> FhirSession:
        """Return a session with the launch's EHR, usable by other threads and after the request."""
        return FhirSession(launch.ehr.issuer, self._tokens(launch), self._limits, rule=self._rule)

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

    def _tokens(self, launch: Launch) -> LaunchTokens:
        return LaunchTokens(
            self.store.launches,
            launch.id,
            launch.patient_id,
            lambda: self._client(launch.ehr),
            # Who renews it may wait once for the connection and once for the answer.
            patience=2 * self._web.timeout,
        )

    def _client(self, ehr: Ehr) -> OAuthClient:
        return OAuthClient(self._web, ehr, self._discovery.smart(ehr), self._redirect_uri)


def current() -> Smart:
    """Return the service of the app that answers this request."""
    return cast("Smart", current_app.extensions["smart"])
