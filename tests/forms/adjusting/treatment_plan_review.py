"""A plan that changed has a reason."""

from hypothesis import strategies as st


def adjust(form, answers, data):
    if answers["changed"] == "true" and not answers["reason"]:
        reasons = [option.text for option in form["reason"].options]
        return {**answers, "reason": data.draw(st.sampled_from(reasons), label="reason")}
    return answers
