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

EDITION_LABELS = {
    "1269566009": "AJCC 9",
    "897275008": "AJCC 8",
    "443830009": "AJCC 7",
    "444256004": "AJCC 6",
    "C188404": "UICC",
    "C146985": "AJCC 8",  # as mCODE 1.0.0 asked for it
}

_BOTH: tuple[Basis, ...] = ("clinical", "pathologic")

OBSERVATION_CODES: tuple[tuple[Axis, Basis, Concept], ...] = (
    ("t", "clinical", Concept(SNOMED, "399504009", "cT category")),
    ("t", "clinical", Concept(LOINC, "21905-5", "Primary tumor.clinical [Class] Cancer")),
    ("t", "pathologic", Concept(SNOMED, "384625004", "pT category")),
    ("t", "pathologic", Concept(LOINC, "21899-0", "Primary tumor.pathology Cancer")),
    ("t", "other", Concept(SNOMED, "78873005", "T category")),
    ("t", "other", Concept(LOINC, "21911-3", "Primary tumor.other [Class] Cancer")),
    ("n", "clinical", Concept(SNOMED, "399534004", "cN category")),
    ("n", "clinical", Concept(LOINC, "21906-3", "Regional lymph nodes.clinical [Class] Cancer")),
    ("n", "pathologic", Concept(SNOMED, "371494008", "pN category")),
    ("n", "pathologic", Concept(LOINC, "21900-6", "Regional lymph nodes.pathology [Class] Cancer")),
    ("n", "other", Concept(SNOMED, "277206009", "N category")),
    ("n", "other", Concept(LOINC, "21912-1", "Regional lymph nodes.other [Class] Cancer")),
    ("m", "clinical", Concept(SNOMED, "399387003", "cM category")),
    ("m", "clinical", Concept(LOINC, "21907-1", "Distant metastases.clinical [Class] Cancer")),
    ("m", "pathologic", Concept(SNOMED, "371497001", "pM category")),
    ("m", "pathologic", Concept(LOINC, "21901-4", "Distant metastases.pathology [Class] Cancer")),
    ("m", "other", Concept(SNOMED, "277208005", "M category")),
    ("m", "other", Concept(LOINC, "21913-9", "Distant metastases.other [Class] Cancer")),
    ("group", "clinical", Concept(SNOMED, "399537006", "Clinical TNM stage grouping")),
    ("group", "clinical", Concept(LOINC, "21908-9", "Stage group.clinical Cancer")),
    ("group", "pathologic", Concept(SNOMED, "399588009", "Pathologic TNM stage grouping")),
    ("group", "pathologic", Concept(LOINC, "21902-2", "Stage group.pathology Cancer")),
    ("group", "other", Concept(SNOMED, "399390009", "TNM stage grouping")),
    ("group", "other", Concept(LOINC, "21914-7", "Stage group.other Cancer")),
)
"""The codes of TNM observations with what they stand for: of SNOMED CT, then of LOINC."""


def observation_code(axis: Axis, prefix: str, value: Concept | None = None) -> Concept:
    """Return the SNOMED CT code of the observation for `axis` under a prefix.

    The code follows the value: a pathologic stage whose metastases were assessed clinically holds
    cM0, which is an observation of the cM category.
    """
    basis = _prefix(prefix).basis
    if value is not None and axis == "m" and value.system == SNOMED:
        basis = "clinical" if value.term.startswith("c") else "pathologic"
    return next(code for a, b, code in OBSERVATION_CODES if (a, b) == (axis, basis))


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
        code: Concept(SNOMED, code, label, official=False)
        for basis in bases
        for code, label in _lists()[f"{basis}-{axis}"]
    }
    return tuple(found.values())


@cache
def _lists() -> dict[str, list[list[str]]]:
    lists: dict[str, list[list[str]]] = shipped("tnm")["lists"]
    return lists


@cache
def _labels() -> dict[str, str]:
    return {code: label for pairs in _lists().values() for code, label in pairs}
