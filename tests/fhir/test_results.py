import pytest

from app.fhir.writes import WriteResult, match_header, result_of_entry, result_of_reply, version_of

OUTCOME = {"resourceType": "OperationOutcome"}
STORED = {"resourceType": "Observation", "id": "9", "meta": {"versionId": "3"}}


@pytest.mark.parametrize(
    ("location", "reference", "version"),
    [
        ("https://ehr.example/fhir/Observation/5/_history/1", "Observation/5", "1"),
        ("https://other.example/deep/path/Observation/5", "Observation/5", None),
        ("Observation/5/_history/7f3a-uuid", "Observation/5", "7f3a-uuid"),
        ("Observation/5?x=1#y", "Observation/5", None),
        ("https://ehr.example/fhir/", None, None),
        ("nonsense", None, None),
        ("_history/1", None, "1"),
        (None, None, None),
    ],
)
def test_what_was_written_is_read_from_its_address_on_any_host(location, reference, version):
    headers = {"Location": location} if location else {}
    result = result_of_reply(201, headers, None)
    assert (result.reference, result.version) == (reference, version)


@pytest.mark.parametrize(
    ("etag", "version"),
    [
        ('W/"1"', "1"),
        ('"1"', "1"),
        ("1", "1"),
        ('w/"a-b-c"', "a-b-c"),
        ("", None),
        (None, None),
        ('W/"', None),
    ],
)
def test_a_version_is_read_from_any_form_of_etag(etag, version):
    assert version_of(etag) == version


def test_without_an_etag_the_stored_resource_names_its_version():
    assert result_of_reply(200, {}, STORED).version == "3"
    assert result_of_reply(200, {}, STORED).reference == "Observation/9"


def test_an_outcome_instead_of_the_resource_is_kept_apart():
    result = result_of_reply(200, {}, OUTCOME)
    assert (result.resource, result.outcome) == (None, OUTCOME)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("201", 201), ("201 Created", 201), (" 412 Conflict", 412), ("ok", 0), (None, 0), ("2011", 0)],
)
def test_an_entrys_status_is_its_first_number(status, expected):
    assert result_of_entry({"response": {"status": status}}).status == expected


@pytest.mark.parametrize("entry", [{}, {"response": None}, {"response": "201"}, {"resource": []}])
def test_a_malformed_entry_is_no_success(entry):
    assert result_of_entry(entry).status == 0


def test_a_number_as_status_is_read_and_an_outcome_inside_the_response():
    entry = {
        "response": {"status": 201, "outcome": OUTCOME, "lastModified": "2026-11-24T10:00:00Z"}
    }
    result = result_of_entry(entry)
    assert (result.status, result.outcome) == (201, OUTCOME)
    assert result.last_modified == "2026-11-24T10:00:00Z"


def test_the_header_for_a_version_is_a_weak_etag():
    assert match_header("a-b") == match_header('W/"a-b"') == 'W/"a-b"'


@pytest.mark.parametrize("version", ['1", W/"2', "a b", "日", "1\r\nX: y", ""])
def test_a_version_that_would_be_more_than_one_is_none(version):
    assert version_of(version) is None


def test_an_address_that_is_none_names_nothing():
    assert WriteResult(201, location="http://[bad").reference is None
