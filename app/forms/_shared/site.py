"""Where in the body: the site, its side, and the part of it, as mCODE qualifies a body site.

Source: mCODE 4.0.0, Laterality Qualifier and Body Location Qualifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.fhir.types import Element
from app.forms._elements import Coded, Codes, Ext, Within
from app.forms._elements.paths import Step
from app.forms._fields import Asked, CodedChecks, CodedRadio, Option, Place
from app.forms._shared.answers import answer_of, answers
from app.forms._shared.common import coded
from app.mcode.profiles import EXTENSION, addresses
from app.terminology.lists import ConceptList
from app.terminology.systems import ICDO3, SNOMED

_SITES = "cancer-body-location"
_SITE_SYSTEMS = (SNOMED, ICDO3)

_SNOMED = f"{SNOMED}|"
SIDES = (
    Option(f"{_SNOMED}7771000", "Left"),
    Option(f"{_SNOMED}24028007", "Right"),
    Option(f"{_SNOMED}51440002", "Both sides"),
    Option(f"{_SNOMED}399488007", "Midline"),
)
SIDE_CONCEPTS = ConceptList(
    lambda: filter(None, (answers("laterality-qualifier").find(side.value) for side in SIDES))
)
_LEFT, _RIGHT = SIDES[0].value, SIDES[1].value
_SAID = {
    _LEFT: re.compile(r"\bleft\b", re.IGNORECASE),
    _RIGHT: re.compile(r"\bright\b", re.IGNORECASE),
}


def site(
    label: str, name: str, *steps: Step, listed: bool = False, missing: str | None = None
) -> Asked:
    """Return the question for the site, in the element `name` at the end of `steps`."""
    return coded(
        label,
        _SITES,
        parts=("main",),
        name=name,
        way=steps,
        listed=listed,
        missing=missing,
        systems=_SITE_SYSTEMS,
    )


def site_answer(recorded: Element | None) -> str:
    """Return a site that the chart names elsewhere as an answer to the question for one."""
    return answer_of(recorded, answers(_SITES), _SITE_SYSTEMS)


def side(*steps: Step) -> CodedRadio:
    """Return the question for the side of the site to which `steps` lead."""
    value = Coded("valueCodeableConcept", SIDE_CONCEPTS)
    way = Within((*steps, Ext(*addresses("laterality"))), value)
    return CodedRadio("Side", missing=None, options=SIDES, place=Place(("main",), way))


def part_of_site(*steps: Step) -> CodedChecks:
    """Return the question for which part of the site, to which `steps` lead."""
    found = Codes(
        Ext(EXTENSION["location"]), answers("body-location-qualifier"), "valueCodeableConcept"
    )
    return part_question(Place(("main",), Within(steps, found)))


def part_question(place: Place) -> CodedChecks:
    """Return the question for which part of a site, written at `place`."""
    concepts = answers("body-location-qualifier")
    return CodedChecks(
        "Part of the site",
        missing=None,
        options=[Option(concept.key, concept.words) for concept in concepts],
        place=place,
    )


def says_the_other_side(words: str, chosen: str) -> bool:
    """Tell whether words speak of one side, and the other one is chosen."""
    other = {_LEFT: _RIGHT, _RIGHT: _LEFT}.get(chosen)
    if other is None:
        return False
    return bool(_SAID[other].search(words)) and not _SAID[chosen].search(words)


def says_a_side(words: str) -> bool:
    """Tell whether words name a side."""
    return bool(re.search(r"\b(?:left|right|bilateral|both)\b", words, re.IGNORECASE))


def side_problems(site_words: str, chosen: str, part: str) -> Iterator[tuple[str, str]]:
    """Yield what cannot be said of a site, for the fields `site` and `side`."""
    if (chosen or part) and not site_words:
        yield "site", "Enter the site that the side or part is of"
    elif says_the_other_side(site_words, chosen):
        yield "side", f"Choose the side again: the site is “{site_words}”"
