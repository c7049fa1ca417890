"""Whether a need is met: by a value, not by a reason for none, of this cancer and no other."""

import pytest

from app.mcode.kinds import Kind
from app.mcode.profiles import EXTENSION
from app.reuse.needs import Need
from app.reuse.readiness import Facts, readiness, values_at
from tests.summary.resources import (
    LOINC,
    PATIENT,
    SNOMED,
    coded,
    condition,
    observation,
    record,
)

ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
ABSENT_CODE = coded("http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown")
SITE = Need("Body site", "required", of="cancer", paths=(("bodySite", "coding"),))
SIDE = Need("Side", "expected", of="cancer", paths=(("bodySite", EXTENSION["laterality"]),))
DIAGNOSED = Need("Date", "required", of="cancer", paths=((ASSERTED, "valueDateTime"),))
STATUS = Need("Status", "expected", kinds=(Kind.DISEASE_STATUS,), paths=(("value[x]",),))


def finding(need, *resources, patient=PATIENT):
    made = record(*resources, patient=patient)
    (found,) = readiness([need], Facts(made), made.primaries[0])
    return found


@pytest.mark.parametrize(
    ("need", "more", "is_met"),
    [
        (SITE, {}, False),
        (SITE, {"bodySite": []}, False),
        (SITE, {"bodySite": [{"text": "breast"}]}, False),
        (SITE, {"bodySite": [coded(SNOMED, "76752008")]}, True),
        (SITE, {"bodySite": [{"extension": [{"url": ABSENT, "valueCode": "unknown"}]}]}, False),
        (SITE, {"bodySite": [{"text": "x"}, coded(SNOMED, "76752008")]}, True),
        (
            SIDE,
            {
                "bodySite": [
                    {
                        "extension": [
                            {
                                "url": EXTENSION["laterality"],
                                "valueCodeableConcept": coded(SNOMED, "7771000"),
                            }
                        ]
                    }
                ]
            },
            True,
        ),
        (
            SIDE,
            {
                "bodySite": [
                    {
                        "extension": [
                            {"url": EXTENSION["laterality"], "valueCodeableConcept": ABSENT_CODE}
                        ]
                    }
                ]
            },
            False,
        ),
        (DIAGNOSED, {}, False),
        (DIAGNOSED, {"extension": [{"url": ASSERTED, "valueDateTime": "2026"}]}, True),
        (
            DIAGNOSED,
            {
                "extension": [
                    {
                        "url": ASSERTED,
                        "_valueDateTime": {"extension": [{"url": ABSENT, "valueCode": "masked"}]},
                    }
                ]
            },
            False,
        ),
    ],
)
def test_a_value_meets_a_need_and_a_reason_for_none_does_not(need, more, is_met):
    found = finding(need, condition(**more))
    assert found.is_met is is_met
    assert found.to_amend == (None if is_met else "Condition/c")


def status(id_, cancer, value):
    focus = {"focus": [{"reference": f"Condition/{cancer}"}]}
    return observation(id_, coded(LOINC, "97509-4"), value, **focus)


RESPONDING = {"valueCodeableConcept": coded(SNOMED, "268910001")}


def test_what_is_said_of_another_cancer_meets_no_need_of_this_one():
    other = condition("d", "C61", "Prostate cancer")
    made = record(condition(), other, status("s", "d", RESPONDING))
    found = {c.id: readiness([STATUS], Facts(made), c)[0].is_met for c in made.primaries}
    assert found == {"c": False, "d": True}
    (whole,) = readiness([STATUS], Facts(made), None)
    assert whole.is_met


def test_a_record_without_a_value_is_to_be_amended_and_none_is_to_be_made_new():
    absent = {"dataAbsentReason": ABSENT_CODE}
    assert finding(STATUS, condition()).to_amend is None
    assert finding(STATUS, condition(), status("s", "c", absent)).to_amend == "Observation/s"
    both = finding(STATUS, condition(), status("s", "c", absent), status("t", "c", RESPONDING))
    assert both.is_met
    assert both.to_amend is None


def test_what_is_retracted_meets_no_need():
    gone = {**status("s", "c", RESPONDING), "status": "entered-in-error"}
    assert not finding(STATUS, condition(), gone).is_met


@pytest.mark.parametrize(
    ("address", "is_met"),
    [(None, False), ([{"city": "Boston"}], False), ([{"city": "x"}, {"state": "MA"}], True)],
)
def test_the_patients_own_data_meet_needs(address, is_met):
    need = Need("State", "required", of="patient", paths=(("address", "state"),))
    patient = {**PATIENT, **({"address": address} if address else {})}
    assert finding(need, condition(), patient=patient).is_met is is_met


@pytest.mark.parametrize(
    ("when", "icd10", "applies"),
    [
        ("it has two sides", "C50.412", True),
        ("it has two sides", "C61", False),
        ("it is staged by TNM", "C50.412", True),
        ("it is staged by TNM", "C91.00", False),
        ("it is staged", "C83.30", True),
    ],
)
def test_a_need_of_some_cancers_is_none_of_others(when, icd10, applies):
    made = record(condition(icd10=icd10))
    need = Need("x", "expected", of="cancer", when=when)
    assert len(readiness([need], Facts(made), made.primaries[0])) == applies


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (("a", "b"), [1, 2]),
        (("v[x]",), [3]),
        (("http://x", "valueString"), ["s"]),
        (("none", "b"), []),
        (("w", "b"), []),
    ],
)
def test_a_path_leads_through_lists_choices_and_extensions(path, values):
    element = {
        "a": [{"b": 1}, {"b": [2]}],
        "vInteger": 3,
        "w": "text",
        "extension": [{"url": "http://x", "valueString": "s"}, {"url": "http://y"}],
    }
    assert [value for value in values_at(element, path) if value is not None] == values
