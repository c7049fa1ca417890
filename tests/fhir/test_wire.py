import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fhir import wire
from app.fhir.wire import NotJson, dumps, loads


@pytest.mark.parametrize(
    "number", ["10.50", "0.10", "-1.0", "1.0E-7", "100", "3.14159265358979323846"]
)
def test_numbers_keep_their_digits(number):
    assert dumps(loads(f'{{"v":{number}}}')) == f'{{"v": {number}}}'.encode()


def test_text_that_looks_like_a_number_stays_text():
    assert json.loads(dumps({"a": "10.50", "b": Decimal("10.50")})) == {"a": "10.50", "b": 10.5}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_whatever_is_written_is_read_again(value):
    assert loads(dumps(value)) == value


def test_escaped_characters_outside_the_basic_plane_are_read():
    assert loads(rb'{"a": "\ud83d\ude00"}') == {"a": "\U0001f600"}


@pytest.mark.parametrize(
    "text",
    ["", "{", "NaN", '{"a": Infinity}', r'{"a": "\uD800"}', '"\ud800"', "[" * 101 + "]" * 101],
)
def test_what_is_no_json_or_too_deep_is_refused(text):
    with pytest.raises(NotJson):
        loads(text)


@pytest.mark.parametrize(
    "value", [float("nan"), Decimal("NaN"), Decimal("Infinity"), {1, 2}, object()]
)
def test_what_json_cannot_say_is_not_written(value):
    with pytest.raises((TypeError, ValueError)):
        dumps({"v": value})


@pytest.mark.parametrize("number", ["1E9999999999999999999", "1" * 101, "-" + "9" * 4_000])
def test_a_number_beyond_all_numbers_is_no_json_for_the_app(number):
    with pytest.raises(NotJson):
        loads(f'{{"value": {number}}}')


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '[{"b": {"a": 1, "c": 2, "\\u0061": 3}}]'])
def test_a_name_that_comes_twice_is_refused(text):
    assert json.loads(text)
    with pytest.raises(NotJson):
        loads(text)


@pytest.mark.parametrize("part", [b"{}", b"[]", b"1", b'""', b'{"a":{}}'])
def test_many_parts_are_refused_before_they_are_parsed(monkeypatch, part):
    """9 MB of `{}` would take 800 MB of memory."""
    parsed = []
    monkeypatch.setattr(wire.json, "loads", lambda *_, **__: parsed.append(1))
    with pytest.raises(wire.TooManyNodes):
        wire.loads(b"[" + b",".join([part] * (wire.MAX_NODES + 1)) + b"]")
    assert not parsed


def test_objects_lists_and_what_follows_another_are_counted():
    text = b'{"a":[1,{"b":[]}],"c":"d"}'
    assert wire.count_nodes(text) == 6
