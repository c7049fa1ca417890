import pytest

from app.terminology import expand
from app.terminology.expand import Memory


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(expand, "monotonic", lambda: now[0])
    return now


def test_a_value_is_kept_for_its_time(clock):
    kept = Memory(2, 60)
    kept.put("a", 1)
    clock[0] += 59
    assert kept.get("a") == 1
    clock[0] += 1
    assert kept.get("a") is None
    assert kept.get("b") is None


def test_the_oldest_makes_room(clock):
    kept = Memory(2, 60)
    for name in ("a", "b", "a", "c"):
        kept.put(name, name)
    assert len(kept) == 2
    assert [kept.get(name) for name in ("a", "b", "c")] == ["a", None, "c"]
