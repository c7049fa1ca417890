"""A long list of codes with displays like those of a classification, the same each time."""

from itertools import islice, product

from app.terminology.concept import Concept

KINDS = (
    "Malignant neoplasm",
    "Benign neoplasm",
    "Carcinoma in situ",
    "Diffuse large B-cell lymphoma",
)
PARTS = ("upper-outer quadrant", "lower lobe", "superficial tissue", "unspecified part", "tail")
SITES = ("breast", "lung", "kidney", "ovary", "eye", "thyroid gland", "wrist", "pancreas", "colon")
SIDES = ("left", "right", "bilateral", "unspecified")
COURSES = ("initial encounter", "sequela", "in remission", "not having achieved remission")
NUMBERS = range(40)

QUERIES = (
    *"abcdefhilmnopqrstuw1",
    "un",
    "unspecified",
    "encounter",
    "left",
    "malig neopl",
    "neoplasm breast left upper-outer",
    "ca breast lt",
    "s u e l o f",
    "b-cell lymphoma remission",
    "D42",
    "D42.77",
    "nothing of the kind",
)


def many_concepts(count: int) -> tuple[Concept, ...]:
    """Return `count` concepts, 115,200 at most, each with a code of its own."""
    displays = (
        f"{kind} of {part} of {side} {site}, type {number}, {course}"
        for number, kind, part, site, side, course in product(
            NUMBERS, KINDS, PARTS, SITES, SIDES, COURSES
        )
    )
    return tuple(
        Concept("http://example.org/codes", _code(number), display)
        for number, display in enumerate(islice(displays, count))
    )


def _code(number: int) -> str:
    return f"{chr(65 + number // 10_000)}{number // 100 % 100:02d}.{number % 100:02d}"
