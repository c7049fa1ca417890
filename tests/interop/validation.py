"""What the official validator says of a resource, and what of it stands for a fault of the app.

The server has no SNOMED CT, LOINC, NCIt, RxNorm or AJCC codes. What it therefore cannot tell is
excused, if the finding says just that and is about codings that the compiled definitions allow for
the binding. Everything else of the severity of a warning or above is a fault. So is a coding that
lies outside of a bound set: the validator lets it pass where the binding is no more than preferred.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from unittest.mock import patch

import requests

from app.mcode.conformance import claimed_profile, problems, walk
from app.mcode.definitions import profile
from app.mcode.definitions.shapes import Binding, Definition
from app.terminology.systems import AJCC, HGVS, ICD10CM, ICDO3, LOINC, NCIT, RXNORM, SNOMED
from tests.interop.shipped import Coding, allows, known_sets
from tests.interop.upstream import Upstream

_LACKS_TERMINOLOGY = (
    "is unknown and can't be validated",
    "ignored/not-present",
    "not found in the value set",
    "None of the codings provided are in the value set",
    # What is said of a set that is built into the server and names all of a code system, and of one
    # of Genomics Reporting or VSAC, which no package at hand holds.
    "Unable to expand ValueSet because CodeSystem could not be found",
    "' not found",
    # What is said of a set of whose codes the server has none.
    "No codes in ValueSet belong to CodeSystem",
)

_NOT_ON_THE_SERVER = {AJCC, HGVS, ICD10CM, ICDO3, LOINC, NCIT, RXNORM, SNOMED} | {
    *("http://www.genenames.org", "http://www.sequenceontology.org"),
    *("http://www.ncbi.nlm.nih.gov/refseq", "http://www.ama-assn.org/go/cpt"),
    "http://www.cms.gov/Medicare/Coding/ICD10",
}

_OWN_SETS = (
    *("hl7.org/fhir/us/mcode/ValueSet/", "hl7.org/fhir/us/ctcae/ValueSet/"),
    "/ValueSet/icare-",
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
    text = str(issue["diagnostics"])
    if not any(words in text for words in _LACKS_TERMINOLOGY):
        return None
    bound = _bindings(resource)
    here = {coding for place, _, found in bound if _is_at(place, where) for coding in found}
    told = {c for c in _codings(resource) if f"{c[0]}#{c[1]}" in text.replace("|", "#")}
    about = told or here
    if about and about <= _fixed(resource):
        return f"the profile itself says {_words(about)} here"
    named = re.findall(r"http[^ |)']+/ValueSet/[^ |)']+", text)
    sets = [url for url in named if url in known_sets()] or [
        url
        for place, binding, _ in bound
        for url in (binding.value_set, binding.max_value_set)
        if url and _is_at(place, where)
    ]
    allowed = all(not sets or any(allows(url, coding) for url in sets) for coding in about)
    if about and allowed and {system for system, _ in about} <= _NOT_ON_THE_SERVER:
        return f"the server lacks the code system; the definitions allow {_words(about)} here"
    return None


def _words(codings: set[Coding]) -> str:
    return ", ".join(f"{system}#{code}" for system, code in sorted(codings))


def _codings(value: object) -> set[Coding]:
    """Return the codings anywhere inside a resource."""
    if isinstance(value, list):
        return {coding for item in value for coding in _codings(item)}
    if not isinstance(value, dict):
        return set()
    own = {(value["system"], value["code"])} if {"system", "code"} <= set(value) else set()
    return own | {coding for item in value.values() for coding in _codings(item)}


def _fixed(resource: dict) -> set[Coding]:
    """Return the codings that the resource's profile, and that of its identifiers, asks for."""
    claimed = claimed_profile(resource)
    names = [claimed, "body-structure-identifier"] if claimed else []
    return {
        (coding["system"], coding["code"])
        for name in names
        for element in profile(name).elements
        if isinstance(element.pattern, dict)
        for coding in element.pattern.get("coding", [element.pattern])
        if {"system", "code"} <= set(coding)
    }


def _is_at(place: str, where: str) -> bool:
    """Tell whether a finding's place is that of an element, or inside of it."""
    plain = re.sub(r"\.ofType\((\w)(\w*)\)", lambda m: m[1].upper() + m[2], where)
    plain = re.sub(r"/\*.*?\*/", "", plain)
    return plain == place or plain.startswith((f"{place}.", f"{place}["))


def _not_shipped(resource: dict) -> Iterator[str]:
    """Yield codings outside of the sets of the guides' own bindings, whatever the strength."""
    for where, binding, codings in _bindings(resource):
        bound = (binding.value_set, binding.max_value_set)
        sets = [url for url in bound if any(own in url for own in _OWN_SETS)]
        for coding in codings if sets and binding.strength != "example" else ():
            if not any(allows(url, coding) for url in sets):
                yield f"error at {where}: {coding[0]}#{coding[1]} is not allowed by the definitions"


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
