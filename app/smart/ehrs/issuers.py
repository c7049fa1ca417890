"""The issuers (FHIR bases) that a registration is for."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.fhir.addresses import AddressRule

# One segment of a path, without escapes, and not `.` or `..`.
_PART = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9._~=,@:+\-]{1,2000}"
ANY = "*"


@dataclass(frozen=True)
class IssuerPattern:
    """A FHIR base without a slash at its end; `*` stands for one whole segment of its path.

    SMART launchers have their options, and some EHRs their tenants, in the path. Scheme and host
    are always exact.
    """

    text: str

    @property
    def is_exact(self) -> bool:
        return ANY not in self.text

    def matches(self, issuer: str) -> bool:
        """Tell whether the pattern matches `issuer`, which has no slash at its end."""
        if self.is_exact:
            return issuer == self.text
        parts = (_PART if part == ANY else re.escape(part) for part in self.text.split("/"))
        return re.fullmatch("/".join(parts), issuer) is not None

    @classmethod
    def read(cls, text: str, rule: AddressRule) -> "IssuerPattern":
        """Return the pattern of `text`; raises ValueError, which says what to mend."""
        if not rule.allows(text.replace(ANY, "x")) or "?" in text:
            raise ValueError(f"the issuer is the https address of the FHIR server: {text}")
        before, _, path = text.partition(urlsplit(text).netloc)
        host = urlsplit(text).netloc
        if ANY in before + host or any(ANY in part != ANY for part in path.split("/")):
            raise ValueError(f"* stands for a whole part of the issuer's path: {text}")
        return cls(without_slash(text))


def without_slash(issuer: str) -> str:
    """Return the issuer as it is compared: without a slash at its end."""
    return issuer.removesuffix("/")
