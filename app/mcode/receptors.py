"""The receptors by which breast cancer is treated, and which of them a chart has results of.

Estrogen and progesterone receptors and HER2 belong to the work-up of every invasive breast cancer
(ASCO/CAP guidelines on hormone receptor and HER2 testing). A test of the tissue counts, whatever
its result; HER2 shed into the serum does not, nor how strongly something is stained.
"""

from app.fhir.patterns import Pattern
from app.fhir.types import Resource
from app.mcode.model import PrimaryCancer
from app.mcode.sites import is_invasive_breast
from app.mcode.values import observation_value
from app.terminology.concept import concept_text
from app.terminology.systems import LOINC, known_codes

_CODES: dict[str, tuple[str, ...]] = {
    "ER": (*("14130-9", "14228-1", "16112-5", "40556-3", "85329-1", "85337-4"),),
    "PR": (*("10861-3", "14230-7", "16113-3", "31207-4", "40557-1", "85325-9", "85339-0"),),
    "HER2": (
        *("31150-6", "48676-1", "49683-6", "72382-5", "72383-3", "74860-8", "74885-5"),
        *("85318-4", "85319-2", "96893-3"),
    ),
}
_WORDS = {
    "ER": Pattern(r"(?i:(?:o?estrogen|hormone) receptor)|\bER\b"),
    "PR": Pattern(r"(?i:(?:progesterone|hormone) receptor)|\bPg?R\b"),
    "HER2": Pattern(r"(?i)her-?2|erbb2"),
}
_NO_ANSWER = Pattern(r"(?i)\b(?:serum|plasma|intensity)\b")


def missing_receptors(primary: PrimaryCancer) -> list[str]:
    """Return which of ER, PR and HER2 have no result; none for another cancer."""
    if not is_invasive_breast(primary):
        return []
    reported = {name for marker in primary.biomarkers for name in _reported_by(marker)}
    return [name for name in _CODES if name not in reported]


def coded_receptors(marker: Resource) -> set[str]:
    """Return which of ER, PR and HER2 a test is of in the tissue, by its code."""
    coded = {code for system, code in known_codes(marker.get("code")) if system == LOINC}
    return {name for name, codes in _CODES.items() if coded & set(codes)}


def _reported_by(marker: Resource) -> set[str]:
    if not observation_value(marker).text:
        return set()
    if found := coded_receptors(marker):
        return found
    title = concept_text(marker.get("code")) or ""
    if _NO_ANSWER.search(title):
        return set()
    return {name for name, pattern in _WORDS.items() if pattern.search(title)}
