"""Whose page it is: the name, the number and the warnings of the banner."""

import pytest

from tests.summary.resources import PATIENT, condition

PAST, NOW = {"end": "2020-01-01"}, {"start": "2020-01-02"}
MR = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}


def chart(**patient):
    return [{**PATIENT, **patient}, condition()]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([{"family": "Ortega", "given": ["Luis"], "suffix": ["Jr"]}], "ORTEGA, Luis Jr"),
        ([{"family": "Ortega", "suffix": ["Sr", "MD"]}], "ORTEGA Sr MD"),
        (
            [
                {"use": "official", "family": "Before", "given": ["Ann"], "period": PAST},
                {"use": "usual", "family": "Today", "given": ["Ann"], "period": NOW},
            ],
            "TODAY, Ann",
        ),
        (
            [
                {
                    "use": "official",
                    "family": "Later",
                    "given": ["Ann"],
                    "period": {"start": "2999"},
                },
                {"family": "Today", "given": ["Ann"]},
            ],
            "TODAY, Ann",
        ),
        ([{"use": "old", "family": "Old"}, {"use": "nickname", "given": ["Annie"]}], "Annie"),
    ],
)
def test_the_name_is_the_one_in_use_with_its_suffix(read, names, shown):
    assert f"{shown} Born" in read(chart(name=names)).words


def test_the_record_number_is_the_one_in_use(read):
    numbers = [
        {"use": "usual", "type": MR, "value": "M-1", "period": PAST},
        {"use": "temp", "type": MR, "value": "M-2"},
        {"use": "official", "type": MR, "value": "M-3", "period": NOW},
    ]
    assert "MRN M-3" in read(chart(identifier=numbers)).words


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (
            {"type": "replaced-by", "other": {"reference": "Patient/q", "display": "Ann Other"}},
            "This record was replaced by another record of the patient: Ann Other, Patient/q",
        ),
        (
            {"type": "refer", "other": {"identifier": {"value": "M-9"}}},
            "More about this patient stands in another record: M-9",
        ),
    ],
)
def test_a_record_that_leads_to_another_says_so_on_every_page(read, link, said):
    page = read(chart(link=[link]))
    assert said in page.words
    for path in ("forms/", "forms/tnm-stage/new?about=c", "receipts/"):
        assert said in page.other_page(path).words


def test_a_record_that_replaces_another_is_the_one_to_use(read):
    link = {"type": "replaces", "other": {"reference": "Patient/q"}}
    assert "replaced" not in read(chart(link=[link])).words
