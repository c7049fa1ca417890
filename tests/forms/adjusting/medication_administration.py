"""A coded reason for ending goes with "stopped" only, and a route with a dose."""

from tests.forms.adjusting import medication_request


def adjust(form, answers, data):
    adjusted = medication_request.adjust(form, answers, data)
    return adjusted if adjusted["dose"] else {**adjusted, "route": ""}
