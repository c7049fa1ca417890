"""The sandbox's registry takes a sound report once, and says what is wrong with any other."""

import pytest

ADDRESS = "/receivers/registry"
JSON = "application/fhir+json"


def entry(resource):
    return {"fullUrl": f"urn:x:{resource['id']}", "resource": resource}


def message():
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "identifier": [{"value": "1"}],
        "name": [{"family": "Byron", "given": ["Ada"]}],
        "telecom": [{"value": "555-0101"}],
        "address": [{"state": "MA"}],
        "gender": "female",
        "birthDate": "1964-02-14",
    }
    diagnosis = {"coding": [{"system": "http://snomed.info/sct", "code": "363346000"}]}
    composition = {
        "resourceType": "Composition",
        "id": "c",
        "section": [
            {
                "title": "Primary cancer",
                "code": diagnosis,
                "text": {"div": "<div>Cancer</div>"},
                "entry": [{"reference": "Condition/x"}],
            }
        ],
    }
    condition = {"resourceType": "Condition", "id": "x"}
    lost = {"resourceType": "Observation", "id": "lost"}
    content = [composition, patient, condition, lost]
    header = {
        "resourceType": "MessageHeader",
        "id": "h",
        "eventCoding": {"code": "cancer-report-message"},
    }
    collection = {
        "resourceType": "Bundle",
        "id": "b",
        "type": "collection",
        "entry": [entry(each) for each in content],
    }
    return {
        "resourceType": "Bundle",
        "id": "m",
        "type": "message",
        "entry": [entry(header), entry(collection)],
    }


def sent(http, body, **more):
    answer = http.post(ADDRESS, json=body, headers={"Content-Type": JSON} | more)
    return answer.status_code, [one["details"]["text"] for one in answer.json["issue"]]


def content_of(body):
    return body["entry"][1]["resource"]["entry"]


def test_a_sound_report_is_taken_and_shown_with_what_was_not_understood(http):
    assert sent(http, message()) == (200, ["Not understood: Observation/lost."])
    page = http.get(f"{ADDRESS}/").text
    for words in ("Byron, Ada", "Primary cancer: 1", "Not understood: Observation/lost"):
        assert words in page


def test_the_same_report_is_there_already_and_another_by_its_id_is_refused(http):
    assert sent(http, message())[0] == 200
    assert sent(http, message()) == (200, ["It is here already."])
    other = message()
    other["timestamp"] = "2026-11-29T10:00:00Z"
    assert sent(http, other) == (409, ["Its id is taken."])
    assert http.get(f"{ADDRESS}/").text.count("Byron, Ada") == 1


def no_message(body):
    body["type"] = "collection"


def no_header(body):
    body["entry"][0]["resource"]["resourceType"] = "Basic"


def another_event(body):
    body["entry"][0]["resource"]["eventCoding"]["code"] = "other"


def no_composition(body):
    del content_of(body)[0]


def dangling(body):
    del content_of(body)[2]


def no_text(body):
    content_of(body)[0]["resource"]["section"][0]["text"]["div"] = ""


def two_cancers(body):
    section = content_of(body)[0]["resource"]["section"][0]
    section["entry"] = 2 * section["entry"]


def no_state(body):
    del content_of(body)[1]["resource"]["address"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (no_message, "It is no message Bundle with an id."),
        (no_header, "The first entry is no MessageHeader."),
        (another_event, "The event is not cancer-report-message."),
        (no_composition, "The second entry is no collection that begins with a Composition."),
        (dangling, "Condition/x is not in the content."),
        (no_text, "Section Primary cancer has no text."),
        (two_cancers, "It is not about one primary cancer."),
        (no_state, "The patient has no address."),
    ],
)
def test_another_report_is_refused_with_what_is_wrong(http, spoil, said):
    body = message() | {"id": said}
    spoil(body)
    assert sent(http, body) == (422, [said])
    assert said not in http.get(f"{ADDRESS}/").text


@pytest.mark.parametrize(
    "body", [{}, [], 1, "x", {"resourceType": "Bundle"}, {**message(), "entry": [1]}]
)
def test_what_is_no_report_is_refused_in_words(http, body):
    status, (said,) = sent(http, body)
    assert status == 422
    assert said.startswith("The message does not have the shape") or "no message Bundle" in said


def test_it_can_be_down_or_broken_and_works_again(http):
    for mode, status in (("down", 503), ("broken", 200), ("nonsense", 200), ("well", 200)):
        assert http.post(f"{ADDRESS}/mode", data={"mode": mode}).status_code == 303
        answer = http.post(ADDRESS, json=message(), headers={"Content-Type": JSON})
        assert answer.status_code == status
        assert answer.mimetype == (JSON if mode in ("down", "well") else "text/html")
    assert sent(http, message())[0] == 200
