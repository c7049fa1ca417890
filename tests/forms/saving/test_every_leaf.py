"""The review shows every element that will be written, old beside new.

Each leaf of each resource of a plan stands in the review, or is left out for a reason that
`tests/forms/reviewing.py` names.
"""

import copy
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.fhir.quantity import UCUM
from app.formatting import partial_date
from app.forms._definition import Subject
from app.forms._pages.workspace import existing_workspace
from app.forms._registry import find_subject
from app.forms._saving.contradictions import contradicting
from app.forms._saving.plan import Plan, Write, plan_entry
from app.forms._saving.review import names_of, record_rows
from app.mcode.assembly import assemble
from tests.forms import valid
from tests.forms.cases import concept
from tests.forms.changing import another
from tests.forms.patient import AUTHOR, CHART, PATIENT, TODAY
from tests.forms.reviewing import assert_plan_is_told, leaves
from tests.forms.sending import inputs
from tests.forms.test_every_form import confirmed, draw_answers, every_form, stored, subject_of

few = settings(
    phases=(Phase.explicit, Phase.generate),  # a failure names its case; to shrink it takes minutes
    max_examples=min(8, settings.default.max_examples),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def reopened(form_class, plan):
    """Return the subject and the address of an entry that was saved."""
    after = assemble(copy.deepcopy(PATIENT), [*copy.deepcopy(CHART), *stored(plan, None)])
    main = form_class.parts[-1].label
    id_ = next(f"new-{n}" for n, write in enumerate(plan.writes) if write.label == main)
    primary, originals = find_subject(form_class, after, id_)
    return Subject(after, "pat", primary, TODAY, originals), id_


@every_form
def test_each_leaf_of_a_typical_entry_stands_in_its_review(form_class):
    subject = subject_of(form_class)
    work = confirmed(form_class, subject, valid.typical(form_class, subject))
    assert work.validate(), work.problems()
    plan = plan_entry(work.form, subject, AUTHOR, "draft-1")
    assert_plan_is_told(plan, form_class, subject.record)
    # What a form itself writes contradicts nothing.
    assert list(contradicting(work.form, plan)) == []


@every_form
@few
@given(data=st.data())
def test_each_leaf_of_any_entry_and_of_its_amendment_stands_in_the_review(form_class, data):
    subject = subject_of(form_class)
    work = confirmed(form_class, subject, draw_answers(data, form_class, subject))
    if not work.validate():
        return
    plan = plan_entry(work.form, subject, AUTHOR, "draft-1")
    assert_plan_is_told(plan, form_class, subject.record)
    again, id_ = reopened(form_class, plan)
    shown = existing_workspace(form_class, again, id_, None, None)
    for item in shown.form.asked.values():
        if item.target and data.draw(st.booleans(), label=item.name):
            other = another(item)
            item.process(None, None)
            if other is not None:
                item.process(MultiDict(inputs(item, other)))
    amendment = plan_entry(shown.form, again, AUTHOR, "draft-2")
    assert_plan_is_told(amendment, form_class, again.record)


@every_form
def test_no_leaf_changes_without_a_line_of_the_review(form_class):
    subject = subject_of(form_class)
    work = confirmed(form_class, subject, valid.typical(form_class, subject))
    assert work.validate()
    plan = plan_entry(work.form, subject, AUTHOR, "draft-1")
    for resource in stored(plan, subject):
        assert_each_change_is_told(resource, {**names_of(subject.record), **form_class.names()})


AMOUNT = {"value": Decimal(60), "unit": "mg", "system": UCUM, "code": "mg"}
ORDER = {
    "resourceType": "MedicationRequest",
    "id": "order",
    "status": "active",
    "_status": {"extension": [{"url": "urn:why", "valueString": "by phone"}]},
    "intent": "order",
    "priority": "urgent",
    "doNotPerform": False,
    "medicationCodeableConcept": concept("3639", "doxorubicin"),
    "medicationReference": {"reference": "Medication/vial", "display": "Vial of 50 mg"},
    "subject": {"reference": "Patient/pat", "type": "Patient"},
    "authoredOn": "2026-04-02T09:30:00Z",
    "insurance": [{"identifier": {"system": "urn:payer", "value": "17"}}],
    "note": [
        {"authorString": "Dr Owen", "time": "2026-04-02T09:30:00Z", "text": "After the echo"},
        {"authorReference": {"reference": "Practitioner/owen"}, "text": "Slowly"},
    ],
    "dosageInstruction": [
        {
            "sequence": 1,
            "text": "60 mg by vein",
            "additionalInstruction": [concept("1", "With ice")],
            "patientInstruction": "Drink a lot",
            "timing": {
                "event": ["2026-04-02"],
                "repeat": {
                    "boundsPeriod": {"start": "2026-04-02", "end": "2026-06-02"},
                    "count": 4,
                    "frequency": 1,
                    "period": 14,
                    "periodUnit": "d",
                    "duration": 30,
                    "durationUnit": "min",
                    "dayOfWeek": ["mon"],
                    "timeOfDay": ["08:00:00"],
                    "when": ["AC"],
                    "offset": 20,
                },
                "code": concept("Q2W", "Every two weeks"),
            },
            "asNeededBoolean": False,
            "site": concept("2", "Port"),
            "route": concept("47625008", "Intravenous"),
            "method": concept("3", "Infusion"),
            "doseAndRate": [
                {
                    "type": concept("ordered", "Ordered"),
                    "doseRange": {"low": AMOUNT, "high": AMOUNT},
                    "rateRatio": {"numerator": AMOUNT, "denominator": {"value": 1, "unit": "h"}},
                }
            ],
            "maxDosePerPeriod": {"numerator": AMOUNT, "denominator": {"value": 1, "unit": "d"}},
            "maxDosePerAdministration": AMOUNT,
        },
        {"sequence": 2, "asNeededCodeableConcept": concept("4", "Pain"), "text": "then rest"},
    ],
    "dispenseRequest": {"numberOfRepeatsAllowed": 2, "quantity": AMOUNT},
    "substitution": {"allowedBoolean": False},
    "extension": [
        {"url": "urn:a", "valueRange": {"low": AMOUNT, "high": AMOUNT}},
        {"url": "urn:b", "valuePeriod": {"start": "2026-04-02"}},
        {"url": "urn:c", "extension": [{"url": "d", "valueInteger": 3}]},
        {"url": "urn:e", "valueCoding": {"system": "urn:s", "code": "f", "display": "Fast"}},
        {"url": "urn:g", "valueIdentifier": {"system": "urn:h", "value": "9"}},
        {"url": "urn:i", "valueAttachment": {"title": "Scan", "url": "Binary/1"}},
        {"url": "urn:j", "valueBoolean": True},
    ],
    "contained": [{"resourceType": "Medication", "id": "m", "code": concept("5", "Saline")}],
}
RESULT = {
    "resourceType": "Observation",
    "id": "result",
    "status": "preliminary",
    "text": {"status": "generated", "div": "<div>PSA <b>4</b></div>"},
    "code": concept("2857-1", "PSA"),
    "effectivePeriod": {"start": "2026-03-20", "end": "2026-03-21"},
    "valueQuantity": {
        **AMOUNT,
        "comparator": "<",
        "extension": [{"url": "urn:original", "valueString": "below 60"}],
    },
    "dataAbsentReason": concept("error", "Clotted"),
    "interpretation": [concept("H", "High")],
    "referenceRange": [
        {"low": AMOUNT, "high": AMOUNT, "type": concept("normal", "Normal"), "text": "men"}
    ],
    "component": [
        {
            "code": concept("6", "Stain"),
            "valueRatio": {"numerator": AMOUNT, "denominator": {"value": 8}},
            "interpretation": [concept("7", "Strong")],
            "referenceRange": [{"text": "none"}],
        },
        {"code": concept("8", "Rate"), "dataAbsentReason": concept("unknown", "Lost")},
    ],
    "bodySite": {
        **concept("9", "Breast"),
        "extension": [{"url": "urn:side", "valueCodeableConcept": concept("10", "Left")}],
    },
    "performer": [{"display": "Laboratory of the west"}],
    "encounter": {"reference": "Encounter/visit"},
}


@pytest.mark.parametrize("resource", [ORDER, RESULT], ids=lambda resource: resource["id"])
def test_no_leaf_of_any_data_type_changes_without_a_line_of_the_review(resource):
    assert_each_change_is_told(resource, {})


def assert_each_change_is_told(resource, names):
    """Change each leaf: the review has to show the new one, and another text than before."""
    count = sum(1 for _ in leaves(resource))
    for number_ in range(count):
        after = copy.deepcopy(resource)
        path, value, holder = list(leaves(after))[number_]
        if path[0] in {"meta", "resourceType", "id"} or path[-1] == "id" or not holder:
            continue
        holder[path[-1]], words = another_leaf(path, value)
        if path[-1] == "reference" and "display" in holder:
            words.append(holder["display"])
        write = Write("Record", "amended", "Type/id", after, before=resource)
        (row,) = record_rows(Plan("", "", "", (write,), None), names)
        lines = [*row.lines, *(line for line in row.rest if path == ("status",))]
        told = [("", row.before, row.after)] + [(x.label, x.before, x.after) for x in lines]
        shown = [f"{label}: {after}" for label, before, after in told if before != after]
        assert shown, path
        # These change what an element is called: its words are those of another code or list.
        if path[-1] not in {"url", "system", "use", "code"}:
            assert any(word in line for line in shown for word in words), (path, value, shown)


def another_leaf(path, value):
    """Return another value of a leaf, with the words of which one stands in the review for it."""
    if isinstance(value, bool):
        return not value, ["No", "as needed"] if value else ["Yes", "as needed"]
    if not isinstance(value, str):
        return 7654321, ["7654321"]
    if partial_date(value) != value:
        return f"1999-12-31{value[10:]}", ["1999"]
    return f"Changed{path[-1]}", [f"Changed{path[-1]}", f"Changed{path[-1]}"[:5]]
