"""What the official validator says of a resource, and what of it stands for a fault of the app.

The server has no SNOMED CT, LOINC, NCIt, RxNorm or AJCC codes. What it therefore cannot tell is
excused, if the finding says just that and is about codings that the compiled definitions allow for
the binding. Everything else of the severity of a warning or above is a fault. So is a coding that
lies outside of a bound set: the validator lets it pass where the binding is no more than preferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from unittest.mock import patch

import requests

from app.mcode.conformance import problems, walk
from app.mcode.definitions import Binding, Definition
from app.terminology.systems import AJCC, HGVS, ICD10CM, ICDO3, LOINC, NCIT, RXNORM, SNOMED
from tests.interop.shipped import Coding, holds
from tests.interop.upstream import Upstream

_LACKS_TERMINOLOGY = (
    "is unknown and can't be validated",
    "ignored/not-present",
    "not found in the value set",
    # What is said of a set that is built into the server and names all of a code system.
    "Unable to expand ValueSet because CodeSystem could not be found",
    "are in the value set 'LOINC Codes' (http://hl7.org/fhir/ValueSet/observation-codes",
    "are in the value set 'LOINC Diagnostic Report Codes'",
)

_NOT_ON_THE_SERVER = {AJCC, HGVS, ICD10CM, ICDO3, LOINC, NCIT, RXNORM, SNOMED} | {
    *("http://www.genenames.org", "http://www.genenames.org/geneId"),
    *("http://www.sequenceontology.org", "http://www.ama-assn.org/go/cpt"),
    "http://www.cms.gov/Medicare/Coding/ICD10",
}

_MCODE_SET = "hl7.org/fhir/us/mcode/ValueSet/"

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

    def judge(self, resource: dict) -> Verdict:
        """Return what is wrong with a resource by its profile, by FHIR alone where it has none."""
        profile = next(iter(resource.get("meta", {}).get("profile", [])), None)
        verdict = Verdict()
        for issue in self._issues(resource, profile):
            where = next(iter(issue.get("expression", [])), resource["resourceType"])
            words = f"{issue['severity']} at {where}: {issue.get('diagnostics')}"
            reason = _remark(issue, where) or _excuse(issue, where, resource)
            if reason:
                verdict.excused.append(f"{words} -- {reason}")
            else:
                verdict.faults.append(words)
        verdict.faults += _not_shipped(resource)
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


def _excuse(issue: dict, where: str, resource: dict) -> str | None:
    """Return why a finding says no more than that the server lacks a terminology."""
    if not any(text in issue["diagnostics"] for text in _LACKS_TERMINOLOGY):
        return None
    found = {coding for coding, _ in _bound(resource) if f"{coding[0]}#{coding[1]}" in _told(issue)}
    found = found or {coding for coding, place in _bound(resource) if _is_at(place, where)}
    if found and {system for system, _ in found} <= _NOT_ON_THE_SERVER:
        named = ", ".join(f"{system}#{code}" for system, code in sorted(found))
        return f"the server lacks the code system; the definitions allow {named} here"
    return None


def _told(issue: dict) -> str:
    return str(issue["diagnostics"]).replace("|", "#")


def _is_at(place: str, where: str) -> bool:
    """Tell whether a finding's place is that of an element, or inside of it."""
    plain = re.sub(r"\.ofType\((\w)(\w*)\)", lambda m: m[1].upper() + m[2], where)
    plain = re.sub(r"/\*.*?\*/", "", plain)
    return plain == place or plain.startswith((f"{place}.", f"{place}["))


def _not_shipped(resource: dict) -> Iterator[str]:
    """Yield codings outside of the sets of mCODE's own bindings, whatever the strength."""
    for where, binding, codings in _bindings(resource):
        sets = [url for url in (binding.value_set, binding.max_value_set) if _MCODE_SET in url]
        for coding in codings if sets and binding.strength != "example" else ():
            if not any(holds(url, coding) for url in sets):
                yield f"error at {where}: {coding[0]}#{coding[1]} is not allowed by the definitions"


def _bound(resource: dict) -> list[tuple[Coding, str]]:
    return [(coding, where) for where, _, found in _bindings(resource) for coding in found]


def _bindings(resource: dict) -> list[tuple[str, Binding, list[Coding]]]:
    """Return where a resource has codes, as the app's own check goes through it."""
    found: list[tuple[str, Binding, list[Coding]]] = []

    def note(definition: Definition, seen: walk.Found, whole: dict) -> Iterator[str]:
        if definition.binding and isinstance(seen.value, dict):
            codings = seen.value.get("coding", [seen.value])
            pairs = [(c.get("system", ""), c["code"]) for c in codings if "code" in c]
            found.append((seen.where, definition.binding, pairs))
        return check_value(definition, seen, whole)

    check_value = walk._check_value
    with patch.object(walk, "_check_value", note):
        problems(resource)
    return found


def _remark(issue: dict, where: str) -> str | None:
    if issue["severity"] != "warning":
        return None
    about = f"{where} {issue['diagnostics']}"
    return next((reason for mark, reason in _REMARKS.items() if mark in about), None)
