from app.forms.history_of_metastatic_cancer import HistoryOfMetastaticCancer
from tests.forms.cases import SNOMED, concept
from tests.forms.entering import confirmed, existing, fresh, new, sentences, written

ANY_SITE = concept("1287652008", "History of metastatic malignant neoplasm")
BONE = {
    "resourceType": "Condition",
    "id": "bone",
    "code": concept("C79.51", "Bone metastasis", "http://hl7.org/fhir/sid/icd-10-cm"),
    "subject": {"reference": "Patient/pat"},
}
LIVER = {
    "resourceType": "Observation",
    "id": "liver",
    "meta": {"versionId": "1"},
    "status": "final",
    "code": concept("1098951000119108", "History of cancer metastatic to liver"),
    "subject": {"reference": "Patient/pat"},
    "effectiveDateTime": "2018-11-16",
}


def test_that_there_was_none_is_written_as_a_value():
    (observation,) = written(new(HistoryOfMetastaticCancer))
    profile = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-history-of-metastatic-cancer"
    assert observation["meta"]["profile"] == [profile]
    assert observation["category"][0]["coding"][0]["code"] == "social-history"
    assert observation["code"]["coding"][0]["code"] == "1287652008"
    assert observation["valueBoolean"] is False
    assert observation["effectiveDateTime"] == "2026-11-20"
    assert "focus" not in observation


def test_a_certain_site_takes_the_place_of_any_site():
    which = f"{SNOMED}|1098951000119108|History of cancer metastatic to liver"
    (observation,) = written(new(HistoryOfMetastaticCancer, which=which, present="true"))
    assert observation["code"] == concept(
        "1098951000119108", "History of cancer metastatic to liver"
    )
    assert observation["valueBoolean"] is True


def test_a_new_entry_begins_with_any_site():
    work = fresh(HistoryOfMetastaticCancer)
    assert work.form.which.text == f"{SNOMED}|1287652008"
    assert work.origins == {"which": "any site"}


def test_the_act_to_do_is_told():
    told = sentences(new(HistoryOfMetastaticCancer, which="", present="", date=""))
    assert told == {
        "which": "Choose which metastatic cancer is meant",
        "present": "Choose yes or no",
        "date": "Enter the date of this statement",
    }
    told = sentences(new(HistoryOfMetastaticCancer, date="2027"))
    assert told == {"date": "Enter a date of this statement that is not in the future"}


def test_none_is_questioned_where_the_chart_holds_a_metastasis():
    work = new(HistoryOfMetastaticCancer, BONE)
    assert sentences(work) == {
        "metastasis-on-record": "The chart holds a metastasis. Tick to confirm that there was none"
    }
    assert written(confirmed(work))
    assert written(new(HistoryOfMetastaticCancer, BONE, present="true"))


def test_one_without_a_value_opens_and_stays_without():
    work = existing(HistoryOfMetastaticCancer, LIVER, note="as told by the patient")
    assert (work.form.present.text, work.form.date.text) == ("", "2018-11-16")
    (after,) = written(work)
    assert after == {**LIVER, "status": "amended", "note": [{"text": "as told by the patient"}]}


def test_a_value_of_another_type_is_shown_and_stays():
    resource = {**LIVER, "valueCodeableConcept": {"text": "Present"}}
    work = existing(HistoryOfMetastaticCancer, resource)
    assert work.form.display("present") == "Present (as in the chart)"
    (after,) = written(existing(HistoryOfMetastaticCancer, resource, note="seen"))
    assert after["valueCodeableConcept"] == {"text": "Present"}
