import copy
from decimal import Decimal

import pytest

from app.forms._definition import Subject
from app.forms._pages.workspace import existing_workspace, new_workspace
from app.forms._registry import find_subject
from app.forms._saving.plan import plan_entry
from app.forms.cancer_stage import CancerStage
from app.mcode.assembly import assemble
from app.mcode.conformance import problems
from tests.forms.cases import CONDITION, SNOMED, clinical_stage, concept, observation
from tests.forms.patient import AUTHOR, PATIENT, TODAY
from tests.forms.sending import sent

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC = "http://loinc.org"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
UCUM = "http://unitsofmeasure.org"

FIGO = {"system": "figo", "value": f"{NCIT}|C96256", "date": "2026-03-18"}


def subject_of(code, words, *resources, amend=None):
    """Return the subject of a cancer with this ICD-10-CM code, diagnosed on 12-Mar-2026."""
    cancer = {**CONDITION, "code": concept(code, words, ICD10CM)}
    record = assemble(copy.deepcopy(PATIENT), copy.deepcopy([cancer, *resources]))
    primary, originals = find_subject(CancerStage, record, amend) if amend else (None, {})
    return Subject(record, "pat", primary or record.primary("breast"), TODAY, originals)


def cervix(*resources, **more):
    return subject_of("C53.9", "Cancer of the cervix", *resources, **more)


def prostate(*resources, **more):
    return subject_of("C61", "Prostate cancer", *resources, **more)


def myeloma(*resources, **more):
    return subject_of("C90.00", "Multiple myeloma", *resources, **more)


def opened(subject, data, **ticks):
    """Return the workspace of a new entry with the answers of `data` alone."""
    form = CancerStage()
    form.prepare(subject)
    return new_workspace(CancerStage, subject, None, {**sent(form, data), **ticks})


def written(subject, data, **ticks):
    work = opened(subject, data, **ticks)
    assert work.validate(), work.problems()
    (write,) = plan_entry(work.form, subject, AUTHOR, "draft-1").writes
    assert problems(write.after) == []
    return write.after


def lab(id_, code, value, unit, date="2026-03-14", **more):
    found = observation(id_, code, {}, effectiveDateTime=date, **more)
    found["code"] = concept(code, id_, LOINC)
    found["category"] = [{"coding": [{"code": "laboratory"}]}]
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    for gone in ("focus", "valueCodeableConcept", "method"):
        found.pop(gone)
    return {**found, "valueQuantity": quantity}


MICROGLOBULIN = lab("b2m", "1952-1", Decimal("2.9"), "mg/L")
ALBUMIN = lab("alb", "1751-7", Decimal("4.0"), "g/dL")
LDH = lab("ldh", "2532-0", 300, "U/L", referenceRange=[{"high": {"value": 220, "unit": "U/L"}}])


def test_a_stage_says_its_system_value_and_method():
    data = {**FIGO, "method": f"{SNOMED}|106250008", "note": "By MRI"}
    resource = written(cervix(), data)
    assert resource["meta"]["profile"][0].endswith("/mcode-cancer-stage")
    assert resource["code"]["coding"] == [
        {
            "system": SNOMED,
            "code": "385361009",
            "display": "International Federation of Gynecology and Obstetrics stage for "
            "gynecological malignancy (observable entity)",
        }
    ]
    assert resource["valueCodeableConcept"] == {
        "coding": [{"system": NCIT, "code": "C96256", "display": "FIGO Stage IIIA"}],
        "text": "FIGO Stage IIIA",
    }
    assert resource["method"]["coding"][0]["code"] == "106250008"
    assert resource["category"][0]["coding"][0]["code"] == "exam"
    assert resource["focus"] == [{"reference": "Condition/breast"}]
    assert resource["effectiveDateTime"] == "2026-03-18"
    assert resource["note"] == [{"text": "By MRI"}]
    assert "derivedFrom" not in resource


