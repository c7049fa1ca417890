"""The receivers that data may be sent to, as the launch file has them."""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from app.config import ConfigError
from app.fhir.addresses import AddressRule, below_base
from app.formatting import either
from app.smart.ehrs.key_source import KeySource
from app.smart.ehrs.launch_file import read_named_secret, read_receivers, read_signing_keys

Authentication = Literal["none", "basic", "bearer", "mutual-tls", "smart-backend"]
# What each authentication needs beside its name.
_NEEDS: dict[Authentication, tuple[str, ...]] = {
    "none": (),
    "basic": ("username", "password_env"),
    "bearer": ("token_env",),
    "mutual-tls": ("certificate_env",),
    "smart-backend": ("client_id", "scope", "private_key_env"),
}
# What it may have.
_TAKES = {"smart-backend": ("token_endpoint",)}
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_OTHERS = stat.S_IWGRP | stat.S_IRWXO


@dataclass(frozen=True)
class Receiver:
    """To whom a product is sent, and for what `purpose`, in words for the person who confirms.

    `product` is the slug of a product, in the `version` that this receiver reads. `address` is
    where it takes data: a product may add to its path. `site` is what the hospital adds, such as
    its site id: the product reads it. Only patients of these `ehrs`, by their keys, are reported to
    it; of all where none is named. `secret` is a password or a token, `certificate` the path of
    a client's certificate with its key. A `token_endpoint` that is empty is discovered.
    """

    key: str
    name: str
    product: str
    address: str
    purpose: str
    version: str = ""
    auth: Authentication = "none"
    username: str = ""
    client_id: str = ""
    token_endpoint: str = ""
    scope: str = ""
    site: Mapping[str, Any] = field(default_factory=dict)
    ehrs: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)
    certificate: str | None = None
    keys: KeySource | None = field(default=None, repr=False)

    def address_of(self, path: str = "") -> str:
        """Return the address for what a product adds; ValueError if that leads elsewhere."""
        address = below_base(self.address, f"{self.address}{path}")
        if address is None:
            raise ValueError(f"{path} leads out of the address of {self.key}")
        return address

    def takes(self, address: str) -> bool:
        """Tell whether an address of a sending is at, or below, the receiver's own."""
        return below_base(self.address, address) == address


class Receivers:
    """All receivers, by key, in the order of the file."""

    def __init__(self, receivers: Iterable[Receiver] = ()) -> None:
        """Raises ConfigError if two have the same key."""
        found = tuple(receivers)
        self._by_key = {one.key: one for one in found}
        if len(self._by_key) < len(found):
            raise ConfigError("Two receivers of the launch file have the same key.")

    def __iter__(self) -> Iterator[Receiver]:
        return iter(self._by_key.values())

    def __bool__(self) -> bool:
        return bool(self._by_key)

    def with_key(self, key: str) -> Receiver | None:
        """Return the receiver of this key."""
        return self._by_key.get(key)

    def of_product(self, slug: str, ehr: str) -> tuple[Receiver, ...]:
        """Return the receivers of a product for the patients of an EHR, by its key."""
        return tuple(
            one
            for one in self._by_key.values()
            if one.product == slug and (not one.ehrs or ehr in one.ehrs)
        )

    def signing_keys(self) -> tuple[KeySource, ...]:
        """Return the keys by which the app signs in at receivers: they are published."""
        return tuple(one.keys for one in self._by_key.values() if one.keys)


def load_receivers(
    path: str, *, demo: bool, environment: Mapping[str, str] = os.environ
) -> Receivers:
    """Read the receivers of the launch file at `path`, with their secrets.

    Outside the demo those that are `demo_only` are left out. Raises ConfigError, which names the
    receiver and says what to mend.
    """
    # The administrator wrote the address, not an EHR: it may be in the hospital's own network.
    rule = AddressRule(demo=demo, own_network=True)
    found, ehrs = read_receivers(path, demo=demo, environment=environment)
    for raw in found:
        # What the site adds is one hospital's: another's patients would go out as its own.
        if unknown := sorted({*raw.get("ehrs", ())} - ehrs):
            raise ConfigError(f"{raw.get('key')}: the launch file has no EHR {unknown[0]}.")
        if len(ehrs) > 1 and not raw.get("ehrs"):
            raise ConfigError(
                f"{raw.get('key')} lacks ehrs: which of the EHRs of the launch file report to it."
            )
    return Receivers([_receiver(raw, rule, environment) for raw in found])


def _receiver(raw: dict[str, Any], rule: AddressRule, environment: Mapping[str, str]) -> Receiver:
    key = raw.get("key", "")
    if not _KEY.fullmatch(key):
        raise ConfigError(
            "The key of a receiver in the launch file is 1 to 64 small letters, digits and hyphens."
        )
    auth = raw.get("auth", "none")
    if auth not in _NEEDS:
        raise ConfigError(f"{key}: auth is {either(get_args(Authentication))}.")
    for name in ("name", "product", "address", "purpose", *_NEEDS[auth]):
        if not raw.get(name):
            raise ConfigError(f"{key} of the launch file lacks {name}.")
    own = {*_NEEDS[auth], *_TAKES.get(auth, ())}
    of_some = {name for names in (*_NEEDS.values(), *_TAKES.values()) for name in names}
    if unused := sorted((of_some - own) & raw.keys()):
        raise ConfigError(f"{key}: {unused[0]} has no use with auth {auth}.")
    for name in ("address", "token_endpoint"):
        if name in raw and (not rule.allows(raw[name]) or "?" in raw[name]):
            raise ConfigError(f"{key}: {name} is an https address, without a query: {raw[name]}")
    return Receiver(
        **{
            name: raw[name]
            for name in ("key", "name", "product", "purpose", "version", "username", "client_id")
            if name in raw
        },
        address=raw["address"].removesuffix("/"),
        auth=auth,
        token_endpoint=raw.get("token_endpoint", ""),
        scope=raw.get("scope", ""),
        site=raw.get("site", {}),
        ehrs=tuple(raw.get("ehrs", ())),
        **_secrets(auth, raw, environment),
    )


def _secrets(
    auth: Authentication, raw: dict[str, Any], environment: Mapping[str, str]
) -> dict[str, Any]:
    if auth == "basic":
        return {"secret": read_named_secret(raw, "password_env", "password", environment)}
    if auth == "bearer":
        return {"secret": read_named_secret(raw, "token_env", "token", environment)}
    if auth == "mutual-tls":
        return {"certificate": _certificate(raw, environment)}
    if auth == "smart-backend":
        return {"keys": read_signing_keys(raw, environment)}
    return {}


def _certificate(raw: dict[str, Any], environment: Mapping[str, str]) -> str:
    """Return the path of a PEM file with a certificate and its key, which nobody else reads."""
    name = raw["certificate_env"]
    path = read_named_secret(raw, "certificate_env", "path of a PEM file", environment)
    try:
        text, mode = Path(path).read_text(encoding="ascii"), Path(path).stat().st_mode
    except (OSError, ValueError):
        text, mode = "", 0
    if "BEGIN CERTIFICATE" not in text or "PRIVATE KEY" not in text:
        raise ConfigError(
            f"{raw['key']}: {name} is the path of a PEM file with the client's certificate and its "
            "private key."
        )
    if mode & _OTHERS:
        raise ConfigError(
            f"{raw['key']}: the file that {name} names can be read or changed by others: chmod 600 "
            "it."
        )
    return path
