"""What a save will do, in words: old beside new, record by record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.fhir.paths import codings, literal_reference, text
from app.fhir.resource_types import resource_type
from app.fhir.types import Resource
from app.formatting import NO_DATA, join, number, partial_date
from app.forms._saving.display import Names, label_of
from app.forms._saving.plan import IN_ERROR, Plan, Write
from app.forms._saving.wording import Said, headline_of, said_of
from app.forms._shared.genomics import finding_display
from app.mcode.content import body_site, condition_title, effective, name_of
from app.mcode.dosage_text import contradictions
from app.mcode.dosages import dosage_steps
from app.mcode.model import CancerRecord
from app.mcode.pathology import specimen_title
from app.mcode.values import observation_value, result
from app.mcode.valuesets import fixed_codes, listed_displays
from app.terminology.concept import concept_text
from app.terminology.systems import system_name

_AGREE = "no difference"
_UNLISTED = "Codes of no list of the app"
_STATUS = label_of({}, "status")
_ROOM = 100_000  # characters of what stays as it is


@dataclass(frozen=True)
class Line:
    """One element that is written: its words, and its old and new text."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Row:
    """One record of the review: its write, its headline before and after, its other elements.

    `lines` are what is new or changes, `rest` what stays as it is, or stands in every record. Of
    what stays as it is, `unshown` elements have no room.
    """

    write: Write
    before: str
    after: str
    lines: list[Line]
    rest: list[Line]
    unshown: int = 0


def record_rows(plan: Plan, names: Names) -> list[Row]:
    """Return the review of a plan; `names` gives words for references and for codes."""
    own = {write.full_url: write.label for write in plan.writes}
    return [_row(write, {**names, **own}) for write in plan.writes]


def _row(write: Write, names: Names) -> Row:
    before = write.before
    old = {said.label: said for said in said_of(before, names)} if before else {}
    new = {said.label: said for said in said_of(write.after, names)}
    lines: list[Line] = []
    rest: list[Line] = []
    for label in [*new, *(label for label in old if label not in new)]:
        changed, line = _compared(old.get(label), new.get(label), is_new=before is None)
        lines += changed
        rest += [line] if line else []
    said, coded = _dosage_differs(before or {}), _dosage_differs(write.after)
    if said or coded:
        differ = Line("Words and codes of the dosage differ", said or _AGREE, coded or _AGREE)
        lines.insert(0, differ)
    held, entered = unlisted_codes(before), unlisted_codes(write.after)
    gone = [code for code in held if code not in entered]
    new_codes = [code for code in entered if code not in held]
    if gone or new_codes:
        lines.append(Line(_UNLISTED, "; ".join(gone) or NO_DATA, "; ".join(new_codes) or NO_DATA))
    if kept := "; ".join(code for code in entered if code in held):
        rest.append(Line(_UNLISTED, kept, kept))
    shown = list(_with_room(rest)) if before else rest
    return Row(
        write,
        before=headline_of(before, names) if before else NO_DATA,
        after=IN_ERROR if write.act == "retracted" else headline_of(write.after, names),
        lines=lines,
        rest=shown,
        unshown=len(rest) - len(shown),
    )


def _with_room(rest: Sequence[Line]) -> Iterator[Line]:
    """Yield what a page has room for: an EHR may hold megabytes that nobody changes."""
    room = _ROOM
    for line in rest:
        if line.before != line.after or len(line.after) <= room:
            room -= len(line.after)
            yield line


def _dosage_differs(resource: Resource) -> str:
    """Return where the words of a dosage contradict what is coded, which is never folded away."""
    found = (each for step in dosage_steps(resource) for each in contradictions(step))
    return "; ".join(f"{each.said} in words, {each.coded} coded" for each in found)


def _compared(
    old: Said | None, new: Said | None, *, is_new: bool
) -> tuple[list[Line], Line | None]:
    """Return the lines of one label that are new or change, and the one that is not for all."""
    said = [one for one in (old, new) if one]
    label = said[0].label
    line = Line(label, *(one.display if one else NO_DATA for one in (old, new)))
    shown = None if all(one.headline for one in said) else line
    if line.before == line.after and old and new:
        # What reads alike may differ in a code, or in the time of a day.
        found = _leaves(old.raw, new.raw) if old.raw != new.raw else ()
        return [Line(f"{label}: {path}", *ends) for path, ends in found], shown
    quiet = all(one.quiet for one in said) and (is_new or label == _STATUS)
    return ([], shown) if quiet or not shown else ([shown], None)


def _leaves(old: Any, new: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield in which leaves two elements differ that read alike, as the way there in words."""
    one, other = dict(_paths(old)), dict(_paths(new))
    for path in {**one, **other}:
        if one.get(path) != other.get(path):
            yield path, (one.get(path, NO_DATA), other.get(path, NO_DATA))


def _paths(value: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*way, name))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value, 1):
            yield from _paths(inner, (*way, str(place)) if len(value) > 1 else way)
    else:
        yield " ".join(way), number(value)


def names_of(record: CancerRecord) -> dict[str, str]:
    """Return words for the resources of a record, by `Type/id`; those without any are left out."""
    named = {}
    for resource in (*record.facts(), *record.others.values()):
        if (name := literal_reference(resource)) and (words := _display_of(resource)):
            named[name] = words
    return named


def _display_of(resource: Resource) -> str | None:
    match resource["resourceType"]:
        case "Condition":
            return condition_title(resource)
        case "Specimen":
            return specimen_title(resource)
        case "Observation":
            # Of a genomic finding the components are what it is called by.
            finding = finding_display(resource)
            said = observation_value(resource).text if finding else result(resource)
            what = finding or concept_text(resource.get("code"))
            title = join([what, said if said != NO_DATA else None], " ")
            return join([title, partial_date(effective(resource), "")], ", ")
    headline = (concept_text(resource.get(name)) for name in resource_type(resource).headline)
    named = dict.fromkeys([name_of(resource), *headline, body_site(resource)])
    return join([*named, partial_date(effective(resource), "")], ", ") or None


def unlisted_codes(value: Any) -> list[str]:
    """Return the codes inside a resource whose words are not the app's own, each once."""
    return list(dict.fromkeys(_unlisted(value)))


def _unlisted(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _unlisted(item)
    elif isinstance(value, dict):
        for coding in codings(value):
            system, code = text(coding.get("system")) or "", text(coding.get("code")) or ""
            if code and not text(coding.get("display")):
                yield from _display_unlisted(system, code, text(value.get("text")) or "")
        for name, item in value.items():
            if name not in {"meta", "identifier"}:
                yield from _unlisted(item)


def _display_unlisted(system: str, code: str, words: str) -> Iterator[str]:
    own = listed_displays(system, code)
    if words in {"", code} or words in own or (system, code) in fixed_codes():
        return
    meaning = f", which is “{min(own, key=len)}”" if own else ""
    yield f"“{words}” as {system_name(system) or 'a code'} {code}{meaning}"
