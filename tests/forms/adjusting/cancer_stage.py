"""Random stages by a system other than TNM."""

from hypothesis import strategies as st

from app.forms._shared.stage_answers import gleason_value, method_options


def adjust(form, answers, data):
    """Let both Gleason patterns make the group that is chosen, or give none; name Rai's method."""
    patterns = [answers["predominant"], answers["secondary"]]
    numbers = [int(pattern) if pattern else None for pattern in patterns]
    made = gleason_value(*numbers) if answers["system"] == "gleason" else None
    chosen = {"predominant": patterns[0], "secondary": patterns[1]} if made else {}
    answers |= {"predominant": "", "secondary": "", **chosen}
    if made:
        answers["value"] = made.key
    if answers["system"] == "rai":
        methods = [o.text for o in method_options() if o.only_for == ("rai",)]
        answers["method"] = data.draw(st.sampled_from(methods), label="method of Rai")
    return answers
