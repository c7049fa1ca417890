"""The elements that every new resource of a type has, whatever it says."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

from app.fhir.resource_types import resource_type
from app.fhir.types import Element, Resource
from app.forms._definition import Author, EntryForm, Part, Subject
from app.mcode.definitions import profile, type_of
from app.mcode.model import CancerRecord
from app.mcode.profiles import EXTENSION, profile_names
from app.terminology.concept import Concept
from app.terminology.systems import known_codes

_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def new_resource(part: Part, subject: Subject, author: Author) -> Resource:
    """Return a resource of the part's type about the patient, signed as its profile allows."""
    row = resource_type(part.type)
    resource: Resource = {"resourceType": part.type, "meta": {"profile": [part.profile]}}
    if row.subject:
        resource[row.subject] = {"reference": f"Patient/{subject.patient_id}"}
    if row.encounter and author.encounter:
        resource[row.encounter] = {"reference": author.encounter}
    if row.recorded:
        resource[row.recorded] = subject.today.isoformat()
    return resource | signature(part, author)


def signature(part: Part, author: Author) -> Resource:
    """Return the elements of a new resource that name who made it; none where it has no place.

    An element that may not refer to this kind of person names them in words alone: another element
    of the type that may, or else the Provenance, refers to them.
    """
    signed: Resource = {}
    refers = False
    for path in resource_type(part.type).signed_by:
        named = _named(part, path.replace("[]", ""), author)
        if not signed or ("reference" in named and not refers):
            signed |= _at(path, named)
            refers = "reference" in named
    return signed


def _at(path: str, named: Element) -> Resource:
    name, is_list, inner = path.partition("[]")
    value = {inner[1:]: named} if inner else named
    return {name: [value] if is_list else value}


def _named(part: Part, element: str, author: Author) -> Element:
    named: Element = {"display": author.name}
    kind = (author.reference or "").partition("/")[0]
    if kind in allowed(part.profile, element):
        named["reference"] = author.reference
    return named


@cache
def allowed(profile_name: str, element: str) -> frozenset[str]:
    """Return the types of resources that an element of the profile may refer to."""
    types = profile(profile_name).element(element).types
    return frozenset(filter(None, (type_of(url) for found in types for url in found.targets)))


def new_observation(
    part: Part,
    subject: Subject,
    author: Author,
    *,
    code: Element | None,
    category: str | None,
    focused: bool = True,
) -> Resource:
    """Return a final observation, still without its value and date, and its code where it is asked.

    `category` is a code of FHIR's observation categories: US Core's simple observation asks for one
    and mCODE leaves open which. The focus names the cancer, so that a patient with several
    primaries has each finding at the right one.
    """
    resource = new_resource(part, subject, author)
    resource["status"] = "final"
    if code:
        resource["code"] = code
    if category:
        resource["category"] = [{"coding": [{"system": _CATEGORY, "code": category}]}]
    if focused and subject.primary:
        resource["focus"] = [{"reference": subject.primary.reference}]
    return resource


def new_finding(part: Part, subject: Subject, author: Author, *, code: Element | None) -> Resource:
    """Return a laboratory's observation, which names its cancer as a related condition."""
    resource = new_observation(
        part, subject, author, code=code, category="laboratory", focused=False
    )
    if subject.primary:
        cancer = {"reference": subject.primary.reference}
        resource["extension"] = [{"url": EXTENSION["related-condition"], "valueReference": cancer}]
    return resource


class ObservationForm(EntryForm):
    """Base of the forms that write one observation of a fixed code.

    `focused` says that the observation names the primary cancer that it is about.
    """

    code: ClassVar[Concept]
    category: ClassVar[str | None] = "exam"
    focused: ClassVar[bool] = True
    exact: ClassVar[bool] = False
    """Whether observations of its kind belong to it only by its own code or profile."""

    @classmethod
    def takes(cls, record: CancerRecord, resource: Resource) -> bool:
        """Tell whether an observation is one that this form writes."""
        if not super().takes(record, resource):
            return False
        claimed = f"mcode-{name}" if (name := next(profile_names(resource), "")) else ""
        own = (cls.code.system, cls.code.code) in known_codes(resource.get("code"))
        return not cls.exact or own or cls.parts[-1].profile.endswith(claimed or "\n")

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return the observation with its code and category."""
        return new_observation(
            part,
            subject,
            author,
            code=self.code.codeable(),
            category=self.category,
            focused=self.focused,
        )
