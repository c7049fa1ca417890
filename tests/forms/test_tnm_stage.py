import copy
from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from app.forms._definition import Subject
from app.forms._pages.workspace import existing_workspace, new_workspace
from app.forms._registry import NoSuchEntry, find_subject
from app.forms._saving.plan import plan_entry, plan_retraction
from app.forms.tnm_stage import TnmStage
from app.mcode.assembly import assemble
from tests.forms.cases import CONDITION, PATIENT, SNOMED, clinical_stage, concept, observation
from tests.forms.sending import sent as inputs_of

MYELOMA = concept("C90.00", "Multiple myeloma", "http://hl7.org/fhir/sid/icd-10-cm")


EXACT = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-tnm-"


def plan_new(make_subject, answers, author, **changes):
    subject = make_subject()
    work = new_workspace(TnmStage, subject, None, answers(**changes))
    assert work.validate(), work.problems()
    return plan_entry(work.form, subject, author, "draft-1")


def test_a_stage_is_four_conformant_observations_and_their_authorship(
    make_subject, answers, author
):
    plan = plan_new(make_subject, answers, author)
    t, n, m, group = (write.after for write in plan.writes)
    assert [r["meta"]["profile"] for r in (t, n, m, group)] == [
        [f"{EXACT}primary-tumor-category"],
        [f"{EXACT}regional-nodes-category"],
        [f"{EXACT}distant-metastases-category"],
        [f"{EXACT}stage-group"],
    ]
    for resource in (t, n, m, group):
        assert resource["status"] == "final"
        assert resource["category"][0]["coding"][0]["code"] == "exam"
        assert resource["subject"] == {"reference": "Patient/pat"}
        assert resource["focus"] == [{"reference": "Condition/breast"}]
        assert resource["effectiveDateTime"] == "2026-04-28"
        assert resource["method"]["coding"][0]["code"] == "897275008"
        assert resource["performer"][0]["reference"] == "Practitioner/nancy"
        assert resource["encounter"] == {"reference": "Encounter/visit"}
        assert resource["identifier"][0]["value"].startswith("urn:uuid:")
    codes = [r["code"]["coding"][0]["code"] for r in (t, n, m, group)]
    # cM0 is an observation of the cM category, also within a pathologic stage.
    assert codes == ["384625004", "371494008", "399387003", "399588009"]
    assert [r["valueCodeableConcept"]["text"] for r in (t, n, m, group)] == [
        "pT2", "pN1a", "cM0", "IIB",
    ]  # fmt: skip
    assert group["hasMember"] == [{"reference": write.full_url} for write in plan.writes[:3]]
    assert [target["reference"] for target in plan.provenance["target"]] == [
        write.full_url for write in plan.writes
    ]
    assert plan.provenance["agent"][0]["who"]["reference"] == "Practitioner/nancy"


def test_the_same_draft_always_carries_the_same_identifiers(make_subject, answers, author):
    once, again = (plan_new(make_subject, answers, author) for _ in range(2))
    assert [w.identifier for w in once.writes] == [w.identifier for w in again.writes]
    assert len({w.identifier["value"] for w in once.writes}) == 4


@pytest.mark.parametrize(
    ("prefix", "code", "value"),
    [
        ("c", "399504009", "cT2"),
        ("yc", "399504009", "ycT2"),
        ("yp", "384625004", "ypT2"),
        ("r", "78873005", "rT2"),
        ("a", "78873005", "aT2"),
    ],
)
def test_the_code_agrees_with_the_prefix_of_the_value(
    make_subject, answers, author, prefix, code, value
):
    n = answers.key("n", f"{prefix}N0", prefix)
    m = "absent:not-performed"
    group = answers.key("group", "IIA", prefix)
    t = answers.key("t", value, prefix)
    changes = {"prefix": prefix, "t": t, "n": n, "m": m, "group": group}
    plan = plan_new(make_subject, answers, author, **changes, **{"confirm-autopsy": "yes"})
    assert plan.writes[0].after["code"]["coding"][0]["code"] == code
    assert plan.writes[0].after["valueCodeableConcept"]["text"] == value
    assert "valueCodeableConcept" not in plan.writes[2].after
    assert plan.writes[2].after["dataAbsentReason"]["coding"][0]["code"] == "not-performed"


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"prefix": ""}, "prefix", "Choose the kind of staging"),
        ({"t": ""}, "t", "Choose the T category"),
        ({"n": "made-up"}, "n", "Choose the N category"),
        ({"m": ""}, "m", "Choose the M category"),
        ({"group": ""}, "group", "Choose the stage group"),
        ({"edition": ""}, "edition", "Choose the edition of the staging manual"),
        ({"date-year": "", "date-month": "", "date-day": ""}, "date", "Enter the date of staging"),
        ({"date-year": "2027"}, "date", "Enter a date of staging that is not in the future"),
        (
            {"date-year": "1963"},
            "date",
            "Enter a date of staging after the birth, 14-Feb-1964",
        ),
        (
            {"prefix": "c"},
            "t",
            "Choose the T category again: pT2 does not go with “c clinical”",
        ),
    ],
)
def test_a_bad_answer_gets_a_sentence_at_its_field_and_all_answers_stay(
    make_subject, answers, changes, field, sentence
):
    sent = answers(**changes)
    work = new_workspace(TnmStage, make_subject(), None, sent)
    assert not work.validate()
    assert sentence in work.form[field].errors
    assert (sentence, f"#{field}") in work.problems()
    assert work.form.date.typed["year"] == sent["date-year"]


