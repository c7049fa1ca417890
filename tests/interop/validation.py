"""What the official validator says of a resource, and what of it stands for a fault of the app.

The server has no SNOMED CT, LOINC, NCIt, RxNorm or AJCC codes. What it therefore cannot tell is
excused, if the finding says just that and every coding it is about is one that the app ships for
the binding. Everything else of the severity of a warning or above is a fault. So is a coding that
the app does not ship for a binding that it ships codes for: the validator lets it pass where the
binding is no more than preferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import requests

from tests.interop.shipped import SHIPPED, Coding
from tests.interop.upstream import Upstream

_LACKS_TERMINOLOGY = (
    "is unknown and can't be validated",
    "ignored/not-present",
    "not found in the value set",
)

# Remarks that are no faults, each with the reason.
_REMARKS = {
    "dom-6": "the app writes no narrative: it would go stale with the next change",
    "Provenance.reason": "why an entry was taken back is said in the clinician's own words",
}


@dataclass
class Verdict:
    """What is left of a validation: `faults` fail a test, `excused` are told with the reason."""

    faults: list[str] = field(default_factory=list)
    excused: list[str] = field(default_factory=list)


class Validator:
    """The official validator inside a FHIR server that has the profiles."""

    def __init__(self, server: Upstream) -> None:
        self._server = server
        self._profile = cache(self._read_profile)

    def judge(self, resource: dict) -> Verdict:
        """Return what is wrong with a resource by its profile, by FHIR alone where it has none."""
        profile = next(iter(resource.get("meta", {}).get("profile", [])), None)
        verdict = Verdict()
        for issue in self._issues(resource, profile):
            where = next(iter(issue.get("expression", [])), resource["resourceType"])
            words = f"{issue['severity']} at {where}: {issue.get('diagnostics')}"
            reason = _remark(issue, where) or self._excuse(issue, where, resource, profile)
            if reason:
                verdict.excused.append(f"{words} -- {reason}")
            else:
                verdict.faults.append(words)
        verdict.faults += self._not_shipped(resource, profile)
        return verdict

    def _issues(self, resource: dict, profile: str | None) -> Iterator[dict]:
        answer = requests.post(
            f"{self._server.base}/{resource['resourceType']}/$validate",
            params={"profile": profile} if profile else {},
            json=resource,
            timeout=120,
        )
        outcome = answer.json()
        assert outcome["resourceType"] == "OperationOutcome", answer.text
        return (i for i in outcome["issue"] if i["severity"] in {"fatal", "error", "warning"})

    def _excuse(self, issue: dict, where: str, resource: dict, profile: str | None) -> str | None:
        if not profile or not any(text in issue["diagnostics"] for text in _LACKS_TERMINOLOGY):
            return None
        path = re.sub(r"\.ofType\(\w+\)", "[x]", re.sub(r"\[\d+\]|\.coding.*", "", where))
        shipped = self._bindings(profile).get(path, frozenset())
        codings = _codings(resource, path)
        if codings and codings <= shipped:
            named = ", ".join(f"{system}#{code}" for system, code in sorted(codings))
            return f"the server lacks the code system; the app ships {named} for this binding"
        return None

    def _not_shipped(self, resource: dict, profile: str | None) -> Iterator[str]:
        for path, shipped in self._bindings(profile).items() if profile else ():
            for system, code in sorted(_codings(resource, path) - shipped):
                yield f"error at {path}: {system}#{code} is not shipped for this binding"

    def _bindings(self, profile: str) -> dict[str, frozenset[Coding]]:
        """Return the codings that the app ships for bindings of a profile, by element path."""
        found: dict[str, set[Coding]] = {}
        for element in self._profile(profile)["snapshot"]["element"]:
            binding = element.get("binding", {})
            addresses = [binding.get("valueSet", "")]
            # The wider set that a preferred or extensible binding may not leave.
            addresses += [e.get("valueCanonical", "") for e in binding.get("extension", [])]
            for address in addresses:
                shipped = SHIPPED.get(address.split("|")[0].rpartition("/")[2])
                if shipped:
                    found.setdefault(element["path"], set()).update(shipped)
        return {path: frozenset(codings) for path, codings in found.items()}

    def _read_profile(self, url: str) -> dict:
        return self._server.search(f"StructureDefinition?url={url}")[0]


def _remark(issue: dict, where: str) -> str | None:
    if issue["severity"] != "warning":
        return None
    about = f"{where} {issue['diagnostics']}"
    return next((reason for mark, reason in _REMARKS.items() if mark in about), None)


def _codings(resource: dict, path: str) -> frozenset[Coding]:
    """Return the codings of the elements at `path`, such as Observation.value[x]."""
    elements = [resource]
    for name in path.replace("[x]", "CodeableConcept").split(".")[1:]:
        found = [element.get(name, []) for element in elements]
        elements = [e for value in found for e in (value if isinstance(value, list) else [value])]
    return frozenset(
        (coding.get("system", ""), coding.get("code", ""))
        for element in elements
        for coding in element.get("coding", [])
    )
