import pytest
from werkzeug.datastructures import MultiDict

from app.patients.search import PatientSearch

NOTHING = ("Enter a name, a date of birth or a record number", "#name")


def search(**typed: str) -> PatientSearch:
    return PatientSearch(MultiDict(typed))


@pytest.mark.parametrize(
    ("typed", "params"),
    [
        ({"name": "Martinez"}, [("name", "Martinez")]),
        ({"name": " MARTINEZ, Elena "}, [("name", "MARTINEZ"), ("name", "Elena")]),
        ({"name": "O'Neil|x$y\\z"}, [("name", "O'Neil\\|x\\$y\\\\z")]),
        ({"name": "a b c d e f gg"}, None),
        ({"number": "A|1,2"}, [("identifier", "A\\|1\\,2")]),
        ({"born": "14-Feb-1964"}, [("birthdate", "1964-02-14")]),
        ({"born": "14 february 1964"}, [("birthdate", "1964-02-14")]),
        ({"born": "1964-02"}, [("birthdate", "1964-02")]),
        ({"born": "1964"}, [("birthdate", "1964")]),
        (
            {"name": "Li", "born": "1964-02-14", "number": "7"},
            [("name", "Li"), ("birthdate", "1964-02-14"), ("identifier", "7")],
        ),
    ],
)
def test_what_is_typed_is_taken_literally(typed, params):
    form = search(**typed)
    if params is None:  # five words at most, and none of these has two letters
        assert form.problems() == [("Enter at least two letters of the name", "#name")]
        return
    assert form.problems() == []
    query = form.query()
    assert query.type == "Patient"
    assert query.params == (*params, ("_count", "20"))


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({}, NOTHING),
        ({"name": "  ", "born": " "}, NOTHING),
        ({"name": "M"}, ("Enter at least two letters of the name", "#name")),
        ({"name": ",, ;"}, ("Enter at least two letters of the name", "#name")),
        *(
            (
                {"name": "Martinez", "born": born},
                ("Enter the date of birth with the month in letters, such as 14-Feb-1964", "#born"),
            )
            for born in ("03/04/1964", "1964-02-30", "31-Feb-1964", "soon", "64", "0000", "1964-2")
        ),
    ],
)
def test_what_cannot_be_searched_is_said(typed, problem):
    assert search(**typed).problems() == [problem]


def test_endless_words_are_cut():
    form = search(number="9" * 5000)
    assert form.problems() == []
    assert form.query().params[0] == ("identifier", "9" * 100)