@pytest.mark.parametrize(
    ("data", "code", "method"),
    [
        ({"system": "binet", "value": f"{NCIT}|C80135"}, "C141212", "1149099005"),
        (
            {"system": "rai", "value": f"{NCIT}|C7875", "method": f"{NCIT}|C141206"},
            "C141207",
            "C141206",
        ),
        ({"system": "clark", "value": f"{SNOMED}|1556006"}, "103419001", "385345007"),
        ({"system": "inss", "value": f"{SNOMED}|409725009"}, "409720004", None),
    ],
)
def test_a_system_of_one_method_names_it_without_asking(data, code, method):
    ticks = {"confirm-other-cancer": "yes"}
    resource = written(cervix(), {**data, "date": "2026-03-18"}, **ticks)
    assert resource["code"]["coding"][0]["code"] == code
    told = resource.get("method", {"coding": [{"code": None}]})
    assert told["coding"][0]["code"] == method


def test_a_wilms_tumor_names_its_kidney():
    subject = subject_of("C64.1", "Wilms tumor, right")
    data = {"system": "wilms", "value": f"{SNOMED}|405973001", "site": f"{SNOMED}|9846003"}
    resource = written(subject, {**data, "date": "2026-03-18"})
    assert resource["bodySite"]["coding"][0]["display"] == "Right kidney structure (body structure)"


def test_a_stage_that_is_not_known_says_so():
    resource = written(cervix(), {**FIGO, "value": "absent:unknown"})
    assert resource["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert "valueCodeableConcept" not in resource


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"system": ""}, "system", "Choose the staging system"),
        ({"system": "dukes"}, "system", "Choose the staging system"),
        ({"value": ""}, "value", "Choose the stage"),
        ({"date": ""}, "date", "Enter the date of staging"),
        ({"date": "2027-01-01"}, "date", "Enter a date of staging that is not in the future"),
        (
            {"value": f"{NCIT}|C80135"},
            "value",
            "Choose the stage again: B does not go with “FIGO”",
        ),
        (
            {"method": f"{NCIT}|C141206"},
            "method",
            "Choose no method: Modified Rai does not go with “FIGO”",
        ),
        (
            {"site": f"{SNOMED}|9846003"},
            "site",
            "Choose no kidney: Right does not go with “FIGO”",
        ),
        (
            {"system": "rai", "value": f"{NCIT}|C7875"},
            "method",
            "Choose which Rai staging was used",
        ),
        ({"predominant": "3"}, "secondary", "Choose the other pattern too"),
        ({"secondary": "3"}, "predominant", "Choose the other pattern too"),
        (
            {"predominant": "3", "secondary": "4"},
            "predominant",
            "Choose no predominant pattern: 3 does not go with “FIGO”",
        ),
        (
            {
                "system": "gleason",
                "value": f"{SNOMED}|1279714001",
                "predominant": "4",
                "secondary": "3",
            },
            "value",
            "Choose the stage again: 4 + 3 is grade group 3",
        ),
    ],
)
def test_a_bad_answer_gets_a_sentence_at_its_field(changes, field, sentence):
    work = opened(cervix(), {**FIGO, **changes})
    assert not work.validate()
    assert sentence in work.form[field].errors


def test_two_gleason_patterns_are_the_grade_group():
    data = {"system": "gleason", "predominant": "4", "secondary": "3", "date": "2026-03-18"}
    resource = written(prostate(), data)
    assert resource["valueCodeableConcept"]["coding"] == [{"system": SNOMED, "code": "1279716004"}]
    assert resource["valueCodeableConcept"]["text"] == (
        "ISUP grade group 3 (Gleason score 4 + 3 = 7)"
    )


@pytest.mark.parametrize(
    ("changes", "chart", "key"),
    [
        ({"system": "clark", "value": f"{SNOMED}|1556006"}, [], "other-cancer"),
        ({"date": "2026-03-11"}, [], "before-diagnosis"),
        ({}, [observation("old", "385361009", {"text": "II"})], "second-stage"),
    ],
)
def test_what_is_seldom_meant_is_asked_about_and_may_be_confirmed(changes, chart, key):
    work = opened(cervix(*chart), {**FIGO, **changes})
    assert not work.validate()
    assert [question.key for question in work.questions] == [key]
    assert opened(cervix(*chart), {**FIGO, **changes}, **{f"confirm-{key}": "yes"}).validate()


def test_a_new_stage_begins_with_the_one_system_of_the_cancer():
    work = new_workspace(CancerStage, cervix(), None, None)
    assert work.form.system.text == "figo"
    assert work.origins["system"] == "usual for Cancer of the cervix"
    assert work.form.method.text == f"{SNOMED}|106250008"
    assert not work.form.value.text
    assert not new_workspace(
        CancerStage, subject_of("C50.9", "Breast"), None, None
    ).form.system.text


