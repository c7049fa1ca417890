"""Which codings the app ships for a binding that the profiles define by a filter or a system."""

from __future__ import annotations

from app.terminology.tnm import AXES, PREFIXES, Axis, categories

Coding = tuple[str, str]

_NAMES: dict[Axis, str] = {
    "t": "primary-tumor-category",
    "n": "regional-nodes-category",
    "m": "distant-metastases-category",
    "group": "stage-group",
}


def _tnm() -> dict[str, frozenset[Coding]]:
    found = {}
    for axis in AXES:
        codings = frozenset(
            (concept.system, concept.code)
            for prefix in PREFIXES
            for concept in categories(axis, prefix.key)
        )
        snomed = frozenset(coding for coding in codings if "snomed" in coding[0])
        found[f"mcode-tnm-{_NAMES[axis]}-vs"] = snomed
        # The max value set adds the AJCC's own codes, whatever they are.
        found[f"mcode-tnm-{_NAMES[axis]}-max-vs"] = codings - snomed
    return found


# By the id of the value set.
SHIPPED: dict[str, frozenset[Coding]] = _tnm()
