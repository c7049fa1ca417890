"""The display of a code that a chart names without words, from whatever lists the app ships.

The lists are read as they are kept: those of this package, and the value sets that guides compile
to. The lists of other modules give concepts to choose from; here it only counts what a code means.
"""

import gzip
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from app.fhir.patterns import LONGEST, Pattern
from app.terminology import DATA, shipped
from app.terminology.folding import compact
from app.terminology.systems import AJCC, ICD10CM, known_code, system_name

_ANY = ""  # a code that means the same in whatever system

TITLES = DATA / "icd10cm.tsv.gz"
_GUIDES = DATA.parents[1] / "mcode/definitions"
# SNOMED CT's terms end with a semantic tag, which is for terminologists.
_SEMANTIC_TAG = Pattern(
    r" \((?:disorder|finding|qualifier value|procedure|body structure|observable entity|"
    r"morphologic abnormality|tumor staging|staging scale|assessment scale|situation|substance|"
    r"product|specimen|event|regime/therapy|product containing [^()]*|cell structure|"
    r"medicinal product(?: form)?|clinical drug|physical object|attribute|record artifact|"
    r"navigational concept|environment|occupation|person|organism)\)$"
)
ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}
_STAGE_GROUP = Pattern(r"([1-4])((?:[A-Da-d][0-9]?)?)")
# A bare number says nothing without the name of its system.
_NUMBER = Pattern(r"[A-Z]?[0-9]+(?:[.-][0-9A-Z]+)?")


def display_of(system: str, code: str) -> str | None:
    """Return the display of a code in the app's lists; None for an unlisted one."""
    system, code = known_code(system, code)
    if system == ICD10CM:
        return icd10cm_titles().get(dotted(code))
    if system == AJCC:
        return roman(code)
    return _displays().get((system, code)) or _displays().get((_ANY, code))


def roman(group: str) -> str | None:
    """Return a stage group in Arabic figures as it is written, "3c" as "IIIC"; None for others."""
    match = _STAGE_GROUP.fullmatch(group)
    return f"{ROMAN[match[1]]}{match[2].upper()}" if match else None


def code_label(system: str, code: str) -> str:
    """Return an unlisted code as a label: a number with its system, as "SNOMED CT 254637007"."""
    system, code = known_code(system, code)
    name = system_name(system)
    return f"{name} {code}" if name != system and _NUMBER.fullmatch(code) else code


def without_tag(term: str) -> str:
    """Return a term without the semantic tag of SNOMED CT."""
    return _SEMANTIC_TAG.sub("", term) if len(term) <= LONGEST else term


def dotted(code: str) -> str:
    """Return a code of ICD-10 with its dot."""
    bare = compact(code).upper()
    return f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare


@cache
def icd10cm_titles() -> dict[str, str]:
    """Return the titles of ICD-10-CM by code, in the order of the classification."""
    lines = gzip.decompress(TITLES.read_bytes()).decode().splitlines()
    return dict(line.split("\t") for line in lines)


@cache
def _displays() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for group in _groups():
        for code, display in group["codes"]:
            if display:
                found.setdefault(known_code(group["system"], code), without_tag(display))
    return found


def _groups() -> Iterator[Any]:
    """Yield groups of codes of one system, the app's own before those of guides."""
    tnm, genes, drugs = (shipped(name) for name in ("tnm", "genes", "antineoplastics"))
    terms = shipped("terms")
    yield from (*terms["findings"], *terms["codes"])
    yield from ({"system": tnm["system"], "codes": codes} for codes in tnm["lists"].values())
    yield {"system": genes["system"], "codes": genes["genes"]}
    yield {"system": drugs["system"], "codes": [*drugs["ingredients"], *drugs["given_with"]]}
    for path in sorted((DATA / "supplements").glob("*.json")):
        for entry in shipped(f"supplements/{path.stem}")["sets"].values():
            yield from entry.get("codes", ())
    for path in sorted(_GUIDES.glob("*/value_sets/*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"))["codes"]
