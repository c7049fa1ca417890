"""`oncoform check` of one EHR at one FHIR base."""

from __future__ import annotations

from collections.abc import Sequence

from app.fhir.credentials import OneToken
from app.fhir.session import FhirSession, Limits
from app.smart.checking import chart, way_in
from app.smart.checking.chart import FormNeeds
from app.smart.checking.identity import identity
from app.smart.checking.report import Finding, Report, Section
from app.smart.ehrs.registry import Ehr
from app.smart.oauth.discovery import Discovery, smart_address
from app.smart.oauth.http import Refused, Web

# A CapabilityStatement is large, and is read only once here.
_LIMITS = Limits(timeout=(5, 20), total=60, max_bytes=20_000_000)


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


_UNREACHED = "Not reached"


def _way_in(web: Web, ehr: Ehr, asked: Sequence[str], sharing: Sequence[str]) -> list[Section]:
    try:
        document = web.get_json(smart_address(ehr))
    except Refused as reason:
        why = f"It could not be read: {reason}."
        finding = Finding("SMART configuration", "not read", "stops", why)
        return [Section(_UNREACHED, (finding,))]
    discovery = Discovery(web)
    configuration, reading = way_in.read(discovery, ehr)
    sections = [
        way_in.endpoints(web, ehr, document),
        way_in.features(ehr, document, sharing),
        way_in.client(ehr, document, configuration),
        way_in.scopes(document, configuration, asked),
    ]
    if configuration:
        sections.append(identity(web, discovery, ehr, configuration, asked))
    elif not any(f.verdict == "stops" for section in sections for f in section.findings):
        sections.append(Section("Discovery", (reading,)))
    return sections
