import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.sandbox.fhir.json_text import dumps, loads
from app.sandbox.fhir.references import Local


def test_a_resource_is_kept_as_sent_with_its_id_and_meta(store, make):
    sent = loads(
        '{"resourceType":"Observation","id":"other","meta":{"profile":["p"],"versionId":"9"},'
        '"_status":{"id":"x"},"valueQuantity":{"value":10.50},"unknown":{"a":[1e2]}}'
    )
    stored = store.put("Observation", "o1", sent, "PUT").resource
    assert stored["meta"]["versionId"] == "1"
    assert stored["meta"]["profile"] == ["p"]
    again = dumps(store.find(Local("Observation", "o1")))
    assert again == dumps(stored)
    assert '"id":"o1"' in again
    assert '"_status":{"id":"x"},"valueQuantity":{"value":10.50},"unknown":{"a":[1e2]}}' in again
    assert sent["id"] == "other"


def test_versions_count_up_and_outlive_a_deletion(store, make):
    store.put("Patient", "ada", make.patient(), "PUT")
    store.delete("Patient", "ada")
    assert store.find(Local("Patient", "ada")) is None
    assert store.find(Local("Patient", "ada", "1"))["id"] == "ada"
    assert store.put("Patient", "ada", make.patient(), "PUT").number == 3


def test_a_failing_block_leaves_nothing_behind(store, make, ids):
    def fail() -> None:
        with store.transaction():
            store.put("Patient", "ada", make.patient(), "PUT")
            with store.transaction():
                store.put("Patient", "grace", make.patient("grace"), "PUT")
            assert ids("Patient") == ["ada", "grace"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert ids("Patient") == []
    assert store.latest("Patient", "grace") is None


def test_writers_in_several_threads_wait_for_each_other(store, make):
    def write(_: int) -> int:
        return store.put("Patient", "ada", make.patient(), "PUT").number

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(write, range(40)))
    assert sorted(numbers) == list(range(1, 41))


def test_what_another_thread_has_not_committed_is_not_seen(store, make):
    with ThreadPoolExecutor(1) as pool, store.transaction():
        store.put("Patient", "ada", make.patient(), "PUT")
        assert pool.submit(store.latest, "Patient", "ada").result() is None
    assert store.latest("Patient", "ada").number == 1


def test_a_store_outlives_its_process(store, make, tmp_path):
    store.put("Patient", "ada", make.patient(), "PUT")
    store.close()
    assert store.latest("Patient", "ada").number == 1
    with sqlite3.connect(tmp_path / "fhir.sqlite") as connection:
        (count,) = connection.execute("SELECT count(*) FROM versions").fetchone()
    connection.close()
    assert count == 1


def test_a_thread_that_ends_leaves_no_connection_open(store, make):
    store.put("Patient", "ada", make.patient(), "PUT")
    for _ in range(20):
        reader = threading.Thread(target=store.find, args=(Local("Patient", "ada"),))
        reader.start()
        reader.join()
    assert len(store._held) == 1
