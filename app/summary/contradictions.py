"""Stages that cannot both be true: of the same kind, with different answers."""

from collections.abc import Iterator
from itertools import combinations

from app.formatting import partial_date
from app.mcode.codes import system_name
from app.mcode.content import edition, stage_value_label
from app.mcode.model import PrimaryCancer, Stage
from app.mcode.tnm import parts_of, recorded_prefix
from app.summary.stages import diagnosis_stage_tiles, is_preliminary, recorded_groups, stage_group

_KINDS = {
    "c": "clinical",
    "p": "pathologic",
    "yc": "clinical (yc)",
    "yp": "pathologic (yp)",
    "r": "recurrence",
    "a": "autopsy",
}
# Pathology looks once at what was removed; a clinical stage may be corrected by better imaging.
_ONCE = frozenset({"p", "yp", "a"})

_MOST_COMPARED = 30  # stages of one cancer, each with each


def contradictions(primary: PrimaryCancer) -> Iterator[tuple[str, str]]:
    """Yield (what contradicts, from where) for each contradiction."""
    yield from _diagnosis_and_records(primary)
    yield from _two_stages(primary)


def _diagnosis_and_records(primary: PrimaryCancer) -> Iterator[tuple[str, str]]:
    """Compare the stage on the Condition itself with the staging records."""
    recorded = recorded_groups(primary)
    for tile in diagnosis_stage_tiles(primary) if recorded else ():
        if stage_group(tile.group):
            records = ", ".join(sorted(recorded))
            problem = f"Diagnosis says {tile.group}, stage records say {records}"
            yield problem, tile.source[0] or ""


def _two_stages(primary: PrimaryCancer) -> Iterator[tuple[str, str]]:
    # A preliminary stage is there to be superseded.
    final = [stage for stage in primary.stages if not is_preliminary(stage)]
    for stage in final:
        labels = [label for group in stage.groups if (label := stage_value_label(group))]
        if len(dict.fromkeys(map(str.upper, labels))) > 1:
            problem = f"Two {_name(stage)} stages: {' and '.join(labels)}"
            yield problem, partial_date(stage.date)
    if len(final) > _MOST_COMPARED:
        others = len(final) - _MOST_COMPARED
        yield f"{others} older stages were not compared with the newest {_MOST_COMPARED}", ""
    for newer, older in combinations(final[:_MOST_COMPARED], 2):
        if _kind(newer) != _kind(older) or not (_once(newer) or _day(newer) == _day(older)):
            continue
        if differing := _difference(newer, older):
            days = dict.fromkeys(partial_date(stage.date) for stage in (older, newer))
            problem = f"Two {_name(newer)} stages: {differing[1]} and {differing[0]}"
            yield problem, ", ".join(days)


def _kind(stage: Stage) -> tuple[str, str, str | None]:
    """Return what two stages must share to be comparable: system, prefix, edition."""
    return stage.system, _prefix(stage), edition(stage.resources[0])


def _prefix(stage: Stage) -> str:
    return recorded_prefix(parts_of(stage)) if stage.system == "tnm" else ""


def _once(stage: Stage) -> bool:
    return _prefix(stage) in _ONCE


def _day(stage: Stage) -> str:
    return (stage.date or "")[:10]


def _name(stage: Stage) -> str:
    if stage.system == "tnm":
        return _KINDS.get(_prefix(stage), "TNM")
    return system_name(stage.system)


def _difference(one: Stage, other: Stage) -> tuple[str, str] | None:
    """Return the first answers that differ, the group's before T, N and M; None where none do."""
    ones, others = parts_of(one), parts_of(other)
    for axis in ("group", "t", "n", "m"):
        if axis in ones and axis in others:
            labels = stage_value_label(ones[axis]), stage_value_label(others[axis])
            if labels[0] and labels[1] and labels[0].upper() != labels[1].upper():
                return labels[0], labels[1]
    return None
