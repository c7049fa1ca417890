"""A fact is shown as plain only where nothing in it says otherwise."""

import pytest

from tests.summary.reading.charts import CHARTS, NEGATIVE, POSITIVE, chart, marker, report
from tests.summary.reading.ehr import BASE, INSIDE
from tests.summary.resources import (
    CANCER,
    LOINC,
    NCIT,
    PATIENT,
    SNOMED,
    coded,
    concept_value,
    condition,
    ecog,
    given,
    order,
    stage,
    status,
)
from tests.summary.resources import observation as bare

VER_STATUS = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


@pytest.mark.parametrize("word", ["preliminary", "unknown", "registered"])
def test_what_is_not_final_says_so_wherever_it_is_shown(read, word):
    about = {"focus": [CANCER], "status": word}
    page = read(
        chart(
            marker("er", **about),
            bare("grade", coded(NCIT, "C18000"), concept_value("G2"), **about),
            bare("size", coded(LOINC, "21889-1"), {"valueInteger": 3}, **about),
            {**status(), "status": word},
            {**ecog(), "status": word},
            *stage(status=word),
            report("r", status=word),
            marker("v", "69548-6", words="Genetic variant", status=word),
        )
    )
    for name in page.facts:
        if name.startswith(("Observation/", "DiagnosticReport/")):
            assert word in page.row(name), name
    said = [words for words in ("Positive", "Responding") if words in page.words]
    assert said == ["Positive", "Responding"]
    for words in said:
        shown = page.words.partition("As it is in the chart")[0].split(words)[1:]
        assert all(word in after[:30] for after in shown)


def test_a_drug_that_must_not_be_given_is_never_under_way(read):
    page = read(chart(order(doNotPerform=True), order("tamoxifen", "plan", doNotPerform=True)))
    for name in ("order", "plan"):
        assert "not to be given" in page.row(f"MedicationRequest/{name}")
    assert "under way" not in page.card("Treatments")
    assert page.card("Timeline") == ""


@pytest.mark.parametrize(
    "verification",
    [
        {
            "coding": [
                {"system": "urn:house", "code": "A"},
                {"system": VER_STATUS, "code": "refuted"},
            ]
        },
        {"coding": [{"system": "urn:house", "code": "R", "display": "Refuted"}]},
        {"coding": [{"system": SNOMED, "code": "410516002", "display": "Known absent"}]},
        {"text": "Entered in error"},
    ],
)
def test_a_cancer_refuted_by_any_coding_is_none(read, verification):
    refuted = condition(verificationStatus=verification)
    page = read([PATIENT, refuted])
    assert "Carcinoma of the left breast" in page.card("Withdrawn")
    assert page.facts == []


def test_certainty_and_activity_are_read_from_the_coding_of_fhir(read):
    house = {"system": "urn:house", "code": "A"}
    active = {
        "system": "http://terminology.hl7.org/CodeSystem/condition-clinical",
        "code": "active",
    }
    doubt = {"system": VER_STATUS, "code": "provisional"}
    page = read(
        [
            PATIENT,
            condition(
                clinicalStatus={"coding": [house, active]},
                verificationStatus={"coding": [house, doubt]},
            ),
        ]
    )
    assert "Carcinoma of the left breast Active Provisional" in page.card("Carcinoma")


@pytest.mark.parametrize("where", ["resource", "component", "coding"])
def test_an_unknown_modifier_keeps_a_fact_from_being_plain(read, where):
    modifier = {"modifierExtension": [{"url": "urn:house:not", "valueBoolean": True}]}
    er = marker("er", component=[{"code": {"text": "x"}, "valueString": "y"}])
    holder = {"resource": er, "component": er["component"][0], "coding": er["code"]["coding"][0]}
    holder[where].update(modifier)
    page = read(chart(er))
    assert "Observation/er" not in page.facts
    assert "Estrogen receptor" in page.card("Not interpreted")


@pytest.mark.parametrize(
    "focus",
    [
        {"reference": "Patient/donor"},
        {"reference": "RelatedPerson/mother"},
        {"reference": "https://elsewhere.example/fhir/Patient/p"},
        {"type": "RelatedPerson", "display": "Her sister"},
    ],
)
def test_a_finding_of_somebody_else_is_somebody_elses(read, focus):
    page = read(chart(marker("er", focus=[focus])))
    assert "Observation/er" not in page.facts
    assert "Estrogen receptor" in page.card("1 record in this chart about another patient")


def test_a_finding_whose_focus_is_the_patient_is_the_patients(read):
    assert "Observation/er" in read(chart(marker("er", focus=[{"reference": "Patient/p"}]))).facts


