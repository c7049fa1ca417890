"""A tumor marker test has one result, of one kind."""

from hypothesis import strategies as st

RESULTS = ("number", "finding", "ratio", "words")


def adjust(form, answers, data):
    kind = data.draw(st.sampled_from([name for name in RESULTS if answers[name]] or ["number"]))
    answers |= {name: "" for name in RESULTS if name != kind}
    return {**answers, "number": answers["number"] or ("12.5 U/mL" if kind == "number" else "")}
