"""What was not evaluated has no evidence."""


def adjust(form, answers, data):
    if answers["status"].startswith("absent:"):
        return {**answers, "evidence": ""}
    return answers
