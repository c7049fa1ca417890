import pytest

from app.sandbox.fhir import interactions
from app.sandbox.fhir.access import AccessDenied, AllowAll
from app.sandbox.fhir.outcome import FhirError
from app.sandbox.fhir.references import Local
from app.sandbox.fhir.writing import Preconditions

ALL = AllowAll()
BREAST = Local("Condition", "breast")
KEY = {"system": "urn:draft", "value": "7"}


def refusal(call, *args, **kwargs):
    with pytest.raises(FhirError) as refused:
        call(*args, **kwargs)
    return refused.value


def test_a_new_resource_gets_an_id_of_the_server(chart, make):
    made = interactions.create(chart, ALL, "Observation", make.observation(id_="mine"))
    id_ = made.resource["id"]
    assert id_ != "mine"
    assert made.status == 201
    assert made.location == f"http://ehr.test/fhir/Observation/{id_}/_history/1"
    assert made.etag == 'W/"1"'
    assert interactions.read(chart, ALL, Local("Observation", id_)).resource == made.resource


def test_an_update_makes_a_version_and_the_earlier_one_stays(chart, make):
    updated = interactions.update(
        chart, ALL, BREAST, make.condition("breast", note=[{"text": "x"}]), Preconditions('W/"1"')
    )
    assert (updated.status, updated.etag) == (200, 'W/"2"')
    assert "note" not in interactions.read(chart, ALL, BREAST._replace(version="1")).resource
    assert "note" in interactions.read(chart, ALL, BREAST).resource


def test_an_update_may_choose_the_id_of_a_new_resource(chart, make):
    new = interactions.update(chart, ALL, Local("Condition", "new"), make.condition("new"))
    assert new.status == 201


@pytest.mark.parametrize(
    ("target", "conditions", "status"),
    [
        (BREAST, Preconditions(if_match='W/"2"'), 412),
        (BREAST, Preconditions(if_match='"2"'), 412),
        (BREAST, Preconditions(if_match='W/"1'), 400),
        (BREAST, Preconditions(if_match="*"), 400),
        (BREAST, Preconditions(if_none_match="*"), 412),
        (Local("Condition", "new"), Preconditions(if_match='W/"1"'), 412),
    ],
)
def test_an_update_is_refused_where_its_condition_fails(chart, make, target, conditions, status):
    resource = make.condition(target.id)
    error = refusal(interactions.update, chart, ALL, target, resource, conditions)
    assert error.status == status
    assert chart.latest("Condition", "breast").number == 1


def test_an_update_must_name_the_id_of_its_address(chart, make):
    for id_ in ("other", None):
        error = refusal(interactions.update, chart, ALL, BREAST, make.condition(id_))
        assert (error.status, error.issues[0].expression) == (400, "Condition.id")


def test_what_is_deleted_is_gone_but_not_its_past(chart):
    assert interactions.delete(chart, ALL, BREAST).status == 204
    assert refusal(interactions.read, chart, ALL, BREAST).status == 410
    assert interactions.read(chart, ALL, BREAST._replace(version="1")).status == 200
    assert interactions.delete(chart, ALL, BREAST).status == 204
    assert interactions.delete(chart, ALL, Local("Condition", "never")).status == 204
    assert refusal(interactions.read, chart, ALL, Local("Condition", "never")).status == 404
    assert refusal(interactions.read, chart, ALL, BREAST._replace(version="9")).status == 404


def test_a_reader_who_has_the_version_is_told_so(chart):
    for given, status in (('W/"1"', 304), ('W/"2"', 200)):
        condition = Preconditions(if_none_match=given)
        assert interactions.read(chart, ALL, BREAST, condition).status == status


def test_a_conditional_create_makes_one_copy(chart, make):
    condition = Preconditions(if_none_exist="identifier=urn:draft|7")
    resource = make.observation(identifier=[KEY])
    first = interactions.create(chart, ALL, "Observation", resource, condition)
    second = interactions.create(chart, ALL, "Observation", resource, condition)
    assert (first.status, second.status) == (201, 200)
    assert first.resource == second.resource
    interactions.create(chart, ALL, "Observation", resource)
    error = refusal(interactions.create, chart, ALL, "Observation", resource, condition)
    assert error.status == 412


@pytest.mark.parametrize("condition", ["", "foo=1", "_count=1", "date=never"])
def test_a_condition_that_is_none_is_refused(chart, make, condition):
    conditions = Preconditions(if_none_exist=condition)
    error = refusal(interactions.create, chart, ALL, "Observation", make.observation(), conditions)
    assert error.status == 400


@pytest.mark.parametrize(
    "resource",
    [
        {"focus": [{"reference": "Condition/lung"}]},
        {"focus": [{"reference": "http://ehr.test/fhir/Condition/lung"}]},
        {"focus": [{"reference": "Condition/lung/_history/1"}]},
        {"focus": [{"reference": "Patient/grace"}]},
        {"focus": [{"reference": "Condition/none"}]},
        {"focus": [{"reference": "http://ehr.test/fhir/Condition/none"}]},
        {"focus": [{"reference": "Condition/breast/_history/9"}]},
        {"focus": [{"reference": "urn:uuid:1b4e28ba-2fa1-11d2-883f-0016d3cca427"}]},
        {"focus": [{"reference": "breast"}]},
        {"focus": [{"reference": "#none"}]},
        {"extension": [{"url": "u", "valueReference": {"reference": "Condition/lung"}}]},
        {"subject": {"reference": "Patient/none"}},
    ],
)
def test_a_reference_that_leads_nowhere_or_to_another_patient_is_refused(
    chart, make, ids, resource
):
    error = refusal(interactions.create, chart, ALL, "Observation", make.observation(**resource))
    assert error.status == 422
    assert error.issues[0].expression.startswith("Observation.")
    assert ids("Observation") == []


