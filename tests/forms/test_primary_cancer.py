import pytest

from app.forms._answers import AS_RECORDED
from app.forms._saving.plan import plan_entry
from app.forms.primary_cancer import PrimaryCancer
from tests.forms.cases import CONDITION, SNOMED, concept
from tests.forms.entering import confirmed, existing, fresh, new, sentences, written
from tests.forms.patient import AUTHOR, CHART

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICDO3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
LEFT, RIGHT = f"{SNOMED}|7771000", f"{SNOMED}|24028007"
OTHERS = [resource for resource in CHART if resource is not CONDITION]


def side(code, words):
    return {"url": f"{MCODE}laterality-qualifier", "valueCodeableConcept": concept(code, words)}


def recorded(**more):
    """The patient's breast cancer as an EHR may have it."""
    return {
        **CONDITION,
        "meta": {"versionId": "3"},
        "clinicalStatus": {"coding": [{"system": CLINICAL, "code": "active"}]},
        "verificationStatus": {"coding": [{"system": VERIFICATION, "code": "confirmed"}]},
        "bodySite": [
            {**concept("80248007", "Left breast"), "extension": [side("7771000", "Left")]},
            concept("91470000", "Axilla"),
        ],
        "stage": [{"summary": concept("1222771008", "IIB")}],
        **more,
    }


def open_recorded(*more, resource=None, **changes):
    return existing(PrimaryCancer, resource or recorded(), *more, chart=OTHERS, **changes)


def test_a_diagnosis_is_written_with_all_that_is_said_of_it():
    (condition,) = written(new(PrimaryCancer))
    left = {
        "coding": [{"system": SNOMED, "code": "7771000", "display": "Left (qualifier value)"}],
        "text": "Left",
    }
    del condition["identifier"]
    assert condition == {
        "resourceType": "Condition",
        "meta": {"profile": [f"{MCODE}primary-cancer-condition"]},
        "subject": {"reference": "Patient/pat"},
        "encounter": {"reference": "Encounter/visit"},
        "recorder": {"display": "Nancy Nurse", "reference": "Practitioner/nancy"},
        "recordedDate": "2026-11-24",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/condition-category",
                        "code": "problem-list-item",
                        "display": "Problem List Item",
                    }
                ]
            }
        ],
        "code": {
            "coding": [
                {
                    "system": ICD10CM,
                    "code": "C34.12",
                    "display": "Malignant neoplasm of upper lobe, left bronchus or lung",
                }
            ],
            "text": "Malignant neoplasm of upper lobe, left bronchus or lung",
        },
        "extension": [
            {
                "url": f"{MCODE}histology-morphology-behavior",
                "valueCodeableConcept": concept("8140/3", "Adenocarcinoma", ICDO3),
            },
            {
                "url": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate",
                "valueDateTime": "2026-11-02",
            },
        ],
        "bodySite": [
            {
                "coding": [
                    {
                        "system": SNOMED,
                        "code": "31094006",
                        "display": "Structure of lobe of lung (body structure)",
                    }
                ],
                "text": "Structure of lobe of lung",
                "extension": [
                    {"url": f"{MCODE}laterality-qualifier", "valueCodeableConcept": left}
                ],
            }
        ],
        "clinicalStatus": concept("active", "Active", CLINICAL),
        "verificationStatus": concept("confirmed", "Confirmed", VERIFICATION),
        "evidence": [{"code": [concept("714797009", "Histologic test")]}],
        "onsetDateTime": "2026-09",
        "note": [{"text": "Found on a routine film"}],
    }


def test_a_new_entry_begins_as_active_and_says_what_is_on_record():
    work = fresh(PrimaryCancer)
    assert work.form.display("clinical") == "Active"
    assert work.origins == {"clinical": "the usual for a new diagnosis"}
    name = "Malignant neoplasm of upper-outer quadrant of left female breast"
    assert work.form.chart_context(work.subject) == [("On record", name, "12-Mar-2026")]


def test_diagnoses_are_found_by_words_code_and_abbreviation():
    disease = fresh(PrimaryCancer).form.disease
    for typed in ("lung upper left", "C34.12", "c3412"):
        found = [option.text for option in disease.hits(typed)]
        assert f"{ICD10CM}|C34.12" in found, typed


