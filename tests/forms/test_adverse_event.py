import copy

import pytest

from app.forms._definition import Author
from app.forms._saving.plan import plan_entry
from app.forms._saving.wording import elements_of
from app.forms.adverse_event import SUSPECTS, AdverseEvent
from app.mcode.conformance import problems
from app.mcode.definitions import profile_url
from tests.forms.entering import confirmed, existing, fresh, new, sentences, subject_of, written
from tests.forms.patient import CHART

NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
OUTCOME = "http://terminology.hl7.org/CodeSystem/adverse-event-outcome"
GRADE = "http://hl7.org/fhir/us/ctcae/CodeSystem/ctcae-grade-code-system"
NEUROPATHY = f"{NCIT}|C143752"
OTHER_CARDIAC = f"{NCIT}|C143352"
NOT_SERIOUS = f"{NCIT}|C41336"
EMPTY = {"serious": "", "why": "", "suspect-1": "", "likely-1": ""}


def grade(number):
    return f"{GRADE}|{number}"


def outcome(code):
    return f"{OUTCOME}|{code}"


def coded(system, code, display, text=None):
    coding = {"system": system, "code": code, "display": display}
    return {"coding": [coding], **({"text": text} if text else {})}


def suspect(id_, **more):
    return {"instance": {"reference": f"MedicationAdministration/{id_}"}, **more}


def kept(number="3", *suspects, **more):
    """Return an event that stands in the chart."""
    return {
        "resourceType": "AdverseEvent",
        "id": "kept",
        "meta": {"versionId": "1", "profile": [profile_url("ctc-adverse-event")]},
        "extension": [
            {
                "url": profile_url("ctcae-grade"),
                "valueCodeableConcept": coded(GRADE, number, "As graded"),
            },
            {"url": "urn:ward", "valueString": "7B"},
        ],
        "actuality": "actual",
        "event": coded(NCIT, "C143752", "Peripheral sensory neuropathy", "Numb fingertips"),
        "subject": {"reference": "Patient/pat"},
        "date": "2026-06-01",
        "suspectEntity": list(suspects) or [suspect("contrast")],
        **more,
    }


def administration(id_, on="2026-05-02", **more):
    drug = {**next(r for r in CHART if r["id"] == "contrast"), **more}
    return {**drug, "id": id_, "effectiveDateTime": on}


def test_a_typical_event_says_all_that_the_profile_has():
    (event,) = written(new(AdverseEvent))
    assert problems(event) == []
    assert event["actuality"] == "actual"
    assert event["recorder"] == {"reference": "Practitioner/nancy", "display": "Nancy Nurse"}
    assert event["encounter"] == {"reference": "Encounter/visit"}
    assert event["event"] == coded(NCIT, "C143282", "Anaphylaxis", "Anaphylaxis")
    assert isinstance(event["identifier"], dict)
    (named,) = event["suspectEntity"]
    assert named["instance"] == {"reference": "MedicationAdministration/contrast"}
    assert named["causality"][0]["assessment"]["coding"][0]["code"] == "C53260"
    told = elements_of(event, {"MedicationAdministration/contrast": "iohexol"})
    assert told["Resolved on"] == "02-Jun-2026"
    assert told["Why it is serious"] == "Adverse Event associated with Hospitalization"
    assert told["Suspected cause"].startswith("iohexol, ")


def test_who_is_no_practitioner_is_named_in_words_alone():
    work = new(AdverseEvent)
    assert work.validate()
    author = Author("PractitionerRole/role", "Nancy Nurse")
    (write,) = plan_entry(work.form, work.subject, author, "draft").writes
    assert write.after["recorder"] == {"display": "Nancy Nurse"}


def test_own_words_stand_beside_the_term():
    changes = {"event": NEUROPATHY, "words": "Numb fingertips"}
    (event,) = written(new(AdverseEvent, **changes))
    assert event["event"]["text"] == "Numb fingertips"
    assert elements_of(event, {})["Coded as"] == "Peripheral sensory neuropathy"


def test_another_term_keeps_the_words_and_other_words_keep_the_term():
    (event,) = written(existing(AdverseEvent, kept(), event=f"{NCIT}|C143736"))
    assert event["event"] == coded(NCIT, "C143736", "Paresthesia", "Numb fingertips")
    (event,) = written(existing(AdverseEvent, kept(), words=""))
    term = "Peripheral sensory neuropathy"
    assert event["event"] == coded(NCIT, "C143752", term, term)


