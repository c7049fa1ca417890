import json

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.smart.ehrs.keys import SigningKeys
from app.smart.oauth.client import ASSERTION_SECONDS

NOW = 1_800_000_000


@pytest.mark.parametrize("form", ["pem", "jwk", "set"])
@pytest.mark.parametrize(("kind", "algorithm"), [("rsa_key", "RS384"), ("ec_key", "ES384")])
def test_a_key_is_read_in_every_usual_form(request, kind, algorithm, form):
    key = request.getfixturevalue(kind)
    jwk = key.as_dict(private=True)
    text = {
        "pem": key.as_pem(private=True).decode(),
        "jwk": json.dumps(jwk),
        "set": json.dumps({"keys": [jwk]}),
    }[form]
    (public,) = SigningKeys.read(f"\n{text}\n").public(NOW)
    assert public["alg"] == algorithm
    assert public["kid"]
    assert not public.keys() & {"d", "p", "q", "dp", "dq", "qi", "k"}


def _set(*members) -> SigningKeys:
    """Read keys with more members, as a file of keys holds them."""
    return SigningKeys.read(
        json.dumps({"keys": [key.as_dict(private=True) | more for key, more in members]})
    )


def _signer(keys: SigningKeys, *algorithms: str, now: int = NOW) -> str | None:
    key = keys.signing(algorithms, now)
    return key.kid if key else None


def test_without_times_the_first_of_an_algorithm_signs_and_all_are_published(rsa_key, ec_key):
    other = RSAKey.generate_key(2048, parameters={"kid": "other"})
    keys = _set((ec_key, {}), (rsa_key, {}), (other, {}))
    assert _signer(keys, "RS384") == "app-rsa"
    assert _signer(keys, "ES384") == "app-ec"
    assert [key["kid"] for key in keys.public(NOW)] == ["app-ec", "app-rsa", "other"]


def test_the_first_algorithm_that_has_a_key_is_taken(rsa_key, ec_key):
    keys = _set((rsa_key, {}), (ec_key, {"nbf": NOW + 1}))
    assert _signer(keys, "ES384", "RS384") == "app-rsa"
    assert _signer(keys, "ES384", "RS384", now=NOW + 1) == "app-ec"
    assert _signer(keys, "ES384") is None
    assert _signer(keys) is None


def test_the_newest_key_signs_from_its_time_on_and_is_published_before(rsa_key):
    newer = RSAKey.generate_key(2048, parameters={"kid": "newer"})
    keys = _set((rsa_key, {"exp": NOW + 8000}), (newer, {"nbf": NOW + 4000}))
    assert {key["kid"] for key in keys.public(NOW)} == {"app-rsa", "newer"}
    assert [_signer(keys, "RS384", now=NOW + later) for later in (0, 3999, 4000, 9000)] == [
        "app-rsa",
        "app-rsa",
        "newer",
        "newer",
    ]


def test_a_key_stops_to_sign_before_it_is_published_no_longer(rsa_key):
    keys = _set((rsa_key, {"exp": NOW + 8000}))
    assert _signer(keys, "RS384", now=NOW + 8000 - ASSERTION_SECONDS) is None
    assert _signer(keys, "RS384", now=NOW) == "app-rsa"
    assert [len(keys.public(NOW + later)) for later in (0, 7999, 8000)] == [1, 1, 0]


def test_what_is_published_has_no_times_and_what_is_kept_has_them(rsa_key, ec_key):
    keys = _set((rsa_key, {"nbf": NOW, "exp": NOW + 8000, "note": "ours"}), (ec_key, {}))
    rsa, ec = keys.public(NOW)
    assert rsa.keys() == {"kty", "n", "e", "kid", "use", "alg", "key_ops"}
    assert ec.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg", "key_ops"}
    again = SigningKeys.read(keys.text())
    assert [(key.kid, key.nbf, key.exp) for key in again.keys] == [
        ("app-rsa", NOW, NOW + 8000),
        ("app-ec", 0, None),
    ]
    assert again.keys[0].key.as_dict(private=True)["d"] == rsa_key.as_dict(private=True)["d"]


def test_a_key_without_a_name_is_named_by_its_thumbprint():
    key = RSAKey.generate_key(2048)
    pem = key.as_pem(private=True).decode()
    (read,) = SigningKeys.read(pem).keys
    assert read.kid == key.thumbprint()


@pytest.mark.parametrize(
    "times",
    [
        {"nbf": "2026-01-01"},
        {"nbf": True},
        {"nbf": 1.5},
        {"exp": None},
        {"exp": -1},
        {"exp": 0},
        {"nbf": 20, "exp": 20},
    ],
)
def test_a_key_whose_times_cannot_be_told_is_refused(rsa_key, times):
    with pytest.raises(ValueError, match="nbf"):
        _set((rsa_key, times))


def test_two_keys_of_one_name_are_refused(rsa_key):
    with pytest.raises(ValueError, match="same kid"):
        _set((rsa_key, {}), (rsa_key, {}))


def test_a_key_is_not_shown(rsa_key):
    assert rsa_key.as_dict(private=True)["d"] not in repr(_set((rsa_key, {})))


def _texts():
    return {
        "nothing": "",
        "no key": "secret",
        "no json": "{",
        "an empty set": '{"keys": []}',
        "no set": '{"keys": 7}',
        "an odd item": '{"keys": [7]}',
        "a public key": json.dumps(RSAKey.generate_key(2048).as_dict(private=False)),
        "a secret": json.dumps(OctKey.generate_key(256).as_dict(private=True)),
        "another curve": json.dumps(ECKey.generate_key("P-256").as_dict(private=True)),
    }


@pytest.mark.parametrize("name", _texts())
def test_what_cannot_sign_is_refused(name):
    text = _texts()[name]
    with pytest.raises(ValueError, match=r".+") as refusal:
        SigningKeys.read(text)
    assert not text or text not in str(refusal.value)


# The library warns of the short key that is made here to be refused.
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="2048"):
        SigningKeys.read(RSAKey.generate_key(1024).as_pem(private=True).decode())
