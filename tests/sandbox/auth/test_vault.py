"""The vault: keys that are good once and in time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.sandbox.auth.vault import Vault


@pytest.fixture
def clock():
    return {"now": 0.0}


@pytest.fixture
def vault(clock):
    return Vault(lambda: clock["now"], 60, memory=40)


def test_a_key_is_good_once(vault):
    key = vault.put("value")

    assert vault.look(key).good
    assert vault.spend(key).value == "value"
    assert vault.spend(key).spent
    assert not vault.look(key).good


def test_a_key_ends(vault, clock):
    key = vault.put("value")
    clock["now"] = 60

    assert vault.spend(key).expired
    assert not vault.look(key).good


@pytest.mark.parametrize("key", ["unknown", "", None])
def test_an_unknown_key_stands_for_nothing(vault, key):
    assert vault.look(key) is None
    assert vault.spend(key) is None


def test_keys_cannot_be_guessed(vault):
    keys = {vault.put("value") for _ in range(100)}

    assert len(keys) == 100
    assert all(len(key) >= 43 for key in keys)


def test_what_is_remembered_is_swept_away_in_the_end(vault, clock):
    old = vault.put("old")
    clock["now"] = 101
    for _ in range(300):
        vault.put("new")

    assert vault.look(old) is None


def test_one_of_many_is_the_first(vault):
    key = vault.put("value")

    with ThreadPoolExecutor(8) as pool:
        presented = list(pool.map(lambda _: vault.spend(key), range(64)))

    assert sum(one.good for one in presented) == 1


def test_what_was_used_is_remembered_until_it_ends(clock):
    once = Vault(lambda: clock["now"], 0)

    assert once.put_once("jti", None, ends=10)
    assert not once.put_once("jti", None, ends=10)
    clock["now"] = 11
    for number in range(300):
        once.put_once(f"jti-{number}", None, ends=20)
    assert once.put_once("jti", None, ends=20)
