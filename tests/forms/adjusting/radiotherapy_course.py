"""Rows without gaps, techniques that go with their modality, words for what has no code."""

from hypothesis import strategies as st

from app.forms._shared.course_rows import MODALITIES, VOLUMES
from app.mcode.radiotherapy import UNCODED, modalities, techniques
from tests.forms.adjusting import medication_request
from tests.forms.strategies import WORDS


def adjust(form, answers, data):
    adjusted = medication_request.adjust(form, answers, data)
    if adjusted["status"] in {"completed", "in-progress"} and not adjusted["when"]:
        adjusted["when"] = "2026-02-03"
    if len(adjusted["sites"].split("\n")) > 1 or not adjusted["sites"]:
        adjusted["side"] = ""
    for rows, draw in ((MODALITIES, _modality), (VOLUMES, _volume)):
        filled = data.draw(st.integers(0, rows.count), label=rows.title)
        for n in rows.numbers:
            empty = dict.fromkeys(rows.names(n), "")
            adjusted |= draw(data, n, adjusted) if n <= filled else empty
    return adjusted


def _modality(data, n, _answers):
    modality = data.draw(st.sampled_from(modalities()))
    least = 0 if modality.key == UNCODED.key else 1
    offered = [technique.key for technique in techniques(modality)]
    chosen = data.draw(st.sets(st.sampled_from(offered), min_size=least, max_size=3))
    return {
        f"modality-{n}": modality.key,
        f"technique-{n}": "\n".join(key for key in offered if key in chosen),
        f"modality-words-{n}": data.draw(WORDS) if modality.key == UNCODED.key else "",
        f"technique-words-{n}": data.draw(WORDS) if UNCODED.key in chosen else "",
    }


def _volume(data, n, answers):
    return {f"volume-{n}": "", f"volume-name-{n}": answers[f"volume-name-{n}"] or data.draw(WORDS)}
