"""Stages that a clinician enters, amends and takes back, for each prefix under test."""

from tests.flow.answers import key
from tests.interop.entries import answer
from tests.interop.upstream import ONCOLOGIST
from tests.live import Clinician, Demo

_VALUES = {
    "c": {"t": "cT2", "n": "cN1", "m": "cM0", "group": "IIB"},
    "p": {"t": "pT2", "n": "pN1a", "m": "cM0", "group": "IIB"},
    "yp": {"t": "ypT1", "n": "ypN0", "m": "cM0", "group": "I"},
    "r": {"t": "rT2", "n": "rN1", "m": "rM0", "group": "IIB"},
}
_AMENDED = {"c": "cT3", "p": "pT3", "yp": "ypT2", "r": "rT3"}
PREFIXES = tuple(_VALUES)


def answers(prefix: str) -> dict[str, str]:
    """Return what is entered for a new stage."""
    chosen = {axis: key(axis, label, prefix) for axis, label in _VALUES[prefix].items()}
    return {
        "prefix": prefix,
        **chosen,
        "edition": "http://snomed.info/sct|897275008",
        "date-day": "28",
        "date-month": "apr",
        "date-year": "2026",
    }


def amendment(prefix: str) -> dict[str, str]:
    """Return answers that change two of the four resources."""
    return {"t": key("t", _AMENDED[prefix], prefix), "note": "read again at the tumor board"}


def review(demo: Demo, patient_id: str, prefix: str = "p") -> Clinician:
    """Launch, enter a stage, and stop at the review."""
    clinician = Clinician(demo).launch(patient_id, ONCOLOGIST).open("forms/tnm-stage/new")
    clinician.send(**answers(prefix))
    assert "Review before saving" in clinician.text, clinician.text
    return clinician


def enter(demo: Demo, patient_id: str, prefix: str = "p") -> tuple[Clinician, list[str]]:
    """Enter and save a stage; gives T, N, M, group and Provenance as the receipt names them."""
    clinician = review(demo, patient_id, prefix).send("save")
    return clinician, clinician.written()


def open_amendment(clinician: Clinician, group: str, prefix: str = "p") -> Clinician:
    """Change two answers of a stage, and stop at the review."""
    group_id = group.removeprefix("Observation/")
    clinician.open(f"forms/tnm-stage/{group_id}")
    # The group that stays beside another T is asked about.
    answer(clinician, amendment(prefix))
    return clinician


def amend(clinician: Clinician, group: str, prefix: str = "p") -> list[str]:
    """Change two answers of a stage and save; gives the references of the receipt."""
    return open_amendment(clinician, group, prefix).send("save").written()


def retract(clinician: Clinician, group: str) -> list[str]:
    """Mark a stage as entered in error; gives the references of the receipt."""
    group_id = group.removeprefix("Observation/")
    clinician.open(f"forms/tnm-stage/{group_id}/retract").send(reason="another patient's report")
    return clinician.written()
