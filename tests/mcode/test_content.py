from datetime import date

import pytest

from app.mcode import content
from app.mcode.content import is_at_least, is_deceased
from app.mcode.profiles import EXTENSION

SNOMED = "http://snomed.info/sct"
AJCC = "http://cancerstaging.org"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


def valued(system, code, display=None, **more):
    coding = {"system": system, "code": code, **({"display": display} if display else {})}
    return {"valueCodeableConcept": {"coding": [coding], **more}}


@pytest.mark.parametrize(
    ("observation", "label"),
    [
        (
            valued(
                SNOMED, "1228938002", "American Joint Committee on Cancer cT3 (qualifier value)"
            ),
            "cT3",
        ),
        (valued(SNOMED, "1222806003"), "IIIC"),
        (valued("urn:oid:2.16.840.1.113883.6.96", "1222806003"), "IIIC"),
        (valued(AJCC, "3C"), "IIIC"),
        (valued("https://cancerstaging.org", "ypT2"), "ypT2"),
        (valued(SNOMED, "9", "American Joint Committee on Cancer ypT2 (qualifier value)"), "ypT2"),
        (
            valued(SNOMED, "9", "American Joint Committee on Cancer stage IVD (qualifier value)"),
            "IVD",
        ),
        (valued("http://local", "x", text="T2 (local)"), "T2 (local)"),
        ({"valueString": "Stage II"}, "II"),
        (valued(AJCC, "Stage IA"), "IA"),
        ({"valueString": "Stage unknown"}, "Stage unknown"),
        (valued("http://ncicb", "C96256", "FIGO Stage IIIA"), "FIGO Stage IIIA"),
        (valued(ABSENT, "not-applicable", "Not Applicable"), "Not applicable"),
        ({"dataAbsentReason": {"coding": [{"code": "not-performed"}]}}, "Not performed"),
        ({}, None),
    ],
)
def test_a_stage_is_given_in_its_short_form(observation, label):
    assert content.stage_value_label(observation) == label


@pytest.mark.parametrize(
    ("method", "label"),
    [
        ({"coding": [{"system": SNOMED, "code": "897275008"}]}, "AJCC 8"),
        ({"coding": [{"system": SNOMED, "code": "1", "display": "Own (tumor staging)"}]}, "Own"),
        ({"text": "UICC"}, "UICC"),
        (None, None),
    ],
)
def test_the_edition_is_given_in_its_short_form(method, label):
    assert content.edition({"method": method}) == label


@pytest.mark.parametrize(
    ("resource", "date"),
    [
        ({"effectiveDateTime": "2026"}, "2026"),
        ({"effectiveDateTime": "2026-03", "issued": "2026-04-01"}, "2026-03"),
        ({"performedPeriod": {"start": "2026-03-01", "end": "2026-04"}}, "2026-03-01"),
        ({"effectivePeriod": {"end": "2026-04"}}, "2026-04"),
        ({"authoredOn": "2026-05-01"}, "2026-05-01"),
        ({"recordedDate": "2026-05"}, "2026-05"),
        ({}, None),
    ],
)
def test_a_date_keeps_its_precision(resource, date):
    assert content.effective(resource) == date


def test_a_diagnosis_is_titled_with_its_side_once():
    side = {"url": EXTENSION["laterality"], "valueCodeableConcept": {"text": "Left"}}
    site = [{"text": "Breast", "extension": [side]}]
    cancer = {"code": {"text": "Carcinoma of breast"}, "bodySite": site}
    assert content.condition_title(cancer) == "Carcinoma of breast, left"
    assert content.body_site(cancer) == "Breast"
    named = {**cancer, "code": {"text": "Carcinoma of left breast"}}
    assert content.condition_title(named) == "Carcinoma of left breast"
    assert content.condition_title({}) == "Cancer without a name"


@pytest.mark.parametrize(
    ("condition", "date"),
    [
        (
            {
                "extension": [{"url": content.ASSERTED_DATE, "valueDateTime": "2026-02"}],
                "onsetDateTime": "2025",
            },
            "2026-02",
        ),
        ({"onsetDateTime": "2025", "recordedDate": "2026"}, "2025"),
        ({"onsetPeriod": {"start": "2024"}}, "2024"),
        ({"recordedDate": "2026-01-01"}, "2026-01-01"),
        ({}, None),
    ],
)
def test_a_diagnosis_is_dated_by_its_assertion_first(condition, date):
    assert content.asserted_date(condition) == date


def test_who_did_it_is_named_by_reference_and_by_display():
    resource = {
        "performer": [{"actor": {"reference": "Practitioner/1"}}, {"reference": "Practitioner/2"}],
        "requester": {"reference": "Practitioner/1", "display": "Dr One"},
    }
    assert content.performers(resource) == ["Practitioner/1", "Practitioner/2"]
    assert content.performer_display(resource) == "Dr One"
    assert content.performer_display({}) is None


def test_the_statuses_are_codes():
    condition = {
        "clinicalStatus": {"coding": [{"code": "remission"}]},
        "verificationStatus": {"coding": [{"code": "unconfirmed"}]},
    }
    assert content.clinical_status(condition) == "remission"
    assert content.verification_status(condition) == "unconfirmed"


def test_histology_is_read_from_its_extension():
    histology = {"url": EXTENSION["histology"], "valueCodeableConcept": {"text": "Adenocarcinoma"}}
    assert content.histology({"extension": [{"url": "other"}, histology]}) == "Adenocarcinoma"
    assert content.histology({}) is None


TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ("2010-11-24", True),
        ("2010-11-25", False),
        ("1964-02-14", True),
        ("2010-10", True),
        ("2010-11", None),
        ("2010-12", False),
        ("2009", True),
        ("2010", None),
        ("2011", False),
        ("unknown", None),
        (None, None),
    ],
)
def test_an_age_is_told_only_where_the_birth_date_tells_it(born, expected):
    assert is_at_least({"birthDate": born}, 16, TODAY) is expected


def test_a_leap_day_is_reached_on_the_day_after():
    born = {"birthDate": "2008-02-29"}
    assert is_at_least(born, 17, date(2025, 2, 28)) is False
    assert is_at_least(born, 17, date(2025, 3, 1)) is True


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, False),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2026-05"}, True),
    ],
)
def test_a_death_is_told_as_a_flag_or_a_date(said, expected):
    assert is_deceased(said) is expected
