import json

import pytest

from app.sandbox.fhir.json_text import dumps, loads


@pytest.mark.parametrize("number", ["10.50", "1e2", "0.0000001", "-0.0", "3", "1.10E-3", "0.00"])
def test_a_number_is_written_as_it_was_read(number):
    assert dumps(loads(f'{{"value":{number}}}')) == f'{{"value":{number}}}'


@pytest.mark.parametrize(
    "value", [{}, [], {"a": [None, True, False, 'é\n"\u2028', {"b": []}]}, "x", ["a", "b"]]
)
def test_other_values_are_written_as_json(value):
    assert json.loads(dumps(value)) == value


def test_nesting_ends_where_it_is_told_to():
    assert loads('{"a":[[1]]}', deepest=3) == {"a": [[1]]}
    with pytest.raises(ValueError, match="too deeply"):
        loads('{"a":[[1]]}', deepest=2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{'a':1}",
        "NaN",
        "[Infinity]",
        '{"a":1,"a":2}',
        "[" * 100_000,
        b"\xff\xfe{",
        "1" * 5000,
        '{"a": 1e99999999999999999999}',
    ],
)
def test_what_is_no_json_is_refused_with_words(text):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        loads(text)
