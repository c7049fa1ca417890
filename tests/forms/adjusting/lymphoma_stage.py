"""Random lymphoma stages."""

from app.forms.lymphoma_stage import LymphomaStage


def adjust(form, answers, data):
    """Leave out of A and B the second, and say nothing of the bulk of a stage that says it."""
    symptoms = [o.text for o in LymphomaStage().modifiers.options if o.label[:2] in {"A ", "B "}]
    given = answers["modifiers"].split("\n")
    if set(symptoms) <= set(given):
        answers["modifiers"] = "\n".join(value for value in given if value != symptoms[1])
    if "C171157" in answers["value"]:
        answers["bulk"] = ""
    return answers
