from __future__ import annotations

import json

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.smart.ehrs.keys import SigningKeys


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
    (public,) = SigningKeys.read(f"\n{text}\n").public()
    assert public["alg"] == algorithm
    assert public["kid"]
    assert not public.keys() & {"d", "p", "q", "dp", "dq", "qi", "k"}


def test_the_first_key_signs_and_all_are_published(rsa_key, ec_key):
    text = json.dumps({"keys": [ec_key.as_dict(private=True), rsa_key.as_dict(private=True)]})
    keys = SigningKeys.read(text)
    assert keys.current.kid == "app-ec"
    assert [key["kid"] for key in keys.public()] == ["app-ec", "app-rsa"]


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


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="2048"):
        SigningKeys.read(RSAKey.generate_key(1024).as_pem(private=True).decode())