def test_an_entry_is_called_as_the_chart_calls_it_until_that_is_changed():
    code = {**CONDITION["code"], "text": "Breast cancer"}
    work = open_recorded(resource=recorded(code=code), note="seen")
    assert work.form.headline(work.subject) == "Primary cancer · Breast cancer, left"
    work = open_recorded(resource=recorded(code=code), disease=f"{ICD10CM}|C50.919")
    told = "Primary cancer · Malignant neoplasm of unspecified site of unspecified female breast"
    assert work.form.headline(work.subject) == told


def test_the_histologies_of_pathology_are_suggested_and_a_code_but_once():
    histology = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "31206-6"}]},
        "subject": {"reference": "Patient/pat"},
        "focus": [{"reference": "Condition/breast"}],
    }
    ductal = {**histology, "id": "h1", "valueCodeableConcept": concept("8500/3", "Ductal", ICDO3)}
    again = {**histology, "id": "h2", "valueCodeableConcept": concept("8500/3", "Duct", ICDO3)}
    words = {**histology, "id": "h3", "valueCodeableConcept": {"text": "Lobular"}}
    offered = open_recorded(ductal, again, words).form.histology.suggested
    assert sorted(option.text.split("|")[1] for option in offered) == ["", "8500/3"]
    assert "Lobular" in [option.label for option in offered]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"disease": ""}, {"disease": "Enter the diagnosis"}),
        ({"diagnosed": ""}, {"diagnosed": "Enter the date of diagnosis"}),
        ({"certainty": ""}, {"certainty": "Choose how certain the diagnosis is"}),
        ({"clinical": ""}, {"clinical": "Choose the clinical status"}),
        (
            {"disease": f"{ICD10CM}|C78.01|Lung metastasis", "side": "", "site": ""},
            {"disease": "Choose where the cancer began: a metastasis is entered in its own form"},
        ),
        (
            {"histology": f"{ICDO3}|8140|Adenocarcinoma"},
            {"histology": "Enter the ICD-O-3 code as histology and behavior, such as 8500/3"},
        ),
        ({"site": ""}, {"site": "Enter the site that the side or part is of"}),
        (
            {"side": RIGHT, "site": "||Upper lobe"},
            {
                "side": "Choose the side again: the diagnosis is "
                "“Malignant neoplasm of upper lobe, left bronchus or lung”"
            },
        ),
        (
            {"side": RIGHT, "disease": "||Lung cancer", "site": "||Upper lobe of left lung"},
            {"side": "Choose the side again: the site is “Upper lobe of left lung”"},
        ),
        (
            {"ended": "2026-11-20"},
            {"ended": "Remove the end, or choose remission, inactive or resolved"},
        ),
        (
            {"ended": "2026-10", "clinical": f"{CLINICAL}|remission"},
            {"ended": "Enter an end that is not before the diagnosis"},
        ),
        (
            {"diagnosed": "2027-03"},
            {"diagnosed": "Enter a date of diagnosis that is not in the future"},
        ),
        ({"onset": "1960"}, {"onset": "Enter a date of onset after the birth, 14-Feb-1964"}),
        (
            {"disease": "||Cancer of the lung", "site": "||Lung", "side": ""},
            {
                "no-side": "The organ is one of a pair, and nothing says which side. "
                "Tick to confirm that the side is not known"
            },
        ),
        (
            {"onset": "2026-11-20"},
            {
                "late-onset": "The onset is after the date of diagnosis. "
                "Tick to confirm that both are right"
            },
        ),
        (
            {"disease": f"{ICD10CM}|C50.412", "side": "", "site": ""},
            {
                "twice": "This diagnosis is on record already (12-Mar-2026). Tick to confirm that "
                "this is another one; to correct that one, amend it"
            },
        ),
    ],
)
def test_what_cannot_be_or_is_seldom_meant_is_told(changes, told):
    assert sentences(new(PrimaryCancer, **changes)) == told


def test_an_entry_of_the_chart_shows_what_it_holds():
    work = open_recorded()
    assert work.form.display("disease").startswith("Malignant neoplasm of upper-outer quadrant")
    assert work.form.display("side") == "Left"
    assert work.form.site.text == f"{SNOMED}|80248007|Left breast"
    assert work.form.diagnosed.text == "2026-03-12"
    assert work.form.chart_context(work.subject) == [("Further body site", "Axilla", "")]


def test_a_changed_status_leaves_stage_sites_and_all_else_alone():
    (after,) = written(
        open_recorded(clinical=f"{CLINICAL}|remission", ended="2026-10-02", evidence="")
    )
    expected = {
        **recorded(abatementDateTime="2026-10-02"),
        "clinicalStatus": concept("remission", "Remission", CLINICAL),
    }
    assert after == expected