def test_the_results_at_diagnosis_suggest_the_stage_of_a_myeloma_and_are_its_sources():
    subject = myeloma(MICROGLOBULIN, ALBUMIN, LDH)
    work = new_workspace(CancerStage, subject, None, None)
    assert (work.form.system.text, work.form.value.text) == ("riss", f"{NCIT}|C141395")
    assert work.form.sources.text == "Observation/alb\nObservation/b2m\nObservation/ldh"
    assert work.origins["value"] == (
        "suggested by the results beside it (Palumbo 2015): confirm or change"
    )
    resource = written(subject, {**_answers(work), "date": "2026-03-18"})
    assert resource["derivedFrom"] == [
        {"reference": "Observation/alb"},
        {"reference": "Observation/b2m"},
        {"reference": "Observation/ldh"},
    ]
    assert resource["valueCodeableConcept"]["text"] == "RISS Stage II Plasma Cell Myeloma"


def test_without_ldh_and_cytogenetics_the_first_stage_of_a_myeloma_is_suggested_by_iss_alone():
    work = new_workspace(CancerStage, myeloma(MICROGLOBULIN, ALBUMIN), None, None)
    assert (work.form.system.text, work.form.value.text) == ("iss", f"{NCIT}|C70658")
    assert work.form.sources.text == "Observation/alb\nObservation/b2m"


def test_nothing_is_suggested_beyond_the_results_or_twice():
    bare = new_workspace(CancerStage, myeloma(MICROGLOBULIN), None, None)
    assert (bare.form.system.text, bare.form.value.text) == ("", "")
    recorded = observation("iss", "C139007", {"text": "I"})
    recorded["code"] = concept("C139007", "ISS", NCIT)
    again = new_workspace(CancerStage, myeloma(MICROGLOBULIN, ALBUMIN, recorded), None, None)
    assert again.form.system.text == ""


def test_the_results_stand_beside_the_form_with_their_dates_and_what_they_make():
    rows = CancerStage().chart_context(myeloma(MICROGLOBULIN, ALBUMIN, LDH))
    assert rows == [
        ("Beta-2-microglobulin", "2.9 mg/L", "14-Mar-2026"),
        ("Albumin", "4.0 g/dL", "14-Mar-2026"),
        ("LDH", "300 U/L", "14-Mar-2026 · upper limit 220"),
        ("del(17p)", "", "none at the time of diagnosis"),
        ("t(4;14)", "", "none at the time of diagnosis"),
        ("t(14;16)", "", "none at the time of diagnosis"),
        (
            "Myeloma ISS by these results",
            "I",
            "Beta-2-microglobulin and albumin (Greipp 2005)",
        ),
        (
            "Myeloma R-ISS by these results",
            "II",
            "ISS, LDH and del(17p), t(4;14), t(14;16) (Palumbo 2015)",
        ),
    ]


def test_the_blood_count_may_be_the_source_of_the_stage_of_a_leukemia():
    hemoglobin = lab("hb", "718-7", Decimal("9.8"), "g/dL")
    subject = subject_of("C91.10", "Chronic lymphocytic leukemia", hemoglobin)
    form = CancerStage()
    form.prepare(subject)
    (option,) = form.sources.options
    assert (option.label, option.only_for) == ("hb 9.8 g/dL, 14-Mar-2026", ("binet", "rai"))


def test_the_stages_on_record_stand_beside_the_form():
    figo = observation("figo", "385361009", concept("C96256", "FIGO Stage IIIA", NCIT))
    rows = CancerStage().chart_context(cervix(figo, *clinical_stage()))
    assert ("FIGO", "FIGO Stage IIIA", "20-Mar-2026") in rows
    assert ("Clinical stage", "IIB cT2 cN1 cM0", "20-Mar-2026") in rows


UNUSUAL = "None of these systems is usual for a cancer of this kind. "