def test_a_stage_before_the_diagnosis_is_asked_about_and_may_be_confirmed(make_subject, answers):
    early = {"date-month": "2"}
    work = new_workspace(TnmStage, make_subject(), None, answers(**early))
    assert not work.validate()
    assert [question.key for question in work.questions] == ["before-diagnosis"]
    confirmed = answers(**early, **{"confirm-before-diagnosis": "yes"})
    assert new_workspace(TnmStage, make_subject(), None, confirmed).validate()


def test_a_second_stage_of_the_same_kind_is_asked_about(make_subject, answers):
    key = answers.key
    sent = answers(
        prefix="c", t=key("t", "cT3", "c"), n=key("n", "cN0", "c"), group=key("group", "IIB", "c")
    )
    work = new_workspace(TnmStage, make_subject(*clinical_stage()), None, sent)
    assert not work.validate()
    assert [question.key for question in work.questions] == ["second-stage"]


def test_a_new_stage_begins_with_the_edition_in_use_and_says_where_it_is_from(make_subject):
    work = new_workspace(TnmStage, make_subject(*clinical_stage()), None, None)
    assert work.form.edition.text == f"{SNOMED}|897275008"
    assert work.origins["edition"] == "as in the stage of 20-Mar-2026"
    assert not work.form.t.text


def test_a_new_stage_after_progression_says_that_stage_is_fixed(make_subject):
    status = observation("s", "97509-4", concept("271299001", "worse"))
    status["code"]["coding"][0]["system"] = "http://loinc.org"
    subject = make_subject(*clinical_stage(), status)
    assert "Stage is fixed at diagnosis" in TnmStage().notices(subject)[0]
    assert not TnmStage().notices(make_subject(*clinical_stage()))


def test_stage_groups_stand_in_clinical_order_under_every_prefix():
    labels = [option.label for option in TnmStage().group.options if option.only_for]
    assert len(labels) == len(set(labels))
    for before, after in (("IIIC", "IIID"), ("IVA", "IVA1"), ("IVA1", "IVB"), ("IIID", "IV")):
        assert labels.index(before) < labels.index(after)


def test_a_cancer_that_tnm_does_not_stage_is_told():
    record = assemble(PATIENT, [{**CONDITION, "code": MYELOMA}])
    subject = Subject(record, "pat", record.primaries[0], date(2026, 11, 24))
    (notice,) = TnmStage().notices(subject)
    assert notice == (
        "For this cancer there is the form “Stage other than TNM (Myeloma ISS, Myeloma R-ISS)”."
    )


def test_a_stage_by_another_system_stands_beside_the_form(make_subject):
    figo = observation("figo", "385361009", concept("C96256", "FIGO Stage IIIA"))
    rows = TnmStage().chart_context(make_subject(figo))
    assert ("FIGO", "FIGO Stage IIIA", "20-Mar-2026") in rows


def _of_no_primary(of_whom):
    """Return the record of two primaries with a stage that names none, or another patient's."""
    second = {**CONDITION, "id": "second", "code": MYELOMA}
    theirs = {**CONDITION, "id": "theirs", "subject": {"reference": "Patient/other"}}
    focus = {"nobody": [], "another": [{"reference": "Condition/theirs"}]}[of_whom]
    stage = [{**part, "focus": focus} for part in clinical_stage()]
    return assemble(copy.deepcopy(PATIENT), copy.deepcopy([CONDITION, second, theirs, *stage]))


