"""Answers about a diagnosis that go together."""

from hypothesis import strategies as st

from app.terminology.systems import ICDO3

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


def histology(answer, data):
    """Give a typed ICD-O-3 code the form of one."""
    if not answer.startswith(f"{ICDO3}|"):
        return answer
    code = data.draw(st.from_regex(r"[89][0-9]{3}/[0-9]", fullmatch=True), label="ICD-O-3 code")
    return f"{ICDO3}|{code}|{answer.split('|')[2]}"


def adjust(form, answers, data):
    """Leave out what is of no site; let what has an end be in remission."""
    adjusted = dict(answers)
    adjusted["histology"] = histology(adjusted["histology"], data)
    if not adjusted["site"]:
        adjusted |= {"side": "", "part": ""}
    if adjusted["ended"]:
        adjusted["clinical"] = f"{_CLINICAL}|remission"
    return adjusted
