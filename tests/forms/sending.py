"""Answers of a form as a browser sends them."""

from app.forms._answers import text_of
from app.forms._fields.base import Asked
from app.forms._fields.dates import DateBoxes, DateSpan
from app.forms._fields.numbers import Measure, Sizes


def sent(form, data=None):
    """Return what a browser sends for a form, with the answers of `data` in place of its own."""
    answers = {}
    for name, item in form.asked.items():
        value = (data or {}).get(name, item.text)
        answers |= inputs(item, value)
    return answers


def inputs(item: Asked, value) -> dict[str, str]:
    """Return the inputs of one field that stand for an answer, or for its text."""
    value = text_of(value)
    if isinstance(item, DateBoxes):
        return _boxes(item.name, value)
    if isinstance(item, DateSpan):
        start, _, end = value.partition("/")
        return _boxes(f"{item.name}-from", start) | _boxes(f"{item.name}-to", end)
    if isinstance(item, Measure):
        number, _, unit = value.partition(" ")
        return {item.name: number, f"{item.name}-unit": unit}
    if isinstance(item, Sizes):
        numbers, _, unit = value.rpartition(" ")
        boxes = [*numbers.split(" x "), "", ""]
        names = (item.name, f"{item.name}-second", f"{item.name}-third")
        return dict(zip(names, boxes, strict=False)) | {f"{item.name}-unit": unit}
    return {item.name: value}


def _boxes(name: str, value: str) -> dict[str, str]:
    year, month, day = ([*value.split("-"), "", ""])[:3] if value else ("", "", "")
    return {f"{name}-year": year, f"{name}-month": month, f"{name}-day": day}
