"""Whether a review shows each leaf of each resource; what it leaves out, and why."""

from collections.abc import Iterator

from app.formatting import date_time, number, partial_date, unit_of
from app.forms._answers import ABSENT_REASONS
from app.forms._saving.review import names_of, record_rows
from app.mcode.content import edition
from app.mcode.dosages import timing_display
from app.mcode.valuesets import fixed_codes, listed_displays
from app.terminology.concept import concept_text
from app.terminology.displays import without_tag
from app.terminology.systems import DATA_ABSENT, system_name

LEFT_OUT = {
    "resourceType": "what the record is called says it",
    "id": "the EHR's own name for the record or the element",
    "meta": "the EHR's bookkeeping, and the profile that the form is for",
    "url": "an extension is called by its label",
    "system": "stands with its code: of what the app lists it is the system of that list",
    "version": "of a code system",
    "userSelected": "of a code, not of the patient",
    "use": "by which identifier people name a tumor; the label says so",
}
ASIDE = {
    "subject": "whose the page is stands in its banner",
    "patient": "whose the page is stands in its banner",
    "encounter": "the visit in which the app was opened",
    "context": "the visit in which the app was opened",
    "performer": "the page says who signs",
    "recorder": "the page says who signs",
    "requester": "the page says who signs",
    "category": "follows from the kind of the record",
    "identifier": "the app's own, by which it finds what it has sent",
    "status": "a new result is final, and an amended one has a badge",
    "code": "the kind of the record is its name",
    "actuality": "an event that is entered has happened",
}


def leaves(node, way=()) -> Iterator[tuple[tuple[str, ...], object, dict]]:
    """Yield (path without places in lists, value, the object that holds it) of each leaf."""
    if isinstance(node, dict):
        for name, inner in node.items():
            if isinstance(inner, dict | list):
                yield from leaves(inner, (*way, name))
            else:
                yield (*way, name), inner, node
    else:
        for inner in node:
            if isinstance(inner, dict | list):
                yield from leaves(inner, way)
            else:
                yield way, inner, {}


def words_of(path, value, holder, names) -> list[str]:
    """Return the words of which one stands in the review for a leaf."""
    name = path[-1]
    if isinstance(value, bool):
        return ["Yes", "as needed"] if value else ["No", "not as needed"]
    if path[-2:-1] == ("repeat",):
        return [timing_display({"repeat": holder})]
    if not isinstance(value, str):
        return [number(value)]
    if name in {"reference", "display"} and "reference" in holder:
        known = names.get(holder["reference"]) or holder.get("display")
        return [known] if known else [value]
    if name in {"status", "intent"} and len(path) == 1:
        return [names.get(value, value.replace("-", " ").capitalize())]
    if name == "unit":
        return [unit_of(holder)]
    if name in {"code", "display"}:
        return _of_coding(value, holder, names)
    said = [value, " ".join(value.split()), without_tag(value), partial_date(value)]
    own = (names.get(f"{c.get('system')}|{c.get('code')}") for c in holder.get("coding", ()))
    return [*said, date_time(value), *filter(None, own)]


def _of_coding(value, coding, names) -> list[str]:
    system, code = coding.get("system", ""), coding.get("code", "")
    own = {names.get(f"{system}|{code}"), *listed_displays(system, code)} - {None, ""}
    said = [without_tag(coding.get("display", "")), *own, value, f"{system_name(system)} {code}"]
    said.append(concept_text({"coding": [{"system": system, "code": code}]}))
    return [words for words in said if words]


def is_left_out(path, holder, resource) -> bool:
    """Tell whether a leaf is left out, by the list above, or because its sibling says it."""
    if path[0] == "meta" or path[-1] in LEFT_OUT:
        return True
    # A unit's code that is spelled as the unit is, and codes beside words of a form's own.
    if path[-1] == "code" and "unit" in holder:
        plain = str.maketrans({"²": "2", "µ": "u", **dict.fromkeys("{}[]", None)})
        return unit_of(holder).translate(plain) == holder["code"].translate(plain)
    if path[-1] in {"text", "code", "display"} and path[0] == "method":
        return edition(resource) is not None
    if holder.get("system") == DATA_ABSENT:
        # The reasons for having no value are the form's own words.
        return holder["code"] in ABSENT_REASONS
    if holder.get("code") == "UNC":
        return True  # It stands for words without a code.
    if path[-1] == "code" and (holder.get("system"), holder["code"]) in fixed_codes():
        return True
    # What kind of component it is stands as the label of its result.
    return path[:2] == ("component", "code")


def assert_told(row, names):
    """Assert that each leaf stands in a row: what is new or changes in sight, unless it is ASIDE.

    What stays as it is may be folded; what is taken away stands as what was before.
    """
    before, after = row.write.before or {}, row.write.after
    headline = [row.after, row.write.label]
    sight = " | ".join([*headline, *(f"{line.label}: {line.after}" for line in row.lines)])
    aside = " | ".join([sight, *(f"{line.label}: {line.after}" for line in row.rest)])
    old = " | ".join([row.before, *(line.before for line in (*row.lines, *row.rest))])
    held, kept = ([leaf[:2] for leaf in leaves(one)] for one in (before, after))
    for path, value, holder in leaves(after):
        may_be_aside = path[0] in ASIDE if row.write.act == "new" else (path, value) in held
        may_be_aside |= path == ("status",)
        assert_found(aside if may_be_aside else sight, path, value, holder, after, names)
    for path, value, holder in leaves(before):
        if (path, value) not in kept:
            assert_found(old, path, value, holder, before, names)


def assert_found(place, path, value, holder, resource, names):
    if not is_left_out(path, holder, resource):
        told = texts_beside(path, holder, resource) + words_of(path, value, holder, names)
        assert any(words in place for words in told), (path, value, told, place)


def texts_beside(path, holder, resource) -> list[str]:
    """Return the text of the concept that a code or a display is part of, where it is its own."""
    if path[-1] not in {"code", "display"}:
        return []
    found = [
        node["text"]
        for node in nodes(resource)
        if "text" in node and any(coding is holder for coding in node.get("coding", ()))
    ]
    own = {without_tag(holder.get("display", "")), ""} | listed_displays(
        holder.get("system", ""), holder.get("code", "")
    )
    return [without_tag(text) for text in found if without_tag(text) in own]


def nodes(node) -> Iterator[dict]:
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node:
        if isinstance(inner, dict | list):
            yield from nodes(inner)


def assert_plan_is_told(plan, form_class, record):
    names = {**names_of(record), **form_class.names()}
    own = {write.full_url: write.label for write in plan.writes}
    rows = record_rows(plan, names)
    assert len(rows) == len(plan.writes)
    for row in rows:
        assert_told(row, {**names, **own})
