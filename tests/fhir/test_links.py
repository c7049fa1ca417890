import pytest

from app.fhir.addresses import below_base

BASE = "https://ehr.example/fhir"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"{BASE}/Patient/1", f"{BASE}/Patient/1"),
        (BASE, BASE),
        (f"{BASE}?_getpages=1", f"{BASE}?_getpages=1"),
        ("HTTPS://EHR.EXAMPLE:443/fhir/Patient?a=b#c", f"{BASE}/Patient?a=b"),
        ("Patient/1", f"{BASE}/Patient/1"),
        (f"{BASE}/Patient/a%20b", f"{BASE}/Patient/a%20b"),
        (f"{BASE}/Patient/1;v=2", f"{BASE}/Patient/1;v=2"),
    ],
)
def test_an_address_below_the_base_is_spelled_as_the_base_is(address, expected):
    assert below_base(BASE, address) == expected


@pytest.mark.parametrize("base", ["https://ehr.example:443/fhir", "https://EHR.example/fhir"])
def test_a_base_may_be_spelled_otherwise_than_the_ehr_spells_it(base):
    assert below_base(base, "https://ehr.example/fhir/Patient/1") == f"{base}/Patient/1"
    assert below_base(base, "https://ehr.example:8443/fhir/Patient/1") is None


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
        f"{BASE}/a/%252e%252e/%252e%252e/admin",
        f"{BASE}/a%2f..%2f..%2fadmin",
        f"{BASE}/..;/admin",
        f"{BASE}/..;a=b/admin",
        f"{BASE}/%2e%2e%3bx/admin",
        f"{BASE}/a%00b",
        f"{BASE}/a%0d%0ab",
        f"{BASE}/%252525252525252e",
        "https://ehr.example./fhir/Patient",
        "https://ehr.example.evil.example/fhir/Patient",
        "https://evil.example#@ehr.example/fhir/Patient",
        "https://ehr.example%2f@evil.example/fhir/Patient",
        "https://ehr%2eexample/fhir/Patient",
        "https://ehr。example/fhir/Patient",
        "https://ehr.exampl\u0435/fhir/Patient",
        "https://xn--ehr-.example/fhir/Patient",
        "https://ehr.example:80/fhir/Patient",
        "https://ehr.example:0443:1/fhir/Patient",
        "http://ehr.example:443/fhir/Patient",
        "https:/\\ehr.example/fhir/Patient",
        f"{BASE}\n/Patient",
        "https://ehr.example:99999/fhir/x",
        "https://a:b@ehr.example/fhir/x",
        "https://@ehr.example/fhir/x",
    ],
)
def test_anything_else_is_foreign(address):
    assert below_base(BASE, address) is None
