from datetime import date

from app.patients.presenter import present

TODAY = date(2026, 11, 24)
ELENA = {
    "resourceType": "Patient",
    "id": "elena",
    "name": [{"family": "Martinez", "given": ["Elena"]}],
    "birthDate": "1964-02-14",
    "gender": "female",
    "identifier": [{"type": {"text": "Ward list"}, "value": "W-7"}],
}


def test_a_patient_is_told_by_name_birth_gender_and_identifier():
    (found,) = present([ELENA], TODAY)
    assert (found.id, found.name) == ("elena", "MARTINEZ, Elena")
    assert found.details == (
        ("Born", "14-Feb-1964 (62y)"),
        ("Gender", "Female"),
        ("Ward list", "W-7"),
    )
    assert found.line == "Born 14-Feb-1964 (62y) · Gender Female · Ward list W-7"
    assert found.remarks == ()


def test_father_and_son_of_one_name_are_told_apart():
    named = {"family": "Ortega", "given": ["Luis"]}
    men = [
        {"resourceType": "Patient", "id": id_, "name": [{**named, "suffix": [suffix]}]}
        for id_, suffix in (("father", "Sr"), ("son", "Jr"))
    ]
    assert [one.name for one in present(men, TODAY)] == ["ORTEGA, Luis Jr", "ORTEGA, Luis Sr"]


def test_a_record_without_words_says_so_instead_of_showing_nothing():
    (found,) = present([{"resourceType": "Patient", "id": "x", "name": "?", "link": [7]}], TODAY)
    assert found.name == "Name not recorded"
    assert [value for _, value in found.details] == ["Not recorded"] * 3


def test_what_speaks_against_a_record_is_said():
    odd = {
        **ELENA,
        "active": False,
        "deceasedDateTime": "2025-01-02",
        "link": [{"type": "replaced-by", "other": {"reference": "Patient/other"}}],
    }
    (found,) = present([odd], TODAY)
    assert found.remarks == (
        "Deceased 02-Jan-2025",
        "This patient record is marked as not in use",
        "This record was replaced by another record of the patient: Patient/other",
    )


def test_those_that_cannot_be_opened_are_left_out_and_the_rest_is_in_order():
    nobody = {"resourceType": "Patient", "name": [{"family": "Aa"}]}
    adam = {"resourceType": "Patient", "id": "adam", "name": [{"family": "Adam"}]}
    assert [found.id for found in present([ELENA, nobody, adam], TODAY)] == ["adam", "elena"]
