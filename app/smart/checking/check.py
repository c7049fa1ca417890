"""`oncoform check` of one EHR at one FHIR base."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.fhir.credentials import OneToken
from app.fhir.session import FhirSession, Limits
from app.smart.checking import chart, way_in
from app.smart.checking.chart import FormNeeds
from app.smart.checking.report import Finding, Report, Section, shown
from app.smart.ehrs import quirks
from app.smart.ehrs.registry import Ehr
from app.smart.errors import EhrUnusable
from app.smart.oauth.discovery import Discovery, SmartConfiguration, smart_address, texts
from app.smart.oauth.http import Refused, Web
from app.smart.oauth.id_token import ACCEPTED_ALGORITHMS

# A CapabilityStatement is large, and is read only once here.
_LIMITS = Limits(max_bytes=20_000_000)
_UNREACHED = "Not reached"
_IDENTITY = "Who the user is (OpenID Connect)"


def check(
    web: Web,
    ehr: Ehr,
    *,
    asked: Sequence[str],
    forms: Sequence[FormNeeds],
    sharing: Sequence[str] = (),
    fault: str | None = None,
) -> Report:
    """Read what the EHR publishes, and compare it with what the app needs.

    `asked` are the requested scopes, in version 2; `sharing` are the names of other EHRs that use
    the shared callback; `fault` says why the app cannot use the registration.
    """
    sections = []
    if fault:
        why = f"The app does not start with this launch file. {fault}"
        sections.append(
            Section("Launch file", (Finding("registration", "cannot be used", "stops", why),))
        )
    sections += _way_in(web, ehr, asked, sharing)
    if any(section.title == _UNREACHED for section in sections):
        return Report(ehr.name, ehr.key, ehr.issuer, tuple(sections))
    capability = FhirSession(ehr.issuer, OneToken(None), _LIMITS, rule=web.rule).capability()
    sections += [chart.server(capability, forms, asked), chart.by_form(capability, forms)]
    return Report(ehr.name, ehr.key, ehr.issuer, tuple(sections))


def _way_in(web: Web, ehr: Ehr, asked: Sequence[str], sharing: Sequence[str]) -> list[Section]:
    try:
        document, ahead = web.get_json_and_clock(smart_address(ehr))
    except Refused as reason:
        why = f"It could not be read: {reason}."
        finding = Finding("SMART configuration", "not read", "stops", why)
        return [Section(_UNREACHED, (finding,))]
    discovery = Discovery(web)
    configuration, reading = way_in.read(discovery, ehr)
    sections = [
        way_in.endpoints(web, ehr, document, ahead),
        way_in.features(ehr, document, sharing),
        way_in.client(ehr, document, configuration),
        way_in.scopes(document, configuration, asked),
    ]
    if configuration:
        sections.append(_identity(web, discovery, ehr, configuration, asked))
    elif not any(f.verdict == "stops" for section in sections for f in section.findings):
        sections.append(Section("Discovery", (reading,)))
    return sections


def _identity(
    web: Web,
    discovery: Discovery,
    ehr: Ehr,
    configuration: SmartConfiguration,
    asked: Iterable[str],
) -> Section:
    """Tell whether the app can validate id_tokens of this EHR."""
    if "openid" not in asked:
        why = "openid is not among the scopes: entries have no author."
        return Section(_IDENTITY, (Finding("asked for", "no", "note", why),))
    if configuration.issuer is None:
        why = (
            "Its SMART configuration names no issuer that the app may ask. If its FHIR base is the "
            f"issuer, the quirk is {quirks.OIDC_ISSUER_IS_FHIR_BASE}."
        )
        return Section(_IDENTITY, (Finding("issuer", "not named", "stops", why),))
    rows = [Finding("issuer", configuration.issuer)]
    try:
        keys = discovery.keys(ehr, configuration.issuer)
    except EhrUnusable as error:
        rows.append(Finding("keys", "cannot be had", "stops", " ".join(error.details)))
        return Section(_IDENTITY, tuple(rows))
    rows += [_keys(keys), _algorithms(web, configuration.issuer)]
    return Section(_IDENTITY, tuple(rows))


def _keys(keys: Iterable[Any]) -> Finding:
    key_types = [
        " ".join(shown(jwk.get(name)) for name in ("kty", "crv", "alg") if jwk.get(name))
        for jwk in keys
        if isinstance(jwk, dict) and jwk.get("use", "sig") == "sig"
    ]
    if not key_types:
        why = "No key of the set is for signatures, so no id_token can be checked."
        return Finding("keys", "none", "stops", why)
    return Finding("keys", shown(key_types))


def _algorithms(web: Web, issuer: str) -> Finding:
    try:
        document = web.get_json(f"{issuer.removesuffix('/')}/.well-known/openid-configuration")
    except Refused:
        document = {}
    listed = texts(document.get("id_token_signing_alg_values_supported"))
    if listed and not ACCEPTED_ALGORITHMS & set(listed):
        why = "The app accepts signatures by a private key only: " + shown(
            sorted(ACCEPTED_ALGORITHMS)
        )
        return Finding("algorithms of id_tokens", shown(listed), "stops", why)
    return Finding("algorithms of id_tokens", shown(listed) if listed else "not said")
