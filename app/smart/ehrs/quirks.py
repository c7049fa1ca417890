"""Quirks: known differences of EHRs from SMART App Launch 2.2, if the launch file tolerates them.

With any quirk the app still checks state, PKCE, signatures and issuers.
"""

PKCE_UNANNOUNCED = "pkce-unannounced"
SCOPE_OMITTED = "scope-omitted"
OIDC_ISSUER_IS_FHIR_BASE = "oidc-issuer-is-fhir-base"
SCOPES_VERSION_1 = "scopes-version-1"
NONCE_OMITTED = "nonce-omitted"
SECRET_FORM_ENCODED = "secret-form-encoded"  # noqa: S105 - the name of a quirk
SECRET_IN_BODY = "secret-in-body"  # noqa: S105 - the name of a quirk
USER_IN_PROFILE = "user-in-profile"
TOKEN_TYPE_OTHER = "token-type-other"  # noqa: S105 - the name of a quirk

QUIRKS = {
    PKCE_UNANNOUNCED: "discovery does not list S256; the app sends its challenge all the same",
    SCOPE_OMITTED: "a token response without scope grants what was asked for (RFC 6749, 5.1)",
    OIDC_ISSUER_IS_FHIR_BASE: "discovery names no issuer of id_tokens: it is the FHIR base",
    SCOPES_VERSION_1: "scopes are asked for in version 1, though permission-v2 is listed",
    NONCE_OMITTED: "an id_token without nonce is taken; one with another nonce never is",
    SECRET_FORM_ENCODED: "client id and secret are form-encoded in HTTP Basic (RFC 6749, 2.3.1)",
    SECRET_IN_BODY: "the client secret goes in the body of a request, not in HTTP Basic",
    TOKEN_TYPE_OTHER: "a token without token_type, or with an odd one, is used as Bearer",
    USER_IN_PROFILE: "an id_token without fhirUser names the user in its claim `profile`",
}
"""Every quirk, with what the app does then."""

UNSAFE_TOGETHER = frozenset({PKCE_UNANNOUNCED, NONCE_OMITTED})
"""The verifier or the nonce ties a code to its launch: one of the two must be certain."""
