import json

import pytest

from app.config import ROOT, ConfigError
from app.smart.ehrs.launch_file import load_registry
from app.smart.ehrs.launch_file_keys import CLIENT, EHR


@pytest.fixture
def load(tmp_path):
    """Load a launch file with this text, or this content."""

    def load(content, environment=None):
        path = tmp_path / "launch.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return load_registry(str(path), demo=False, environment=environment or {})

    return load


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"frame_ancestor": []}, "there is no frame_ancestor .* is frame_ancestors meant"),
        ({"Callback": "own"}, "there is no Callback .* is callback meant"),
        ({"xyz": 1}, "there is no xyz in a launch file"),
        ({"callback": "mine"}, "callback is shared or own"),
        ({"callback": True}, "callback is text"),
        ({"callback": "own", "key": "a/b"}, "letters, digits and -"),
        ({"callback": "own", "key": ".."}, "letters, digits and -"),
        ({"callback": "own", "key": "a?b"}, "letters, digits and -"),
        ({"quirks": "pkce-unannounced"}, "quirks is texts"),
        ({"quirks": ["pkce-unanounced"]}, "no quirk pkce-unanounced; there are pkce-unannounced"),
        ({"quirks": ["nonce-omitted", "pkce-unannounced"]}, "not tolerated together"),
        ({"scopes": "launch"}, "scopes is texts"),
        ({"forms": "ecog"}, "forms is texts"),
        ({"roles": ["nurse"]}, "roles is object"),
        ({"roles": {"nurse": ["ecog"]}}, "a role is an object"),
        ({"roles": {"nurse": {"form": []}}}, "nurse: there is no form .* is forms meant"),
        ({"roles": {"nurse": {"quirks": []}}}, "nurse: there is no quirks"),
        ({"roles": {"nurse": {"client_secret": "s3cret"}}}, "nurse: .* holds no secrets"),
        ({"issuer": {"a": 1}}, "issuer is text or texts"),
        ({"demo_only": "no"}, "demo_only is true or false"),
        ({"client_secret": "s3cret"}, "holds no secrets"),
        ({"private_key": "s3cret"}, "holds no secrets"),
        ({"jwks": {"keys": []}}, "holds no secrets"),
        ({"client_auth": "symmetric", "client_secret_env": "s3cret:/%"}, "name of an env"),
        ({"client_auth": "asymmetric", "private_key_env": '{"kty": "RSA"}'}, "name of an env"),
        ({"private_key_env": "-----BEGIN PRIVATE KEY-----s3cret"}, "holds a private key"),
    ],
)
def test_an_entry_with_what_the_app_would_not_heed_is_refused(load, registration, changes, words):
    with pytest.raises(ConfigError, match=words) as refusal:
        load({"ehrs": [{**registration, **changes}]})
    assert "s3cret" not in str(refusal.value)


def test_an_entry_of_the_demo_is_checked_outside_of_it_too(load, registration):
    with pytest.raises(ConfigError, match="quirk_s"):
        load({"ehrs": [{**registration, "demo_only": True, "quirk_s": []}]})


@pytest.mark.parametrize(
    ("client", "words"),
    [
        ({"logo": "https://app.example/logo.png"}, "is logo_uri meant"),
        ({"contacts": "ann@app.example"}, "contacts is texts"),
        ({"client_secret": "s3cret"}, "holds no secrets"),
        ([], "client of the launch file is an object"),
    ],
)
def test_what_the_app_says_of_itself_is_checked_too(load, client, words):
    with pytest.raises(ConfigError, match=words):
        load({"client": client, "ehrs": []})


def test_a_file_with_more_than_client_and_ehrs_is_refused(load):
    with pytest.raises(ConfigError, match=r"there is no ehr .* is ehrs meant"):
        load({"ehrs": [], "ehr": []})


@pytest.mark.parametrize("forms", ["ecog", {"ecog": True}, [7]])
def test_forms_beside_the_ehrs_are_a_list_of_words(load, registration, forms):
    with pytest.raises(ConfigError, match="forms is texts"):
        load({"forms": forms, "ehrs": [registration]})


def test_a_key_that_stands_twice_is_refused(load, registration):
    text = json.dumps({"ehrs": [registration]}).replace(
        '"key"', '"quirks": [], "quirks": [], "key"'
    )
    with pytest.raises(ConfigError, match="quirks twice"):
        load(text)


def test_what_the_app_says_of_itself_is_kept_with_its_variables_filled(load, registration):
    said = {
        "client_name": "Oncoform at ${SITE:-the hospital}",
        "contacts": ["ann@app.example"],
        "logo_uri": "https://app.example/logo.png",
        "policy_uri": "https://app.example/policy",
        "tos_uri": "https://app.example/terms",
    }
    registry = load({"client": said, "ehrs": [registration]})
    assert registry.client == {**said, "client_name": "Oncoform at the hospital"}


def test_every_key_of_the_file_stands_in_the_documentation():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for key in (*EHR, *CLIENT):
        assert f"`{key}`" in page


def test_a_secret_may_be_in_a_file_that_the_environment_names(load, registration, tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")
    (tmp_path / "secret").chmod(0o600)
    symmetric = {**registration, "client_auth": "symmetric", "client_secret_env": "S"}
    registry = load({"ehrs": [symmetric]}, {"S_FILE": str(tmp_path / "secret")})
    assert registry.with_key("example").client_secret == "s3cret"
    assert registry.with_key("other") is None


def test_an_editor_may_begin_the_file_with_a_byte_order_mark(registration, tmp_path):
    path = tmp_path / "launch.json"
    path.write_text(json.dumps({"ehrs": [registration]}), encoding="utf-8-sig")
    assert load_registry(str(path), demo=False).registrations
