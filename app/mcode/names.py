"""Short names: `tumor-size` for a profile, `tumor-size-method` for a value set."""

from __future__ import annotations


def without_version(canonical: str) -> str:
    """Return a canonical address without the version after `|`."""
    return canonical.partition("|")[0]


def short_name(canonical: str) -> str:
    """Return the last part of an address or name without the guide's prefix."""
    return without_version(canonical).rstrip("/").rpartition("/")[2].removeprefix("mcode-")


def set_name(canonical: str) -> str:
    """Return the short name of a value set, which has no suffix either."""
    return short_name(canonical).removesuffix("-vs").removesuffix("-value-set")
