"""Whether the chart holds what was sent, by meaning: what the EHR left out, changed, or turned."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.fhir.paths import address_reference, choice, items, text
from app.fhir.patterns import cut
from app.fhir.resource_types import ResourceType, resource_type
from app.fhir.types import Resource
from app.formatting import NO_DATA
from app.forms._saving.datatypes import (
    code_pairs,
    compare_dates,
    digits_of,
    same_code,
    same_unit,
    same_words,
    spaced,
)
from app.forms._saving.differences import Change, Difference, lowered
from app.forms._saving.display import display_of, label_of
from app.forms._saving.plan import ENTRY_SYSTEM, Write
from app.terminology.concept import concept_text
from app.terminology.systems import canonical

# Elements that a server sets, or that the app sends for computers and nobody has entered.
_QUIET = frozenset({"resourceType", "id", "meta", "text", "category", "language", "implicitRules"})
# What tells nothing beside the code or the address that it stands with.
_BESIDE = frozenset({"display", "userSelected", "version", "use", "id"})
# What turns the meaning of the rest where an EHR adds it, and is no addition.
_TURNS = frozenset({"modifierExtension", "comparator", "doNotPerform", "dataAbsentReason"})
_STATUSES = frozenset({"verificationStatus", "clinicalStatus"})
# Far more items than a list has that people enter; so many are weighed against one that was sent.
_MOST_WEIGHED = 100
# Without these nothing of an entry is left.
_CORE = frozenset(
    {"code", "component", "dataAbsentReason", "doNotPerform", "hasMember", "modifierExtension"}
    | {"result", *_STATUSES}
)
# A status of these says that the result counts; servers set one for another.
_COUNTS = frozenset({"final", "amended", "corrected"})


@dataclass
class _Comparison:
    """Compares elements and keeps what differs; `addresses` are those of the save's own writes."""

    addresses: Mapping[str, str]
    row: ResourceType
    differences: list[Difference] = field(default_factory=list)

    def elements(self, found: Resource, sent: Resource) -> None:
        """Compare two resources, element by element."""
        # Which of two findings is the newer follows from it: one without it is another finding.
        timed = next((name.removesuffix("[x]") for name in self.row.dates), "value")
        counts: set[str | None] = {
            *_CORE,
            timed,
            *self.row.names,
            *self.row.headline,
            *self.row.counting,
            self.row.subject,
            self.row.status,
        }
        authors = (*self.row.authors, *self.row.signed_by)
        contexts = {name.partition("[")[0].partition(".")[0] for name in authors}
        contexts |= {name for name in (self.row.encounter, self.row.recorded) if name}
        for name, value in sent.items():
            label, held = label_of(sent, name), found.get(name)
            if name in _QUIET or _is_settled_elsewhere(name, value, found):
                continue
            if name == "identifier":
                self._identifiers(held, value, label)
            elif name == "extension":
                self._extensions(found, sent, "", core=name in counts)
            elif name in contexts:
                self._context(held, value, label)
            elif (
                name == "status"
                and self.row.reported
                and all(isinstance(status, str) and status in _COUNTS for status in (held, value))
            ):
                continue
            else:
                chosen = any(choice({name: value}, stem)[0] for stem in ("value", timed))
                if name.endswith("DateTime") and held is None:
                    held = _start(found.get(f"{name.removesuffix('DateTime')}Period"))
                self.value(held, value, label, core=chosen or name in counts, name=name)
        self._added(found, sent, "")

    def value(self, found: Any, sent: Any, label: str, *, core: bool, name: str = "") -> None:
        """Compare one element; where it is `core`, nothing of it may be left out."""
        if found in (None, "", [], {}) and sent not in (None, "", [], {}):
            change = Change.OTHER if core else Change.LEFT_OUT
            self._note(change, label, display_of(name, sent), NO_DATA if core else "")
        elif isinstance(sent, list):
            self._list(found, sent, label, core=core, name=name)
        elif isinstance(sent, dict) and isinstance(found, dict):
            self._object(found, sent, label, core=core, name=name)
        elif isinstance(sent, str) and isinstance(found, str):
            self._text(found, sent, label, name)
        elif (digits := digits_of(found, sent)) is not None:
            if digits[0] != digits[1]:
                change = (
                    Change.REWORDED if Decimal(digits[0]) == Decimal(digits[1]) else Change.OTHER
                )
                self._note(change, label, digits[1], digits[0])
        elif found != sent:
            self._note(Change.OTHER, label, display_of(name, sent), display_of(name, found))

    def _object(
        self, found: Resource, sent: Resource, label: str, *, core: bool, name: str
    ) -> None:
        if "reference" in sent:
            if not self._refers(found, sent["reference"]):
                self._note(Change.OTHER, label, display_of(name, sent), display_of(name, found))
        elif "coding" in sent or (sent.keys() <= {"text", "extension", "id"} and "text" in sent):
            self._concept(found, sent, label, core=core, name=name)
        elif {"system", "code"} <= sent.keys() and "value" not in sent:
            if not same_code(found, sent):
                self._note(Change.OTHER, label, display_of(name, sent), display_of(name, found))
        elif digits_of(sent.get("value"), sent.get("value")):
            self._quantity(found, sent, label, name)
        else:
            for inner, value in sent.items():
                if inner not in _BESIDE and inner != "extension":
                    own = core and inner != "interpretation"
                    self.value(found.get(inner), value, label, core=own, name=inner)
        self._extensions(found, sent, label, core=core and name == "extension")
        self._added(found, sent, label)

    def _concept(
        self, found: Resource, sent: Resource, label: str, *, core: bool, name: str
    ) -> None:
        told = (display_of(name, sent), display_of(name, found))
        asked, held = code_pairs(sent), code_pairs(found)
        worded = same_words(concept_text(found), concept_text(sent))
        if not asked:
            if not worded:
                self._note(Change.OTHER, label, *told)
            return
        # Of a status, a second code of the same system says something else of the same fact.
        systems = {system for system, _ in asked} if name in _STATUSES else set()
        turned = any(system in systems for system, _ in held - asked)
        if turned or (held and not asked & held) or (not held and (core or not worded)):
            self._note(Change.OTHER, label, *told)
        elif not held:
            self._note(Change.LEFT_OUT, f"code of the {lowered(label)}", told[0])
        elif asked - held:
            self._note(Change.LEFT_OUT, f"second code of the {lowered(label)}", told[0])
        elif sent.get("text") and text(found.get("text")) and not worded:
            self._note(Change.REWORDED, label, *told)

    def _quantity(self, found: Resource, sent: Resource, label: str, name: str) -> None:
        told = (display_of(name, sent), display_of(name, found))
        digits = digits_of(found.get("value"), sent["value"])
        same_value = digits is not None and Decimal(digits[0]) == Decimal(digits[1])
        same_bound = found.get("comparator") == sent.get("comparator")
        if digits is None or not (same_value and same_bound and same_unit(found, sent)):
            self._note(Change.OTHER, label, *told)
        elif digits[0] != digits[1]:
            self._note(Change.REWORDED, label, *told)

    def _list(self, found: Any, sent: list[Any], label: str, *, core: bool, name: str) -> None:
        """Compare lists without regard to the order; what the EHR adds is no difference."""
        left = list(found) if isinstance(found, list) else [found]
        pairs: list[tuple[Any, Any]] = []
        unmatched: list[Any] = []
        for item in sent:
            if item in left:  # as a rule, and then nothing has to be weighed
                pairs.append((left.pop(left.index(item)), item))
                continue
            distance = self._distance(item, core=core, name=name)
            best = min(left[:_MOST_WEIGHED], key=distance, default=None)
            if best is None or distance(best) >= Change.OTHER:
                unmatched.append(item)
            else:
                left.remove(best)
                pairs.append((best, item))
        for held, item in pairs:
            self.value(held, item, _label_in(item, label), core=core, name=name)
        for item in unmatched:
            instead = next((held for held in left if _slot(held) == _slot(item)), None)
            if instead is not None:
                left.remove(instead)
            self.value(instead, item, _label_in(item, label), core=core, name=name)

    def _distance(self, item: Any, *, core: bool, name: str) -> Callable[[Any], int]:
        def distance(held: Any) -> int:
            trial = _Comparison(self.addresses, self.row)
            trial.value(held, item, "", core=core, name=name)
            return max((difference.change for difference in trial.differences), default=0)

        return distance

    def _extensions(self, found: Resource, sent: Resource, label: str, *, core: bool) -> None:
        if asked := items(sent.get("extension")):
            held = items(found.get("extension"))
            self._list(held, asked, label, core=core, name="extension")

    def _identifiers(self, found: Any, sent: Any, label: str) -> None:
        """Compare the identifiers that people gave; that of the draft is the app's own."""
        asked = [one for one in items(sent) if one.get("system") != ENTRY_SYSTEM]
        if asked:
            self._list(items(found), asked, label, core=False, name="identifier")

    def _context(self, found: Any, sent: Any, label: str) -> None:
        """Compare who and at which visit: an EHR puts the one that it knows."""
        trial = _Comparison(self.addresses, self.row)
        trial.value(found, sent, label, core=False, name="context")
        for one in trial.differences:
            change = min(one.change, Change.LEFT_OUT) if not one.found else Change.REWORDED
            self._note(change, one.label, one.sent, one.found)

    def _refers(self, found: Resource, sent: Any) -> bool:
        """Tell whether a reference is the one that was sent: absolute or versioned as well.

        A server replaces urn:uuid references, and may give a contained resource out as its own.
        """
        held = found.get("reference")
        if not isinstance(held, str) or not isinstance(sent, str):
            return bool(held == sent)
        meant = self.addresses.get(sent, sent)
        if meant.startswith("#"):
            return held == meant or address_reference(held)[0] is not None
        named = address_reference(meant)[0]
        return held == meant or (named is not None and address_reference(held)[0] == named)

    def _text(self, found: str, sent: str, label: str, name: str) -> None:
        if spaced(found) == spaced(sent):
            return
        if name in {"url", "system"} and canonical(found) == canonical(sent):
            return
        told = (display_of(name, sent), display_of(name, found))
        if change := compare_dates(found, sent):
            self._note(change, label, *told)

    def _added(self, found: Resource, sent: Resource, label: str) -> None:
        """Take note of what an EHR adds that turns the meaning of the rest."""
        names = [name for name in found if name not in sent and found[name] not in (None, [], {})]
        for name in names:
            turns = name in _TURNS and found[name] is not False
            value = not label and not choice(sent, "value")[0] and choice({name: 1}, "value")[0]
            if turns or value or (not label and name.startswith("abatement")):
                shown = display_of(name, found[name])
                self._note(Change.OTHER, label or label_of(found, name), NO_DATA, shown)

    def _note(self, change: Change, label: str, sent: str, found: str = "") -> None:
        self.differences.append(Difference(change, cut(label), cut(sent), cut(found)))