@pytest.mark.parametrize(
    ("code", "words", "notice"),
    [
        ("C53.9", "Cervix", "For this cancer there is also the form “TNM stage”."),
        ("C50.9", "Breast", f"{UNUSUAL}For this cancer there is the form “TNM stage”."),
        ("C83.30", "B-cell", f"{UNUSUAL}For this cancer there is the form “Lymphoma stage”."),
        ("C91.00", "B-cell", f"{UNUSUAL}For this cancer there is the form “ALL risk group”."),
        ("C92.00", "Myeloid leukemia", UNUSUAL.strip()),
    ],
)
def test_the_form_that_stages_the_cancer_is_told(code, words, notice):
    assert CancerStage().notices(subject_of(code, words)) == [notice]


def test_a_stage_of_a_system_that_the_form_does_not_know_keeps_what_it_says():
    dukes = observation("dukes", "385357003", concept("1", "Dukes B"))
    dukes["code"] = concept("385357003", "Dukes stage")
    subject = subject_of("C18.9", "Colon", dukes, amend="dukes")
    work = existing_workspace(CancerStage, subject, "dukes", None, None)
    assert work.form.display("system") == "Dukes stage (as in the chart)"
    assert work.form.display("value") == "Dukes B (as in the chart)"
    assert work.form.display("method") == "AJCC 8 (as in the chart)"
    again = _amended(subject, "dukes", date="2026-03-19")
    (write,) = plan_entry(again.form, subject, AUTHOR, "draft").writes
    changed = {k for k in write.after if write.after[k] != write.before.get(k)}
    assert changed == {"effectiveDateTime", "status"}


def test_another_system_asks_for_another_value():
    dukes = observation("dukes", "385357003", concept("1", "Dukes B"))
    subject = subject_of("C53.9", "Cervix", dukes, amend="dukes")
    work = _amended(subject, "dukes", valid=False, system="figo")
    assert work.form.value.errors == [
        "Choose the stage again: Dukes B (as in the chart) does not go with “FIGO”"
    ]
    changes = {"system": "figo", "value": f"{NCIT}|C96256", "method": ""}
    (write,) = plan_entry(_amended(subject, "dukes", **changes).form, subject, AUTHOR, "d").writes
    assert write.after["code"]["coding"][0]["code"] == "385361009"
    assert "method" not in write.after


def test_sources_that_the_entry_names_are_kept_whatever_they_are():
    stage = observation("figo", "385361009", concept("C96256", "FIGO Stage IIIA", NCIT))
    stage["method"] = concept("106250008", "FIGO, cervix")
    stage["derivedFrom"] = [
        {"reference": "Observation/gone", "display": "MRI"},
        {"reference": "DocumentReference/report"},
    ]
    subject = cervix(stage, amend="figo")
    work = existing_workspace(CancerStage, subject, "figo", None, None)
    assert work.form.display("sources") == "MRI (as in the chart)"
    (write,) = plan_entry(_amended(subject, "figo", note="seen").form, subject, AUTHOR, "d").writes
    assert write.after["derivedFrom"] == stage["derivedFrom"]


def test_a_stage_that_names_no_primary_opens_and_is_amended():
    stage = observation("figo", "385361009", concept("C96256", "FIGO Stage IIIA", NCIT), focus=[])
    other = {**CONDITION, "id": "second"}
    record = assemble(copy.deepcopy(PATIENT), copy.deepcopy([CONDITION, other, stage]))
    primary, originals = find_subject(CancerStage, record, "figo")
    assert primary is None
    subject = Subject(record, "pat", None, TODAY, originals)
    work = existing_workspace(CancerStage, subject, "figo", None, None)
    assert (work.form.chart_context(subject), work.form.notices(subject)) == ([], [])
    amended = _amended(subject, "figo", value=f"{NCIT}|C96257")
    (write,) = plan_entry(amended.form, subject, AUTHOR, "draft").writes
    assert write.after["valueCodeableConcept"]["text"] == "FIGO Stage IIIB"
    assert write.after["focus"] == []


def _answers(work):
    return {name: item.text for name, item in work.form.asked.items()}


def _amended(subject, id_, *, valid=True, **changes):
    """Open an entry and send it as a browser does, with some answers changed."""
    shown = existing_workspace(CancerStage, subject, id_, None, None)
    answers = {**sent(shown.form, {**_answers(shown), **changes}), "seen": shown.seen.text()}
    work = existing_workspace(CancerStage, subject, id_, None, answers)
    assert work.validate() is valid, work.problems()
    return work
