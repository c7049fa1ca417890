"""Answers about a tumor that go together."""

from app.terminology.systems import SNOMED


def adjust(form, answers, data):
    """Give a morphology that is words alone a code, and a numbering system its number."""
    adjusted = dict(answers)
    if adjusted["morphology"].startswith("||"):
        adjusted["morphology"] = f"{SNOMED}|1187332001|Adenocarcinoma"
    if adjusted["numbering"] and not adjusted["number"]:
        adjusted["number"] = "Tumor 2"
    return adjusted
