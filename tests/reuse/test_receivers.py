"""The receivers of the launch file: read whole, or refused with what to mend."""

import json

import pytest

from app.config import ROOT, ConfigError
from app.reuse.receivers import _NEEDS, load_receivers
from app.smart.ehrs.launch_file_keys import RECEIVER

REGISTRY = {
    "key": "registry",
    "name": "State cancer registry",
    "product": "registry-report",
    "version": "1.0.0",
    "address": "https://registry.example/fhir/",
    "purpose": "Reports that the law asks for",
    "site": {"npi": "1234567893"},
}
BEARER = {"auth": "bearer", "token_env": "REGISTRY_TOKEN"}
BASIC = {"auth": "basic", "username": "site", "password_env": "REGISTRY_PASSWORD"}
CERTIFICATE = {"auth": "mutual-tls", "certificate_env": "REGISTRY_CERTIFICATE"}
BACKEND = {
    "auth": "smart-backend",
    "client_id": "oncoform",
    "token_endpoint": "https://auth.example/token",
    "scope": "system/Bundle.c",
    "private_key_env": "REGISTRY_KEYS",
}
PEM = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\ny\n"


@pytest.fixture
def load(tmp_path):
    """Load a launch file with these receivers."""

    def load(*receivers, demo=False, environment=None):
        path = tmp_path / "launch.json"
        path.write_text(json.dumps({"ehrs": [], "receivers": list(receivers)}))
        return load_receivers(str(path), demo=demo, environment=environment or {})

    return load


def changed(**more):
    """Return the registry with changes; None takes a member out."""
    values = {**REGISTRY, **more}
    return {name: value for name, value in values.items() if value is not None}


def test_a_receiver_is_read_whole(load):
    (receiver,) = load(REGISTRY)
    assert receiver.address == "https://registry.example/fhir"
    assert (receiver.product, receiver.version, receiver.auth) == (
        "registry-report",
        "1.0.0",
        "none",
    )
    assert receiver.site == {"npi": "1234567893"}
    assert receiver.purpose == "Reports that the law asks for"


def test_receivers_are_found_by_key_and_by_product(load):
    other = changed(key="other", product="trial-matching")
    receivers = load(REGISTRY, other)
    assert receivers.with_key("other").product == "trial-matching"
    assert receivers.with_key("none") is None
    assert [one.key for one in receivers.of_product("registry-report", "example")] == ["registry"]
    assert receivers
    assert not load()


def test_an_address_in_the_hospital_s_own_network_is_allowed_and_plain_http_is_not(load):
    (receiver,) = load(changed(address="https://10.0.0.7/fhir"))
    assert receiver.takes("https://10.0.0.7/fhir/Bundle")
    local = changed(address="http://127.0.0.1:9100")
    assert load(local, demo=True)
    with pytest.raises(ConfigError, match="registry: address is an https address"):
        load(local)


def test_a_receiver_of_the_demo_is_left_out_outside_of_it(load):
    demo = changed(demo_only=True, address="${NOWHERE}")
    assert not load(demo)
    with pytest.raises(ConfigError, match="NOWHERE"):
        load(demo, demo=True)


def test_what_a_product_adds_stays_below_the_address(load):
    (receiver,) = load(REGISTRY)
    assert receiver.address_of("/$process-message") == (
        "https://registry.example/fhir/$process-message"
    )
    assert receiver.address_of() == receiver.address
    for path in ("/../other", "@evil.example/x", ".evil.example"):
        with pytest.raises(ValueError, match="leads out"):
            receiver.address_of(path)
    assert not receiver.takes("https://registry.example/other")
    assert not receiver.takes("https://evil.example/fhir")


@pytest.mark.parametrize(
    ("more", "environment", "secret"),
    [
        (BEARER, {"REGISTRY_TOKEN": "t0ken"}, "t0ken"),
        (BASIC, {"REGISTRY_PASSWORD": "pa55 word"}, "pa55 word"),
    ],
)
def test_a_secret_comes_from_the_environment_and_is_not_shown(load, more, environment, secret):
    (receiver,) = load(changed(**more), environment=environment)
    assert receiver.secret == secret
    assert secret not in repr(receiver)
    (name,) = environment
    with pytest.raises(ConfigError, match=f"registry: set {name}"):
        load(changed(**more))


def test_a_certificate_is_a_private_file_with_its_key(load, tmp_path):
    path = tmp_path / "client.pem"
    environment = {"REGISTRY_CERTIFICATE": str(path)}
    with pytest.raises(ConfigError, match="the path of a PEM file"):
        load(changed(**CERTIFICATE), environment=environment)
    path.write_text(PEM)
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load(changed(**CERTIFICATE), environment=environment)
    path.chmod(0o600)
    (receiver,) = load(changed(**CERTIFICATE), environment=environment)
    assert receiver.certificate == str(path)