def compare(found: Resource, write: Write, addresses: Mapping[str, str]) -> list[Difference]:
    """Return in which elements the chart's resource differs from what was sent, in words.

    An EHR may add and may leave out; the meaning differs where one is `CHANGED`. `addresses` holds
    what the chart has of the save's own writes by their full URL: a part that refers to another of
    them has to name that one.
    """
    comparison = _Comparison(addresses, resource_type(write.after))
    comparison.elements(found, write.after)
    if write.before is not None:
        comparison.differences += _kept(found, write.before, write.after)
    return list(dict.fromkeys(comparison.differences))


def is_equal(one: Resource, other: Resource) -> bool:
    """Tell whether two states of a resource have the same content, whatever the version."""
    return _content(one) == _content(other)


def _content(resource: Resource) -> Resource:
    return {name: value for name, value in resource.items() if name not in {"meta", "text"}}


def _kept(found: Resource, before: Resource, sent: Resource) -> list[Difference]:
    """Return what was taken out and still stands in what was found, as after a merge."""
    return [
        Difference(Change.OTHER, label_of(before, name), NO_DATA, display_of(name, found[name]))
        for name, value in before.items()
        if name not in _QUIET
        and name in found
        and (name not in sent or _keeps(found[name], value, sent[name]))
    ]