def test_a_term_for_what_has_none_needs_words():
    assert sentences(new(AdverseEvent, event=OTHER_CARDIAC)) == {
        "words": "Enter what the adverse event is"
    }
    (event,) = written(new(AdverseEvent, event=OTHER_CARDIAC, words="Takotsubo"))
    assert event["event"]["text"] == "Takotsubo"


def test_an_event_that_is_no_term_stays_as_it_is_and_takes_no_words():
    freely = kept(event={"text": "Felt odd"})
    shown = existing(AdverseEvent, freely)
    assert shown.form.display("event") == "Felt odd (as in the chart)"
    assert shown.form.words.data is None
    (event,) = written(existing(AdverseEvent, freely, grade=grade(2)))
    assert event["event"] == {"text": "Felt odd"}
    assert sentences(existing(AdverseEvent, freely, words="dizzy")) == {
        "event": "Choose the term for these words, or remove them"
    }


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"date": "2026-12-01", "resolved": ""},
            {"date": "Enter a date of the start that is not in the future"},
        ),
        ({"date": "1960"}, {"date": "Enter a date of the start after the birth, 14-Feb-1964"}),
        ({"resolved": "2026-12-01"}, {"resolved": "Enter a date that is not in the future"}),
        ({"resolved": "2026-05-31"}, {"resolved": "Enter a date from the start on, 01-Jun-2026"}),
        (
            {"outcome": outcome("ongoing")},
            {"outcome": "Choose “Resolved”, or remove the date on which it was resolved"},
        ),
        (
            {"outcome": ""},
            {"outcome": "Choose “Resolved”, or remove the date on which it was resolved"},
        ),
        ({"serious": NOT_SERIOUS}, {"serious": "Choose “Serious”, or remove why it is"}),
        (
            {"suspect-1": ""},
            {"suspect-1": "Choose the suspected cause, or remove how likely it is"},
        ),
        (
            {"suspect-3": "MedicationAdministration/contrast"},
            {"suspect-3": "Choose another cause: iohexol · 01-Jun-2026 is above already"},
        ),
    ],
)
def test_what_cannot_be_is_refused(changes, told):
    assert sentences(new(AdverseEvent, **changes)) == told


def test_the_month_of_the_start_is_no_reason_to_refuse_a_day_in_it():
    assert new(AdverseEvent, date="2026-06", resolved="2026-06-01").validate()


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({"grade": grade(5)}, {"death"}),
        ({"outcome": outcome("fatal")}, {"death"}),
        ({"grade": grade(5), "outcome": outcome("fatal")}, {"dead"}),
        (
            {"grade": grade(5), "outcome": outcome("fatal"), "serious": NOT_SERIOUS, "why": ""},
            {"dead", "death-not-serious"},
        ),
        ({"grade": grade(0)}, {"absent"}),
        ({"grade": grade(0), **EMPTY}, set()),
    ],
)
def test_what_is_unlikely_is_asked(changes, asked):
    work = new(AdverseEvent, **changes)
    work.validate()
    assert {question.key for question in work.questions} == asked
    assert confirmed(work).validate()


def test_a_death_that_the_chart_knows_is_not_asked_about():
    changes = {"grade": grade(5), "outcome": outcome("fatal")}
    assert new(AdverseEvent, patient={"deceasedBoolean": True}, **changes).validate()


def test_the_same_term_and_start_is_asked_about_and_no_other():
    same = {"event": NEUROPATHY}
    assert sentences(new(AdverseEvent, kept(), **same)) == {
        "same": "Peripheral sensory neuropathy, grade 3, of this start is on record already. "
        "Tick to confirm that this is another one; to correct that one, amend it"
    }
    assert new(AdverseEvent, kept(date="2026-06-02"), **same).validate()
    assert new(AdverseEvent, kept()).validate()
    assert existing(AdverseEvent, kept(), words="Numb").validate()


def test_the_events_on_record_stand_beside_the_form():
    facts = AdverseEvent().chart_context(subject_of(AdverseEvent, kept()))
    assert facts == [("On record", "Numb fingertips", "grade 3 · 01-Jun-2026")]