def test_keys_of_backend_services_are_those_of_a_variable(load, keys):
    (receiver,) = receivers = load(changed(**BACKEND), environment={"REGISTRY_KEYS": keys})
    assert receiver.token_endpoint == "https://auth.example/token"
    assert receivers.signing_keys() == (receiver.keys,)
    with pytest.raises(ConfigError, match="registry: REGISTRY_KEYS"):
        load(changed(**BACKEND))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"key": None}, "1 to 64 small letters"),
        ({"key": "x" * 65}, "1 to 64 small letters"),
        ({"name": None}, "registry of the launch file lacks name"),
        ({"purpose": ""}, "lacks purpose"),
        ({"adress": "https://x.example"}, "there is no adress .* is address meant"),
        ({"site": "npi"}, "site is object"),
        ({"auth": "digest"}, "auth is none, basic, bearer, mutual-tls or smart-backend"),
        ({"auth": "basic", "username": "x"}, "lacks password_env"),
        ({"token_env": "REGISTRY_TOKEN"}, "token_env has no use with auth none"),
        ({"token": "s3cret"}, "holds no secrets"),
        ({"password": "s3cret"}, "holds no secrets"),
        ({"auth": "bearer", "token_env": "s3cret:/%"}, "name of an environment variable"),
        ({"certificate": PEM}, "holds no secrets"),
        ({"private_key_env": PEM}, "holds a private key"),
        ({"address": "ftp://registry.example"}, "address is an https address"),
        ({"address": "https://user@registry.example"}, "address is an https address"),
        ({"address": "https://registry.example/?a=b"}, "address is an https address"),
        ({**BACKEND, "token_endpoint": "http://auth.example"}, "token_endpoint is an https"),
    ],
)
def test_what_the_app_would_not_heed_is_refused(load, changes, words):
    with pytest.raises(ConfigError, match=words) as refusal:
        load(changed(**changes))
    assert "s3cret" not in str(refusal.value)


def test_two_with_one_key_are_refused(load):
    with pytest.raises(ConfigError, match="Two receivers"):
        load(REGISTRY, REGISTRY)


@pytest.mark.parametrize("receivers", [{}, ["registry"]])
def test_receivers_are_a_list_of_objects(tmp_path, receivers):
    path = tmp_path / "launch.json"
    path.write_text(json.dumps({"ehrs": [], "receivers": receivers}))
    with pytest.raises(ConfigError, match="receivers of the launch file"):
        load_receivers(str(path), demo=False)


def test_every_key_of_a_receiver_stands_in_the_documentation():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    table = page.partition("| key of a receiver |")[2].partition("\n\n")[0]
    for name in [*RECEIVER, *_NEEDS]:
        assert f"`{name}`" in table


def test_the_keys_for_receivers_are_published(settings, tmp_path, keys, monkeypatch):
    from app import create_app  # noqa: PLC0415 -- only this test needs the app

    launch_file = json.loads((ROOT / "launch.json").read_text(encoding="utf-8"))
    launch_file["receivers"] = [changed(product="mcode-bundle", ehrs=["sandbox"], **BACKEND)]
    path = tmp_path / "launch.json"
    path.write_text(json.dumps(launch_file))
    monkeypatch.setenv("REGISTRY_KEYS", keys)
    app = create_app({**settings, "LAUNCH_FILE": str(path)})
    published = app.test_client().get("/.well-known/jwks.json").get_json()["keys"]
    assert [one["kid"] for one in published] == ["receivers"]
    assert all("d" not in one for one in published)
    app.extensions["store"].close()


def test_a_receiver_says_which_of_several_ehrs_report_to_it(tmp_path):
    ehrs = json.loads((ROOT / "launch.json").read_text(encoding="utf-8"))["ehrs"]
    path = tmp_path / "launch.json"

    def loaded(**more):
        path.write_text(json.dumps({"ehrs": ehrs, "receivers": [changed(**more)]}))
        return load_receivers(str(path), demo=True)

    with pytest.raises(ConfigError, match="lacks ehrs"):
        loaded()
    with pytest.raises(ConfigError, match="no EHR other"):
        loaded(ehrs=["sandbox", "other"])
    receivers = loaded(ehrs=["sandbox"])
    assert receivers.of_product("registry-report", "sandbox")
    assert not receivers.of_product("registry-report", "smart-launcher")
