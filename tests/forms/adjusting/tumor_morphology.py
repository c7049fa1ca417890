"""Answers about morphology that go together."""

from tests.forms.adjusting.primary_cancer import histology


def adjust(form, answers, data):
    """Give a typed ICD-O-3 code the form of one; name a grading system only with a grade."""
    adjusted = {**answers, "histology": histology(answers["histology"], data)}
    if not adjusted["grade"]:
        adjusted["system"] = ""
    return adjusted
