from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from app.store import StoredLaunch, launches
from app.store.database import now


@pytest.fixture
def launch(store):
    launch = StoredLaunch(
        id="launch-1",
        ehr="ehr",
        owner="owner",
        context={"patient": "elena"},
        tokens={"access_token": "access-1"},
        expires=now() + timedelta(hours=1),
    )
    store.launches.add("key", launch)
    return launch


def test_a_launch_is_found_by_its_own_browser(store, launch):
    assert store.launches.find("launch-1", "key") == launch
    assert store.launches.find("launch-1", "other") is None
    assert store.launches.find("launch-2", "key") is None
    assert store.launches.find("%", "key") is None


def test_an_owner_is_given_once_to_a_launch_without_one(store, open_store, launch):
    assert not store.launches.give_owner("launch-1", "thief", {"patient": "bob"})
    assert store.launches.find("launch-1", "key") == launch
    store.launches.add("key", replace(launch, id="launch-2", owner="", context={"patient": None}))
    servers = [store, open_store()]

    def give(n):
        patient = f"patient-{n}"
        return servers[n % 2].launches.give_owner("launch-2", patient, {"patient": patient})

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(give, range(16)))
    assert given.count(True) == 1
    kept = store.launches.find("launch-2", "key")
    assert kept.owner == kept.context["patient"] == f"patient-{given.index(True)}"


def test_a_launch_past_its_time_is_not_found(store, launch, monkeypatch):
    later = now() + timedelta(hours=1, seconds=1)
    monkeypatch.setattr(launches, "now", lambda: later)
    assert store.launches.find("launch-1", "key") is None
    assert store.launches.tokens("launch-1") is None


def test_tokens_are_opened_again_only_where_their_row_has_changed(store, launch):
    before = store.launches.tokens("launch-1")
    assert store.launches.tokens("launch-1", before) is before
    lease = store.launches.begin_renewal("launch-1", before.version)
    renewing = store.launches.tokens("launch-1", before)
    assert renewing.renewing
    store.launches.finish_renewal("launch-1", lease, {"access_token": "access-2"})
    renewed = store.launches.tokens("launch-1", renewing)
    assert renewed.tokens == {"access_token": "access-2"}
    store.launches.end("launch-1", "signed-out")
    assert store.launches.tokens("launch-1", renewed) is None


def test_tokens_do_not_show_when_printed(store, launch):
    assert "access-1" not in repr(launch) + repr(store.launches.tokens("launch-1"))


def test_of_many_who_would_renew_one_may(store, open_store, launch):
    servers = [store, open_store()]
    with ThreadPoolExecutor(8) as pool:
        leases = list(
            pool.map(lambda n: servers[n % 2].launches.begin_renewal("launch-1", 1), range(16))
        )
    assert sum(lease is not None for lease in leases) == 1


def test_a_renewal_changes_the_tokens_and_their_version(store, launch):
    lease = store.launches.begin_renewal("launch-1", 1)
    assert store.launches.tokens("launch-1").renewing
    assert store.launches.finish_renewal("launch-1", lease, {"access_token": "access-2"})
    row = store.launches.tokens("launch-1")
    assert (row.tokens, row.version, row.renewing) == ({"access_token": "access-2"}, 2, False)
    assert store.launches.begin_renewal("launch-1", 1) is None
    assert store.launches.begin_renewal("launch-1", 2)


def test_a_renewal_that_was_abandoned_may_be_begun_again(store, launch):
    lease = store.launches.begin_renewal("launch-1", 1)
    store.launches.abandon_renewal("launch-1", "another lease")
    assert store.launches.begin_renewal("launch-1", 1) is None
    store.launches.abandon_renewal("launch-1", lease)
    assert store.launches.begin_renewal("launch-1", 1)


def test_nobody_without_the_lease_changes_the_tokens(store, launch):
    store.launches.begin_renewal("launch-1", 1)
    assert not store.launches.finish_renewal("launch-1", "another lease", {})
    assert store.launches.tokens("launch-1").tokens == {"access_token": "access-1"}


def test_a_launch_that_was_closed_takes_no_tokens(store, launch):
    lease = store.launches.begin_renewal("launch-1", 1)
    store.launches.end("launch-1", "signed-out")
    assert not store.launches.finish_renewal("launch-1", lease, {"access_token": "access-2"})
    assert store.launches.find("launch-1", "key") is None


def test_a_renewal_whose_holder_is_gone_can_be_given_up_once(store, launch):
    lease = store.launches.begin_renewal("launch-1", 1)
    store.launches.give_up_renewal("launch-1", 1, {"refresh_token": None})
    row = store.launches.tokens("launch-1")
    assert (row.tokens, row.version, row.renewing) == ({"refresh_token": None}, 2, False)
    # The holder, should it come back, no longer counts; nor does a second who gives up.
    assert not store.launches.finish_renewal("launch-1", lease, {"refresh_token": "late"})
    store.launches.give_up_renewal("launch-1", 1, {"refresh_token": "again"})
    assert store.launches.tokens("launch-1").tokens == {"refresh_token": None}
