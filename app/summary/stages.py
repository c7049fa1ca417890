"""How a staging reads: which kind, by which edition, when, its group and its T, N, M."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.fhir.paths import codes, items, literal_reference
from app.fhir.patterns import Pattern
from app.fhir.types import Element, Resource
from app.formatting import NO_DATA, join, partial_date
from app.mcode.authorship import amended_by
from app.mcode.codes import OTHER, TNM_CODES, system_name
from app.mcode.content import edition, stage_value_label
from app.mcode.model import CancerRecord, PrimaryCancer, Stage
from app.mcode.retraction import caveat
from app.mcode.values import observation_value
from app.summary.display import author
from app.terminology.concept import concept_text
from app.terminology.displays import ROMAN
from app.terminology.systems import SNOMED, known_codes

# A stage group in Roman or Arabic figures: "IIIA", "Stage 3A", "IVb".
_GROUP = Pattern(r"(?i)\b(IV|I{1,3}|[0-4])([A-D]?\d?)\b")
_PREFIX = Pattern(r"(yc|yp|c|p|r|a)[TN]")
_KINDS = {
    "c": "Clinical",
    "p": "Pathologic",
    "yc": "Clinical after therapy (yc)",
    "yp": "Pathologic after therapy (yp)",
    "r": "At recurrence (r)",
    "a": "At autopsy (a)",
}
_BASES = {"clinical": "Clinical", "pathologic": "Pathologic", "other": "TNM"}
_CHANGED = frozenset({"amended", "corrected"})
# The observation code says only "lymphoma stage"; by which system, its method.
_BY_METHOD = Pattern(r"(?i)\b(Lugano|Ann Arbor|Murphy|St\.? Jude)\b")
_NATURE = (SNOMED, "277366005")  # clinical or pathologic
_MODIFIER = (SNOMED, "106252000")  # A, B, E, S and X of lymphoma
_BULKY = (SNOMED, "260873006")
_LETTERS = {"420969009": "A", "421211000": "B", "282436004": "E", "282437008": "S"}
# Gradings and depths that mCODE keeps among the stages: a cancer with these alone is not staged.
_NO_STAGES = frozenset({"gleason", "breslow", "clark"})


@dataclass(frozen=True)
class StageTile:
    """`key` is the Observation that stands for the stage, None for one on the diagnosis itself.

    `facts` are the `Type/id` of the Observations that this tile is the first to show.

    A `preliminary` stage must not look equal to a final one; nor may one with another `caveat`.
    """

    kind: str
    source: tuple[str | None, ...]
    group: str
    categories: str
    by: str | None
    state: str | None
    key: str | None
    preliminary: bool = False
    caveat: str = "preliminary"
    remarks: str = ""
    facts: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The stage in short, with the name of its system: "Lugano III", "Clinical IIB"."""
        # Some systems name themselves in their values: "Grade group 3".
        named = self.kind.lower().split()[-1] in self.group.lower().split()
        parts = [None if named else self.kind, self.group, self.preliminary and f"({self.caveat})"]
        return join(parts, " ")


def stage_tile(record: CancerRecord, stage: Stage) -> StageTile:
    """Return the tile of one staging."""
    first = stage.resources[0]
    is_tnm = stage.system == "tnm"
    categories = _categories(stage)
    kind = _kind(stage, categories) if is_tnm else _system(stage, first)
    group = _group_display(stage)
    changed, by = _authorship(record, stage)
    source = (
        _caveat(stage),
        _edition(kind, first) or ("TNM" if is_tnm and kind != "TNM" else None),
        None if is_tnm else _nature(first),
        partial_date(stage.date),
    )
    return StageTile(
        kind=kind,
        source=tuple(part for part in source if part),
        group=group if is_tnm else join([group, _modifiers(first, group)], " "),
        categories=join(categories, " "),
        by=by,
        state=changed,
        key=literal_reference(first),
        preliminary=is_preliminary(stage),
        caveat=_caveat(stage) or "",
        remarks=_components(stage.group) if stage.group else "",
    )


def stage_tiles(record: CancerRecord, stages: Iterable[Stage]) -> tuple[StageTile, ...]:
    """Return the tiles of stages; a category that two groups list is a fact of the first."""
    tiles: list[StageTile] = []
    shown: set[str] = set()
    for stage in stages:
        names = (literal_reference(part) for part in stage.resources)
        facts = tuple(name for name in names if name and name not in shown)
        shown.update(facts)
        tiles.append(replace(stage_tile(record, stage), facts=facts))
    return tuple(tiles)


def is_preliminary(stage: Stage) -> bool:
    """Tell whether the stage, or a part of it, is not final yet."""
    return _caveat(stage) is not None


def _caveat(stage: Stage) -> str | None:
    """Return what has to be said beside a stage, because of one of its parts."""
    return next((found for part in stage.resources if (found := caveat(part))), None)


def stagings(primary: PrimaryCancer) -> tuple[Stage, ...]:
    """Return the stages that tell how far the cancer has spread, without grades and depths."""
    return tuple(stage for stage in primary.stages if stage.system not in _NO_STAGES)


def grade_group(primary: PrimaryCancer) -> Resource | None:
    """Return the newest Gleason grade group, which is the grade of a prostate cancer."""
    return next((stage.group for stage in primary.stages if stage.system == "gleason"), None)