def test_how_a_metastasis_does_is_not_how_the_cancer_does(read):
    spread = condition("m", "C78.7", "Metastasis to liver")
    worse = status("Progressing", "271299001", "2026-11-01")
    worse["focus"] = [{"reference": "Condition/m"}]
    page = read(chart(spread, status(), worse))
    assert "Responding" in page.row("Observation/status-2026-09-30")
    assert page.row("Observation/status-2026-11-01").startswith("Disease status: Progressing")
    assert "Progressing: Metastasis to liver" in page.card("Timeline")


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (bare("x", coded(LOINC, "21889-1"), {"valueInteger": 3}), "Tumor size: 3"),
        (bare("x", coded(NCIT, "C18000"), concept_value("G3")), "Histologic grade: G3"),
        ({**status("Stable", "359746009", "2026-11-01"), "id": "x"}, "Disease status: Stable"),
    ],
)
@pytest.mark.parametrize("both", [False, True], ids=["the metastasis", "and its primary"])
def test_what_is_found_of_a_metastasis_stands_with_it(read, finding, said, both):
    spread = condition("m", "C79.51", "Metastasis to bone")
    focus = [{"reference": "Condition/m"}, *([CANCER] if both else [])]
    page = read(chart(spread, {**finding, "focus": focus}))
    assert page.row("Observation/x").startswith(said)
    assert f"Metastasis to bone {said}" in page.shown.replace(
        "12-Mar-2026 · active Amend the metastasis Metastasis to bone ", ""
    )
    for none in ("Grade No data", "Disease status No data"):
        assert none in page.card("Carcinoma")


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        ({"resourceType": "MedicationAdministration", "status": "not-done"}, "not given"),
        ({"resourceType": "MedicationStatement", "status": "not-taken"}, "not taken"),
        ({"resourceType": "MedicationRequest", "status": "active", "doNotPerform": True}, "not to"),
    ],
)
def test_a_contained_drug_that_is_not_given_is_named_and_never_under_way(read, taken, said):
    drug = {"resourceType": "Medication", "id": "m", "code": {"text": "letrozole"}}
    page = read(
        chart(
            {
                "id": "x",
                "intent": "order",
                "subject": {"reference": "Patient/p"},
                "medicationReference": {"reference": "#m"},
                "contained": [drug],
                "effectiveDateTime": "2026-05-01",
                **taken,
            }
        )
    )
    assert f"{taken['resourceType']}/x" in page.facts
    treatments = page.card("Treatments")
    assert "letrozole" in treatments
    assert said in treatments
    assert "under way" not in treatments


@pytest.mark.parametrize("host", [BASE, INSIDE])
def test_references_by_any_host_of_the_ehr_lead_into_the_chart(read, host):
    drug = {"resourceType": "Medication", "id": "d", "code": {"text": "letrozole"}}
    member = bare("t", coded("urn:house", "T"), concept_value("cT2"))
    group = bare(
        "g",
        coded(SNOMED, "399537006"),
        concept_value("IIB"),
        hasMember=[{"reference": f"{host}/Observation/t"}],
        focus=[{"reference": f"{host}/Condition/c"}],
        subject={"reference": f"{host}/Patient/p"},
    )
    asked = order(
        medicationCodeableConcept=None,
        medicationReference={"reference": f"{host}/Medication/d"},
        reasonReference=[{"reference": f"{host}/Condition/c"}],
    )
    dose = given("2026-06-01")
    dose["request"] = {"reference": f"{host}/MedicationRequest/order"}
    page = read([*chart(group, member, asked, dose), drug])
    assert "IIB cT2" in page.card("Carcinoma")
    assert "letrozole" in page.row("MedicationRequest/order")
    assert "1 administration" in page.row("MedicationRequest/order")
    assert page.card("1 record in this chart about another patient") == ""


def test_references_to_another_server_stay_another_servers(read):
    elsewhere = "https://elsewhere.example/fhir"
    page = read(chart(marker("er", subject={"reference": f"{elsewhere}/Patient/p"})))
    assert "Observation/er" not in page.facts


def test_an_entry_under_another_host_is_amended_as_the_ehr_wrote_it(read):
    asked = order(reasonReference=[{"reference": f"{INSIDE}/Condition/c"}])
    page = read(chart(asked))
    form = page.other_page("forms/medication-request/order")
    assert "doxorubicin" in form.words


