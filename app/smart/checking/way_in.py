"""Whether a launch can work: discovery, client authentication and scopes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from app.smart.checking.report import Finding, Section, Verdict, shown
from app.smart.ehrs import quirks
from app.smart.ehrs.registry import Ehr
from app.smart.errors import EhrUnusable
from app.smart.oauth.client import signing_key
from app.smart.oauth.discovery import (
    LEEWAY_SECONDS,
    Discovery,
    SmartConfiguration,
    endpoint,
    promises_iss,
    texts,
)
from app.smart.oauth.http import Web
from app.smart.oauth.requested_scopes import scope_parameter
from app.smart.scopes import Scopes

_ENDPOINTS: tuple[tuple[str, Verdict, str], ...] = (
    ("authorization_endpoint", "stops", "No browser can be sent anywhere."),
    ("token_endpoint", "stops", "No token can be had."),
    ("revocation_endpoint", "note", "Signing out ends the tokens here, and not at the EHR."),
    ("introspection_endpoint", "ok", ""),
    ("registration_endpoint", "ok", ""),
    ("management_endpoint", "ok", ""),
)
_CAPABILITIES = (
    ("launch-ehr", "The app is not opened from a chart."),
    ("launch-standalone", "The app is not opened from outside a chart."),
    ("context-ehr-patient", "A launch from a chart may not say whose chart it is."),
    ("sso-openid-connect", "The EHR may not say who the user is, so entries have no author."),
    ("permission-patient", "Scopes on one patient's data may be refused."),
    ("permission-v2", "Scopes are asked for in version 1, where writing is one whole."),
    ("permission-online", "The EHR may give no refresh token: launches end with their token."),
)
_SAME_TIME = 60
_CLIENTS = {
    "public": "client-public",
    "symmetric": "client-confidential-symmetric",
    "asymmetric": "client-confidential-asymmetric",
}


def read(discovery: Discovery, ehr: Ehr) -> tuple[SmartConfiguration | None, Finding]:
    """Return the EHR's configuration as the app reads it; None if no launch can work with it."""
    try:
        configuration = discovery.smart(ehr)
    except EhrUnusable as error:
        why = " ".join(error.details)
        return None, Finding("SMART configuration", "cannot be used", "stops", why)
    return configuration, Finding("SMART configuration", "read as the app reads it")


def endpoints(web: Web, ehr: Ehr, document: Mapping[str, Any], ahead: int | None) -> Section:
    """Tell where the EHR is reached, how its clock goes, and which endpoints it names.

    `ahead` is by how many seconds its clock is ahead of the app's, None if that is not known.
    """
    secure = ehr.issuer.startswith("https://")
    rows = [
        Finding("connection", "TLS, certificate accepted")
        if secure
        else Finding("connection", "plain http", "note", "Only the demo allows it.")
    ]
    rows.append(_clock(ahead))
    for name, missing, why in _ENDPOINTS:
        label = name.replace("_", " ")
        if address := endpoint(web, ehr, document, name):
            rows.append(Finding(label, address))
        elif document.get(name) is None:
            rows.append(Finding(label, "not offered", missing, why))
        else:
            rows.append(
                Finding(
                    label,
                    shown(document[name]),
                    "stops" if missing == "stops" else "warning",
                    "The app may not speak to this address.",
                )
            )
    return Section("Reached at", tuple(rows))


def _clock(ahead: int | None) -> Finding:
    if ahead is None:
        return Finding("clock", "not said")
    difference = f"{abs(ahead)} seconds {'ahead of' if ahead > 0 else 'behind'} the app's"
    if abs(ahead) <= _SAME_TIME:
        return Finding("clock", "as the app's, to within a minute")
    if abs(ahead) <= LEEWAY_SECONDS:
        why = "The app allows for five minutes; set the clock that is wrong before it is more."
        return Finding("clock", difference, "note", why)
    why = f"It is {difference}, which allows for five minutes: set the clock that is wrong."
    return Finding("clock", difference, "warning", why)


def features(ehr: Ehr, document: Mapping[str, Any], sharing: Sequence[str]) -> Section:
    """Tell which capabilities the EHR lists, and how it protects its answers."""
    capabilities = texts(document.get("capabilities"))
    rows = [
        Finding(name, "yes") if name in capabilities else Finding(name, "not listed", "note", why)
        for name, why in _CAPABILITIES
    ]
    if not {"launch-ehr", "launch-standalone"} & set(capabilities):
        rows.append(
            Finding("launch", "not listed", "warning", "It lists neither way to launch an app.")
        )
    if quirks.SCOPES_VERSION_1 in ehr.quirks:
        rows.append(Finding("version of scopes", "1", "note", "The launch file says so (quirks)."))
    if ehr.authorize == "post" and "authorize-post" not in capabilities:
        why = "The launch file asks for a POST (authorize), which the EHR does not list."
        rows.append(Finding("authorize-post", "not listed", "warning", why))
    rows += [_pkce(ehr, document), _sender(ehr, document, sharing)]
    return Section("Capabilities", tuple(rows))


