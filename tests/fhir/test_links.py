from __future__ import annotations

import pytest

from app.fhir.links import below_base

BASE = "https://ehr.example/fhir"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"{BASE}/Patient/1", f"{BASE}/Patient/1"),
        (BASE, BASE),
        (f"{BASE}?_getpages=1", f"{BASE}?_getpages=1"),
        ("HTTPS://EHR.EXAMPLE:443/fhir/Patient?a=b#c", f"{BASE}/Patient?a=b"),
        ("Patient/1", f"{BASE}/Patient/1"),
    ],
)
def test_an_address_below_the_base_is_spelled_as_the_base_is(address, expected):
    assert below_base(BASE, address) == expected


def test_a_base_at_the_root_of_its_host_has_everything_on_that_host_below_it():
    assert below_base("https://ehr.example", "/Patient/1") == "https://ehr.example/Patient/1"
    assert below_base("https://ehr.example", "https://evil.example/Patient/1") is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        None,
        "https://ehr.example/fhirx",
        "https://ehr.example/",
        f"{BASE}/../x",
        f"{BASE}/a/%2E%2e/b",
        f"{BASE}/a%5c..",
        f"{BASE}\n/Patient",
        "https://ehr.example:99999/fhir/x",
        "https://a:b@ehr.example/fhir/x",
        "https://@ehr.example/fhir/x",
    ],
)
def test_anything_else_is_foreign(address):
    assert below_base(BASE, address) is None
