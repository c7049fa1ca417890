"""Checks of a write beyond its structure: some invariants of R4, and its references."""

from collections.abc import Iterator
from typing import Any

from app.sandbox.fhir import structure
from app.sandbox.fhir.access import Resource
from app.sandbox.fhir.dates import span
from app.sandbox.fhir.outcome import Issue
from app.sandbox.fhir.references import Found, find_all, local, objects
from app.sandbox.fhir.store import FhirStore

# Their members or links are of several patients by nature.
_OF_SEVERAL = frozenset({"Patient", "Group"})
_OVER = frozenset({"inactive", "resolved", "remission"})


def content_problems(resource: Resource) -> list[Issue]:
    """Return the problems of `resource` itself: of its structure, or of its invariants."""
    wrong = structure.problems(resource)
    return wrong or [*_rules(resource), *_periods(resource)]


def reference_problems(
    store: FhirStore, resource: Resource, before: Resource | None = None
) -> list[Issue]:
    """Return the references of `resource` that have no target, or one of another patient.

    References that stood in `before`, the version that it replaces, are not held against it.
    """
    kept = {found.text for found in find_all(before, "")}
    own = store.patients_of(resource)
    issues = []
    if len(own) > 1 and resource["resourceType"] not in _OF_SEVERAL:
        words = "The resource is about several patients; it can be about one."
        issues.append(Issue("business-rule", words, resource["resourceType"]))
    for found in find_all(resource, resource["resourceType"]):
        if found.text not in kept:
            wrong = _reference_problem(store, resource, own, found)
            if wrong:
                issues.append(Issue("business-rule", wrong, found.path))
    return issues


def _reference_problem(
    store: FhirStore, resource: Resource, own: set[str], found: Found
) -> str | None:
    text = found.text
    if text.startswith("#"):
        contained = {inner.get("id") for inner in resource.get("contained", [])}
        missing = len(text) > 1 and text[1:] not in contained
        return f"{text} is not among the contained resources." if missing else None
    target = local(text, store.base)
    if target is None:
        elsewhere = text.startswith(("https://", "http://")) and not text.startswith(store.base)
        return None if elsewhere else f"{text!r} is no reference to a resource."
    referred = store.find(target)
    theirs = store.patients_of(referred) if referred else set()
    foreign = own and theirs and not own & theirs
    if referred is None or (foreign and resource["resourceType"] not in _OF_SEVERAL):
        # One sentence for both, so that it does not tell what other records hold.
        return f"{text} is not there, or is part of another patient's record."
    return None


def _rules(resource: Resource) -> Iterator[Issue]:
    """Yield the broken invariants, of those of R4 that clients break most easily."""
    if resource["resourceType"] == "Observation":
        for part, path in _observation_parts(resource):
            if "dataAbsentReason" in part and any(name.startswith("value") for name in part):
                words = "A value and a dataAbsentReason cannot both be given (obs-6)."
                yield Issue("invariant", words, f"{path}.dataAbsentReason")
    if resource["resourceType"] == "Condition":
        clinical = _code(resource, "clinicalStatus")
        if clinical and _code(resource, "verificationStatus") == "entered-in-error":
            words = "clinicalStatus cannot be given for a condition entered in error (con-5)."
            yield Issue("invariant", words, "Condition.clinicalStatus")
        if clinical not in _OVER and any(name.startswith("abatement") for name in resource):
            words = "An abated condition is inactive, resolved or in remission (con-4)."
            yield Issue("invariant", words, "Condition.clinicalStatus")


def _observation_parts(observation: Resource) -> Iterator[tuple[dict[str, Any], str]]:
    yield observation, "Observation"
    for position, part in enumerate(observation.get("component", [])):
        yield part, f"Observation.component[{position}]"


def _code(resource: Resource, name: str) -> str | None:
    """Return the code of a CodeableConcept in its required system."""
    system, _ = structure.CONCEPTS[f"{resource['resourceType']}.{name}"]
    codings = resource.get(name, {}).get("coding", [])
    return next((c.get("code") for c in codings if c.get("system") == system), None)


def _periods(resource: Resource) -> Iterator[Issue]:
    for element, path in objects(resource, resource["resourceType"]):
        start, end = (element.get(edge) for edge in ("start", "end"))
        if isinstance(start, str) and isinstance(end, str):
            first, last = span(start), span(end)
            if first and last and first.low > last.high:
                yield Issue("invariant", "The period ends before it starts (per-1).", path)
