import pytest

from app.smart.ehrs.keys import (
    ALGORITHMS,
    KEY_SET_CACHE_SECONDS,
    RotationRefused,
    SigningKeys,
    make_keys,
    rotate,
)
from app.smart.oauth.client import ASSERTION_SECONDS

NOW = 1_800_000_000
HOUR = 3600


@pytest.fixture(scope="module")
def made():
    return make_keys(NOW)


@pytest.fixture(scope="module")
def followed(made):
    return rotate(made, NOW, lead=24 * HOUR, overlap=12 * HOUR)


def _signer(keys: SigningKeys, algorithm: str, now: int) -> str:
    key = keys.signing([algorithm], now)
    assert key, "at every moment some key signs"
    return key.kid


def test_keys_are_made_of_both_algorithms_and_named_by_their_thumbprint(made):
    assert {key.algorithm for key in made.keys} == {"RS384", "ES384"}
    for key in made.keys:
        assert key.kid == key.key.thumbprint()
        assert (key.nbf, key.exp) == (NOW, None)
    assert SigningKeys.read(made.text()).public(NOW) == made.public(NOW)


def test_new_keys_follow_old_ones(made, followed):
    begins, ends = NOW + 24 * HOUR, NOW + 36 * HOUR
    new, old = followed.keys[:2], followed.keys[2:]
    assert [(key.nbf, key.exp) for key in new] == [(begins, None)] * 2
    assert [(key.kid, key.nbf, key.exp) for key in old] == [
        (key.kid, NOW, ends) for key in made.keys
    ]
    for algorithm in ALGORITHMS:
        before, after = (_signer(followed, algorithm, moment) for moment in (begins - 1, begins))
        assert before in {key.kid for key in old}
        assert after in {key.kid for key in new}


def test_no_ehr_ever_meets_a_key_that_the_set_it_may_hold_lacks(made, followed):
    """An EHR may hold a set for as long as Cache-Control says, whenever it asked for it."""
    for algorithm in ALGORITHMS:
        for moment in range(NOW, NOW + 48 * HOUR, 300):
            keys = followed  # published from NOW on
            signer = _signer(keys, algorithm, moment)
            for asked in range(moment - KEY_SET_CACHE_SECONDS, moment + 1, 300):
                published = (keys if asked >= NOW else made).public(asked)
                assert signer in {key["kid"] for key in published}
            # An assertion may come late, to an EHR that asks at that moment.
            arrived = keys.public(moment + ASSERTION_SECONDS)
            assert signer in {key["kid"] for key in arrived}


def test_keys_past_their_end_are_dropped_and_an_end_is_never_put_off(followed):
    again = rotate(followed, NOW + 36 * HOUR, lead=24 * HOUR, overlap=12 * HOUR)
    assert {key.kid for key in again.keys[2:]} == {key.kid for key in followed.keys[:2]}
    sooner = rotate(followed, NOW + 25 * HOUR, lead=24 * HOUR, overlap=12 * HOUR)
    assert [key.exp for key in sooner.keys[4:]] == [NOW + 36 * HOUR] * 2


def test_keys_are_not_rotated_twice_before_the_new_ones_sign(followed):
    with pytest.raises(RotationRefused, match="waiting"):
        rotate(followed, NOW + 23 * HOUR, lead=24 * HOUR, overlap=HOUR)


@pytest.mark.parametrize(("lead", "overlap"), [(2 * HOUR - 1, HOUR), (2 * HOUR, HOUR - 1), (0, 0)])
def test_a_rotation_that_an_ehr_would_notice_is_refused(made, lead, overlap):
    with pytest.raises(RotationRefused, match="2 hours"):
        rotate(made, NOW, lead=lead, overlap=overlap)
    assert rotate(made, NOW, lead=2 * HOUR, overlap=HOUR)