@pytest.mark.parametrize(
    "resource",
    [
        {"focus": [{"reference": "Condition/breast"}]},
        {"focus": [{"reference": "Condition/breast/_history/1"}]},
        {"focus": [{"reference": "http://elsewhere.test/Condition/1"}]},
        {"focus": [{"identifier": KEY}]},
        {"focus": [{"reference": "#c"}], "contained": [{"resourceType": "Patient", "id": "c"}]},
        {"subject": None, "focus": [{"reference": "Condition/lung"}]},
    ],
)
def test_other_references_are_taken(chart, make, resource):
    observation = make.observation(**resource)
    assert interactions.create(chart, ALL, "Observation", observation).status == 201


def test_a_provenance_is_of_one_patient(chart, make):
    targets = [{"reference": "Condition/breast"}, {"reference": "Condition/lung"}]
    for found, status in ((targets, 422), (targets[:1], 201)):
        provenance = make.resource(
            "Provenance",
            target=found,
            recorded="2026-11-24T09:00:00Z",
            agent=[{"who": {"display": "Owen"}}],
        )
        if status == 422:
            assert refusal(interactions.create, chart, ALL, "Provenance", provenance).status == 422
        else:
            assert interactions.create(chart, ALL, "Provenance", provenance).status == 201


def test_an_update_answers_for_the_references_it_adds_only(chart, make):
    crossing = make.condition(
        "odd", extension=[{"url": "u", "valueReference": {"reference": "X/1"}}]
    )
    chart.put("Condition", "odd", crossing, "PUT")
    odd = Local("Condition", "odd")
    assert interactions.update(chart, ALL, odd, {**crossing, "note": [{"text": "x"}]}).status == 200
    worse = {**crossing, "encounter": {"reference": "Encounter/none"}}
    assert refusal(interactions.update, chart, ALL, odd, worse).status == 422


@pytest.mark.parametrize(
    ("resource_type", "more", "path"),
    [
        ("Observation", {"valueInteger": 1, "dataAbsentReason": {"text": "x"}}, "dataAbsentReason"),
        (
            "Observation",
            {"effectivePeriod": {"start": "2026-03", "end": "2026-02"}},
            "effectivePeriod",
        ),
        ("Condition", {"abatementDateTime": "2026"}, "clinicalStatus"),
    ],
)
def test_a_broken_rule_of_fhir_is_refused(chart, make, resource_type, more, path):
    build = {"Observation": make.observation, "Condition": lambda **m: make.condition("x", **m)}
    error = refusal(interactions.create, chart, ALL, resource_type, build[resource_type](**more))
    assert (error.status, error.issues[0].code) == (422, "invariant")
    assert error.issues[0].expression == f"{resource_type}.{path}"


def test_a_resource_of_another_type_is_refused(chart, make):
    error = refusal(interactions.create, chart, ALL, "Condition", make.observation())
    assert error.status == 400


def test_each_interaction_asks_for_the_type_and_then_for_the_resource(chart, only, make):
    access = only("ada")
    made = interactions.create(chart, access, "Observation", make.observation()).resource
    target = Local("Observation", made["id"])
    interactions.read(chart, access, target)
    interactions.update(chart, access, target, made)
    interactions.delete(chart, access, target)
    assert access.asked == [
        (interaction, "Observation", id_)
        for interaction, id_ in (
            ("c", None),
            ("c", target.id),
            ("r", None),
            ("r", target.id),
            ("u", None),
            ("u", target.id),
            ("u", target.id),
            ("d", None),
            ("d", target.id),
        )
    ]


def test_another_patients_record_is_closed(chart, only, make, ids):
    access = only("ada")
    lung = Local("Condition", "lung")
    attempts = (
        lambda: interactions.read(chart, access, lung),
        lambda: interactions.read(chart, access, lung._replace(version="1")),
        lambda: interactions.delete(chart, access, lung),
        # Neither written to, nor taken over, nor added to, nor handed over.
        lambda: interactions.update(chart, access, lung, make.condition("lung", "Patient/grace")),
        lambda: interactions.update(chart, access, lung, make.condition("lung")),
        lambda: interactions.create(
            chart, access, "Observation", make.observation("Patient/grace")
        ),
        lambda: interactions.update(
            chart, access, BREAST, make.condition("breast", "Patient/grace")
        ),
    )
    for attempt in attempts:
        with pytest.raises(AccessDenied):
            attempt()
    assert ids("Condition", patient="grace") == ["lung"]
    assert ids("Observation") == []
    assert chart.latest("Condition", "lung").number == 1


def test_a_conditional_create_needs_permission_to_create(chart, only, make):
    conditions = Preconditions(if_none_exist="code=21908-9")
    chart.put("Observation", "there", make.observation(), "PUT")
    with pytest.raises(AccessDenied):
        interactions.create(chart, only("ada", "rs"), "Observation", make.observation(), conditions)


def test_a_conditional_create_does_not_show_another_patients_resource(chart, only, make):
    hers = make.observation("Patient/grace", identifier=[KEY])
    chart.put("Observation", "hers", hers, "PUT")
    conditions = Preconditions(if_none_exist="identifier=urn:draft|7")
    with pytest.raises(AccessDenied):
        interactions.create(chart, only("ada"), "Observation", make.observation(), conditions)
