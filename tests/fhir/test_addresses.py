import pytest

from app.fhir.addresses import AddressRule

STRICT, DEMO = AddressRule(demo=False), AddressRule(demo=True)


@pytest.mark.parametrize(
    ("address", "strict", "demo"),
    [
        ("https://ehr.example/fhir", True, True),
        ("https://ehr.example:8443", True, True),
        ("https://93.184.216.34/x", True, True),
        ("http://ehr.example/fhir", False, False),
        ("http://127.0.0.1:9000/fhir", False, True),
        ("http://localhost:9000/fhir", False, True),
        ("http://[::1]:9000/fhir", False, True),
        ("http://127.0.0.2/fhir", False, False),
        ("http://10.0.0.1/fhir", False, False),
        ("https://127.0.0.1/fhir", False, True),
        ("https://localhost/fhir", False, True),
        ("https://app.localhost/fhir", False, True),
        ("https://10.0.0.1/fhir", False, True),
        ("https://172.16.0.1", False, True),
        ("https://192.168.0.1", False, True),
        ("https://100.64.0.1", False, True),
        ("https://169.254.169.254/latest", False, True),
        ("https://0.0.0.0", False, True),
        ("https://224.0.0.1", False, True),
        ("https://[fe80::1]", False, True),
        ("https://[fc00::1]", False, True),
        ("https://[::ffff:10.0.0.1]", False, True),
        ("https://[64:ff9b::a00:1]", False, True),
        ("https://[2002:a00:1::]", False, True),
        ("https://127.1/fhir", False, True),
        ("https://0x7f.0.0.1/fhir", False, True),
        ("https://2130706433/fhir", False, True),
        ("https://127.0.0.1./fhir", False, True),
        ("https://localhost./fhir", False, True),
        ("https://EHR.example/fhir", True, True),
        ("https://xn--hr-9ia.example/fhir", True, True),
        ("https://%31%32%37.0.0.1/fhir", False, False),
        ("https://ehr.example%2fevil.example", False, False),
        ("https://user@ehr.example", False, False),
        ("https://user:pass@ehr.example", False, False),
        ("https://ehr.example/#x", False, False),
        ("https://ehr.example:port", False, False),
        ("https://[2606:2800:220:1::1]:8443/fhir", True, True),
        ("https://[2606:2800:220:1::1];sandbox/fhir", False, False),
        ("https://[2606:2800:220:1::1]ehr.example", False, False),
        ("https://ehr.example[2606:2800:220:1::1]", False, False),
        ("https://ehr.example\\@evil.example", False, False),
        ("https://ehr.example/a b", False, False),
        ("https://ehr.example/\n", False, False),
        ("https://éhr.example", False, False),
        ("https://", False, False),
        ("//ehr.example", False, False),
        ("ftp://ehr.example", False, False),
        ("javascript:alert(1)", False, False),
        ("", False, False),
    ],
)
def test_only_encrypted_public_addresses_are_allowed(address, strict, demo):
    assert STRICT.allows(address) is strict
    assert DEMO.allows(address) is demo


@pytest.mark.parametrize(
    ("peer", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:192.168.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("0.0.0.1", False),
        ("100.64.0.1", False),
        ("192.0.2.1", False),
        ("192.0.0.170", False),
        ("198.18.0.1", False),
        ("198.51.100.1", False),
        ("203.0.113.1", False),
        ("192.88.99.1", False),
        ("224.0.0.251", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::127.0.0.1", False),
        ("::93.184.216.34", False),
        ("fec0::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("100::1", False),
        ("2001:db8::1", False),
        ("3fff::1", False),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b::93.184.216.34", True),
        ("64:ff9b:1::10.0.0.1", False),
        ("64:ff9b:1::93.184.216.34", False),
        ("2002:7f00:1::1", False),
        ("2002:5db8:d822::1", True),
        ("2001:0:a00:1::1", False),
    ],
)
def test_a_private_peer_is_for_the_demo_alone(peer, public):
    assert STRICT.allows_peer(peer) is public
    assert DEMO.allows_peer(peer)
    assert AddressRule(demo=False, own_network=True).allows_peer(peer)
