"""Statements of identity (id_token) as an EHR signs them, and as an attacker would write them."""

import base64
import hashlib
import hmac
import json
from random import Random

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from tests.fuzz.mutations import FOREIGN, junk, of_text, structure


class Keys:
    """A signer's two keys, with the JWK set that it publishes."""

    def __init__(self) -> None:
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())

    def jwks(self) -> dict:
        return {"keys": [self.jwk("RS256"), self.jwk("ES256")]}

    def jwk(self, algorithm: str) -> dict:
        """Return the public key for an algorithm."""
        named = {"kid": algorithm, "use": "sig", "alg": algorithm}
        if algorithm == "RS256":
            numbers = self.rsa.public_key().public_numbers()
            return {"kty": "RSA", **named, "n": _number(numbers.n, 256), "e": "AQAB"}
        numbers = self.ec.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            **named,
            "x": _number(numbers.x, 32),
            "y": _number(numbers.y, 32),
        }

    def public_texts(self) -> list[bytes]:
        """Return the ways to write the public keys, each a tempting shared secret."""
        formats = serialization.PublicFormat
        return [
            key.public_key().public_bytes(encoding, formats.SubjectPublicKeyInfo)
            for key in (self.rsa, self.ec)
            for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER)
        ] + [
            *(json.dumps(self.jwk(name)).encode() for name in ("RS256", "ES256")),
            *(self.jwk("RS256")["n"].encode(), self.jwk("ES256")["x"].encode(), b""),
        ]

    def signature(self, algorithm: str, signed: bytes) -> bytes:
        """Sign as RS256, or else as ES256."""
        if algorithm == "RS256":
            return self.rsa.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.ec.sign(signed, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def verify(self, signature: bytes, signed: bytes) -> None:
        """Raise InvalidSignature unless it is the ES256 signature of these keys."""
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        whole = encode_dss_signature(r, s)
        self.ec.public_key().verify(whole, signed, ec.ECDSA(hashes.SHA256()))

    def sign(self, claims: dict, algorithm: str, header: dict | None = None) -> str:
        """Return the claims under a header (its own or another) and a right signature."""
        signed = _signed(header or {"alg": algorithm, "kid": algorithm, "typ": "JWT"}, claims)
        return f"{signed}.{encoded(self.signature(algorithm, signed.encode()))}"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def by_another(other: Keys, claims: dict, algorithm: str, chance: Random) -> str:
    """Signed by a key that is not the EHR's, under the name of the EHR's or another."""
    header = {"alg": algorithm, "kid": chance.choice((algorithm, "other", "", None))}
    return other.sign(claims, algorithm, header)


def with_own_key(other: Keys, claims: dict, algorithm: str, chance: Random) -> str:
    """Signed by a key that the header itself brings along, or says where to fetch."""
    brought = chance.choice(
        (
            {"jwk": other.jwk(algorithm)},
            {"jku": f"{FOREIGN}/jwks"},
            {"x5u": f"{FOREIGN}/cert"},
            {"kid": "../../dev/null", "jku": f"{FOREIGN}/jwks"},
            {"crit": ["jku"], "jku": f"{FOREIGN}/jwks"},
        )
    )
    return other.sign(claims, algorithm, {"alg": algorithm, "kid": algorithm, **brought})


def with_public_key_as_secret(keys: Keys, claims: dict, chance: Random) -> str:
    """Signed by HMAC with the public key for a secret, under an honest or another algorithm."""
    name = chance.choice(("HS256", "HS384", "HS512", "hs256", "RS256", "ES256"))
    digest = {"HS384": hashlib.sha384, "HS512": hashlib.sha512}.get(name, hashlib.sha256)
    header = {"alg": name, "kid": chance.choice(("RS256", "ES256", None))}
    signed = _signed(header, claims)
    secret = chance.choice(keys.public_texts())
    return f"{signed}.{encoded(hmac.new(secret, signed.encode(), digest).digest())}"


def unsigned(keys: Keys, claims: dict, chance: Random) -> str:
    """Signed by nobody."""
    name = chance.choice(("none", "None", "NONE", "nOnE", "", None, "RS256", "ES256", ["none"]))
    signed = _signed({"alg": name, "kid": chance.choice(("RS256", "ES256", None))}, claims)
    right = keys.signature("ES256", b"something else")
    return f"{signed}.{chance.choice(('', encoded(right), 'AA', encoded(bytes(64))))}"


def header_changed(keys: Keys, claims: dict, algorithm: str, chance: Random) -> str:
    """Signed rightly, under a header that says something odd."""
    header = {"alg": algorithm, "kid": algorithm, "typ": "JWT"}
    return keys.sign(claims, algorithm, structure(header, chance))


def misshapen(token: str, chance: Random) -> object:
    """The parts of a right statement put together in a way of their own."""
    header, claims, signature = token.split(".")
    changed = encoded(json.dumps({**json.loads(decoded(claims)), "sub": "other"}).encode())
    flat = {"protected": header, "payload": claims, "signature": signature}
    return chance.choice(
        (
            f"{claims}.{header}.{signature}",
            f"{header}.{claims}",
            f"{header}..{signature}",
            f"{header}.{changed}.{signature}",
            f"{header}.{claims}.{signature}.{signature}",
            f"{header}.{claims}.{signature}.",
            f".{claims}.{signature}",
            json.dumps(flat),
            flat,
            {"payload": claims, "signatures": [flat]},
            [token],
            f"Bearer {token}",
            "",
            junk(chance),
        )
    )


def text_changed(token: str, chance: Random) -> str:
    """A right statement with a character too many, too few, or another."""
    return of_text(token, chance)


def _signed(header: dict, claims: dict) -> str:
    return ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))


def _number(value: int, length: int) -> str:
    return encoded(value.to_bytes(length))
