"""Modalities of radiotherapy and the techniques that go with each.

Source: mCODE 4.0.0, Radiotherapy Modality and Technique: for each modality the guide has a value
set of techniques and an invariant that asks for one of them, or for one that is only in words.
"""

from app.mcode.valuesets import value_set
from app.terminology.concept import Concept

UNCODED = Concept("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "UNC", "un-encoded")
"""Stands for a modality or technique that has no code; its words say which."""

_SETS = {
    "1156506007": "teleradiotherapy-photon-beam-technique",
    "45643008": "teleradiotherapy-electron-beam-technique",
    "10611004": "teleradiotherapy-proton-beam-technique",
    "1156505006": "teleradiotherapy-carbon-ion-beam-technique",
    "80347004": "teleradiotherapy-neutron-beam-technique",
    "394902000": "brachytherapy-high-dose-rate-technique",
    "438629002": "brachytherapy-high-dose-rate-electronic-technique",
    "1156384006": "brachytherapy-pulsed-dose-rate-technique",
    "1156708005": "brachytherapy-low-dose-rate-temporary-technique",
    "169359004": "brachytherapy-permanent-seeds-technique",
    "440252007": "brachytherapy-radiopharmaceutical-technique",
}
# The invariant of this modality misspells this technique, so that no resource with it conforms.
_NEVER_VALID = {("394902000", "1156383000")}


def modalities() -> list[Concept]:
    """Return the modalities, beams first; the last has no code."""
    known = {concept.code: concept for concept in value_set("radiotherapy-modality").concepts}
    return [*(known[code] for code in _SETS), known[UNCODED.code]]


def techniques(modality: Concept | None = None) -> list[Concept]:
    """Return the techniques of a modality, of one without a code all; the last has no code."""
    every = value_set("radiotherapy-technique").concepts
    if modality is None or modality.code not in _SETS:
        return list(every)
    fitting = {concept.code for concept in value_set(_SETS[modality.code]).concepts}
    fitting -= {technique for own, technique in _NEVER_VALID if own == modality.code}
    return [c for c in every if c.code in fitting or c.code == UNCODED.code]