def test_a_side_is_set_beside_what_the_site_says_already():
    site = {
        **concept("80248007", "Left breast"),
        "id": "s1",
        "extension": [{"url": "urn:clock", "valueString": "2 o'clock"}],
    }
    (after,) = written(open_recorded(resource=recorded(bodySite=[site]), side=LEFT))
    (kept,) = after["bodySite"]
    assert kept["id"] == "s1"
    assert kept["extension"][0] == {"url": "urn:clock", "valueString": "2 o'clock"}
    assert kept["extension"][1]["valueCodeableConcept"]["text"] == "Left"


def test_the_side_of_the_first_release_is_changed_where_it_stands():
    old = {"url": f"{MCODE}laterality", "valueCodeableConcept": concept("24028007", "Right")}
    resource = recorded(bodySite=[{"text": "Breast", "extension": [old]}])
    work = open_recorded(resource=resource)
    assert work.form.display("side") == "Right"
    (after,) = written(open_recorded(resource=resource, side=LEFT))
    (kept,) = after["bodySite"][0]["extension"]
    assert kept["url"] == f"{MCODE}laterality"
    assert kept["valueCodeableConcept"]["text"] == "Left"


def test_an_onset_that_is_no_date_is_shown_and_stays():
    resource = recorded(onsetAge={"value": 61, "unit": "years"})
    work = open_recorded(resource=resource)
    assert work.origins["onset"] == "in the chart: 61 years"
    (after,) = written(open_recorded(resource=resource, note="seen"))
    assert after == {**resource, "note": [{"text": "seen"}]}


def test_several_codings_stay_until_another_diagnosis_is_chosen():
    code = {
        "coding": [
            {"system": SNOMED, "code": "254837009", "display": "Malignant neoplasm of breast"},
            {"system": ICD10CM, "code": "C50.412"},
        ],
        "text": "Breast cancer, left",
    }
    (after,) = written(open_recorded(resource=recorded(code=code), note="seen"))
    assert after["code"] == code
    (after,) = written(
        open_recorded(
            resource=recorded(code=code),
            disease=f"{ICD10CM}|C50.411",
            side=RIGHT,
            site="||Right breast",
        )
    )
    assert [coding["code"] for coding in after["code"]["coding"]] == ["C50.411"]


def test_a_diagnosis_known_by_its_words_may_lose_them_only_knowingly():
    resource = recorded(code={"text": "Breast cancer"}, stage=[])
    work = open_recorded(resource=resource)
    assert work.form.disease.text == "||Breast cancer"
    told = sentences(open_recorded(resource=resource, disease="||Lump"))
    assert told["no-cancer"] == (
        "Neither the code nor the words of this diagnosis say that it is cancer. Tick to confirm it"
    )
    (after,) = written(confirmed(open_recorded(resource=resource, disease="||Lump")))
    assert after["code"] == {"text": "Lump"}


def test_a_diagnosis_of_the_chart_can_be_refuted_a_new_one_cannot():
    refuted = f"{VERIFICATION}|refuted"
    (after,) = written(open_recorded(certainty=refuted))
    assert after["verificationStatus"]["coding"][0]["code"] == "refuted"
    assert refuted not in [option.text for option in fresh(PrimaryCancer).form.certainty.options]


def test_what_the_chart_never_said_may_stay_unsaid():
    bare = {key: value for key, value in CONDITION.items() if key != "extension"}
    work = existing(PrimaryCancer, bare, chart=OTHERS, note="seen")
    (after,) = written(work)
    assert after == {**bare, "note": [{"text": "seen"}]}


def test_a_diagnosis_in_another_code_system_is_kept_in_its_own_words():
    resource = recorded(code=concept("174", "Mammakarzinom, carcinoma", "urn:local"), bodySite=[])
    work = open_recorded(resource=resource)
    assert work.form.disease.text == "urn:local|174|Mammakarzinom, carcinoma"
    resource["code"]["coding"][0]["display"] = "Mammakarzinom"
    work = open_recorded(resource=resource)
    assert work.form.disease.data == AS_RECORDED
    assert work.form.headline(work.subject) == "Primary cancer · Mammakarzinom, carcinoma"
    assert work.validate(), work.problems()
    assert plan_entry(work.form, work.subject, AUTHOR, "draft").writes == ()
