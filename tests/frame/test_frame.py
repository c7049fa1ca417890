"""The frame says whose chart it is, who is signed in, and for how long."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from app.frame.frame import make_banner, make_frame
from tests.summary.resources import PATIENT, TODAY

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
MRN = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}


def launch(**more):
    return SimpleNamespace(
        patient_id="p",
        ehr=SimpleNamespace(name="Sandbox EHR"),
        user=SimpleNamespace(name="Dr Owen"),
        need_patient_banner=True,
        expires_at=NOW + timedelta(minutes=46),
        can_refresh=True,
        **more,
    )


def banner(**more):
    return make_banner({**PATIENT, **more}, TODAY)


def test_the_banner_names_the_patient_as_clinicians_do():
    shown = banner(identifier=[{"type": MRN, "value": "103 27 02"}])
    assert (shown.name, shown.born) == ("MARTINEZ, Elena (Ms)", "14-Feb-1964 (62y)")
    assert (shown.gender, shown.identifier_label, shown.identifier) == (
        "Female",
        "MRN",
        "103 27 02",
    )
    assert shown.died is None


def test_missing_facts_of_the_patient_are_said():
    shown = make_banner({"resourceType": "Patient", "id": "p"}, TODAY)
    assert (shown.name, shown.born) == ("Name not recorded", "Not recorded")
    assert (shown.gender, shown.identifier) == ("Not recorded", "Not recorded")


@pytest.mark.parametrize(
    ("identifiers", "shown"),
    [
        ([{"value": "1"}, {"type": MRN, "value": "2"}], ("MRN", "2")),
        ([{"use": "old", "type": MRN, "value": "1"}, {"type": MRN, "value": "2"}], ("MRN", "2")),
        ([{"type": {"text": "Passport"}, "value": "X"}], ("Passport", "X")),
        ([{"type": {"coding": [{"display": "Insurance"}]}, "value": "X"}], ("Insurance", "X")),
        ([{"value": "X"}, {"use": "usual", "value": "Y"}], ("Identifier", "Y")),
        ([{"system": "urn:x"}], ("MRN", "Not recorded")),
    ],
)
def test_the_identifier_is_the_one_that_users_know_and_is_labelled(identifiers, shown):
    made = banner(identifier=identifiers)
    assert (made.identifier_label, made.identifier) == shown


@pytest.mark.parametrize(
    ("deceased", "died", "born"),
    [
        ({"deceasedDateTime": "2026-02-13T04:00:00Z"}, "13-Feb-2026", "14-Feb-1964 (61y)"),
        ({"deceasedDateTime": "2026"}, "2026", "14-Feb-1964"),
        ({"deceasedBoolean": True}, "date not recorded", "14-Feb-1964"),
        ({"deceasedBoolean": False}, None, "14-Feb-1964 (62y)"),
    ],
)
def test_a_death_is_said_and_the_age_counts_to_it(deceased, died, born):
    shown = banner(**deceased)
    assert (shown.died, shown.born) == (died, born)


def test_a_record_out_of_use_is_flagged():
    assert "not in use" in banner(active=False).alerts[0]


@pytest.mark.parametrize(
    ("seconds", "minutes", "ending"),
    [(2760, 46, False), (301, 6, False), (300, 5, True), (1, 1, True), (-5, 0, True)],
)
def test_the_end_of_access_is_counted_and_announced(seconds, minutes, ending):
    opened = launch()
    opened.expires_at = NOW + timedelta(seconds=seconds)
    frame = make_frame(opened, PATIENT, "summary", NOW)
    assert (frame.minutes_left, frame.is_ending) == (minutes, ending)


def test_an_end_that_the_ehr_does_not_tell_is_not_made_up():
    opened = launch()
    opened.expires_at = None
    frame = make_frame(opened, PATIENT, "summary", NOW)
    assert frame.seconds_left is None
    assert not frame.is_ending


def test_the_warning_offers_only_what_can_be_done():
    opened = launch()
    assert "Extend" in make_frame(opened, PATIENT, "forms", NOW).warning
    opened.can_refresh = False
    assert "Extend" not in make_frame(opened, PATIENT, "forms", NOW).warning


def test_however_much_a_record_of_a_patient_says_the_banner_has_an_end():
    long = "<" * 2_000_000
    links = [{"type": "refer", "other": {"reference": f"Patient/{n}"}} for n in range(10_000)]
    shown = banner(
        name=[{"text": long}],
        birthDate=long,
        gender=long,
        identifier=[{"type": {"text": long}, "value": long}],
        deceasedDateTime=long,
        link=[{"type": "replaced-by", "other": {"display": long}}, *links],
        active=False,
        modifierExtension=[{}],
    )
    texts = [shown.name, shown.born, shown.identifier_label, shown.identifier, shown.died]
    assert sum(map(len, [*texts, *shown.alerts])) < 10_000
    assert shown.alerts[:2] == (
        "This patient record is marked as not in use",
        "This patient record has a mark that the app does not know",
    )
    replaced = "This record was replaced by another record of the patient: <"
    assert shown.alerts[2].startswith(replaced)
    assert shown.alerts[-1].startswith("There are more such marks and links")


def test_all_of_few_links_are_shown():
    links = [{"type": "refer", "other": {"display": f"record {n}"}} for n in range(20)]
    shown = banner(link=links)
    assert [alert.rpartition(" ")[2] for alert in shown.alerts] == [str(n) for n in range(20)]
