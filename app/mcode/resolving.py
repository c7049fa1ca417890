"""References as a record reads them: each that leads into this chart is `Type/id`.

Servers write their own address before it, or that of another host of the same EHR. `#id` leads to
what is contained in the resource that says so, and means nothing elsewhere: in a record such a
resource has the id `holder#id`. What the EHR wrote is left as it is; a copy is changed.
"""

import copy
from collections.abc import Callable, Iterator, Sequence

from app.fhir.paths import is_contained, items, literal_reference, local_reference, objects, text
from app.fhir.resource_types import resource_type
from app.fhir.types import Element, Resource

_Rename = Callable[[str], str | None]


def made_relative(resource: Resource, bases: Sequence[str]) -> Resource:
    """Return a resource in which no reference has one of `bases` before it.

    Whose it is stays as it is written: that is asked of the EHR's own words.
    """
    known = tuple(f"{base.rstrip('/')}/" for base in bases if base)

    def relative(reference: str) -> str | None:
        return local_reference(reference, known) if reference.startswith(known) else None

    subject = resource_type(resource).subject or ""
    rest = {name: value for name, value in resource.items() if name != subject}
    changed = _renamed(rest, relative) if known else rest
    return resource if changed is rest else {**resource, **changed}


def unpacked(resource: Resource) -> tuple[Resource, list[Resource]]:
    """Return a resource with names for what it contains, and that, each as one of its own.

    What does not say whose it is, is its holder's. A contained Patient only says again whose the
    holder is, or belongs to nobody's chart: it is left where it is.
    """
    holder = literal_reference(resource)
    contained = [part for part in items(resource.get("contained")) if _can_stand_alone(part)]
    if holder is None or not contained:
        return resource, []
    named = [(part, f"{resource['id']}#{_own_id(part)}") for part in contained]
    names = {f"#{_own_id(part)}": f"{text(part['resourceType'])}/{id_}" for part, id_ in named}
    names["#"] = holder
    owner = resource.get(resource_type(resource).subject or "")
    found = []
    for part, id_ in named:
        subject = resource_type(part).subject
        owned = {subject: owner} if subject and owner and not part.get(subject) else {}
        found.append({**_renamed(part, names.get), **owned, "id": id_})
    return _renamed(resource, names.get), found


def _own_id(part: Resource) -> str:
    return str(part.get("id")).removeprefix("#")


def _can_stand_alone(part: Resource) -> bool:
    type_ = text(part.get("resourceType"))
    return type_ not in {None, "Patient"} and is_contained(f"{type_}/holder#{_own_id(part)}")


def _renamed(resource: Resource, rename: _Rename) -> Resource:
    """Return a copy with other references; the resource itself where none changes."""
    if not any(rename(node["reference"]) for node in _references(resource)):
        return resource
    try:
        found = copy.deepcopy(resource)
    except RecursionError:  # nested deeper than any resource is
        return resource
    for node in _references(found):
        node["reference"] = rename(node["reference"]) or node["reference"]
    return found


def _references(resource: Resource) -> Iterator[Element]:
    return (node for node in objects(resource) if isinstance(node.get("reference"), str))
