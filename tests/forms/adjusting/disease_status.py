"""What was not evaluated has no evidence."""

from __future__ import annotations


def adjust(form, answers, data):
    if answers["status"].startswith("absent:"):
        return {**answers, "evidence": ""}
    return answers
