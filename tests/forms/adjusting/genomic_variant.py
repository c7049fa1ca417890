"""A variant is named by a gene or a change, and its copies are counted."""

import re

from hypothesis import strategies as st


def adjust(form, answers, data):
    named = any(answers[name] for name in ("genes", "protein", "coding", "genomic", "location"))
    if not named:
        answers["genes"] = data.draw(st.sampled_from([c.key for c in form.genes.concepts]))
    return {**answers, "copies": re.sub(r"\.\d+", "", answers["copies"])}
