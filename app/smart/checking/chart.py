"""What the EHR's FHIR server allows each form, by its CapabilityStatement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.fhir.capability import Capability
from app.fhir.resource_types import RESOURCE_TYPES
from app.smart.checking.report import Finding, Section, Verdict, shown
from app.smart.scopes import ResourceScope

_R4 = "4.0"
# What a wildcard (`patient/*`) is requested for.
_SEARCHED = frozenset(row.name for row in RESOURCE_TYPES.values() if row.search)


@dataclass(frozen=True)
class FormNeeds:
    """A form by its title, with the resource types that it writes always, and `optional`ly."""

    title: str
    types: tuple[str, ...]
    optional: tuple[str, ...] = ()


def server(capability: Capability, forms: Sequence[FormNeeds], asked: Iterable[str]) -> Section:
    """Tell what holds for every form: how entries are saved, signed and found again."""
    written = sorted({type_ for form in forms for type_ in (*form.types, *form.optional)})
    return Section(
        "The FHIR server, by its CapabilityStatement",
        (
            _version(capability),
            _transaction(capability),
            _provenance(capability),
            _conditional(capability, written),
            _unversioned(capability, written),
            _unsearchable(capability, asked),
        ),
    )


def by_form(capability: Capability, forms: Sequence[FormNeeds]) -> Section:
    """Tell for each form whether it can create and change there, if the scopes allow it."""
    return Section("What each form may do there", tuple(_form(capability, form) for form in forms))


def _form(capability: Capability, form: FormNeeds) -> Finding:
    new, closed = _allowed(capability, form.types, "create")
    change, fixed = _allowed(capability, form.types, "update")
    unversioned = [type_ for type_ in form.types if capability.keeps_versions(type_) is False]
    left_out = [type_ for type_ in form.optional if capability.supports(type_, "create") is False]
    if unversioned:
        change = "no"
    value = f"new: {new:<9} change: {change}"
    reasons = [
        *(f"takes no new {type_}" for type_ in closed),
        *(f"takes no changes of {type_}" for type_ in fixed),
        *(f"gives {type_} no versions, so that a change could be lost" for type_ in unversioned),
        *(f"takes no new {type_}, which some answers need" for type_ in left_out),
    ]
    verdict: Verdict = "warning" if reasons else "ok"
    return Finding(form.title, value, verdict, f"It {'; it '.join(reasons)}." if reasons else "")


def _allowed(
    capability: Capability, types: Iterable[str], interaction: str
) -> tuple[str, list[str]]:
    """Return yes, no or not said for an interaction with all `types`, and those that refuse it."""
    answers = {type_: capability.supports(type_, interaction) for type_ in types}
    refusing = [type_ for type_, answer in answers.items() if answer is False]
    if refusing:
        return "no", refusing
    return ("not said" if None in answers.values() else "yes"), []


def _version(capability: Capability) -> Finding:
    version = capability.fhir_version
    if version is None:
        why = "It has no CapabilityStatement that could be read: the first launch shows it."
        return Finding("FHIR version", "not said", "note", why)
    if not version.startswith("4."):
        return Finding("FHIR version", shown(version), "stops", "The app speaks R4 (4.0.1).")
    why = "The app speaks R4 (4.0.1); most of it is the same here."
    return Finding("FHIR version", shown(version), "ok" if version.startswith(_R4) else "note", why)


def _transaction(capability: Capability) -> Finding:
    why = {
        False: "A save is sent one by one: if one fails, those before it stay, and are named.",
        None: "A save is tried as a transaction.",
    }
    return _yes_no("transaction", capability.supports_transaction, why)


def _provenance(capability: Capability) -> Finding:
    why = {
        False: "Who entered something stands in the entry alone (performer, recorder).",
        None: "It is tried if the scopes allow it.",
    }
    return _yes_no("Provenance of entries", capability.supports("Provenance", "create"), why)


def _conditional(capability: Capability, written: Iterable[str]) -> Finding:
    refusing = [
        type_
        for type_ in written
        if capability.supports(type_, "create") is not False
        and capability.takes_conditional_create(type_) is False
    ]
    why = "A save that is repeated looks for what the first try wrote before it sends again."
    value = f"not for {shown(refusing)}" if refusing else "nothing speaks against it"
    return Finding("conditional create", value, "note" if refusing else "ok", why)


def _unversioned(capability: Capability, written: Iterable[str]) -> Finding:
    refusing = [type_ for type_ in written if capability.keeps_versions(type_) is False]
    why = "Such entries cannot be changed by the app: a change could overwrite another's."
    value = f"not for {shown(refusing)}" if refusing else "nothing speaks against it"
    return Finding("versions (If-Match)", value, "note" if refusing else "ok", why)


def _unsearchable(capability: Capability, asked: Iterable[str]) -> Finding:
    scopes = [scope for word in asked if (scope := ResourceScope.parse(word))]
    read = {
        type_
        for scope in scopes
        if "s" in scope.actions
        for type_ in (_SEARCHED if scope.type == "*" else {scope.type})
        if scope.level == "patient" or type_ in _SEARCHED
    }
    missing = sorted(type_ for type_ in read if capability.supports(type_, "search-type") is False)
    why = "The summary does not show them, and says so."
    value = f"not of {shown(missing)}" if missing else "nothing speaks against it"
    return Finding("search", value, "note" if missing else "ok", why)


def _yes_no(label: str, answer: bool | None, why: dict[bool | None, str]) -> Finding:
    if answer:
        return Finding(label, "yes")
    return Finding(label, "not said" if answer is None else "no", "note", why[answer])
