import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.fhir.places import Busy
from app.smart.errors import EhrUnusable
from app.smart.oauth import cache
from app.smart.oauth.cache import ResponseCache


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(cache.time, "monotonic", lambda: now[0])
    return now


class Ehr:
    """Answers with how often it was asked, once it is let."""

    def __init__(self):
        self.asked = 0
        self.begun, self.may = threading.Event(), threading.Event()
        self.fault = None

    def answer(self):
        self.asked += 1
        self.begun.set()
        assert self.may.wait(5)
        if self.fault:
            raise self.fault
        return self.asked


@pytest.fixture
def ehr():
    return Ehr()


@pytest.fixture
def kept():
    return ResponseCache()


@pytest.fixture
def ask(kept, ehr):
    return lambda **more: kept.get("ehr", "key", ehr.answer, **more)


@pytest.mark.parametrize("fault", [None, EhrUnusable("Try again.", details=["dead"])])
def test_one_asks_and_the_others_take_its_answer(ask, ehr, fault):
    ehr.fault = fault
    with ThreadPoolExecutor(cache.MOST_AT_ONCE) as pool:
        others = [pool.submit(ask) for _ in range(cache.MOST_AT_ONCE)]
        assert ehr.begun.wait(5)
        ehr.may.set()
        if fault is None:
            assert {other.result() for other in others} == {1}
        else:
            faults = [other.exception() for other in others]
            assert {fault.message for fault in faults} == {"Try again."}
            assert all(fault.details == ["dead"] for fault in faults)
            assert len({id(fault) for fault in faults}) == len(faults)
    assert ehr.asked == 1


def test_one_too_many_is_told_at_once_and_another_ehr_is_not_held_up(kept, ask, ehr):
    with ThreadPoolExecutor(cache.MOST_AT_ONCE) as pool:
        entered = [pool.submit(ask) for _ in range(cache.MOST_AT_ONCE)]
        assert ehr.begun.wait(5)
        while kept._places._taken["ehr"] < cache.MOST_AT_ONCE:
            threading.Event().wait(0.01)
        with pytest.raises(Busy):
            kept.get("ehr", "another key", lambda: "never asked")
        assert kept.get("other", "other key", lambda: "at once") == "at once"
        ehr.may.set()
        assert [one.result() for one in entered] == [1] * cache.MOST_AT_ONCE
    assert not kept._places._taken


def test_an_answer_is_kept_for_its_time(ask, ehr, clock):
    ehr.may.set()
    assert [ask(), ask()] == [1, 1]
    clock[0] += cache.KEPT_SECONDS + 1
    assert ask() == 2


def test_a_fault_is_kept_for_a_few_seconds(ask, ehr, clock):
    ehr.may.set()
    ehr.fault = EhrUnusable("Try again.")
    for _ in range(2):
        with pytest.raises(EhrUnusable):
            ask()
    ehr.fault = None
    clock[0] += cache.FAULT_SECONDS + 1
    assert ask() == 2


def test_a_fresh_answer_is_had_at_once_but_not_again_and_again(ask, ehr, clock):
    ehr.may.set()
    assert ask() == 1
    assert [ask(fresh=True), ask(fresh=True), ask()] == [2, 2, 2]
    clock[0] += cache.FRESH_SECONDS + 1
    assert ask(fresh=True) == 3


def test_an_error_of_the_app_itself_is_kept_from_nobody_and_not_kept(kept):
    with pytest.raises(ZeroDivisionError):
        kept.get("ehr", "key", lambda: 1 // 0)
    assert kept.get("ehr", "key", lambda: 1) == 1


def test_the_answers_longest_unused_make_room(kept, monkeypatch):
    monkeypatch.setattr(cache, "MOST_KEPT", 2)
    for key in ("a", "b", "a", "c"):
        kept.get("ehr", key, lambda key=key: key)
    assert kept.get("ehr", "a", lambda: "asked anew") == "a"
    assert kept.get("ehr", "b", lambda: "asked anew") == "asked anew"
