import pytest

from app.sandbox.fhir.json_text import loads
from app.sandbox.fhir.structure import problems

CODE = '"code":{"text":"x"}'


def issues(text: str) -> set[tuple[str, str | None]]:
    return {(issue.code, issue.expression) for issue in problems(loads(text))}


@pytest.mark.parametrize(
    "members",
    [
        f'"status":"final",{CODE}',
        f'"status":"final",{CODE},"valueQuantity":{{"value":10.50}}',
        f'"status":"final",{CODE},"valueQuantity":{{"value":10}}',
        # A required element that is given by its extension alone.
        f'"_status":{{"extension":[{{"url":"http://a","valueCode":"unknown"}}]}},{CODE}',
        f'"status":"final",{CODE},"effectiveDateTime":"2026-03"',
        f'"status":"final",{CODE},"extension":[{{"url":"http://a","valueDecimal":1.0}}]',
        f'"status":"final",{CODE},"contained":[{{"resourceType":"Patient","gender":"other"}}]',
    ],
)
def test_a_legal_observation_has_no_problem(members):
    assert issues(f'{{"resourceType":"Observation",{members}}}') == set()


def test_a_null_in_a_list_is_legal_where_an_extension_stands_for_it():
    name = '"given":["Ada",null],"_given":[null,{"extension":[{"url":"u","valueCode":"masked"}]}]'
    assert issues(f'{{"resourceType":"Patient","name":[{{{name}}}]}}') == set()
    assert issues('{"resourceType":"Patient","name":[{"given":["Ada",null]}]}') == {
        ("value", "Patient.name[0].given[1]")
    }


@pytest.mark.parametrize(
    ("members", "code", "path"),
    [
        (CODE, "required", "status"),
        ('"status":"final"', "required", "code"),
        (f'"status":"banana",{CODE}', "code-invalid", "status"),
        (f'"status":7,{CODE}', "value", "status"),
        (f'"status":"",{CODE}', "value", "status"),
        (f'"status":null,{CODE}', "value", "status"),
        ('"status":"final","code":"x"', "structure", "code"),
        ('"status":"final","code":{}', "structure", "code"),
        ('"status":"final","code":[{"text":"x"}]', "structure", "code"),
        (f'"status":"final",{CODE},"foo":1', "structure", "foo"),
        (f'"status":"final",{CODE},"_code":{{"id":"x"}}', "structure", "_code"),
        (f'"status":"final",{CODE},"category":{{"text":"x"}}', "structure", "category"),
        (f'"status":"final",{CODE},"category":[]', "structure", "category"),
        (f'"status":"final",{CODE},"effectiveDateTime":"2026-02-30"', "value", "effectiveDateTime"),
        (f'"status":"final",{CODE},"effectiveDateTime":"12.3.2026"', "value", "effectiveDateTime"),
        (f'"status":"final",{CODE},"issued":"2026-03"', "value", "issued"),
        (f'"status":"final",{CODE},"valueInteger":1.5', "value", "valueInteger"),
        (f'"status":"final",{CODE},"valueInteger":true', "value", "valueInteger"),
        (f'"status":"final",{CODE},"valueInteger":9999999999', "value", "valueInteger"),
        (f'"status":"final",{CODE},"valueBoolean":"true"', "value", "valueBoolean"),
        (f'"status":"final",{CODE},"valueString":"a","valueInteger":1', "structure", "value"),
        (f'"status":"final",{CODE},"id":"a b"', "value", "id"),
        (f'"status":"final",{CODE},"note":[{{"text":"a\\u0000b"}}]', "value", "note[0].text"),
        (
            f'"status":"final",{CODE},"identifier":[{{"use":"mine"}}]',
            "code-invalid",
            "identifier[0].use",
        ),
        (
            f'"status":"final",{CODE},"contained":[{{"resourceType":"Nothing"}}]',
            "structure",
            "contained[0]",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(members, code, path):
    assert (code, f"Observation.{path}") in issues(f'{{"resourceType":"Observation",{members}}}')


SYSTEM = "http://terminology.hl7.org/CodeSystem/condition-clinical"


@pytest.mark.parametrize(
    "coding",
    [
        "{}",
        '[{"system":"x","code":"active"}]',
        f'[{{"system":"{SYSTEM}","code":"on"}}]',
        f'[{{"system":"{SYSTEM}","code":["active"]}}]',
    ],
)
def test_a_condition_needs_the_clinical_status_codes_of_fhir(coding):
    text = f'{{"resourceType":"Condition","subject":{{}},"clinicalStatus":{{"coding":{coding}}}}}'
    assert ("code-invalid", "Condition.clinicalStatus") in issues(text)


@pytest.mark.parametrize("text", ['{"resourceType":"Identifier"}', '{"resourceType":"X"}', "{}"])
def test_what_is_no_resource_is_refused(text):
    assert [issue.code for issue in problems(loads(text))] == ["structure"]


def test_the_official_examples_are_well_formed(examples):
    for entry in loads(examples)["entry"]:
        assert problems(entry["resource"]) == []
