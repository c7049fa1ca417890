"""The service behind every page of a launch: finds, extends and closes it, and its tokens."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, cast

from flask import current_app

from app.fhir.addresses import AddressRule
from app.fhir.credentials import OneToken
from app.fhir.needs import Needs
from app.fhir.places import Busy, Places
from app.fhir.session import FhirSession, Limits
from app.fhir.watch import Observer
from app.smart.authorization import Authorizer
from app.smart.context import Launch, OtherBrowser, PendingLaunch
from app.smart.ehrs.registry import Ehr, Registry
from app.smart.ehrs.roles import EVERYBODY
from app.smart.errors import (
    EhrUnusable,
    LaunchOver,
    NotExtended,
    PatientChosen,
    PatientNotChosen,
)
from app.smart.oauth.cache import MOST_AT_ONCE
from app.smart.oauth.client import OAuthClient
from app.smart.oauth.discovery import Discovery
from app.smart.oauth.http import Web
from app.smart.oauth.id_token import claims_of
from app.smart.oauth.tokens import LaunchTokens, revoke_all
from app.smart.opening import Opener, first_page
from app.smart.style import Styles
from app.smart.throttle import Throttle
from app.smart.trail import Trail
from app.store import Ended, Store, StoredLaunch
from app.store.database import now

MOST_READING = 16  # pages of one EHR
MOST_WAITING = 8  # further pages of one EHR, for a moment
MOST_OF_LAUNCH = 8
MOST_REQUESTS = 24  # of the pages of one EHR together, or one of each page
MOST_SIGNING_IN = 4  # at one EHR, and as many more for a moment
WAIT_SECONDS = 2.0
_NEARLY_NOW = timedelta(seconds=10)
# Threads that wait for one EHR, at most: so many more must serve (app.commands.serve).
MOST_OF_EHR = MOST_READING + MOST_WAITING + 2 * MOST_SIGNING_IN + MOST_AT_ONCE


class Smart:
    """One per app, for all its threads; found in `app.extensions["smart"]`."""

    def __init__(
        self, settings: Mapping[str, Any], registry: Registry, store: Store, needs: Needs
    ) -> None:
        """`settings` are those of app.config, `needs` what the app does with an EHR's data."""
        self.registry = registry
        self.store = store
        self.trail = Trail(store.audit)
        self.throttle = Throttle(store.counts, settings)
        self._rule = AddressRule(demo=settings["DEMO"])
        self._web = Web(self._rule, settings["HTTP_TIMEOUT"])
        self._discovery = Discovery(self._web)
        self.styles = Styles(self._rule, settings["HTTP_TIMEOUT"])
        self._base_url = settings["BASE_URL"]
        self._limits = Limits(
            silence=settings["HTTP_TIMEOUT"], max_bytes=settings["MAX_ANSWER_BYTES"]
        )
        self._idle = timedelta(minutes=settings["IDLE_MINUTES"])
        self._opener = Opener(
            store,
            hours=settings["LAUNCH_HOURS"],
            idle=self._idle,
            on_end=lambda ended: self._revoke(ended, "somebody-else"),
        )
        self._places_of_ehrs = Places(MOST_READING, patient=MOST_WAITING, seconds=WAIT_SECONDS)
        self._places_of_launches = Places(MOST_OF_LAUNCH, patient=1, seconds=WAIT_SECONDS)
        self._places_of_sign_ins = Places(
            MOST_SIGNING_IN, patient=MOST_SIGNING_IN, seconds=WAIT_SECONDS
        )
        self.authorizer = Authorizer(
            store,
            registry,
            self._discovery,
            self._client,
            needs,
            self._opener,
            self._places_of_sign_ins,
            rule=self._rule,
        )

    def open_unprotected(self, ehr: Ehr, browser_key: str, patient_id: str | None) -> StoredLaunch:
        """Return a new launch at an unprotected server; raises as Opener.open_unprotected."""
        session = FhirSession(ehr.issuer, OneToken(None), self._limits, rule=self._rule)
        with self._places_of_sign_ins.hold(ehr.key), closing(session):
            return self._opener.open_unprotected(ehr, browser_key, patient_id, session)

    def find_any(self, launch_id: str, browser_key: str | None) -> Launch | PendingLaunch:
        """Return the browser's launch, with a patient or without; raises LaunchOver."""
        launches = self.store.launches
        stored = launches.find(launch_id, browser_key) if browser_key else None
        launch = self._load(stored) if stored else None
        if launch is not None:
            return launch
        self._end(launch_id, "inactive")
        ended = launches.ended(launch_id, browser_key) if browser_key and not stored else None
        if ended and browser_key:
            why, owner = ended
            successors = launches.open_in(browser_key, owner) if owner else []
            raise LaunchOver(why, successors[0].id if successors else None)
        others = launches.of_any_browser(launch_id)
        theirs = self._load(others) if others else None
        raise OtherBrowser(theirs) if theirs else LaunchOver

    def use(self, launch: Launch | PendingLaunch) -> None:
        """Note that a person uses the launch: inactivity is counted from now on."""
        idle_at = now() + self._idle
        # Nearly every page says so: without this each of them would wait for its turn to write.
        if launch.idle_at is None or launch.idle_at < idle_at - _NEARLY_NOW:
            self.store.launches.use(launch.id, idle_at)

    def seconds_left(self, launch: Launch | PendingLaunch) -> int:
        """Return the seconds until inactivity ends the launch."""
        idle_at = self.store.launches.idle_at(launch.id)
        left = idle_at - now() if idle_at else self._idle
        return max(0, int(left.total_seconds()))

    def find_launch(self, launch_id: str, browser_key: str | None) -> Launch:
        """Return the browser's launch with its patient; raises LaunchOver, or PatientNotChosen."""
        found = self.find_any(launch_id, browser_key)
        if isinstance(found, PendingLaunch):
            raise PatientNotChosen(
                "Choose the patient, then this page opens.",
                offer=("Choose the patient", first_page(found.kept)),
            )
        return found

    def find_pending(self, launch_id: str, browser_key: str | None) -> PendingLaunch:
        """Return the browser's launch without a patient; raises LaunchOver, or PatientChosen."""
        found = self.find_any(launch_id, browser_key)
        if isinstance(found, Launch):
            raise _patient_chosen(found.id)
        return found

    def choose_patient(self, pending: PendingLaunch, patient_id: str) -> StoredLaunch:
        """Return the launch with its patient, which never changes; raises PatientChosen."""
        launch = self._opener.set_patient(pending.kept, patient_id)
        if launch is None:
            raise _patient_chosen(pending.id)
        self.record_opening(launch)
        return launch

    def _load(self, stored: StoredLaunch) -> Launch | PendingLaunch | None:
        """Return a stored launch; None if the launch file no longer has its EHR or role."""
        ehr = self.registry.find(stored.ehr, stored.context.get("issuer", ""))
        role = ehr.role(stored.context.get("role", EVERYBODY)) if ehr else None
        if ehr is None or role is None:
            return None
        if stored.context["patient"] is None:
            return PendingLaunch.of(stored, ehr, role, kept=stored)
        return Launch.of(stored, ehr, role)

    def record_opening(self, stored: StoredLaunch) -> None:
        """Record in the trail that a user opened the launch, or chose its patient."""
        if launch := self._load(stored):
            self.trail.opened(launch)

    def fhir_session(
        self,
        launch: Launch | PendingLaunch,
        observer: Observer | None = None,
        is_given_up: Callable[[], bool] | None = None,
    ) -> FhirSession:
        """Return a session with the launch's EHR, for any thread, also after the request.

        It stops in the middle of an answer once the user `is_given_up`.
        """
        limits = replace(self._limits, at_once=partial(self._requests_at_once, launch.ehr))
        if is_given_up:
            limits = replace(limits, is_given_up=is_given_up)
        return FhirSession(
            launch.ehr.issuer,
            self._tokens(launch),
            limits,
            observer,
            rule=self._rule,
            other_bases=launch.ehr.other_bases,
        )

    def _requests_at_once(self, ehr: Ehr) -> int:
        """Return how many requests one page may have under way: few where many pages read."""
        return max(1, MOST_REQUESTS // max(1, self._places_of_ehrs.taken(ehr.key)))

    @contextmanager
    def place(self, launch: Launch | PendingLaunch) -> Iterator[None]:
        """Hold a place among the pages that read from the launch's EHR; raises Busy."""
        with self._places_of_launches.hold(launch.id), self._places_of_ehrs.hold(launch.ehr.key):
            yield

    def extend(self, launch: Launch) -> None:
        """Get a new access token; raises NotExtended."""
        tokens = self._tokens(launch)
        row = self.store.launches.tokens(launch.id)
        with self.place(launch):
            renewed = row and tokens.renew(row.tokens["access_token"])
        if renewed is None:
            raise NotExtended(
                "Save what you can, then open the app again from the chart. "
                "What you typed is kept as a draft as far as the page has said so."
            )

    def close(self, launch: Launch | PendingLaunch) -> None:
        """End the launch, and revoke its tokens at the EHR."""
        self._end(launch.id, "signed-out")

    def _end(self, launch_id: str, why: Ended) -> None:
        if ended := self.store.launches.end(launch_id, why):
            self._revoke(ended, why)

    def _revoke(self, ended: StoredLaunch, why: Ended) -> None:
        """Revoke the tokens of a launch that was ended; record an end that was not its person's."""
        launch = self._load(ended)
        if launch is None:
            return
        if why != "signed-out":
            self.trail.try_to_record("launch-ended", launch, why=why)
        if launch.ehr.unprotected:
            return
        try:
            with self._places_of_sign_ins.hold(launch.ehr.key):
                revoke_all(self._client(launch.ehr), ended.tokens)
        except (EhrUnusable, Busy):  # the tokens are forgotten here, and expire there
            return

    def _tokens(self, launch: Launch | PendingLaunch) -> LaunchTokens | OneToken:
        if launch.ehr.unprotected:
            return OneToken(None)
        return LaunchTokens(
            self.store.launches,
            launch.id,
            launch.patient_id,
            lambda: self._client(launch.ehr),
            # A renewal may wait once for the connection and once for the response.
            patience=2 * self._web.timeout,
            on_renewal=lambda given: self.trail.renewed(launch, given=given),
            check_person=self._check_person(launch),
            base=launch.ehr.issuer,
        )

    def _check_person(self, launch: Launch | PendingLaunch) -> Callable[[Any, str], object] | None:
        """Return the check of id_tokens of renewals; None if the launch had no id_token."""
        known = launch.identity
        if known is None:
            return None
        return lambda id_token, access_token: claims_of(
            self._discovery,
            launch.ehr,
            id_token,
            access_token,
            nonce=known["nonce"],
            subject=known["sub"],
        )

    def _client(self, ehr: Ehr) -> OAuthClient:
        configuration = self._discovery.smart(ehr)
        ehr = ehr.settle_callback(sends_iss=configuration.sends_iss)
        redirect_uri = f"{self._base_url}{ehr.callback_path}"
        return OAuthClient(self._web, ehr, configuration, redirect_uri)


def _patient_chosen(launch_id: str) -> PatientChosen:
    return PatientChosen(
        "It stays the patient of these pages, so that nothing is written to another by mistake. "
        "For another patient open the app again.",
        offer=("To the chosen patient", f"/l/{launch_id}/"),
    )


def current() -> Smart:
    """Return the service of the app that answers this request."""
    return cast("Smart", current_app.extensions["smart"])
