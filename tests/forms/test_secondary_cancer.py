import pytest

from app.forms.secondary_cancer import SecondaryCancer
from tests.forms.cases import SNOMED, concept
from tests.forms.entering import existing, fresh, new, sentences, written

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
RELATED = "http://hl7.org/fhir/StructureDefinition/condition-related"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"


def recorded(**more):
    return {
        "resourceType": "Condition",
        "id": "bone",
        "meta": {"versionId": "2"},
        "code": concept("C79.51", "Bone metastasis", ICD10CM),
        "subject": {"reference": "Patient/pat"},
        "recordedDate": "2026-05-02",
        **more,
    }


def related(reference, url=RELATED):
    return {"url": url, "valueReference": {"reference": reference}}


SECOND = {
    "resourceType": "Condition",
    "id": "colon",
    "subject": {"reference": "Patient/pat"},
    "code": concept("C18.7", "Colon cancer", ICD10CM),
}


def test_a_metastasis_is_written_with_its_primary():
    (condition,) = written(new(SecondaryCancer))
    assert condition["meta"]["profile"] == [f"{MCODE}secondary-cancer-condition"]
    assert condition["code"]["coding"][0]["code"] == "C79.51"
    assert related("Condition/breast") in condition["extension"]
    (site,) = condition["bodySite"]
    assert site["text"] == "Bone structure of ilium"
    assert site["coding"][0]["code"] == "22356005"
    assert condition["category"][0]["coding"][0]["code"] == "problem-list-item"
    assert condition["evidence"] == [{"code": [concept("363679005", "Imaging")]}]


def test_a_new_entry_is_of_the_primary_that_it_was_opened_for():
    work = fresh(SecondaryCancer, SECOND, recorded(extension=[related("Condition/breast")]))
    assert [option.text for option in work.form.origin.options] == ["Condition/breast"]
    assert work.form.origin.text == "Condition/breast"
    assert work.origins["origin"] == "the diagnosis that this entry is about"
    assert work.form.chart_context(work.subject) == [
        ("On record", "Bone metastasis", "02-May-2026")
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"disease": ""}, {"disease": "Enter where the cancer has spread to"}),
        ({"origin": ""}, {"origin": "Choose the primary cancer"}),
        (
            {"disease": f"{ICD10CM}|C34.12|Lung cancer"},
            {"disease": "Choose where the cancer has spread to: a primary cancer has its own form"},
        ),
        (
            {"disease": f"{ICD10CM}|C78.01", "site": "||Left lung", "side": f"{SNOMED}|7771000"},
            {
                "side": "Choose the side again: the diagnosis is "
                "“Secondary malignant neoplasm of right lung”"
            },
        ),
    ],
)
def test_what_cannot_be_is_told(changes, told):
    assert sentences(new(SecondaryCancer, **changes)) == told


def test_a_metastasis_that_is_on_record_is_asked_about():
    told = sentences(new(SecondaryCancer, recorded()))
    assert told["twice"].startswith("This diagnosis is on record already (02-May-2026).")


def test_one_that_names_no_primary_opens_and_can_be_tied_to_one():
    work = existing(SecondaryCancer, recorded(), SECOND)
    assert work.subject.primary is None
    assert work.form.origin.text == ""
    assert {option.text for option in work.form.origin.options} == {
        "Condition/breast",
        "Condition/colon",
    }
    (after,) = written(existing(SecondaryCancer, recorded(), SECOND, origin="Condition/colon"))
    assert after == recorded(extension=[related("Condition/colon")])


def test_the_link_of_the_first_release_is_read_and_changed_where_it_stands():
    old = f"{MCODE}related-primary-cancer-condition"
    resource = recorded(extension=[related("Condition/breast", old)])
    work = existing(SecondaryCancer, resource, SECOND)
    assert work.form.origin.text == "Condition/breast"
    (after,) = written(existing(SecondaryCancer, resource, SECOND, origin="Condition/colon"))
    assert after == recorded(extension=[related("Condition/colon", old)])


def test_a_primary_that_the_chart_does_not_show_stays_named():
    unknown = {"reference": "Condition/elsewhere", "display": "Melanoma, 2011"}
    resource = recorded(extension=[{"url": RELATED, "valueReference": unknown}])
    work = existing(SecondaryCancer, resource)
    assert work.form.display("origin") == "Melanoma, 2011 (as in the chart)"
    (after,) = written(existing(SecondaryCancer, resource, note="seen"))
    assert after == {**resource, "note": [{"text": "seen"}]}