def _keeps(found: Any, held: Any, sent: Any) -> bool:
    """Tell whether something that was taken out of `held` still stands in what was found."""
    if isinstance(found, dict) and isinstance(held, dict) and isinstance(sent, dict):
        return any(
            _keeps(found[name], value, sent[name]) if name in sent else found[name] == value
            for name, value in held.items()
            if name in found
        )
    if not all(isinstance(value, list) for value in (found, held, sent)):
        return False
    if any(item in found for item in held if item not in sent and len(found) > len(sent)):
        return True
    if len(held) == len(sent) == len(found):
        return any(_keeps(f, h, s) for f, h, s in zip(found, held, sent, strict=True))
    return False


def _is_settled_elsewhere(name: str, value: Any, found: Resource) -> bool:
    """Tell whether contained resources were given out, so that what names them names those."""
    if name != "contained" or found.get("contained"):
        return False
    return all(f"#{one.get('id')}" not in str(found) for one in items(value))


def _start(period: Any) -> Any:
    return period.get("start") if isinstance(period, dict) else None


def _label_in(item: Any, label: str) -> str:
    """Return the label of an item of a list: extensions and components are called by their kind."""
    if isinstance(item, dict) and isinstance(item.get("url"), str):
        own = label_of({}, item["url"].rpartition("/")[2])
        return own if label in {"", "Extension"} else f"{own} of the {lowered(label)}"
    if isinstance(item, dict) and "code" in item and isinstance(item["code"], dict):
        return concept_text(item["code"]) or label
    return label


def _slot(item: Any) -> Any:
    """Return what tells which item of a list stands in the place of another."""
    if not isinstance(item, dict):
        return None
    if "url" in item:
        return item["url"]
    if isinstance(item.get("code"), dict):
        return frozenset(code_pairs(item["code"]))
    return item.get("system")
