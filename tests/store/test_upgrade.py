"""A database of 0.1.0 with launches, drafts, receipts and the audit trail, read by today's code."""

from dataclasses import asdict

import pytest

from app.config import ConfigError
from app.store import EventFilter, upgrade_database
from app.store import open_store as open_named
from tests import older


@pytest.fixture
def held(database_url):
    return older.load(database_url)


@pytest.fixture
def upgraded(database_url, held):
    settings = {
        "DATABASE_URL": database_url,
        "SECRET_KEYS": held["key"],
        "DRAFT_DAYS": 14,
        "AUDIT_DAYS": 2192,
    }
    with pytest.raises(ConfigError, match="python -m app upgrade"):
        open_named(settings)
    assert upgrade_database(settings).before == "0.1.0"
    store = open_named(settings)
    yield store
    store.close()


def plain(kept, **more):
    """Return a record as JSON has it."""
    moments = {
        name: value.isoformat() for name, value in asdict(kept).items() if hasattr(value, "tzinfo")
    }
    return {**asdict(kept), **moments, **more}


def owners(held, what):
    return dict.fromkeys(one["owner"] for one in held[what])


def test_every_draft_is_there_with_what_was_typed_and_its_plan(upgraded, held):
    found = [
        plain(draft, owner=owner)
        for owner in owners(held, "drafts")
        for draft in upgraded.drafts.list(owner)
    ]
    # Nobody has changed them by a page that counts its changes.
    assert found == [{**draft, "turn": 0} for draft in held["drafts"]]
    assert {draft["form"] for draft in found} >= {"ecog", "tnm-stage", "tumor-marker-test"}
    assert [draft["plan"] is not None for draft in found].count(True) == 1


def test_a_draft_is_found_where_it_was_begun_and_goes_on(upgraded, held):
    for draft in held["drafts"]:
        begun = upgraded.drafts.start(draft["owner"], draft["form"], draft["subject"], {})
        assert begun.id == draft["id"]
    kept = next(draft for draft in held["drafts"] if draft["state"] == "open")
    saved = upgraded.drafts.save_values(kept["owner"], kept["id"], {"note": "further"})
    assert saved.values == {"note": "further"}


def test_every_receipt_is_there_with_its_records(upgraded, held):
    found = [
        plain(receipt, owner=owner)
        for owner in owners(held, "receipts")
        for receipt in upgraded.receipts.list(owner)
    ]
    assert found == held["receipts"]
    assert len(found[0]["data"]["records"]) == 4


def test_every_launch_is_there_with_its_context_and_tokens(upgraded, held):
    for kept in held["launches"]:
        launch = upgraded.launches.find(kept["launch"]["id"], kept["browser"])
        assert plain(launch) == {**kept["launch"], "idle_at": None}
        assert upgraded.launches.tokens(launch.id).tokens == kept["launch"]["tokens"]
        assert upgraded.launches.find(launch.id, "another browser") is None


def test_the_trail_has_the_same_events_in_the_same_order_and_goes_on(upgraded, held):
    found = list(upgraded.audit.find(EventFilter()))
    assert [
        {"id": one.id, "at": one.at.isoformat(), **one.event.as_json()} for one in found
    ] == held["events"]
    numbers = [one.id for one in found]
    assert numbers == list(range(1, len(found) + 1))
    upgraded.audit.add(found[0].event)
    assert [one.id for one in upgraded.audit.find(EventFilter())] == [*numbers, numbers[-1] + 1]


def test_events_are_still_found_by_person_and_patient(upgraded, held):
    for query in ({"user": "Practitioner/nurse-nancy"}, {"patient": "elena-martinez"}):
        ((name, value),) = query.items()
        expected = [event["id"] for event in held["events"] if event[name] == value]
        assert expected
        assert [one.id for one in upgraded.audit.find(EventFilter(**query))] == expected


def test_what_0_1_0_encrypted_is_encrypted_anew(upgraded, held):
    assert upgraded.rotate() == sum(
        len(held[what]) for what in ("launches", "drafts", "receipts", "events")
    ) + len(["the secret behind the owners", "an authorization under way", "the head of the trail"])
