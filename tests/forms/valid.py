"""Answers that go together: what random ones have to heed, and a typical entry of each form."""

import importlib
import json
from pathlib import Path

from hypothesis import strategies as st

from app.forms._answers import text_of
from tests.forms.sending import sent

TYPICAL = Path(__file__).parent / "typical"


def typical(form_class, subject):
    """Return the answers of a typical entry, as a browser sends them (typical/<slug>.json)."""
    form = form_class()
    form.prepare(subject)
    given = json.loads((TYPICAL / f"{form_class.slug}.json").read_text(encoding="utf-8"))
    assert set(given) <= set(form.asked), form_class.slug
    ticks = {f"confirm-{question.key}": "yes" for question in form.misfits(subject)}
    return sent(form, given) | ticks


def adjust(form, answers, data):
    """Return the answers with those redrawn that depend on another one.

    What is special to a form stands in adjusting/<slug>.py.
    """
    adjusted = dict(answers)
    for name, item in form.asked.items():
        depends_on = getattr(item, "depends_on", None)
        if depends_on:
            basis = adjusted[depends_on]
            fitting = [
                o.text
                for o in item.options
                if not o.only_for or basis in [text_of(each) for each in o.only_for]
            ]
            fitting += [] if item.missing else [""]
            adjusted[name] = data.draw(st.sampled_from(fitting), label=f"{name} for {basis}")
    try:
        rules = importlib.import_module(f"tests.forms.adjusting.{form.slug.replace('-', '_')}")
    except ModuleNotFoundError:
        return adjusted
    return rules.adjust(form, adjusted, data)