@pytest.mark.parametrize("of_whom", ["nobody", "another"])
def test_a_stage_that_names_no_primary_of_the_patient_opens_is_amended_and_retracted(
    of_whom, answers, author
):
    record = _of_no_primary(of_whom)
    primary, originals = find_subject(TnmStage, record, "group")
    assert (primary, set(originals)) == (None, {"t", "n", "m", "group"})
    subject = Subject(record, "pat", None, date(2026, 11, 24), originals)
    shown = existing_workspace(TnmStage, subject, "group", None, None)
    assert (shown.form.chart_context(subject), shown.form.notices(subject)) == ([], [])
    held = {name: item.text for name, item in shown.form.asked.items()}
    sent = answers(**{**held, "t": answers.key("t", "cT3", "c"), "seen": shown.seen.text()})
    sent |= {"date-day": "20", "date-month": "3"}
    work = existing_workspace(TnmStage, subject, "group", None, sent)
    assert work.validate(), work.problems()
    (write,) = plan_entry(work.form, subject, author, "draft").writes
    assert write.after["valueCodeableConcept"]["text"] == "cT3"
    assert write.after["focus"] == originals["t"]["focus"]
    retraction = plan_retraction(work.form, subject, author, "another patient's")
    assert {w.after["status"] for w in retraction.writes} == {"entered-in-error"}


def test_the_facts_say_who_amended_a_stage_and_what_pathology_found(make_subject):
    provenance = {
        "resourceType": "Provenance",
        "id": "p",
        "target": [{"reference": "Observation/group"}],
        "recorded": "2026-05-02T10:00:00Z",
        "activity": {"coding": [{"code": "UPDATE"}]},
        "agent": [{"who": {"display": "Dr Owen"}}],
    }
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "subject": {"reference": "Patient/pat"},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "LP7839-6"}]}],
        "code": {"text": "Surgical pathology"},
        "effectiveDateTime": "2026-04-24",
        "conclusion": "1 of 3 sentinel nodes positive",
    }
    rows = TnmStage().chart_context(make_subject(*clinical_stage(), provenance, report))
    assert any("amended by Dr Owen, 02-May-2026" in source for *_, source in rows)
    assert any("1 of 3 sentinel nodes positive" in value for _, value, _ in rows)


def loaded(make_subject, resources=None, main="group", **changes):
    subject = make_subject(*(resources or clinical_stage()), amend=main)
    shown = existing_workspace(TnmStage, subject, main, None, None)
    sent = {**inputs_of(shown.form), "seen": shown.seen.text(), **changes}
    return subject, existing_workspace(TnmStage, subject, main, None, sent)


def test_an_amendment_opens_with_what_the_chart_holds(make_subject):
    _, work = loaded(make_subject)
    assert work.validate(), work.problems()
    shown = [work.form.display(name) for name in ("prefix", "t", "n", "m", "group", "edition")]
    assert shown == ["c clinical", "cT2", "cN1", "cM0", "IIB", "AJCC 8"]


def test_saving_an_unchanged_stage_writes_nothing(make_subject, author):
    subject, work = loaded(make_subject)
    assert work.validate(), work.problems()
    plan = plan_entry(work.form, subject, author, "d")
    assert plan.writes == ()
    assert plan.provenance is None


def test_amending_one_category_changes_that_element_and_the_status_alone(
    make_subject, answers, author
):
    subject, work = loaded(make_subject, t=answers.key("t", "cT3", "c"))
    assert work.validate(), work.problems()
    plan = plan_entry(work.form, subject, author, "d")
    assert [write.label for write in plan.writes] == ["Primary tumor (T)"]
    write = plan.writes[0]
    expected = copy.deepcopy(clinical_stage()[0])
    expected["status"] = "amended"
    expected["valueCodeableConcept"] = write.after["valueCodeableConcept"]
    assert write.after == expected
    assert write.after["valueCodeableConcept"]["text"] == "cT3"
    assert write.version == "3"
    assert plan.provenance["activity"]["coding"][0]["code"] == "UPDATE"


@pytest.mark.parametrize("changes", [{}, {"date-day": "21"}], ids=["the note alone", "a date too"])
def test_a_note_is_not_lost_where_there_is_no_stage_group_to_hold_it(
    make_subject, answers, author, changes
):
    category, *_ = clinical_stage()
    subject, work = loaded(make_subject, [category], "t", note="By two readers", **changes)
    assert not work.validate()
    problem = "Choose the stage group, or remove the note, which is kept with it"
    assert work.problems() == [(problem, "#group")]
    both = {"note": "By two readers", "group": answers.key("group", "IIB", "c")}
    subject, work = loaded(make_subject, [category], "t", **both, **changes)
    assert work.validate(), work.problems()
    written = {w.label: w.after for w in plan_entry(work.form, subject, author, "d").writes}
    assert written["TNM stage group"]["note"][0]["text"] == "By two readers"


