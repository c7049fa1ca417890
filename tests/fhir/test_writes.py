from urllib.parse import parse_qs

from app.fhir.writes import TransactionBuilder

NEW = {"resourceType": "Observation", "status": "final"}
STORED = {"resourceType": "Observation", "id": "5", "status": "amended"}


def test_entries_stand_in_the_order_in_which_they_were_added():
    builder = TransactionBuilder()
    builder.update(STORED, 'W/"3"').create(NEW, "urn:uuid:1", {"system": "s", "value": "v"})
    bundle = builder.bundle()
    update, create = bundle["entry"]
    assert bundle["type"] == "transaction"
    assert update["request"] == {"method": "PUT", "url": "Observation/5", "ifMatch": 'W/"3"'}
    assert update["resource"] is STORED
    assert create["fullUrl"] == "urn:uuid:1"
    assert (create["request"]["method"], create["request"]["url"]) == ("POST", "Observation")


def test_an_identifier_is_taken_literally_in_the_condition():
    identifier = {"system": "urn:x", "value": "a|b,c&_count=0"}
    create = TransactionBuilder().create(NEW, "urn:uuid:1", identifier).bundle()["entry"][0]
    condition = create["request"]["ifNoneExist"]
    assert parse_qs(condition) == {"identifier": ["urn:x|a\\|b\\,c&_count=0"]}
