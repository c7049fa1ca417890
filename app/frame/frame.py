"""The frame of every page of a launch: the patient banner, who is signed in, and the tabs.

`FormIndex` is what pages know of the forms without importing them, `UseIndex` what of the uses.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Protocol

from app.fhir import paths
from app.fhir.patterns import cut
from app.fhir.types import Resource
from app.formatting import age, human_name, in_use, join, partial_date, whole_day
from app.mcode.model import CancerRecord

_GENDERS = {"male": "Male", "female": "Female", "other": "Other", "unknown": "Not known"}
_NOT_RECORDED = "Not recorded"
_NOT_IN_USE = "This patient record is marked as not in use"
_LINKS = {
    "replaced-by": "This record was replaced by another record of the patient",
    "refer": "More about this patient stands in another record",
}
_MOST_ALERTS = 20
_MORE_ALERTS = "There are more such marks and links: look into the patient's record in the EHR"
_NOT_UNDERSTOOD = "This patient record has a mark that the app does not know"
_IDENTIFIER_USES = {"usual": 0, "official": 1, "secondary": 2, "temp": 3}
_IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"


class Named(Protocol):
    """The EHR or the user: what the frame says of either is a name."""

    @property
    def name(self) -> str: ...


class OpenLaunch(Protocol):
    """The part of a launch that the frame shows."""

    @property
    def ehr(self) -> Named: ...
    @property
    def user(self) -> Named: ...
    @property
    def need_patient_banner(self) -> bool: ...
    @property
    def expires_at(self) -> datetime | None: ...
    @property
    def can_refresh(self) -> bool: ...


@dataclass(frozen=True)
class FormIndex:
    """The forms as other pages know them; `create_app` hands the forms' own to those pages.

    `titles` and `types` are by slug; `types` are those of the resources that every new entry of a
    form creates. `addresses` returns (form slug, id of the entry's main resource) for a record, by
    the `Type/id` of each part.
    """

    titles: Mapping[str, str]
    types: Mapping[str, frozenset[str]]
    addresses: Callable[[CancerRecord], Mapping[str, tuple[str, str]]]


@dataclass(frozen=True)
class UseLine:
    """How ready the record is for a use of it: its title, in words, and where its page is.

    `about` is the cancer that it is about, empty for the whole record.
    """

    title: str
    about: str
    summary: str
    values: Mapping[str, str]


UseIndex = Callable[[CancerRecord, str], Iterable[UseLine]]
"""The uses of a record of an EHR (its key); `create_app` hands them to the summary."""


# static/app.js warns at the same moment.
WARN_AT_SECONDS = 5 * 60


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    endpoint: str


TABS = (
    Tab("summary", "Summary", "summary.page"),
    Tab("forms", "Forms", "forms.index"),
    Tab("reuse", "Uses", "reuse.index"),
    Tab("receipts", "My entries", "forms.receipts"),
)


@dataclass(frozen=True)
class Banner:
    """The patient as the NHS Common User Interface shows one: each value with its label."""

    name: str
    born: str
    gender: str
    identifier_label: str
    identifier: str
    died: str | None
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frame:
    """What layout.html prints; without an end of access, `seconds_left` is None."""

    banner: Banner
    need_patient_banner: bool
    user: str
    ehr: str
    seconds_left: int | None
    can_extend: bool
    active_tab: str
    tabs: tuple[Tab, ...] = TABS

    @property
    def minutes_left(self) -> int:
        """Minutes begun, so that the last of them still counts as one."""
        return -(-(self.seconds_left or 0) // 60)

    @property
    def is_ending(self) -> bool:
        return self.seconds_left is not None and self.seconds_left <= WARN_AT_SECONDS

    @property
    def warning(self) -> str:
        """What is said when access is about to end."""
        act = "Extend it now." if self.can_extend else "Save what is ready; drafts are kept."
        return f"Access to the chart ends within 5 minutes. {act}"


def make_frame(
    launch: OpenLaunch, patient: Resource, active_tab: str, now: datetime | None = None
) -> Frame:
    """Return the frame for a page of `launch` about `patient`; `active_tab` is a tab's key."""
    now = now or datetime.now(UTC)
    left = None
    if launch.expires_at:
        left = max(0, int((launch.expires_at - now).total_seconds()))
    return Frame(
        banner=make_banner(patient, now.date()),
        need_patient_banner=launch.need_patient_banner,
        user=launch.user.name,
        ehr=launch.ehr.name,
        seconds_left=left,
        can_extend=launch.can_refresh,
        active_tab=active_tab,
    )


def make_banner(patient: Resource, today: date) -> Banner:
    """Return the display strings of the patient banner."""
    label, identifier = _identifier(patient, today)
    died, alerts = _died(patient), [*islice(_alerts(patient), _MOST_ALERTS + 1)]
    if len(alerts) > _MOST_ALERTS:
        alerts[_MOST_ALERTS:] = [_MORE_ALERTS]
    return Banner(
        name=cut(human_name(patient.get("name"), today)),
        born=cut(_born(patient, today)),
        gender=_GENDERS.get(str(patient.get("gender")), _NOT_RECORDED),
        identifier_label=cut(label),
        identifier=cut(identifier),
        died=died and cut(died),
        alerts=tuple(map(cut, alerts)),
    )


def _alerts(patient: Resource) -> Iterator[str]:
    """Yield what has to be known before anything is believed or written here."""
    if not patient.get("active", True):
        yield _NOT_IN_USE
    if patient.get("modifierExtension"):
        yield _NOT_UNDERSTOOD
    for link in paths.items(patient.get("link")):
        if problem := _LINKS.get(str(link.get("type"))):
            other = link.get("other")
            identifier = paths.text(paths.get(other, "identifier", "value"))
            named = [paths.text(paths.get(other, "display")), identifier]
            named.append(paths.text(paths.get(other, "reference")))
            yield join([problem, join(named, ", ")], ": ")


def _born(patient: Resource, today: date) -> str:
    born = patient.get("birthDate")
    died = patient.get("deceasedDateTime")
    until = whole_day(died)
    # The age of somebody who died counts to that day, and is unknown where the day is.
    if patient.get("deceasedBoolean") is True or (died and until is None):
        return partial_date(born, _NOT_RECORDED)
    years = age(born, until or today)
    return join([partial_date(born, _NOT_RECORDED), years and f"({years})"], " ")


def _died(patient: Resource) -> str | None:
    if patient.get("deceasedDateTime"):
        return partial_date(patient["deceasedDateTime"])
    return "date not recorded" if patient.get("deceasedBoolean") is True else None


def _identifier(patient: Resource, today: date) -> tuple[str, str]:
    """Return label and value of the identifier that users know: the record number first."""
    found = [i for i in paths.items(patient.get("identifier")) if paths.text(i.get("value"))]
    found.sort(
        key=lambda i: (
            i.get("use") == "old" or not in_use(i, today),
            not _is_record_number(i),
            _IDENTIFIER_USES.get(str(i.get("use")), 1),
        )
    )
    if not found:
        return "MRN", _NOT_RECORDED
    type_ = found[0].get("type")
    names = (paths.get(type_, "text"), paths.get(type_, "coding", "display"))
    label = next(filter(None, map(paths.text, names)), "Identifier")
    return "MRN" if _is_record_number(found[0]) else label, str(found[0]["value"])


def _is_record_number(identifier: Resource) -> bool:
    return paths.has_code(identifier.get("type"), _IDENTIFIER_TYPES, "MR")
