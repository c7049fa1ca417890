import threading
from contextlib import ExitStack

import pytest

from app.fhir.places import Busy, Places


def test_one_more_than_may_is_told_so_at_once():
    places = Places(2, patient=0, seconds=60)
    with ExitStack() as others:
        for _ in range(2):
            others.enter_context(places.hold("slow"))
        with pytest.raises(Busy) as refused, places.hold("slow"):
            pass
        assert not refused.value.outcome_unknown
        with places.hold("another"):
            pass
    with places.hold("slow"):
        pass


def test_a_place_is_left_when_the_page_fails():
    places = Places(1, patient=0, seconds=60)
    for _ in range(3):
        with pytest.raises(ValueError, match="page"), places.hold("a"):
            raise ValueError("page")
    assert not places._taken


def test_a_patient_one_gets_the_place_that_becomes_free():
    places = Places(1, patient=1, seconds=30)
    got = threading.Event()

    def wait():
        with places.hold("a"):
            got.set()

    with places.hold("a"):
        waiting = threading.Thread(target=wait)
        waiting.start()
        while not places._waiting["a"]:
            pass
        with pytest.raises(Busy), places.hold("a"):
            pass
        assert not got.is_set()
    waiting.join(10)
    assert got.is_set()
    assert not places._waiting


def test_patience_ends():
    places = Places(1, patient=1, seconds=0.01)
    with places.hold("a"), pytest.raises(Busy), places.hold("a"):
        pass