def test_a_code_of_the_ehrs_own_stays_where_only_the_value_is_amended(
    make_subject, answers, author
):
    own = {"code": {"text": "AJCC T category"}, "valueCodeableConcept": {"text": "cT2"}}
    category, *_ = clinical_stage()
    for label, prefix in (("cT3", "c"), ("pT3", "p")):
        changes = {"prefix": prefix, "t": answers.key("t", label, prefix)}
        subject, work = loaded(make_subject, [{**category, **own}], "t", **changes)
        assert work.validate(), work.problems()
        (write,) = plan_entry(work.form, subject, author, "d").writes
        assert write.after["valueCodeableConcept"]["text"] == label
        assert write.after["code"] == own["code"]


def test_amending_the_date_reaches_all_four_and_nothing_else(make_subject, author):
    subject, work = loaded(make_subject, **{"date-day": "21"})
    assert work.validate(), work.problems()
    plan = plan_entry(work.form, subject, author, "d")
    assert len(plan.writes) == 4
    for write in plan.writes:
        changed = {
            name
            for name in {*write.before, *write.after}
            if write.before.get(name) != write.after.get(name)
        }
        assert changed == {"status", "effectiveDateTime", "_effectiveDateTime"}
        assert write.after["effectiveDateTime"] == "2026-03-21"


def test_a_value_that_the_list_lacks_stays_as_it_is_recorded(make_subject, author):
    stage = clinical_stage()
    stage[3]["valueCodeableConcept"] = {"text": "IIB, local code"}
    subject, work = loaded(make_subject, stage, **{"date-day": "21"})
    assert work.form.display("group") == "IIB, local code (as in the chart)"
    assert work.validate(), work.problems()
    group = plan_entry(work.form, subject, author, "d").writes[-1].after
    assert group["valueCodeableConcept"] == {"text": "IIB, local code"}


def test_a_category_that_was_never_recorded_is_added_to_the_group(make_subject, answers, author):
    stage = clinical_stage()[:2] + clinical_stage()[3:]
    stage[2]["hasMember"] = stage[2]["hasMember"][:2]
    subject, work = loaded(make_subject, stage, m=answers.key("m", "cM0", "c"))
    assert work.validate(), work.problems()
    plan = plan_entry(work.form, subject, author, "d")
    assert [(write.label, write.act) for write in plan.writes] == [
        ("Distant metastases (M)", "new"),
        ("TNM stage group", "amended"),
    ]
    assert plan.writes[1].after["hasMember"] == [
        {"reference": "Observation/t"},
        {"reference": "Observation/n"},
        {"reference": plan.writes[0].full_url},
    ]


def test_retracting_marks_each_record_and_keeps_all_else(make_subject, author):
    subject, work = loaded(make_subject)
    plan = plan_retraction(work.form, subject, author, "wrong patient's report")
    assert len(plan.writes) == 4
    for write in plan.writes:
        assert write.after == {**write.before, "status": "entered-in-error"}
    assert plan.provenance["reason"] == [{"text": "wrong patient's report"}]
    assert plan.provenance["activity"]["coding"][0]["code"] == "NULLIFY"


def changed_meanwhile(make_subject, answers, mine, theirs, **more):
    """Open an amendment, let the chart change, and send: T by me, T and N by somebody else."""
    _, work = loaded(make_subject)
    sent = inputs_of(work.form)
    sent |= {"date-day": "20", "date-month": "3", "date-year": "2026", "seen": work.seen.text()}
    stage = clinical_stage()
    for index, (axis, label) in enumerate(theirs):
        code = answers.key(axis, label, "c").split("|")[1]
        position = ("t", "n", "m").index(axis)
        stage[position]["valueCodeableConcept"] = concept(code, label)
        stage[position]["meta"]["versionId"] = f"{index + 4}"
    sent |= {axis: answers.key(axis, label, "c") for axis, label in mine} | more
    subject = make_subject(*stage, amend="group")
    return subject, sent, existing_workspace(TnmStage, subject, "group", None, sent)


def test_an_answer_that_was_not_touched_follows_the_chart(make_subject, answers, author):
    subject, _, work = changed_meanwhile(
        make_subject, answers, mine=[("t", "cT3")], theirs=[("n", "cN2")]
    )
    assert work.merge.stale
    assert work.merge.taken == {"n"}
    assert work.form.display("n") == "cN2"
    plan = plan_entry(work.form, subject, author, "d")
    assert [write.label for write in plan.writes] == ["Primary tumor (T)"]