def stage_group(display: str | None) -> str | None:
    """Return the stage group that a display names, in Roman figures; None where it names none."""
    match = _GROUP.search(display or "")
    return f"{ROMAN.get(match[1], match[1])}{match[2]}".upper() if match else None


def recorded_groups(primary: PrimaryCancer) -> frozenset[str]:
    """Return the stage groups of the staging records."""
    groups = (group for stage in primary.stages for group in stage.groups)
    labels = map(stage_value_label, groups)
    return frozenset(group for label in labels if (group := stage_group(label)))


def diagnosis_stage_tiles(primary: PrimaryCancer) -> tuple[StageTile, ...]:
    """Return the stages that only the diagnosis itself names, and no staging record."""
    recorded = recorded_groups(primary)
    # Each visit repeats what stands on the diagnosis.
    stated = dict.fromkeys(
        (concept_text(stage.get("type")), said)
        for stage in primary.condition_stages
        if (said := concept_text(stage.get("summary"))) and stage_group(said) not in recorded
    )
    return tuple(
        StageTile("On the diagnosis", (source,), said, "", None, None, None)
        for source, said in stated
    )


def _authorship(record: CancerRecord, stage: Stage) -> tuple[str | None, str | None]:
    """Return (state, author): an amendment names who made it, if known."""
    by = author(record, stage.resources[0])
    known = [found for part in stage.resources if (found := amended_by(record, part))]
    if known:
        name, day = max(known, key=lambda found: found[1])
        return None, join([by, f"amended by {name}", partial_date(day)], ", ")
    states = (str(part.get("status")) for part in stage.resources)
    return next((state for state in states if state in _CHANGED), None), by


def _categories(stage: Stage) -> list[str]:
    """Return T, N and M in short; one without a category names itself, as "M not applicable"."""
    found = []
    for axis, part in (("T", stage.t), ("N", stage.n), ("M", stage.m)):
        if part := part or _component(stage.group, axis):
            label = _label(part, axis) or NO_DATA
            found.append(label if axis in label.split("(")[0] else f"{axis} {label.lower()}")
    return found


def _kind(stage: Stage, categories: list[str]) -> str:
    for category in categories:
        if match := _PREFIX.match(category):
            return _KINDS[match[1]]
    return _BASES[stage.basis]


def _system(stage: Stage, observation: Resource) -> str:
    if stage.system == "lymphoma" and (
        match := _BY_METHOD.search(concept_text(observation.get("method")) or "")
    ):
        return match[1]
    own_name = concept_text(observation.get("code")) if stage.system == OTHER else None
    return own_name or system_name(stage.system)


def _group_display(stage: Stage) -> str:
    labels = [_label(group, "group") or NO_DATA for group in stage.groups]
    short = (label.removeprefix("Lymphoma stage ").removeprefix("Stage ") for label in labels)
    return join(short, " and ") or "No stage group"


def _label(observation: Resource, axis: str) -> str | None:
    """Return the value in short; of an Observation that has it in a component only, that one's."""
    return stage_value_label(observation) or (
        stage_value_label(part) if (part := _component(observation, axis)) else None
    )


def _component(observation: Resource | None, axis: str) -> Element | None:
    """Return the component of a TNM Observation that stands for an axis: t, n, m or group."""
    for part in items((observation or {}).get("component")):
        if axis.lower() in {_axis(code) for code in known_codes(part.get("code"))}:
            return part
    return None


def _axis(code: tuple[str, str]) -> str | None:
    return TNM_CODES[code][0] if code in TNM_CODES else None


def _edition(kind: str, observation: Resource) -> str | None:
    """Return the method; not one that only repeats the system, as "Clark system ..." does."""
    method = edition(observation)
    if method is None or method.split()[0] in kind.split():
        return None
    spelt_out = kind.endswith("ISS") and "International Staging System" in method
    return None if spelt_out else method


def _nature(observation: Resource) -> str | None:
    """Return whether a stage is clinical or pathologic, where a component says it."""
    parts = _parts(observation, _NATURE)
    nature = join((observation_value(part).text for part in parts), ", ")
    return nature.lower().removesuffix(" staging") or None


def _modifiers(observation: Resource, group: str) -> str:
    """Return the letters of a lymphoma stage, as B, that its group has not yet: "IIIE" has E."""
    figure = group.partition(" ")[0].upper()
    return join(
        (word for word in map(_letter, _parts(observation, _MODIFIER)) if word not in figure), " "
    )


def _letter(part: Element) -> str:
    """Return a modifier of a lymphoma stage by its letter, where its code has one."""
    known = known_codes(part.get("valueCodeableConcept"))
    letter = next(
        (_LETTERS[code] for system, code in known if system == SNOMED and code in _LETTERS), None
    )
    return letter or observation_value(part).text or ""


def _components(observation: Resource) -> str:
    """Return what else the components of a stage say, each by its name."""
    found = []
    for part in items(observation.get("component")):
        named = known_codes(part.get("code"))
        value = observation_value(part)
        display = value.display or value.absent
        if display and not named & {_NATURE, _MODIFIER} and not any(map(_axis, named)):
            name = "bulky disease" if _BULKY in named else concept_text(part.get("code"))
            found.append(join([name, display.lower() if _BULKY in named else display], ": "))
    return join(found, ", ")


def _parts(observation: Resource, code: tuple[str, str]) -> list[Element]:
    """Return the components with this code."""
    return [part for part in items(observation.get("component")) if code in codes(part.get("code"))]
