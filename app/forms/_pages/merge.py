"""When the chart changes under a draft: whose answer counts, field by field.

Three values are compared: what the person saw when the form was opened, what the person answered,
and what the chart holds at this moment. An answer that was not touched follows the chart. Where
both were changed, and differently, the person chooses; nothing goes to review before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.fhir.paths import get
from app.forms._definition import EntryForm, Originals
from app.forms._fields import Asked

# The names under which a page says back what it was made from, and which answers are disputed.
SEEN = "seen"
DISPUTED = "disputed"
RESOLVE = "resolve-"
MINE, CHART = "mine", "chart"


@dataclass(frozen=True)
class Seen:
    """The versions of the amended resources, and the answers that stood in them."""

    versions: dict[str, str]
    answers: dict[str, str]

    @classmethod
    def of(cls, form: EntryForm, originals: Originals) -> Seen:
        """Return what a page that is made at this moment shows of the chart."""
        versions = {
            part: str(get(resource, "meta", "versionId") or "")
            for part, resource in originals.items()
        }
        return cls(versions, form.load(originals))

    @classmethod
    def parse(cls, text: str | None) -> Seen:
        """Return what a page says it was made from; nothing that can be read counts as nothing."""
        try:
            versions, answers = json.loads(text or "")
            return cls(dict(versions), dict(answers))
        except (ValueError, TypeError, RecursionError):
            return cls({}, {})

    def text(self) -> str:
        """Return the words that a page carries, read again by `parse`."""
        return json.dumps([self.versions, self.answers], sort_keys=True, separators=(",", ":"))


@dataclass
class Merge:
    """What came of it: `taken` follow the chart, `disputed` wait for a choice; both by field."""

    stale: bool = False
    taken: set[str] = field(default_factory=set)
    disputed: set[str] = field(default_factory=set)


def merge(form: EntryForm, answers: Mapping[str, str], seen: Seen, chart: Seen) -> Merge:
    """Bring the form's answers together with the chart's; the form is changed in place."""
    result = Merge(stale=seen.versions != chart.versions)
    waiting = set(str(answers.get(DISPUTED, "")).split())
    for name, held in chart.answers.items():
        item = form.asked[name]
        mine = item.data or ""
        if mine == held:
            continue
        if mine == item.returned(held):
            item.process(None, held)
            continue
        if result.stale and seen.answers.get(name) != held:
            if mine in _untouched(item, seen.answers.get(name)):
                item.process(None, held)
                result.taken.add(name)
            else:
                result.disputed.add(name)
        elif name in waiting:
            choice = answers.get(RESOLVE + name)
            if choice == CHART:
                item.process(None, held)
            elif choice != MINE:
                result.disputed.add(name)
    return result


def _untouched(item: Asked, seen: str | None) -> set[str]:
    """Return what stands for an answer that the person saw and left as it was."""
    return set() if seen is None else {seen, item.returned(str(seen))}