def client(
    ehr: Ehr, document: Mapping[str, Any], configuration: SmartConfiguration | None
) -> Section:
    """Tell whether the EHR accepts the app's method of client authentication."""
    method = ehr.authentication
    listed = document.get("token_endpoint_auth_methods_supported")
    offered = texts(listed)
    rows = [Finding("registered as", f"{ehr.client_auth}, by {method}")]
    if _CLIENTS[ehr.client_auth] not in texts(document.get("capabilities")):
        rows.append(
            Finding(
                _CLIENTS[ehr.client_auth], "not listed", "note", "The list need not be complete."
            )
        )
    if listed is None:
        rows.append(Finding("methods it takes", "not said", "note", "The first launch shows it."))
    elif method in offered:
        rows.append(Finding("methods it takes", shown(offered)))
    elif method == "none":
        why = "It does not list `none`; most EHRs take public clients all the same."
        rows.append(Finding("methods it takes", shown(offered), "note", why))
    else:
        rows.append(Finding("methods it takes", shown(offered), "stops", _other_method(offered)))
    if ehr.client_auth == "symmetric" and _has_several_operators(ehr):
        why = (
            "It is sent to the token endpoint that each FHIR base of the registration names. "
            "If they are not of one house, register each with a secret of its own, or "
            "register as an asymmetric client."
        )
        rows.append(Finding("secret", "one for several FHIR bases", "warning", why))
    if ehr.client_auth == "asymmetric":
        rows.append(_algorithm(ehr, document, configuration))
    return Section("How the app proves itself", tuple(rows))


def _has_several_operators(ehr: Ehr) -> bool:
    """Tell whether its FHIR bases may be run by different parties."""
    hosts = {urlsplit(pattern.text).netloc for pattern in ehr.issuers}
    return len(hosts) > 1 or not all(pattern.is_exact for pattern in ehr.issuers)


def scopes(
    document: Mapping[str, Any], configuration: SmartConfiguration | None, asked: Iterable[str]
) -> Section:
    """Tell which of the requested scopes the EHR offers."""
    capabilities = configuration.capabilities if configuration else frozenset[str]()
    requested = scope_parameter(asked, capabilities=capabilities, standalone=False).split()
    offered = texts(document.get("scopes_supported"))
    version = "2" if "permission-v2" in capabilities else "1"
    rows = [Finding("asked for", f"{len(requested)} scopes in version {version}")]
    if not offered:
        rows.append(Finding("offered", "not said", "note", "The first launch shows it."))
    else:
        missing = Scopes.parse(" ".join(offered)).missing(requested)
        rows.append(Finding("offered", f"{len(offered)} are listed"))
        why = "The list need not be complete, and a user may be granted less."
        rows.append(
            Finding("asked for and not listed", shown(missing), "note" if missing else "ok", why)
        )
    return Section("Scopes", tuple(rows))


def _pkce(ehr: Ehr, document: Mapping[str, Any]) -> Finding:
    offered = texts(document.get("code_challenge_methods_supported"))
    if "S256" in offered:
        why = "It takes `plain` as well, which SMART forbids; the app does not use it."
        return Finding("PKCE", shown(offered), "note" if "plain" in offered else "ok", why)
    if quirks.PKCE_UNANNOUNCED in ehr.quirks:
        why = "Tolerated for this EHR (quirks): make sure that it checks the verifier."
        return Finding("PKCE", "not listed", "note", why)
    why = (
        "It does not list S256. If it is known to check the verifier, the quirk is "
        f"{quirks.PKCE_UNANNOUNCED}."
    )
    return Finding("PKCE", shown(offered), "stops", why)


def _sender(ehr: Ehr, document: Mapping[str, Any], sharing: Sequence[str]) -> Finding:
    label = "answers name their sender (iss)"
    if promises_iss(ehr, document):
        return Finding(label, "yes")
    if sharing and not ehr.own_callback:
        why = (
            f"{shown(list(sharing))} answers at /callback too, and could be passed off as this "
            'EHR, or this as that: give it "callback": "own", and register the address anew.'
        )
        return Finding(label, "no", "warning", why)
    if len(ehr.issuers) > 1 or not ehr.issuers[0].is_exact:
        why = (
            "The FHIR bases of this registration answer at one callback. If they are not of one "
            "house, register each with a callback of its own."
        )
        return Finding(label, "no", "note", why)
    return Finding(label, f"no; it alone answers at {ehr.callback_path}")


def _other_method(offered: Sequence[str]) -> str:
    if "client_secret_post" in offered:
        return f"For a secret in the body, the quirk is {quirks.SECRET_IN_BODY}."
    return "It takes no such proof: register the app as another type of client."


def _algorithm(
    ehr: Ehr, document: Mapping[str, Any], configuration: SmartConfiguration | None
) -> Finding:
    listed = document.get("token_endpoint_auth_signing_alg_values_supported")
    said = shown(texts(listed)) if isinstance(listed, list) else "not said"
    if configuration is None or ehr.signing_keys is None:
        return Finding("algorithms it takes", said)
    try:
        key = signing_key(ehr, configuration)
    except EhrUnusable as error:
        return Finding("algorithms it takes", said, "stops", " ".join(error.details))
    signs = f"; {key.algorithm} signs now, by key {key.kid}" if key else ""
    return Finding("algorithms it takes", f"{said}{signs}")
