"""The Prefer header: what a client would like to get back, and how strictly it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

Return = Literal["minimal", "representation", "OperationOutcome"]
_PREFERENCE = re.compile(r'\s*(?P<name>[a-z]+)\s*=\s*"?(?P<value>[A-Za-z]+)"?\s*')


@dataclass(frozen=True)
class Preferences:
    """`wants` is None where the client does not say; `lenient` is about search parameters."""

    wants: Return | None = None
    lenient: bool = False

    @classmethod
    def read(cls, header: str) -> Preferences:
        """Read the header; what is not understood is passed over, as a preference may be."""
        found = (_PREFERENCE.fullmatch(part) for part in re.split("[,;]", header))
        given = {match["name"]: match["value"] for match in found if match}
        wants = next((one for one in get_args(Return) if one == given.get("return")), None)
        return cls(wants, given.get("handling") == "lenient")
