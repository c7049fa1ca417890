"""The authorization code flow, from the launch to the callback, with all its checks."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from app.fhir.addresses import AddressRule
from app.fhir.credentials import OneToken
from app.fhir.needs import Needs
from app.fhir.places import Busy, Places
from app.fhir.session import FhirSession, Limits
from app.smart.context import User, name_of, read_context
from app.smart.ehrs import quirks
from app.smart.ehrs.registry import Ehr, Registry
from app.smart.ehrs.roles import EVERYBODY, Role
from app.smart.errors import (
    CookiesLost,
    Denied,
    EhrBusy,
    IdentityRefused,
    LaunchRefused,
    NoPatient,
    StateRefused,
    UnknownRole,
    reason_of,
    refusals_of,
)
from app.smart.oauth.authorization_request import AuthorizationRequest
from app.smart.oauth.client import OAuthClient
from app.smart.oauth.discovery import Discovery
from app.smart.oauth.id_token import claims_of, user_reference
from app.smart.oauth.requested_scopes import (
    requested_scopes,
    scope_parameter,
    searches_patients,
    standalone_scopes,
)
from app.smart.oauth.tokens import (
    GrantedToken,
    apply_introspection,
    read_tokens,
    revoke_all,
)
from app.smart.opening import Opener
from app.smart.scopes import Scopes
from app.store import Authorization, Store, StoredLaunch

# The name is only shown: the wait for it is short.
_NAME_LIMITS = Limits(connect=3, silence=5, total=5, max_bytes=1_000_000)


@dataclass(frozen=True)
class Authorizer:
    """Makes the authorization request, and a launch from the response.

    The requested scopes follow from `needs`; `opener` stores the launch; whoever signs in holds one
    of the `places` of the EHR; `rule` is for the request for the user's name.
    """

    store: Store
    registry: Registry
    discovery: Discovery
    client: Callable[[Ehr], OAuthClient]
    needs: Needs
    opener: Opener
    places: Places
    rule: AddressRule

    def begin(
        self,
        ehr: Ehr,
        issuer: str,
        launch: str | None,
        browser_key: str,
        role_key: str = EVERYBODY,
    ) -> AuthorizationRequest:
        """Return the authorization request of a launch in a role.

        `issuer` is the `iss` of the launch, which is sent back unchanged as `aud`. Without `launch`
        it is a standalone launch: the EHR or the app asks for the patient. Raises UnknownRole,
        before anything is sent, or EhrUnusable.
        """
        with refusals_of(ehr):
            role = ehr.role(role_key)
            if role is None:
                raise UnknownRole(
                    "Nothing was sent to the EHR. Open the app from the chart by the address that "
                    "your hospital has registered."
                )
            return self._begin(ehr, role, issuer, launch, browser_key)

    def _begin(
        self, ehr: Ehr, role: Role, issuer: str, launch: str | None, browser_key: str
    ) -> AuthorizationRequest:
        configuration = self.discovery.smart(ehr)
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        parameters = {"launch": launch} if launch is not None else {}
        scopes: Iterable[str] = requested_scopes(ehr, role, self.needs)
        if launch is None:
            scopes = standalone_scopes(scopes, configuration.capabilities)
        scope = scope_parameter(
            scopes, capabilities=configuration.capabilities, standalone=launch is None
        )
        address = self.client(ehr).authorization_url(
            state=state,
            verifier=verifier,
            nonce=nonce,
            aud=issuer,
            scope=scope,
            **parameters,
        )
        self.store.purge()
        self.store.authorizations.add(
            state,
            browser_key,
            ehr.key,
            {
                "issuer": ehr.issuer,
                "nonce": nonce,
                "verifier": verifier,
                "role": role.key,
                "scope": scope,
                "standalone": launch is None,
            },
        )
        return AuthorizationRequest.of(
            configuration.authorization_endpoint,
            address,
            method=ehr.authorize,
            capabilities=configuration.capabilities,
        )

    def complete(
        self, answer: Mapping[str, str], browser_key: str | None, *, callback_of: str | None = None
    ) -> StoredLaunch:
        """Return the launch that the EHR's `answer` (the query of the callback) opens.

        `callback_of` is the key of the EHR whose own callback it is. Raises a LaunchRefused. The
        state is checked before anything else, and can be used only once.
        """
        authorization = self._take_authorization(answer.get("state"))
        ehr = self.registry.find(authorization.ehr, authorization.data["issuer"])
        if ehr is None:
            raise StateRefused("Open the app again from the chart.")
        with refusals_of(ehr):
            sends_iss = self.discovery.smart(ehr).sends_iss
            if callback_of != ehr.settle_callback(sends_iss=sends_iss).own_callback:
                # A registered EHR could pass off another EHR's response as its own.
                raise StateRefused(
                    "The answer is another EHR's. Open the app again from the chart."
                )
            return self._complete(ehr, authorization, answer, browser_key)

    def _complete(
        self,
        ehr: Ehr,
        authorization: Authorization,
        answer: Mapping[str, str],
        browser_key: str | None,
    ) -> StoredLaunch:
        if browser_key is None:
            raise CookiesLost(
                "The app needs a cookie to know that it is still you, and this page does not "
                "let it keep one.",
                issuer=ehr.issuer,
                role=authorization.data.get("role", EVERYBODY),
            )
        if not authorization.belongs_to(browser_key):
            raise StateRefused(
                "It was begun in another browser or window. Open the app again from the chart."
            )
        self._require_issuer(ehr, answer.get("iss"))
        if "error" in answer:
            raise Denied(
                "Open the app again from the chart, or ask your EHR administrator.",
                details=[reason_of(answer["error"])],
            )
        if not answer.get("code"):
            raise StateRefused("The EHR's answer has no code. Open the app again from the chart.")
        try:
            with self.places.hold(ehr.key):
                return self._open(ehr, authorization, answer["code"], browser_key)
        except Busy:
            raise EhrBusy(
                "Others who sign in wait for its answers already. "
                "Open the app again from the chart in half a minute."
            ) from None

    def _take_authorization(self, state: str | None) -> Authorization:
        authorization = self.store.authorizations.take(state) if state else None
        if authorization is None:
            raise StateRefused(
                "It took longer than ten minutes, was used before, or was not begun here. "
                "Open the app again from the chart."
            )
        return authorization

    def _require_issuer(self, ehr: Ehr, issuer: str | None) -> None:
        """Check the `iss` of the response, RFC 9207; raises StateRefused."""
        configuration = self.discovery.smart(ehr)
        if issuer is None and not configuration.sends_iss:
            return
        if issuer is None or issuer != (configuration.issuer or ehr.issuer):
            raise StateRefused("The answer is another server's. Open the app again from the chart.")

    def _open(
        self, ehr: Ehr, authorization: Authorization, code: str, browser_key: str
    ) -> StoredLaunch:
        client = self.client(ehr)
        answer = client.exchange(code, authorization.data["verifier"])
        if quirks.SCOPE_OMITTED in ehr.quirks:
            answer.setdefault("scope", authorization.data["scope"])
        tokens = read_tokens(answer)
        try:
            return self._open_checked(ehr, authorization, client, answer, tokens, browser_key)
        except LaunchRefused:
            # The launch is not opened: nobody will use its tokens.
            revoke_all(client, tokens)
            raise

    def _open_checked(
        self,
        ehr: Ehr,
        authorization: Authorization,
        client: OAuthClient,
        answer: Mapping[str, Any],
        tokens: dict[str, Any],
        browser_key: str,
    ) -> StoredLaunch:
        """Open the launch after all checks of user, patient and token."""
        nonce = authorization.data["nonce"]
        claims = self._claims(ehr, answer, tokens, nonce)
        user = self._user(ehr, claims, tokens)
        standalone = authorization.data.get("standalone", False)
        context = read_context(answer, ehr.issuer, or_choose=standalone)
        issuer = self.discovery.smart(ehr).issuer
        granted = GrantedToken(ehr.client_id, context["patient"], issuer, ehr.issuer)
        tokens = apply_introspection(tokens, client.introspect(tokens["access_token"]), granted)
        if context["patient"] is None and not searches_patients(Scopes.parse(tokens["scope"])):
            raise NoPatient(
                "The EHR let no patient be chosen, and does not let the app look one up. Open the "
                "app from a patient's chart in the EHR, or ask its administrator to allow "
                "user/Patient.rs."
            )
        kept = {
            "identity": {**{name: claims[name] for name in ("iss", "sub")}, "nonce": nonce}
            if claims
            else None,
            "role": authorization.data.get("role", EVERYBODY),
            "requested": authorization.data.get("scope", ""),
        }
        return self.opener.open(browser_key, ehr, user, context | kept, tokens)

    def _claims(
        self, ehr: Ehr, answer: Mapping[str, Any], tokens: Mapping[str, Any], nonce: str
    ) -> dict[str, Any] | None:
        """Return the claims of the id_token; None if `openid` was not granted."""
        id_token = answer.get("id_token")
        if id_token is None and "openid" not in Scopes.parse(tokens["scope"]):
            if quirks.PKCE_UNANNOUNCED in ehr.quirks:
                raise IdentityRefused(
                    "Nothing shows that the answer is to this sign-in: the EHR does not say that "
                    "it checks the app's proof (PKCE), and it did not say who you are (openid). "
                    f"Tell the administrator of {ehr.name}."
                )
            return None
        access_token = tokens["access_token"]
        return claims_of(self.discovery, ehr, id_token, access_token, nonce=nonce)

    def _user(self, ehr: Ehr, claims: dict[str, Any] | None, tokens: Mapping[str, Any]) -> User:
        """Return the user of the claims, with the name; without claims the user is unknown."""
        if claims is None:
            return User(reference=None, name="")
        if quirks.USER_IN_PROFILE in ehr.quirks:
            claims.setdefault("fhirUser", claims.get("profile"))
        reference = user_reference(claims, (ehr.issuer, *ehr.other_bases))
        if reference is None:
            return User(reference=None, name="")
        session = FhirSession(
            ehr.issuer, OneToken(tokens["access_token"]), _NAME_LIMITS, rule=self.rule
        )
        with closing(session):
            return User(reference=reference, name=name_of(session, reference))
