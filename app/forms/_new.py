"""What every new entry has, whatever it says, and the question whether it is on record already."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import ClassVar

from app.fhir.resource_types import resource_type
from app.fhir.types import Element, Resource
from app.formatting import NO_DATA, join, partial_date
from app.forms._answers import PartialDate
from app.forms._definition import Author, EntryForm, Part, Question, Subject
from app.forms._elements.plain import Note
from app.forms._fields.base import FreeText, Target
from app.forms._fields.dates import DateBoxes
from app.mcode.content import effective, performer_display
from app.mcode.definitions import profile, type_of
from app.mcode.model import CancerRecord
from app.mcode.profiles import EXTENSION, profile_names
from app.mcode.values import result
from app.terminology.concept import Concept
from app.terminology.systems import known_codes

# How many of those on record stand beside a form.
_SHOWN = 3
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
    date: DateBoxes
    note = FreeText("Note", target=Target.main(Note()))
    category: ClassVar[str | None] = "exam"
    focused: ClassVar[bool] = True
    headline_fields: ClassVar[tuple[str, ...]] = ("date",)
    exact: ClassVar[bool] = False
    """Whether observations of its kind belong to it only by its own code or profile."""

    one_a_day: ClassVar[str] = ""
    """What a second one of a day is called where it is asked about: "A score"; else empty."""

    @classmethod
    def matches(cls, record: CancerRecord, resource: Resource) -> bool:
        """Tell whether an observation is one that this form writes."""
        if not super().matches(record, resource):
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

    def on_record(self, subject: Subject) -> Sequence[Resource]:  # noqa: ARG002 -- a hook
        """Return the other observations of its kind in the chart, the newest first."""
        return ()

    def newest(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return the newest of those on record, as they are shown beside a form."""
        return [signed(self.title, found) for found in self.on_record(subject)[:_SHOWN]]

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Ask about a second one of a day."""
        day = self.date.data
        same = next((found for found in self.on_record(subject) if is_of_day(found, day)), None)
        if self.one_a_day and subject.is_new and same:
            value = f" ({said})" if (said := result(same)) != NO_DATA else ""
            what = f"{self.one_a_day} of this day is on record already{value}"
            yield possible_duplicate("another-of-the-day", "date", what)


def signed(label: str, finding: Resource) -> tuple[str, str, str]:
    """Return an observation as it is shown beside a form: label, result, day and author."""
    author = performer_display(finding)
    return label, result(finding), join([partial_date(effective(finding)), author])


def is_of_day(resource: Resource, day: PartialDate | None) -> bool:
    """Tell whether a resource is of a certain day, or of the very month or year that is given."""
    return day is not None and PartialDate.of(effective(resource)) == day


def possible_duplicate(key_: str, field: str, existing: str) -> Question:
    """Return the question about an entry that may be on record already; `existing` says which."""
    return Question(
        key_,
        field,
        f"{existing}. Tick to confirm that this is another one; to correct that one, amend it",
    )
