"""Which profiles a copy claims."""

import pytest

from app.mcode.kinds import Kind
from app.reuse.mcode_bundle.claims import kinds_of_mcode, profiles_for, with_claims
from tests.reuse.mcode_bundle.test_builder import MCODE, SNOMED, cancer, coded, status

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-condition-problems"
NOT_OF_MCODE = {
    Kind.NODES,
    Kind.PATHOLOGY_REPORT,
    Kind.IMPLICATION,
    Kind.FAMILY_HISTORY,
    Kind.SYSTEMIC,
    Kind.ADVERSE_EVENT,
    Kind.PLAN_REVIEW,
}


def claims(resource, kind):
    copy, faults = with_claims(resource, kind)
    return copy.get("meta", {}).get("profile", []), [(f.profile, f.problems) for f in faults]


def test_what_conforms_claims_the_profile_of_its_kind_beside_what_it_claims(bundle):
    claimed, faults = claims(cancer(meta={"profile": [US_CORE]}), Kind.PRIMARY)
    assert claimed == [US_CORE, f"{MCODE}primary-cancer-condition"]
    assert faults == []


@pytest.mark.parametrize("version", ["", "|4.0.0"])
def test_a_claim_that_is_met_stays_as_it_is(version):
    claim = f"{MCODE}primary-cancer-condition{version}"
    copy, faults = with_claims(cancer(meta={"profile": [claim]}), Kind.PRIMARY)
    assert (copy, faults) == (cancer(meta={"profile": [claim]}), [])


def test_a_claim_that_is_not_met_is_left_out_and_said():
    claim = f"{MCODE}cancer-disease-status"
    spoilt = status("s", meta={"profile": [claim, US_CORE], "versionId": "3"})
    del spoilt["focus"], spoilt["valueCodeableConcept"]
    spoilt["code"] = coded(SNOMED, "1")
    copy, faults = with_claims(spoilt, Kind.DISEASE_STATUS)
    assert copy["meta"] == {"versionId": "3", "profile": [US_CORE]}
    (fault,) = faults
    assert (fault.reference, fault.profile) == ("Observation/s", "cancer-disease-status")
    assert "Observation.code is not http://loinc.org|97509-4" in fault.problems


def test_a_claim_alone_that_is_not_met_leaves_no_meta():
    spoilt = cancer(meta={"profile": [f"{MCODE}primary-cancer-condition"]}, category=[])
    assert "meta" not in with_claims(spoilt, Kind.PRIMARY)[0]


def test_what_does_not_conform_claims_nothing_and_says_why():
    claimed, faults = claims({**cancer(), "category": [{"text": "Oncology"}]}, Kind.PRIMARY)
    assert claimed == []
    assert [profile for profile, _ in faults] == ["primary-cancer-condition"]


def test_the_narrowest_profile_that_is_met_is_added():
    vital = "http://terminology.hl7.org/CodeSystem/observation-category"
    stage = status("s", code=coded(SNOMED, "385388004"), category=[coded(vital, "laboratory")])
    stage |= {"valueCodeableConcept": coded(SNOMED, "1149161001")}
    assert claims(stage, Kind.STAGE) == ([f"{MCODE}cancer-stage"], [])
    stage["method"] = coded(SNOMED, "254373007")
    assert claims(stage, Kind.STAGE) == ([f"{MCODE}lymphoma-stage"], [])


def test_no_other_profile_is_added_where_one_is_claimed_and_met():
    claim = {"meta": {"profile": [f"{MCODE}primary-cancer-condition"]}}
    assert claims(cancer(**claim), Kind.SECONDARY) == (claim["meta"]["profile"], [])


def test_a_claim_of_a_profile_that_mcode_had_once_gives_way_to_that_of_today_and_is_said():
    old = {"meta": {"profile": [f"{MCODE}cancer-condition"]}}
    claimed, faults = claims(cancer(**old), Kind.PRIMARY)
    assert claimed == [f"{MCODE}primary-cancer-condition"]
    assert faults == [("cancer-condition", ("is no profile of this release of mCODE",))]


def test_of_a_type_that_mcode_has_no_profile_for_it_is_said():
    taken = {
        "resourceType": "MedicationStatement",
        "id": "m",
        "status": "active",
        "subject": {"reference": "Patient/p1"},
        "medicationCodeableConcept": {"text": "Cisplatin"},
    }
    claimed, faults = claims(taken, Kind.MEDICATION)
    assert claimed == []
    assert faults == [("mCODE", ("mCODE has no profile for MedicationStatement",))]


def test_what_is_no_fhir_claims_nothing_that_the_app_knows():
    claim = {"meta": {"profile": [US_CORE, f"{MCODE}primary-cancer-condition"]}}
    claimed, ((profile, problems),) = claims(cancer(colour="red", **claim), Kind.PRIMARY)
    assert claimed == [US_CORE]
    assert profile == "FHIR R4"
    assert any("colour" in problem for problem in problems)


def test_each_kind_has_a_profile_of_mcode_but_these():
    assert set(Kind) - kinds_of_mcode() == NOT_OF_MCODE


@pytest.mark.parametrize("kind", sorted(kinds_of_mcode()), ids=str)
def test_no_profile_is_offered_that_is_only_built_upon(kind):
    for type_ in kind.row.types:
        names = profiles_for({"resourceType": type_}, kind)
        assert not {"tnm-category", "cancer-risk-assessment"}.intersection(names)
