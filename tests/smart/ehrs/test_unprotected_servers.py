import pytest

from app import create_app
from app.config import ConfigError
from app.smart.ehrs.registry import unprotected_servers

BASES = "http://127.0.0.1:8080/fhir  http://localhost:8081/fhir/"


def test_each_base_is_a_server_that_nobody_signs_in_to():
    first, second = unprotected_servers(BASES, demo=True)
    assert (first.key, first.unprotected) == ("open-127.0.0.1:8080", True)
    assert first.name == "Test server without sign-in, 127.0.0.1:8080"
    assert first.at("http://127.0.0.1:8080/fhir").issuer == "http://127.0.0.1:8080/fhir"
    assert first.at("http://127.0.0.1:8080/other") is None
    assert second.at("http://localhost:8081/fhir") is not None
    assert first.frame_ancestors == ()


def test_there_is_none_without_the_setting():
    assert unprotected_servers("", demo=False) == unprotected_servers(" ", demo=True) == []


def test_outside_of_the_demo_the_app_does_not_start(
    settings, registration, registrations, tmp_path
):
    (tmp_path / "launch.json").write_text('{"ehrs": []}')
    with pytest.raises(ConfigError, match="for testing"):
        create_app({**settings, "OPEN_FHIR_SERVERS": "http://127.0.0.1:8080/fhir"})


@pytest.mark.parametrize(
    "base",
    [
        "https://fhir.example/r4",
        "http://10.0.0.7/fhir",
        "http://127.0.0.1.evil.example/fhir",
        "http://evil@127.0.0.1/fhir",
        "http://127.0.0.1:8080/*/fhir",
        "http://[/fhir",
        "127.0.0.1:8080/fhir",
        "file:///fhir",
    ],
)
def test_a_server_elsewhere_is_refused(base):
    with pytest.raises(ConfigError, match="on this machine"):
        unprotected_servers(base, demo=True)
