"""Where in the body: the site, its side, and the part of it, as mCODE qualifies a body site.

Source: mCODE 4.0.0, Laterality Qualifier and Body Location Qualifier.
"""

from collections.abc import Iterator

from app.fhir.patterns import Pattern
from app.fhir.types import Element
from app.forms._answers import Coding
from app.forms._elements.lists import Codes
from app.forms._elements.paths import Ext, Step, Within
from app.forms._elements.single import Coded
from app.forms._fields.base import Asked, Target
from app.forms._fields.choices import CodedChecks, CodedRadio, labelled_options, options_of
from app.forms._shared.common import answer_from, answers, coded
from app.mcode.profiles import EXTENSION, addresses
from app.terminology.concept import Concept
from app.terminology.lists import ConceptList
from app.terminology.systems import ICDO3, SNOMED

_SITES = "cancer-body-location"
_SITE_SYSTEMS = (SNOMED, ICDO3)

_SIDES = {
    "7771000": "Left",
    "24028007": "Right",
    "51440002": "Both sides",
    "399488007": "Midline",
}
SIDES = labelled_options(answers("laterality-qualifier"), _SIDES)
SIDE_CONCEPTS = ConceptList(
    lambda: [side.value for side in SIDES if isinstance(side.value, Concept)]
)
_LEFT, _RIGHT = SIDES[0].value, SIDES[1].value
_SIDE = Pattern(r"(?i)\b(?:left|right|bilateral|both)\b")
_SAID = {
    _LEFT: Pattern(r"(?i)\bleft\b"),
    _RIGHT: Pattern(r"(?i)\bright\b"),
}


def site(
    label: str, name: str, *steps: Step, listed: bool = False, missing: str | None = None
) -> Asked[Coding]:
    """Return the question for the site, in the element `name` at the end of `steps`."""
    return coded(
        label, _SITES, name=name, way=steps, listed=listed, missing=missing, systems=_SITE_SYSTEMS
    )


def site_answer(recorded: Element | None) -> Concept | None:
    """Return a site that the chart names elsewhere as an answer to the question for one."""
    return answer_from(recorded, answers(_SITES), _SITE_SYSTEMS)


def side(*steps: Step) -> CodedRadio[Coding]:
    """Return the question for the side of the site to which `steps` lead."""
    value = Coded("valueCodeableConcept", SIDE_CONCEPTS)
    way = Within((*steps, Ext(*addresses("laterality"))), value)
    return CodedRadio("Side", options=SIDES, target=Target.main(way))


def part_of_site(*steps: Step) -> CodedChecks[Concept]:
    """Return the question for which part of the site, to which `steps` lead."""
    found = Codes(
        Ext(EXTENSION["location"]), answers("body-location-qualifier"), "valueCodeableConcept"
    )
    return part_question(Target.main(found, *steps))


def part_question(target: Target[tuple[Concept, ...]]) -> CodedChecks[Concept]:
    """Return the question for which part of a site, written at `target`."""
    options = options_of(answers("body-location-qualifier"))
    return CodedChecks("Part of the site", options=options, target=target)


def says_the_other_side(words: str, chosen: Coding | None) -> bool:
    """Tell whether words speak of one side, and the other one is chosen."""
    other = {_LEFT: _RIGHT, _RIGHT: _LEFT}.get(chosen) if chosen else None
    if other is None or chosen is None:
        return False
    return bool(_SAID[other].search(words)) and not _SAID[chosen].search(words)


def says_a_side(words: str) -> bool:
    """Tell whether words name a side."""
    return bool(_SIDE.search(words))


def side_problems(
    site_words: str, chosen: Coding | None, part: tuple[Concept, ...]
) -> Iterator[tuple[str, str]]:
    """Yield what cannot be said of a site, for the fields `site` and `side`."""
    if (chosen or part) and not site_words:
        yield "site", "Enter the site that the side or part is of"
    elif says_the_other_side(site_words, chosen):
        yield "side", f"Choose the side again: the site is “{site_words}”"