def test_what_a_resource_contains_is_read_with_it(read):
    page = read(CHARTS["contained"])
    assert "letrozole" in page.row("MedicationRequest/mr")
    assert "Dr Inside" in page.row("MedicationRequest/mr")
    assert "Positive" in page.row("Observation/panel#er")
    assert "Core biopsy" in page.row("Observation/panel#er")
    assert "Surgery of the house" in page.row("Procedure/op")
    # A diagnosis inside of an order says what the order is for, and is no second cancer.
    assert "Lumpectomy" in page.card("Treatments")
    assert page.html.count('aria-labelledby="cancer-') == 1
    assert not [address for address in page.links().values() if "%23" in address]


@pytest.mark.parametrize(
    ("change", "card"),
    [
        ({"status": "entered-in-error"}, "Withdrawn"),
        (
            {"modifierExtension": [{"url": "urn:house:not", "valueBoolean": True}]},
            "Not interpreted",
        ),
        (
            {"subject": {"reference": "https://elsewhere.example/fhir/Patient/p"}},
            "1 record in this chart about another patient",
        ),
    ],
)
@pytest.mark.parametrize("id_", ["m", "#m"])
def test_a_contained_drug_is_named_where_it_is_no_fact_too(read, id_, change, card):
    held = order(
        medicationCodeableConcept=None,
        medicationReference={"reference": "#m"},
        contained=[{"resourceType": "Medication", "id": id_, "code": {"text": "letrozole"}}],
    )
    said = read([PATIENT, condition(), {**held, **change}]).card(card)
    assert "letrozole" in said.partition("As it is in the chart")[0]


@pytest.mark.parametrize(
    ("one", "two", "first"),
    [
        # 23:30 in New York is after 01:00 of the next day in Berlin.
        ("2026-11-01T23:30:00-05:00", "2026-11-02T01:00:00+01:00", "one"),
        ("2026-11-02T01:00:00+02:00", "2026-11-01T23:30:00Z", "two"),
        ("2026-11-02", "2026-11-01T23:30:00-05:00", "one"),
        ("2026-11-02T09:00:00Z", "2026-11-01", "one"),
    ],
)
def test_the_newest_is_told_by_time_across_zones(read, one, two, first):
    page = read(chart(marker("one", on=one), marker("two", value=NEGATIVE, on=two)))
    newest, before = ("Positive", "Negative") if first == "one" else ("Negative", "Positive")
    assert f"{newest} before: {before}" in page.card("Carcinoma")


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (
            {**POSITIVE, "valueQuantity": {"value": 10, "comparator": ">=", "unit": "%"}},
            "Positive; >=10 %",
        ),
        ({"valueString": "weak", "valueInteger": 3}, "weak; 3"),
        (
            {"valueRange": {"low": {"value": 1}, "high": {"value": 5}}, "valueString": "of 100"},
            "1 to 5; of 100",
        ),
        ({"valueBoolean": True, "valueTime": "10:30:00"}, "Yes; 10:30:00"),
        ({"valuePeriod": {"start": "2026-01-02", "end": "2026-01-05"}}, "2026-01-02 to 2026-01-05"),
        ({"valuePeriod": {"end": "2026-01-05"}}, "to 2026-01-05"),
        (
            {"valueString": "weak", "valueSampledData": {"dimensions": 1, "data": "1 2"}},
            "weak; a value that is not shown here (SampledData)",
        ),
        ({"valueAttachment": {"title": "Blot"}}, "a value that is not shown here (Attachment)"),
    ],
)
def test_all_values_of_a_result_are_shown_or_said_not_to_be(read, values, shown):
    component = {"code": {"text": "part"}, **values}
    page = read(chart(marker("er", value=values), marker("panel", value={}, component=[component])))
    assert shown in page.row("Observation/er")
    assert f"part: {shown}" in page.row("Observation/panel")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": "entered-in-error"}, "entered in error"),
        (
            {"modifierExtension": [{"url": "urn:house:not", "valueBoolean": True}]},
            "not interpreted",
        ),
    ],
)
def test_what_a_fact_names_is_no_more_plain_than_it_is(read, change, said):
    specimen = {
        "resourceType": "Specimen",
        "id": "s",
        "subject": {"reference": "Patient/p"},
        "type": {"text": "Core biopsy"},
        **change,
    }
    drug = {"resourceType": "Medication", "id": "d", "code": {"text": "letrozole"}, **change}
    of = {"specimen": {"reference": "Specimen/s"}}
    taken = order(medicationCodeableConcept=None, medicationReference={"reference": "Medication/d"})
    page = read([*chart(marker("er", **of), specimen, taken), drug])
    assert f"Core biopsy ({said})" in page.row("Observation/er")
    assert f"letrozole ({said})" in page.row("MedicationRequest/order")
