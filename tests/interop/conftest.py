"""Other people's servers, and the app in front of each."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.interop import conformance, servers
from tests.interop.oidc import OidcEhr
from tests.interop.upstream import Upstream
from tests.interop.validation import Validator
from tests.live import Demo, demo

_EXCUSED = pytest.StashKey[dict[str, None]]()


@dataclass(frozen=True)
class Site:
    """The app and an EHR; `chart` is the server behind it, asked past both."""

    demo: Demo
    chart: Upstream


@pytest.fixture(scope="session")
def hapi(tmp_path_factory) -> Iterator[Site]:
    """HAPI FHIR with the profiles of US Core and mCODE, behind the sandbox's authorization."""
    packages = conformance.packages()
    folder = tmp_path_factory.mktemp("hapi")
    with servers.hapi(folder) as base:
        conformance.load(base, packages)
        with demo(folder, upstream=base) as running:
            yield Site(running, Upstream(base))


@pytest.fixture(scope="session")
def medplum(tmp_path_factory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("medplum")
    with servers.medplum(folder) as base, demo(folder, upstream=base) as running:
        yield Site(running, Upstream(base))


@pytest.fixture(scope="session")
def oidc(hapi, tmp_path_factory) -> Iterator[OidcEhr]:
    """oidc-provider as the authorization server of an EHR, with HAPI FHIR as its chart."""
    with servers.oidc(tmp_path_factory.mktemp("oidc"), hapi.chart.base) as ehr:
        yield ehr


@pytest.fixture(params=["hapi", "medplum"])
def site(request) -> Site:
    """Each of the servers in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def patient_id(site) -> str:
    return site.chart.new_patient()


@pytest.fixture
def validator(hapi) -> Validator:
    return Validator(hapi.chart)


@pytest.fixture
def told(request) -> dict[str, None]:
    """Findings that are excused; the end of the run lists them, each once."""
    return request.config.stash.setdefault(_EXCUSED, {})


@pytest.fixture
def passes(hapi, validator, told):
    """Check that resources are without fault; keeps what is excused for the end of the run."""

    def check(references: list[str]) -> None:
        for reference in references:
            verdict = validator.judge(hapi.chart.read(reference))
            assert verdict.faults == []
            told.update(dict.fromkeys(verdict.excused))

    return check


def pytest_terminal_summary(terminalreporter, config) -> None:
    excused = config.stash.get(_EXCUSED, {})
    if excused:
        terminalreporter.section("findings of the validator that are excused")
        for finding in excused:
            terminalreporter.write_line(finding)
