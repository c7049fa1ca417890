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
# Whether the repair of DNA fails is asked of other cancers likewise.
_MSI = "microsatellite instability"
_MSI_CODES = frozenset({"43368-0", "62862-8", "81695-9"})
_MSI_WORDS = Pattern(r"(?i)\bmicrosatellite\b|\bMSI\b")
_AMOUNT = Pattern(
    r"(?i)%|\b(?:percent\w*|score|allred|h-score|ratio|copy|copies|signals?|cells|proportion)\b"
)


def missing_receptors(primary: PrimaryCancer) -> list[str]:
    """Return which of ER, PR and HER2 have no result; none for another cancer."""
    if not is_invasive_breast(primary):
        return []
    reported = {name for marker in primary.biomarkers for name in _reported_by(marker)}
    return [name for name in _CODES if name not in reported]


def found_or_not(marker: Resource) -> set[str]:
    """Return which of ER, PR, HER2 and microsatellite instability a test looks for in the tissue.

    Its words count where LOINC has no code for it; they tell those that ask how much there is.
    """
    coded = _loinc(marker)
    if coded:
        return _coded_receptors(coded) | ({_MSI} if coded & _MSI_CODES else set())
    title = concept_text(marker.get("code")) or ""
    if _NO_ANSWER.search(title) or _AMOUNT.search(title):
        return set()
    return _named_receptors(title) | ({_MSI} if _MSI_WORDS.search(title) else set())


def _loinc(marker: Resource) -> set[str]:
    return {code for system, code in known_codes(marker.get("code")) if system == LOINC}


def _coded_receptors(coded: set[str]) -> set[str]:
    return {name for name, codes in _CODES.items() if coded & set(codes)}


def _named_receptors(title: str) -> set[str]:
    return {name for name, pattern in _WORDS.items() if pattern.search(title)}


def _reported_by(marker: Resource) -> set[str]:
    if not observation_value(marker).text:
        return set()
    if found := _coded_receptors(_loinc(marker)):
        return found
    title = concept_text(marker.get("code")) or ""
    if _NO_ANSWER.search(title):
        return set()
    return _named_receptors(title)