def test_grade_0_takes_seriousness_and_all_suspects_away():
    many = [suspect(f"dose-{n}", causality=[{"author": {"display": "X"}}]) for n in range(6)]
    serious = kept(
        "3",
        *many,
        seriousness=coded(NCIT, "C41335", "Serious Adverse Event"),
    )
    work = existing(AdverseEvent, serious, grade=grade(0))
    assert set(sentences(work)) == {"absent"}
    (event,) = written(confirmed(work))
    assert problems(event) == []
    assert not {"seriousness", "suspectEntity"} & set(event)
    assert {"url": "urn:ward", "valueString": "7B"} in event["extension"]


def test_an_event_of_grade_0_that_says_more_stays_where_nothing_is_changed():
    odd = kept("0")
    shown = existing(AdverseEvent, odd)
    assert plan_entry(shown.form, shown.subject, Author(None, ""), "draft").writes == ()
    (event,) = written(existing(AdverseEvent, odd, words="Numb"))
    assert "suspectEntity" not in event


def test_what_was_given_and_done_is_offered_the_newest_first():
    operation = {
        "resourceType": "Procedure",
        "id": "operation",
        "status": "completed",
        "subject": {"reference": "Patient/pat"},
        "code": {"text": "Lumpectomy"},
        "performedDateTime": "2026-04-21",
    }
    left_out = administration("left-out", "2026-07-01", status="not-done")
    shown = fresh(AdverseEvent, operation, left_out, administration("earlier"))
    offered = {option.text: option.label for option in shown.form.asked["suspect-1"].options}
    assert list(offered.items()) == [
        ("MedicationAdministration/contrast", "iohexol · 01-Jun-2026"),
        ("MedicationAdministration/earlier", "iohexol · 02-May-2026"),
        ("Procedure/operation", "Lumpectomy · 21-Apr-2026"),
    ]


def test_without_any_treatment_no_cause_is_asked_for():
    chart = [resource for resource in CHART if resource["id"] != "contrast"]
    work = fresh(AdverseEvent, chart=chart)
    assert not work.form.asked["suspect-1"].options
    assert not work.form.asked["likely-1"].options
    (notice,) = work.form.notices(work.subject)
    assert notice == "The chart holds no treatment to name as the suspected cause."
    assert fresh(AdverseEvent).form.notices(work.subject) == []


def test_suspects_of_other_kinds_and_beyond_the_rows_stay():
    device = {"instance": {"reference": "Device/pump", "display": "Infusion pump"}}
    unnamed = {"instance": {"display": "a herbal tea"}, "causality": [{"productRelatedness": "x"}]}
    doses = [suspect(f"dose-{n}") for n in range(SUSPECTS.count)]
    many = kept("3", device, unnamed, *doses)
    before = copy.deepcopy(many["suspectEntity"])
    shown = existing(AdverseEvent, many)
    assert shown.form.display("suspect-1") == "Infusion pump (as in the chart)"
    assert shown.form.display("suspect-2") == "a herbal tea (as in the chart)"
    (notice,) = shown.form.notices(shown.subject)
    assert "2 further" in notice
    changes = {"suspect-3": "", "likely-4": f"{NCIT}|C53259"}
    (event,) = written(existing(AdverseEvent, many, **changes))
    assert event["suspectEntity"][:2] == before[:2]
    assert event["suspectEntity"][2]["instance"] == before[3]["instance"]
    assert event["suspectEntity"][2]["causality"][0]["assessment"]["text"]
    assert event["suspectEntity"][3:] == before[4:]


def test_what_might_have_happened_is_opened_by_no_form():
    record = subject_of(AdverseEvent, kept(actuality="potential")).record
    assert not AdverseEvent.matches(record, record.adverse_events[0])


def test_an_event_that_another_ehr_wrote_is_amended_and_keeps_the_rest():
    foreign = kept(
        category=[{"text": "toxicity"}],
        resultingCondition=[{"reference": "Condition/heart"}],
        contributor=[{"display": "Pharmacist"}],
    )
    del foreign["meta"]["profile"]
    (event,) = written(existing(AdverseEvent, foreign, outcome=outcome("ongoing")))
    assert event.pop("outcome")["coding"][0]["code"] == "ongoing"
    assert event == foreign
