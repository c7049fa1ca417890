"""TNM categories and stage groups, and the editions of the staging manuals.

SNOMED CT has concepts for the AJCC's clinical (c) and pathologic (p) values; these are shipped. The
other prefixes are offered as mCODE's max value sets allow: as the notation itself under the AJCC's
own code system (http://cancerstaging.org, of which any code is legal), so that "ypT2" is written
as the coding `ypT2`. No criteria of the AJCC are shipped, and no rule which T, N and M make which
stage group.

The observation's code says the basis, and the value's prefix agrees with it (mCODE 4.0.0, TNM
Stage Group): c and yc are clinical, p and yp pathologic; r and a have no codes of their own and
take the unspecified ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Literal, NamedTuple

from app.terminology import shipped
from app.terminology.concept import Concept
from app.terminology.systems import AJCC, LOINC, NCIT, SNOMED, canonical

Axis = Literal["t", "n", "m", "group"]
Basis = Literal["clinical", "pathologic", "other"]

AXES: tuple[Axis, ...] = ("t", "n", "m", "group")


class Prefix(NamedTuple):
    """When and from what a stage was assessed."""

    key: str
    label: str
    basis: Basis


PREFIXES = (
    Prefix("c", "Clinical (c)", "clinical"),
    Prefix("p", "Pathologic (p)", "pathologic"),
    Prefix("yc", "After neoadjuvant therapy, clinical (yc)", "clinical"),
    Prefix("yp", "After neoadjuvant therapy, pathologic (yp)", "pathologic"),
    Prefix("r", "Recurrence or retreatment (r)", "other"),
    Prefix("a", "Autopsy (a)", "other"),
)

EDITIONS = (
    Concept(
        SNOMED,
        "1269566009",
        "American Joint Commission on Cancer, Cancer Staging Manual, "
        "9th version neoplasm staging system (tumor staging)",
    ),
    Concept(
        SNOMED,
        "897275008",
        "American Joint Commission on Cancer, Cancer Staging Manual, "
        "8th edition neoplasm staging system (tumor staging)",
    ),
    Concept(
        SNOMED,
        "443830009",
        "American Joint Commission on Cancer, Cancer Staging Manual, "
        "7th edition neoplasm staging system (tumor staging)",
    ),
    Concept(
        SNOMED,
        "444256004",
        "American Joint Commission on Cancer, Cancer Staging Manual, "
        "6th edition neoplasm staging system (tumor staging)",
    ),
    Concept(NCIT, "C188404", "Union for International Cancer Control Stage"),
)

EDITION_LABELS = {
    "1269566009": "AJCC 9",
    "897275008": "AJCC 8",
    "443830009": "AJCC 7",
    "444256004": "AJCC 6",
    "C188404": "UICC",
    "C146985": "AJCC 8",  # as mCODE 1.0.0 asked for it
}

_BOTH: tuple[Basis, ...] = ("clinical", "pathologic")

_CODES: dict[Axis, dict[Basis, tuple[Concept, Concept]]] = {
    "t": {
        "clinical": (
            Concept(SNOMED, "399504009", "cT category"),
            Concept(LOINC, "21905-5", "Primary tumor.clinical [Class] Cancer"),
        ),
        "pathologic": (
            Concept(SNOMED, "384625004", "pT category"),
            Concept(LOINC, "21899-0", "Primary tumor.pathology Cancer"),
        ),
        "other": (
            Concept(SNOMED, "78873005", "T category"),
            Concept(LOINC, "21911-3", "Primary tumor.other [Class] Cancer"),
        ),
    },
    "n": {
        "clinical": (
            Concept(SNOMED, "399534004", "cN category"),
            Concept(LOINC, "21906-3", "Regional lymph nodes.clinical [Class] Cancer"),
        ),
        "pathologic": (
            Concept(SNOMED, "371494008", "pN category"),
            Concept(LOINC, "21900-6", "Regional lymph nodes.pathology [Class] Cancer"),
        ),
        "other": (
            Concept(SNOMED, "277206009", "N category"),
            Concept(LOINC, "21912-1", "Regional lymph nodes.other [Class] Cancer"),
        ),
    },
    "m": {
        "clinical": (
            Concept(SNOMED, "399387003", "cM category"),
            Concept(LOINC, "21907-1", "Distant metastases.clinical [Class] Cancer"),
        ),
        "pathologic": (
            Concept(SNOMED, "371497001", "pM category"),
            Concept(LOINC, "21901-4", "Distant metastases.pathology [Class] Cancer"),
        ),
        "other": (
            Concept(SNOMED, "277208005", "M category"),
            Concept(LOINC, "21913-9", "Distant metastases.other [Class] Cancer"),
        ),
    },
    "group": {
        "clinical": (
            Concept(SNOMED, "399537006", "Clinical TNM stage grouping"),
            Concept(LOINC, "21908-9", "Stage group.clinical Cancer"),
        ),
        "pathologic": (
            Concept(SNOMED, "399588009", "Pathologic TNM stage grouping"),
            Concept(LOINC, "21902-2", "Stage group.pathology Cancer"),
        ),
        "other": (
            Concept(SNOMED, "399390009", "TNM stage grouping"),
            Concept(LOINC, "21914-7", "Stage group.other Cancer"),
        ),
    },
}


def observation_codes() -> Iterable[tuple[Axis, Basis, Concept]]:
    """Yield each code of a TNM observation, in SNOMED CT and in LOINC, with what it stands for."""
    for axis, by_basis in _CODES.items():
        for basis, concepts in by_basis.items():
            for concept in concepts:
                yield axis, basis, concept


def observation_code(axis: Axis, prefix: str, value: Concept | None = None) -> Concept:
    """Return the SNOMED CT code of the observation for `axis` under a prefix.

    The code follows the value: a pathologic stage whose metastases were assessed clinically holds
    cM0, which is an observation of the cM category.
    """
    basis = _prefix(prefix).basis
    if value is not None and axis == "m" and value.system == SNOMED:
        basis = "clinical" if value.term.startswith("c") else "pathologic"
    return _CODES[axis][basis][0]


def categories(axis: Axis, prefix: str) -> tuple[Concept, ...]:
    """Return the values that may be recorded for `axis` under a prefix, in clinical order.

    `prefix` is the key of a Prefix, or "clinical", "pathologic", "other" for c, p, r. Stage groups
    carry no prefix. M under p offers the clinical values too: there is no pM0, so a pathologic
    stage without metastases holds cM0. M after therapy keeps the prefix c or p.
    """
    key = _prefix(prefix).key
    if axis == "group":
        return _snomed("group", *_bases(key))
    if key in {"c", "p"}:
        return _snomed(axis, *(_BOTH if (axis, key) == ("m", "p") else _bases(key)))
    if axis == "m" and key in {"yc", "yp"}:
        return categories("m", key[1:])
    bare = {concept.term[1:]: None for concept in _snomed(axis, *_bases(key))}
    return tuple(Concept(AJCC, f"{key}{value}", f"{key}{value}", official=False) for value in bare)


def label(system: str, code: str) -> str | None:
    """Return the short form of a recorded TNM value: "cT3", "IIIC"; None for an unknown code."""
    system = canonical(system)
    if system == SNOMED:
        return _labels().get(code)
    return code if system == AJCC else None


def edition_label(system: str, code: str) -> str | None:
    """Return "AJCC 8" for the method of a TNM observation, None for an unknown one."""
    return EDITION_LABELS.get(code) if canonical(system) in {SNOMED, NCIT} else None


def _prefix(name: str) -> Prefix:
    by_basis = {"clinical": "c", "pathologic": "p", "other": "r"}
    key = by_basis.get(name, name)
    for prefix in PREFIXES:
        if prefix.key == key:
            return prefix
    raise KeyError(name)


def _bases(key: str) -> tuple[Basis, ...]:
    """Return the bases whose lists serve a prefix; r and a have none of their own and take both."""
    basis = _prefix(key).basis
    return _BOTH if basis == "other" else (basis,)


def _snomed(axis: Axis, *bases: Basis) -> tuple[Concept, ...]:
    found = {
        code: Concept(SNOMED, code, words, official=False)
        for basis in bases
        for code, words in _lists()[f"{basis}-{axis}"]
    }
    return tuple(found.values())


@cache
def _lists() -> dict[str, list[list[str]]]:
    lists: dict[str, list[list[str]]] = shipped("tnm")["lists"]
    return lists


@cache
def _labels() -> dict[str, str]:
    return {code: words for entries in _lists().values() for code, words in entries}
