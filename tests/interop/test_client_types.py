"""Whole visits as each type of client, at the sandbox and at another maker's server."""

import pytest

from tests.client_types import TYPES, visit
from tests.interop.oidc import registered
from tests.interop.upstream import ONCOLOGIST
from tests.live import demo

pytestmark = [pytest.mark.interop, pytest.mark.network]

TOKEN_SECONDS = 5


@pytest.fixture(params=TYPES.values(), ids=TYPES.keys())
def client(request):
    return request.param


def _is_in_the_chart(chart, written: list[str]) -> None:
    group, provenance = chart.read(written[3]), chart.read(written[4])
    assert group["valueCodeableConcept"]["text"] == "IIB"
    assert [member["reference"] for member in group["hasMember"]] == written[:3]
    assert provenance["agent"][0]["who"]["reference"] == f"Practitioner/{ONCOLOGIST}"


def test_a_visit_at_the_sandbox_in_front_of_another_server(client, hapi, tmp_path):
    patient = hapi.chart.new_patient()
    with (
        client.environment("sandbox-secret"),
        demo(
            tmp_path,
            token_seconds=TOKEN_SECONDS,
            upstream=hapi.chart.base,
            registration=client.entry(client.sandbox),
        ) as running,
    ):
        _is_in_the_chart(hapi.chart, visit(running, patient, ONCOLOGIST, client=client.sandbox))


def test_a_visit_at_another_makers_authorization_server(client, hapi, oidc, tmp_path):
    patient = hapi.chart.new_patient()
    with registered(oidc, tmp_path, client) as site:
        _is_in_the_chart(hapi.chart, visit(site, patient, ONCOLOGIST, seconds=str(TOKEN_SECONDS)))
