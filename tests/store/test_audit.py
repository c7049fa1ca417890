from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography.fernet import Fernet
from sqlalchemy import text, update

from app.store import Event, EventFilter, audit
from app.store.models import AuditRow

OWEN, NANCY = "Practitioner/oncologist-owen", "Practitioner/nurse-nancy"


def event(type_="read", user=OWEN, patient="elena-martinez", ehr="sandbox", **details):
    return Event(
        type_, ehr, "https://ehr.example/fhir", "0123456789abcdef", user, patient, details=details
    )


def types(store, **query):
    return [found.event.type for found in store.audit.find(EventFilter(**query))]


def test_events_come_back_whole_and_in_their_order(store):
    before = datetime.now(UTC)
    given = [event("launch-opened", scopes="launch"), event(asked=[["Condition", 200]])]
    for one in given:
        store.audit.add(one)
    found = list(store.audit.find(EventFilter()))
    assert [one.event for one in found] == given
    assert found[0].id < found[1].id
    assert before <= found[0].at <= found[1].at <= datetime.now(UTC)


def test_the_database_shows_nobody_and_no_details(store, content):
    store.audit.add(event(asked=["Condition?patient"]))
    written = content()
    for secret in (OWEN, "elena-martinez", "ehr.example", "0123456789abcdef", "Condition?patient"):
        assert secret.encode() not in written
    assert b"sandbox" in written


def test_events_are_found_by_person_type_and_ehr(store):
    store.audit.add(event("launch-opened"))
    store.audit.add(event("write-sent", user=NANCY))
    store.audit.add(event("signed-out", patient="other", ehr="elsewhere"))
    store.audit.add(Event("launch-refused"))
    assert types(store, user=OWEN) == ["launch-opened", "signed-out"]
    assert types(store, patient="elena-martinez") == ["launch-opened", "write-sent"]
    assert types(store, type="write-sent") == ["write-sent"]
    assert types(store, ehr="elsewhere") == ["signed-out"]
    assert types(store, user=OWEN, patient="elena-martinez") == ["launch-opened"]
    assert types(store, user="elena-martinez") == []


def test_a_time_has_a_beginning_that_counts_and_an_end_that_does_not(store, monkeypatch):
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    for minutes in (0, 30, 60):
        monkeypatch.setattr(audit, "now", lambda m=minutes: noon + timedelta(minutes=m))
        store.audit.add(event())
    hour = noon + timedelta(hours=1)
    found = store.audit.find(EventFilter(since=noon, until=hour))
    assert [one.at for one in found] == [noon, noon + timedelta(minutes=30)]
    assert len(types(store, since=hour)) == 1


def test_more_events_than_one_batch_are_found_each_once(store, monkeypatch):
    monkeypatch.setattr(audit, "_BATCH", 3)
    for number in range(7):
        store.audit.add(event(number=number))
    found = [one.event.details["number"] for one in store.audit.find(EventFilter())]
    assert found == list(range(7))


def test_threads_record_at_the_same_time_and_lose_nothing(store):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.audit.add(event(number=n)), range(40)))
    found = {one.event.details["number"] for one in store.audit.find(EventFilter())}
    assert found == set(range(40))


def test_only_what_is_past_its_time_is_forgotten(store, monkeypatch):
    moment = datetime.now(UTC)
    for days in (11, 9):
        monkeypatch.setattr(audit, "now", lambda d=days: moment - timedelta(days=d))
        store.audit.add(event(days=days))
    monkeypatch.setattr(audit, "now", lambda: moment)
    assert store.audit.purge(timedelta(days=10)) == 1
    kept, purged = (one.event for one in store.audit.find(EventFilter()))
    assert kept.details["days"] == 9
    assert purged.type == "trail-purged"
    assert purged.details == {"events": 1, "older_than_days": 10.0}


def test_a_purge_that_forgets_nothing_is_no_event(store):
    store.audit.add(event())
    assert store.audit.purge(timedelta(days=10)) == 0
    assert types(store) == ["read"]


def test_the_store_forgets_events_after_the_time_that_is_set(store, monkeypatch):
    monkeypatch.setattr(audit, "now", lambda: datetime.now(UTC) - timedelta(days=3000))
    store.audit.add(event())
    monkeypatch.undo()
    store.purge()
    assert types(store) == ["read"]
    store._audit_kept = timedelta(days=2192)
    store.purge()
    assert types(store) == ["trail-purged"]


def test_the_number_of_a_forgotten_event_is_never_given_again(store):
    store.audit.add(event())
    [first] = store.audit.find(EventFilter())
    store.audit.purge(timedelta(0))
    store.audit.add(event())
    purged, second = store.audit.find(EventFilter())
    assert second.id > purged.id > first.id


def test_events_are_found_after_the_keys_were_rotated(open_store, key):
    open_store().audit.add(event())
    newer = Fernet.generate_key().decode()
    rotating = open_store(f"{newer},{key}")
    rotating.rotate()
    assert types(open_store(newer), user=OWEN) == ["read"]


def test_an_event_that_was_altered_in_the_database_says_so_and_hides_no_other(store):
    store.audit.add(event("launch-opened"))
    with store._database.writing() as session:
        encrypted = Fernet(Fernet.generate_key()).encrypt(b"{}")
        session.execute(text("UPDATE audit SET data = :encrypted"), {"encrypted": encrypted})
    store.audit.add(event())
    altered, whole = (found.event for found in store.audit.find(EventFilter()))
    assert altered == Event("launch-opened", "sandbox", details={"unreadable": True})
    assert whole == event()


def test_an_event_in_the_place_of_another_says_so(store):
    for type_ in ("launch-opened", "write-sent"):
        store.audit.add(event(type_))
    with store._database.writing() as session:
        session.execute(
            text(
                "UPDATE audit SET data = (SELECT data FROM audit WHERE kind = 'launch-opened') "
                "WHERE kind = 'write-sent'"
            )
        )
    whole, replaced = (found.event for found in store.audit.find(EventFilter()))
    assert whole == event("launch-opened")
    assert replaced == Event("write-sent", "sandbox", details={"unreadable": True})


def test_what_an_event_says_is_what_was_encrypted_not_what_stands_beside_it(store):
    store.audit.add(event("write-sent"))
    [before] = store.audit.find(EventFilter())
    with store._database.writing() as session:
        session.execute(
            update(AuditRow).values(type="read", ehr="elsewhere", at=before.at - timedelta(days=1))
        )
    [after] = store.audit.find(EventFilter())
    assert after == replace(before, changed=True)


def test_the_trail_offers_no_way_to_change_an_event(store):
    offered = {name for name in dir(store.audit) if not name.startswith("_")}
    assert offered == {"add", "after", "find", "head", "listeners", "purge", "verify"}
