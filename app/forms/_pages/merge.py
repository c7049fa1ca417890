"""When the chart changes under a draft: whose answer counts, field by field.

Three answers are compared, by the texts that a page carries and a draft keeps: what the person saw
when the form was opened, what the person answered, and what the chart holds at this moment. An
answer that was not touched follows the chart. Where both were changed, and differently, the person
chooses; nothing goes to review before.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.fhir.paths import get
from app.forms._answers import Answer, text_of
from app.forms._definition import EntryForm, Originals

# The names under which a page says back what it was made from, and which answers are disputed.
SEEN = "seen"
DISPUTED = "disputed"
RESOLVE = "resolve-"
MINE, CHART = "mine", "chart"


@dataclass(frozen=True)
class Seen:
    """The versions of the amended resources, and the texts of the answers that stood in them."""

    versions: dict[str, str]
    answers: dict[str, str]

    @classmethod
    def of(cls, held: Mapping[str, Answer | None], originals: Originals) -> "Seen":
        """Return what a page made at this moment shows of the chart, in which `held` stands."""
        versions = {
            part: str(get(resource, "meta", "versionId") or "")
            for part, resource in originals.items()
        }
        return cls(versions, {name: text_of(answer) for name, answer in held.items()})

    @classmethod
    def parse(cls, text: str | None) -> "Seen":
        """Return what a page says it was made from; nothing that can be read counts as nothing."""
        try:
            versions, answers = json.loads(text or "")
            return cls(dict(versions), dict(answers))
        except (ValueError, TypeError, RecursionError):
            return cls({}, {})

    def text(self) -> str:
        """Return the text that a page carries, read again by `parse`."""
        return json.dumps([self.versions, self.answers], sort_keys=True, separators=(",", ":"))


@dataclass
class Merge:
    """What came of it: `taken` follow the chart, `disputed` wait for a choice; both by field."""

    stale: bool = False
    taken: set[str] = field(default_factory=set)
    disputed: set[str] = field(default_factory=set)


def merge(
    form: EntryForm, sent: Mapping[str, str], seen: Seen, chart: Seen, held: Mapping[str, Any]
) -> Merge:
    """Bring the form's answers together with those that the chart holds.

    The form is changed in place: an answer that is the chart's own is taken from there, so that
    nothing of it is lost on the way through a page.
    """
    result = Merge(stale=seen.versions != chart.versions)
    waiting = set(str(sent.get(DISPUTED, "")).split())
    for name, text in chart.answers.items():
        item = form.asked[name]
        before, choice = seen.answers.get(name), sent.get(RESOLVE + name)
        if item.text in (text, item.returned(text)):
            if item.data != held[name]:
                item.process(None, held[name])
        elif result.stale and before != text:
            if before is not None and item.text in (before, item.returned(str(before))):
                item.process(None, held[name])
                result.taken.add(name)
            else:
                result.disputed.add(name)
        elif name in waiting and choice == CHART:
            item.process(None, held[name])
        elif name in waiting and choice != MINE:
            result.disputed.add(name)
    return result