def test_an_answer_that_both_changed_waits_for_a_choice(make_subject, answers):
    _, sent, work = changed_meanwhile(
        make_subject, answers, mine=[("t", "cT3")], theirs=[("t", "cT4")]
    )
    assert work.merge.disputed == {"t"}
    assert work.chart["t"] == "cT4"
    assert not work.validate()
    assert work.problems()[0][1] == "#resolve-t"
    # Sent again from the page that shows both, still without a choice.
    again = {**sent, "seen": work.seen.text(), "disputed": "t"}
    work = existing_workspace(TnmStage, work.subject, "group", None, again)
    assert not work.merge.stale
    assert not work.validate()


@pytest.mark.parametrize(("choice", "label"), [("mine", "cT3"), ("chart", "cT4")])
def test_the_choice_decides(make_subject, answers, choice, label):
    _, sent, work = changed_meanwhile(
        make_subject, answers, mine=[("t", "cT3")], theirs=[("t", "cT4")]
    )
    again = {**sent, "seen": work.seen.text(), "disputed": "t", "resolve-t": choice}
    work = existing_workspace(TnmStage, work.subject, "group", None, again)
    assert work.validate(), work.problems()
    assert work.form.display("t") == label


def test_a_choice_made_for_an_earlier_version_does_not_count_for_a_later_one(make_subject, answers):
    _, _, work = changed_meanwhile(
        make_subject,
        answers,
        mine=[("t", "cT3")],
        theirs=[("t", "cT4")],
        **{"disputed": "t", "resolve-t": "mine"},
    )
    assert work.merge.disputed == {"t"}


def test_the_same_change_by_both_is_no_dispute(make_subject, answers):
    _, _, work = changed_meanwhile(
        make_subject, answers, mine=[("t", "cT3")], theirs=[("t", "cT3")]
    )
    assert work.merge.stale
    assert not work.merge.disputed


@pytest.mark.parametrize("seen", ["", "nonsense", "[]", "{}", '[1, "x"]', '["a", "b"]'])
def test_a_page_that_does_not_say_what_it_was_made_from_decides_nothing(
    make_subject, answers, seen
):
    subject = make_subject(*clinical_stage(), amend="group")
    sent = {**answers(), "seen": seen}
    work = existing_workspace(TnmStage, subject, "group", None, sent)
    assert work.merge.stale
    assert "t" in work.merge.disputed


@pytest.mark.parametrize(
    ("changes", "question"),
    [
        ({"m": ("m", "cM1", "p")}, "early-with-metastasis"),
        ({"m": ("m", "cM1", "p"), "group": ("group", "IV", "p")}, None),
        ({"m": ("m", "cM0", "p"), "group": ("group", "IV", "p")}, None),
        (
            {
                "prefix": "a",
                "t": ("t", "aT2", "a"),
                "n": ("n", "aN0", "a"),
                "m": ("m", "aM0", "a"),
            },
            "autopsy",
        ),
    ],
)
def test_the_unlikely_is_asked_about(make_subject, answers, changes, question):
    typed = {
        name: answers.key(*value) if isinstance(value, tuple) else value
        for name, value in changes.items()
    }
    work = new_workspace(TnmStage, make_subject(), None, answers(**typed))
    work.validate()
    assert [asked.key for asked in work.questions] == ([question] if question else [])


def test_a_category_opens_the_stage_that_it_is_part_of(make_subject):
    record = make_subject(*clinical_stage()).record
    primary, parts = find_subject(TnmStage, record, "t")
    assert primary.id == "breast"
    assert set(parts) == {"t", "n", "m", "group"}


@pytest.mark.parametrize("resource_id", ["nothing", "breast", "pat"])
def test_what_is_no_stage_of_this_patient_is_not_found(make_subject, resource_id):
    record = make_subject(*clinical_stage()).record
    with pytest.raises(NoSuchEntry):
        find_subject(TnmStage, record, resource_id)


def test_a_retracted_stage_is_not_found(make_subject):
    *others, group = clinical_stage()
    record = make_subject(*others, {**group, "status": "entered-in-error"}).record
    with pytest.raises(NoSuchEntry):
        find_subject(TnmStage, record, "group")


def test_an_unlisted_answer_never_reaches_a_resource(make_subject, answers):
    form = TnmStage(MultiDict(answers(t="http://snomed.info/sct|1")))
    form.prepare(make_subject())
    assert not form.validate()
