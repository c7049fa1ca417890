"""All treatments of a patient: drugs, surgery, radiotherapy by volume, and other procedures."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.fhir.paths import (
    choice,
    extension_value,
    extensions,
    get,
    literal_reference,
    local_reference,
    text,
)
from app.fhir.patterns import Pattern, cut
from app.fhir.types import Resource
from app.formatting import first_day, join, partial_date, quantity
from app.mcode.content import body_site, effective, moment
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.mcode.procedures import is_diagnostic, is_operation
from app.mcode.profiles import EXTENSION, STRUCTURES
from app.mcode.treatments import intent
from app.summary.display import MOST_NAMED, Shown, author, structure_display, unnamed
from app.summary.drugs import drugs, longest_break
from app.summary.treatment import Treatment, reasons, state, stretches
from app.terminology.concept import concept_text
from app.terminology.systems import known_codes

# "Fraction 12 of 30", "session #3", "12/30": the same treatment on another day.
_NUMBER = Pattern(
    r"(?i)\b(?:no\.? ?|number |# ?)?\d{1,2} ?(?:/|of) ?\d{1,2}\b"
    r"|(?<=fraction )\d{1,2}\b|(?<=session )\d{1,2}\b|(?<=cycle )\d{1,2}\b|# ?\d{1,2}\b"
)


def treatments(record: CancerRecord) -> tuple[Treatment, ...]:
    """Return all treatments, newest first; those without a date come last."""
    found = [*drugs(record), *_procedures(record)]
    return tuple(sorted(found, key=lambda item: moment(item.start or item.end), reverse=True))


def _procedures(record: CancerRecord) -> Iterator[Treatment]:
    """Yield the procedures; of radiation and chemotherapy the sessions of one course as one."""
    volumes = _Volumes(record)
    done = [item for item in record.treatments if item.get("resourceType") == "Procedure"]
    alone = {str(literal_reference(item)): item for item in done if not _is_session(record, item)}
    sessions: dict[Any, list[Resource]] = {}
    for item in done:
        if literal_reference(item) not in alone:
            whole = local_reference(get(item, "partOf"))
            sessions.setdefault(whole if whole in alone else _sameness(item), []).append(item)
    for name, item in alone.items():
        yield _procedure(record, item, volumes, sessions.pop(name, ()))
    for group in sessions.values():
        is_radiation = record.kind(group[0]) == Kind.RADIOTHERAPY
        for part in stretches(group, _a_month if is_radiation else longest_break):
            one = len(part) == 1
            yield _procedure(record, part[0], volumes) if one else _course(record, part)


def _is_session(record: CancerRecord, procedure: Resource) -> bool:
    """Tell whether it is radiation or chemotherapy of one day, and no summary of a course."""
    start, end = map(first_day, _performed(procedure))
    of_one_day = start is not None and start == end
    is_summary = bool(extensions(procedure, EXTENSION["volume"]))
    kind = record.kind(procedure)
    return kind in {Kind.RADIOTHERAPY, Kind.SYSTEMIC} and of_one_day and not is_summary


def _sameness(procedure: Resource) -> Any:
    """Return what the sessions of one course have in common."""
    return (
        frozenset(known_codes(procedure.get("code"))),
        _NUMBER.sub("", concept_text(procedure.get("code")) or "").casefold().strip(),
        body_site(procedure),
        reasons(procedure),
        local_reference(get(procedure, "partOf")),
    )


def _a_month(_breaks: Sequence[int]) -> int:
    return 30


def _course(record: CancerRecord, sessions: Sequence[Resource]) -> Treatment:
    """Return several sessions, the newest first, as one treatment."""
    newest, oldest = sessions[0], sessions[-1]
    name = _name(newest)
    under_way = state(newest).startswith("under way")
    return Treatment(
        lane=_lane(record, newest),
        name=name
        if len({_name(item) for item in sessions}) == 1
        else _NUMBER.sub("", name).strip(),
        detail=body_site(newest) or "",
        state=state(newest),
        intent=intent(newest),
        by=author(record, newest),
        start=_performed(oldest)[0],
        end=None if under_way else _performed(newest)[1],
        reasons=reasons(*sessions),
        notes=_counted(record, sessions),
        parts=tuple(map(_session, sessions)),
    )


def _counted(record: CancerRecord, sessions: Sequence[Resource]) -> tuple[str, ...]:
    """Return how many sessions there are; of radiation they are fractions, but for management."""
    if not sessions:
        return ()
    is_radiation = record.kind(sessions[0]) == Kind.RADIOTHERAPY
    is_fraction = is_radiation and "manag" not in _name(sessions[0]).lower()
    named = "fraction" if is_fraction else "session"
    count = f"1 {named}" if len(sessions) == 1 else f"{len(sessions)} {named}s"
    days = len({first_day(effective(item)) for item in sessions})
    return (join([f"{count} in this chart", days < len(sessions) and f"on {days} days"], ", "),)


def _session(procedure: Resource) -> Shown:
    note = text(get(procedure, "note", "text"))
    said = join([_name(procedure), state(procedure), note])
    return Shown(partial_date(effective(procedure)), said, procedure)


def _name(procedure: Resource) -> str:
    return concept_text(procedure.get("code")) or "Procedure without a name"


def _lane(record: CancerRecord, procedure: Resource) -> str:
    match record.kind(procedure):
        case Kind.RADIOTHERAPY:
            return "Radiotherapy"
        case Kind.SYSTEMIC:
            return "Systemic"
    # Charts file biopsies and aspirations under surgery, though nothing is removed to cure.
    return "Surgery" if is_operation(procedure) else "Procedure"


def _procedure(
    record: CancerRecord,
    procedure: Resource,
    volumes: "_Volumes",
    sessions: Sequence[Resource] = (),
) -> Treatment:
    start, end = _performed(procedure)
    lane = _lane(record, procedure)
    dose = _dose_delivered(record, procedure) if lane == "Radiotherapy" else body_site(procedure)
    return Treatment(
        lane=lane,
        name=_name(procedure),
        detail=dose or "",
        state=state(procedure),
        intent=intent(procedure),
        by=author(record, procedure),
        start=start,
        end=end,
        reasons=reasons(procedure),
        diagnostic=lane == "Procedure" and is_diagnostic(procedure),
        notes=_counted(record, sessions),
        key=literal_reference(procedure),
        parts=(*volumes.of(procedure), *map(_session, sessions)),
    )


def _dose_delivered(record: CancerRecord, procedure: Resource) -> str:
    """Return dose and fractions of each volume, and with what they were given (mCODE 4.0.0)."""
    doses = []
    named = extensions(procedure, EXTENSION["volume"])
    for delivered in named[:MOST_NAMED]:
        volume = extension_value(delivered, "volume")
        found = record.find(local_reference(volume) or "") or {}
        location = text(found.get("description")) or concept_text(found.get("location"))
        if location and (doubt := record.doubt_about(found)):
            location = f"{location} ({doubt})"
        dose = quantity(extension_value(delivered, "totalDoseDelivered"), "")
        fractions = extension_value(delivered, "fractionsDelivered")
        shown = join([dose, fractions and _fractions(fractions)], " ")
        doses.append(join([location and cut(location), shown], ": "))
    doses += unnamed(named, "volumes")
    technique = extensions(procedure, f"{STRUCTURES}mcode-radiotherapy-modality-and-technique")
    methods = [
        concept_text(extension_value(part, f"{STRUCTURES}mcode-radiotherapy-{name}"))
        for part in technique
        for name in ("modality", "technique")
    ]
    return join([*doses, join(methods, ", ")]) or body_site(procedure) or ""


class _Volumes:
    """What was irradiated; a volume of several procedures is a fact of the first.

    One that is a tumor too is a fact where tumors are shown.
    """

    def __init__(self, record: CancerRecord) -> None:
        self._known = {
            name: fact
            for fact in record.facts()
            if fact["resourceType"] == "BodyStructure" and (name := literal_reference(fact))
        }
        self._shown = set(self._known) - set(record.others)

    def of(self, procedure: Resource) -> Iterator[Shown]:
        """Yield the volumes of a procedure that are facts of the record."""
        for delivered in extensions(procedure, EXTENSION["volume"]):
            name = local_reference(extension_value(delivered, "volume")) or ""
            if found := self._known.get(name):
                yield Shown("Volume", structure_display(found), found, repeats=name in self._shown)
                self._shown.add(name)


def _fractions(count: Any) -> str:
    return "in 1 fraction" if count == 1 else f"in {count} fractions"


def _performed(procedure: Resource) -> tuple[str | None, str | None]:
    _, value = choice(procedure, "performed")
    if isinstance(value, dict):
        return text(value.get("start")), text(value.get("end"))
    return text(value), text(value)
