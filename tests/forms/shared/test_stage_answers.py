import copy

import pytest

from app.forms._answers import AS_RECORDED
from app.forms._shared.stage_answers import (
    METHOD,
    SystemCode,
    gleason_value,
    system_options,
    value_options,
)
from tests.forms.cases import SNOMED, concept

NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
SYSTEM = SystemCode()
FIGO = concept("385361009", "FIGO")
OVARY = concept("385363007", "FIGO, ovary")
BINET = concept("C141212", "Binet", NCIT)
BINET_METHOD = concept("1149099005", "Binet staging")
RAI = concept("C141207", "Rai", NCIT)
MODIFIED = concept("C141206", "modified Rai", NCIT)
OF_OVARY, MODIFIED_RAI = (
    METHOD.coded.concepts.find(key) for key in (f"{SNOMED}|254386003", f"{NCIT}|C141206")
)


@pytest.mark.parametrize(
    ("resource", "system", "method"),
    [
        ({"code": FIGO}, "figo", None),
        ({"code": OVARY, "method": concept("254386003", "ovary")}, "figo", OF_OVARY),
        ({"code": BINET}, "binet", None),
        # The one method of a system is no answer of its own.
        ({"code": BINET, "method": BINET_METHOD}, "binet", None),
        ({"code": BINET, "method": MODIFIED}, "binet", MODIFIED_RAI),
        ({"code": BINET, "method": concept("1", "local")}, "binet", AS_RECORDED),
        ({"code": RAI, "method": MODIFIED}, "rai", MODIFIED_RAI),
        ({"code": concept("385357003", "Dukes stage")}, AS_RECORDED, None),
        ({"code": {"text": "local stage"}}, AS_RECORDED, None),
        ({}, None, None),
    ],
)
def test_system_and_method_that_are_sent_back_unchanged_change_nothing(resource, system, method):
    before = copy.deepcopy(resource)
    assert (SYSTEM.read(resource), METHOD.read(resource)) == (system, method)
    SYSTEM.write(resource, system)
    METHOD.write(resource, method)
    assert resource == before


def test_what_the_form_has_no_answer_for_is_told_in_the_chart_s_words():
    assert SYSTEM.recorded({"code": concept("385357003", "Dukes stage")}) == "Dukes stage"
    assert SYSTEM.recorded({"code": FIGO}) == ""
    assert METHOD.recorded({"code": BINET, "method": concept("1", "local")}) == "local"
    assert METHOD.recorded({"code": BINET, "method": BINET_METHOD}) == ""


def test_a_system_brings_its_one_method_and_takes_that_of_the_old_one_away():
    resource = {"code": RAI, "method": MODIFIED}
    SYSTEM.write(resource, "binet")
    METHOD.write(resource, None)
    assert resource["code"]["coding"][0]["code"] == "C141212"
    assert resource["method"]["coding"][0]["code"] == "1149099005"
    SYSTEM.write(resource, "gleason")
    METHOD.write(resource, None)
    assert resource["code"]["coding"][0]["code"] == "385377005"
    assert "method" not in resource


def test_a_method_that_is_taken_back_leaves_nothing():
    resource = {"code": FIGO, "method": concept("254386003", "ovary")}
    METHOD.write(resource, None)
    assert resource == {"code": FIGO}


def test_the_systems_of_a_cancer_come_first_and_the_others_stay_within_reach(make_subject):
    every = system_options(None)
    assert not any(option.folded for option in every)
    breast = system_options(make_subject().primary)
    assert breast == every
    prostate = make_subject().primary
    prostate.condition["code"] = concept("C61", "Prostate", "http://hl7.org/fhir/sid/icd-10-cm")
    first, *others = system_options(prostate)
    assert (first.value, first.folded) == ("gleason", False)
    assert all(option.folded for option in others)
    assert {o.value for o in [first, *others]} == {o.value for o in every}


def test_each_value_is_offered_for_one_system_and_under_its_name():
    values = value_options()
    assert len({option.value for option in values}) == len(values)
    assert {(o.only_for, o.group) for o in values} >= {
        (("figo",), "FIGO"),
        (("clark",), "Clark level"),
    }


@pytest.mark.parametrize(
    ("patterns", "code"),
    [((3, 4), "1279714001"), ((4, 3), "1279716004"), ((5, 5), "1279722008")],
)
def test_two_patterns_are_one_grade_group(patterns, code):
    assert gleason_value(*patterns).code == code


@pytest.mark.parametrize("patterns", [(3, None), (None, 4), (None, None), (2, 9)])
def test_without_two_patterns_there_is_no_grade_group(patterns):
    assert gleason_value(*patterns) is None
