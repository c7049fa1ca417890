"""What the chart holds beside a value and says of that value: asked about when it is amended.

An interpretation, a reference range, a text in the laboratory's own words were said of the old
value. Beside a new one they are kept only on the person's word. What the person has changed on the
form is not asked about: it is said of the new value.
"""

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from app.fhir.paths import address_reference, choice, get, items, local_reference, text
from app.fhir.patterns import cut
from app.fhir.types import Element, Resource
from app.formatting import join, partial_date
from app.forms._definition import EntryForm
from app.forms._saving.datatypes import same_words
from app.forms._saving.display import VALUE, Names, display_of, label_of, narrative_text
from app.forms._saving.plan import Plan, Write
from app.forms._saving.wording import headline_of
from app.mcode.profiles import STRUCTURES
from app.mcode.values import reference_texts
from app.terminology.concept import concept_text
from app.terminology.systems import known_codes

Path = tuple[str | int, ...]

# Elements that speak of others, by the type of the resource: those others, then they.
_OF_OTHERS = {
    "BodyStructure": (("location", "morphology"), ("description",)),
    "Condition": (("code",), ("stage",)),
    "DiagnosticReport": (
        ("result", "conclusion"),
        ("conclusion", "conclusionCode", "presentedForm"),
    ),
}
_MOST_COMPONENTS = 50
_OF_RESULT = ("interpretation", "referenceRange", "derivedFrom")
# What others than these hang on: a text of the whole record may speak of them too.
_BESIDE = frozenset({*_OF_RESULT, "note"})
_AMOUNTS = frozenset({"valueQuantity", "valueInteger", "valueRatio", "valueRange"})
_DRUG = ("medicationCodeableConcept", "medicationReference")
_WORDS = ("text", "patientInstruction", "display")
_SIGNATURE = ("authorReference", "authorString", "time")
# Who signs for a result in person; any other performer is the place that measured it.
_PEOPLE = frozenset({"Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "CareTeam"})
# Elements that a new answer replaces as a whole, or in which no answer stands.
_CLOSED = frozenset({"coding", "contained", "identifier", "meta", "text"})


@dataclass(frozen=True)
class Dependent:
    """Elements of one record that stay as they were beside a value that is amended.

    `key` names the question about them; other elements, or another new value, have another key.
    `old` and `new` are the value in words, empty where these are the same.
    """

    key: str
    label: str
    display: str
    old: str
    new: str
    full_url: str
    paths: tuple[Path, ...]


class _Pair(NamedTuple):
    """An object as it was and as it will be, and the way to it in the record."""

    old: Element
    new: Element
    path: Path = ()

    def differs(self, *names: str) -> bool:
        return any(self.old.get(name) != self.new.get(name) for name in names)

    @property
    def has_new_result(self) -> bool:
        """Whether a result, or what was tested, is another one."""
        names = {n for n in {*self.old, *self.new} if VALUE.fullmatch(n)}
        return self.differs("code", "dataAbsentReason", *names)

    def kept(self, name: str) -> dict[Path, Any]:
        """Return what of an element stays as it was, by path; of a list item by item."""
        old, new = self.old.get(name), self.new.get(name)
        if isinstance(new, list) and isinstance(old, list):
            kept = ((i, item) for i, item in enumerate(new) if _is_in(old, item, i))
            return {(*self.path, name, i): item for i, item in kept}
        return {(*self.path, name): new} if new and new == old else {}

    def changed(self) -> "Iterator[_Pair]":
        """Yield the objects inside that are changed, those that hold others before them."""
        for name, new in self.new.items():
            old = self.old.get(name)
            if name in _CLOSED or new == old:
                continue
            if isinstance(old, dict) and isinstance(new, dict):
                inner = [_Pair(old, new, (*self.path, name))]
            else:
                inner = list(_items(old, new, (*self.path, name)))
            for pair in inner:
                yield pair
                yield from pair.changed()


def _items(old: Any, new: Any, path: Path) -> Iterator[_Pair]:
    """Yield the items of a list that are changed: by their code or address, else in order."""
    before, after = items(old), items(new)
    waiting = [item for i, item in enumerate(before) if not _is_in(after, item, i)]
    for place, item in enumerate(new if isinstance(new, list) else ()):
        if not isinstance(item, dict) or _is_in(before, item, place):
            continue
        named = (w for w in waiting if all(w.get(n) == item.get(n) for n in ("code", "url")))
        if found := next(named, None):
            waiting.remove(found)
            yield _Pair(found, item, (*path, place))


def _is_in(listed: list[Any], item: Any, place: int) -> bool:
    """Tell whether a list has an item, which is looked for at its place first."""
    return (place < len(listed) and listed[place] == item) or item in listed


def dependents(form: EntryForm, plan: Plan, names: Names) -> list[Dependent]:
    """Return what stays beside the values that a plan amends; `names` gives words for references.

    The form is the one whose answers the plan writes.
    """
    found: dict[tuple[str, tuple[Path, ...]], Dependent] = {}
    for write in plan.writes:
        if write.before and write.act == "amended":
            for each in _Reader(form, write, _Pair(write.before, write.after), names).read():
                found.setdefault((each.full_url, each.paths), each)
    return list(found.values())


@dataclass(frozen=True)
class _Reader:
    """Finds the dependents of one record."""

    form: EntryForm
    write: Write
    record: _Pair
    names: Names
    told: dict[tuple[int, bool], tuple[str, str, str]] = field(default_factory=dict)
    """The digest of an object of the record, whole or without what stands beside its value, and
    its old and new words: made once for each."""

    def read(self) -> Iterator[Dependent]:
        record = self.record
        if narrative_text(record.new.get("text")):
            yield from self._asked(record, "text", "Text of the record")
        if record.new["resourceType"] == "Observation":
            yield from self._of_result()
        sources, spoken = _OF_OTHERS.get(record.new["resourceType"], ((), ()))
        if record.differs(*sources):
            for name in spoken:
                yield from self._asked(record, name)
        if record.differs(*_DRUG):
            for name in ("dosage", "dosageInstruction"):
                kept = record.kept(name).items()
                for place, dosage in ((p, d) for p, d in kept if isinstance(d, dict)):
                    yield from self._of_words(_Pair(dosage, dosage, place), record)
        for pair in record.changed():
            yield from self._of_object(pair)

    def _of_result(self) -> Iterator[Dependent]:
        """Yield what is said of the result of an Observation."""
        record = self.record
        if not (record.has_new_result or record.differs("component")):
            return
        for name in _OF_RESULT:
            # The form itself says from what a new value is derived.
            if name != "derivedFrom" or not record.differs(name):
                yield from self._asked(record, name)
        places = record.kept("performer").items()
        laboratory = {path: who for path, who in places if _is_place(who, record.new)}
        yield from self._asked(record, "performer", "Measured by", laboratory)
        answered = self._answered()
        value = choice(record.new, "value")[0]
        if value and value not in answered and not record.has_new_result:
            yield from self._asked(record, value)
        yield from self._of_components(answered)

    def _of_components(self, answered: Resource) -> Iterator[Dependent]:
        """Yield the components that no field of the form shows.

        Of amounts alone, as of an allele fraction, depend other amounts only.
        """
        own = {
            c for part in items(answered.get("component")) for c in known_codes(get(part, "code"))
        }
        old, new = (items(node.get("component")) for node in (self.record.old, self.record.new))
        changed = [
            component
            for one, other in ((old, new), (new, old))
            for place, component in enumerate(one)
            if not _is_in(other, component, place)
        ]
        amounts = not self.record.has_new_result and all(map(_AMOUNTS.intersection, changed))
        unshown = {}
        for path, component in self.record.kept("component").items():
            held = component if isinstance(component, dict) else {}
            shown = known_codes(held.get("code")) & own
            if not shown and (_AMOUNTS.intersection(held) or not amounts):
                unshown[path] = component
        each = [{path: component} for path, component in unshown.items()]
        # Of a great many nobody answers for each.
        asked = each if len(each) <= _MOST_COMPONENTS else [unshown]
        for kept in asked:
            yield from self._asked(self.record, "component", "Component", kept)

    def _answered(self) -> Resource:
        """Return the record with the results that stand on the form, and no others."""
        part = next(part for part in self.form.parts if part.label == self.write.label)
        results = {n for n in self.record.new if n == "component" or VALUE.fullmatch(n)}
        bare = {n: v for n, v in self.record.new.items() if n not in results}
        self.form.fill(bare, part)
        return bare

    def _of_object(self, pair: _Pair) -> Iterator[Dependent]:
        """Yield what an object that is changed says of itself as it was."""
        if "url" in pair.new:  # an extension, whose value is asked about by itself
            return
        if pair.path[:-1] == ("component",) and pair.has_new_result:
            for name in _OF_RESULT[:2]:
                yield from self._asked(pair, name)
        yield from self._of_words(pair, pair)
        if pair.differs(*({*pair.old, *pair.new} - {"extension"})):
            # Those of mCODE, such as a side, are answers of their own.
            for path, item in pair.kept("extension").items():
                if not (url := str(get(item, "url"))).startswith(STRUCTURES):
                    label = label_of(self.record.new, url.rpartition("/")[2])
                    yield from self._asked(pair, "extension", label, {path: item})
        if pair.differs("text") and "text" in pair.new:
            signed = {p: v for name in _SIGNATURE for p, v in pair.kept(name).items()}
            yield from self._asked(pair, "author", "Author of the note", signed)

    def _of_words(self, pair: _Pair, said_of: _Pair) -> Iterator[Dependent]:
        term = concept_text({"coding": pair.new.get("coding")}) if "coding" in pair.new else None
        if same_words(text(pair.new.get("text")), term):
            return  # A code that stays has its own words still.
        label = f"{label_of(self.record.new, _name(pair.path))}, in words"
        for name in _WORDS:
            yield from self._asked(said_of, name, label, pair.kept(name))

    def _asked(
        self, said_of: _Pair, name: str, label: str = "", kept: dict[Path, Any] | None = None
    ) -> Iterator[Dependent]:
        """Yield the question about what is kept of an element, if anything is."""
        kept = said_of.kept(name) if kept is None else kept
        if not kept:
            return
        is_whole = name == "text"
        place = id(said_of.new), is_whole
        if place not in self.told:
            old, new = (self._said(node, said_of.path) for node in (said_of.old, said_of.new))
            told = {n: v for n, v in said_of.new.items() if is_whole or n not in _BESIDE}
            said = json.dumps(told, sort_keys=True, default=str)
            self.told[place] = hashlib.sha256(said.encode()).hexdigest(), old, new
        about, old, new = self.told[place]
        facts = [self.write.full_url, list(kept.items()), about]
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode())
        shown = [self._display(_name(path), value) for path, value in kept.items()]
        yield Dependent(
            key=f"holds-{digest.hexdigest()[:12]}",
            label=label or label_of(self.record.new, name),
            display=cut(join(shown, "; ")) or "recorded without words",
            old=old if old != new else "",
            new=new if old != new else "",
            full_url=self.write.full_url,
            paths=tuple(kept),
        )

    def _said(self, node: Element, path: Path) -> str:
        return cut(display_of(_name(path), node) if path else headline_of(node, self.names))

    def _display(self, name: str, value: Any) -> str:
        if name == "referenceRange":
            amount = {"valueQuantity": self.record.new.get("valueQuantity")}
            return join(reference_texts({**amount, name: [value]}))
        if name == "text" and isinstance(value, dict):
            return narrative_text(value)
        if name == "time":
            return partial_date(text(value))
        if name == "presentedForm":
            return str(get(value, "title") or "document")
        if isinstance(value, dict) and "url" in value:
            type_, said = choice(value, "value")
            inner = [self._display(name, each) for each in items(value.get("extension"))]
            return join([*inner, type_ and display_of(type_, said)], ", ")
        named = self.names.get(local_reference(value) or "") if isinstance(value, dict) else None
        return named or display_of(name, value)


def _name(path: Path) -> str:
    """Return the name of the element to which a path leads, of an item that of its list."""
    return next((name for name in reversed(path) if isinstance(name, str)), "")


def _is_place(performer: Any, result: Resource) -> bool:
    """Tell whether a performer is a laboratory; where its type is not said, by the category."""
    reference = text(get(performer, "reference")) or ""
    contained = (r for r in items(result.get("contained")) if f"#{r.get('id')}" == reference)
    named, _ = address_reference(reference)
    type_ = get(performer, "type") or get(next(contained, None), "resourceType") or named
    if isinstance(type_, str):
        return type_.partition("/")[0] not in _PEOPLE
    categories = items(result.get("category"))
    return any(code == "laboratory" for each in categories for _, code in known_codes(each))


def without(plan: Plan, gone: Collection[Dependent]) -> Plan:
    """Return the plan without these elements."""

    def cleared(write: Write) -> Write:
        paths = {path for each in gone if each.full_url == write.full_url for path in each.paths}
        return replace(write, after=_without(write.after, paths, ())) if paths else write

    return replace(plan, writes=tuple(map(cleared, plan.writes)))


def _without(node: Any, gone: set[Path], path: Path) -> Any:
    """Return a copy without the elements at these paths, and without what is then empty."""
    if isinstance(node, dict):
        kept = [
            (name, value, _without(value, gone, (*path, name)))
            for name, value in node.items()
            # The extensions of a text stand beside it.
            if gone.isdisjoint({(*path, name), (*path, name.removeprefix("_"))})
        ]
        return {name: new for name, value, new in kept if new or not value}
    if isinstance(node, list):
        left = [
            (item, _without(item, gone, (*path, place)))
            for place, item in enumerate(node)
            if (*path, place) not in gone
        ]
        return [new for item, new in left if new or not item]
    return node
