import pytest
from werkzeug.datastructures import MultiDict

from app.sandbox.fhir.access import AccessDenied, AllowAll
from app.sandbox.fhir.interactions import history_of, history_of_type
from app.sandbox.fhir.outcome import FhirError
from app.sandbox.fhir.references import Local

BREAST = Local("Condition", "breast")


def test_a_history_tells_what_was_done_newest_first(chart, make):
    chart.put("Condition", "breast", make.condition("breast", note=[{"text": "x"}]), "PUT")
    chart.delete("Condition", "breast")
    bundle = history_of(chart, AllowAll(), BREAST, MultiDict())
    told = [
        (e["request"]["method"], e["response"]["status"], "resource" in e) for e in bundle["entry"]
    ]
    assert told == [
        ("DELETE", "204 No Content", False),
        ("PUT", "200 OK", True),
        ("PUT", "201 Created", True),
    ]
    assert [e["response"]["etag"] for e in bundle["entry"]] == ['W/"3"', 'W/"2"', 'W/"1"']
    assert bundle["total"] == 3


def test_a_history_has_pages(chart, make):
    chart.put("Condition", "breast", make.condition("breast"), "PUT")
    first = history_of(chart, AllowAll(), BREAST, MultiDict({"_count": "1"}))
    page = first["link"][1]["url"].partition("_page=")[2]
    second = history_of(chart, AllowAll(), BREAST, MultiDict({"_page": page}))
    assert [e["resource"]["meta"]["versionId"] for e in first["entry"] + second["entry"]] == [
        "2",
        "1",
    ]


def test_a_history_begins_where_it_is_asked_to(chart):
    for since, total in (("2020", 2), ("2099-01-01T00:00:00Z", 0)):
        bundle = history_of_type(chart, AllowAll(), "Condition", MultiDict({"_since": since}))
        assert bundle["total"] == total
    with pytest.raises(FhirError):
        history_of_type(chart, AllowAll(), "Condition", MultiDict({"_since": "then"}))


def test_the_history_of_a_type_shows_one_patient_alone(chart, only):
    chart.delete("Condition", "lung")
    chart.delete("Condition", "breast")
    bundle = history_of_type(chart, only("ada"), "Condition", MultiDict())
    assert {e["fullUrl"] for e in bundle["entry"]} == {"http://ehr.test/fhir/Condition/breast"}
    assert bundle["total"] == 2


def test_the_history_of_another_patients_resource_is_refused(chart, only):
    chart.delete("Condition", "lung")
    with pytest.raises(AccessDenied):
        history_of(chart, only("ada"), Local("Condition", "lung"), MultiDict())


def test_there_is_no_history_of_what_never_was(chart):
    with pytest.raises(FhirError) as refused:
        history_of(chart, AllowAll(), Local("Condition", "x"), MultiDict())
    assert refused.value.status == 404
