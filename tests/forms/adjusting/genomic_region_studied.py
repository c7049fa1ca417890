"""A region is named in some way, and begins before it ends."""

from hypothesis import strategies as st


def adjust(form, answers, data):
    if not any(answers[name] for name in ("gene", "region", "mutation", "positions")):
        answers["gene"] = data.draw(st.sampled_from([c.key for c in form.gene.concepts]))
    if answers["positions"]:
        ends = sorted(int(end) for end in answers["positions"].split("-"))
        answers["positions"] = "{}-{}".format(*ends)
    return answers
