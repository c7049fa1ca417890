"""What the guide requires: fitted from what the chart has, said where it has none."""

import pytest

from app.fhir.paths import extensions
from app.mcode.profiles import EXTENSION, STRUCTURES
from app.reuse.registry.guide import GUIDES
from app.reuse.registry.report import Choices, report
from tests.reuse.registry import charts
from tests.reuse.registry.charts import (
    AGAIN,
    AT,
    CANCER,
    CONDITION_CATEGORY,
    PATIENT,
    SITE,
    SNOMED,
    VERSIONS,
    as_json,
    concept,
    extension,
    read,
    resource,
)

BALLOT, PUBLISHED = "2.0.0-ballot", "1.0.0"
MASKED = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "masked",
        }
    ]
}
UNKNOWN = {"extension": [{**MASKED["extension"][0], "valueCode": "unknown"}]}
VISIT = resource("Encounter", "visit", status="finished")


def made_of(*conditions, patient=PATIENT, version=BALLOT):
    record = read(patient, *conditions)
    choices = Choices(encounter=VISIT)
    return report(record, record.primary("breast"), SITE, version, AT, choices)


def cancer_of(made):
    return next(as_json(r) for r in resources(made) if r["id"] == "breast")


def patient_of(made):
    return next(as_json(r) for r in resources(made) if r["resourceType"] == "Patient")


def resources(made):
    return [entry["resource"] for entry in made.bundle["entry"]]


def without(value, *names):
    return {name: item for name, item in value.items() if name not in names}


def told(made):
    return {missing.where: missing.sent_as for missing in made.missing}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_complete_chart_lacks_nothing(version):
    made = made_of(CANCER, version=version)
    assert made.missing == ()
    assert made.conforms
    assert without(patient_of(made), "meta") == as_json(PATIENT)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_evidence_stands_under_the_address_of_the_version(version):
    cancer = cancer_of(made_of(CANCER, version=version))
    (found,) = extensions(cancer, GUIDES[version].evidence)
    assert found["valueCodeableConcept"] == CANCER["extension"][2]["valueCodeableConcept"]
    other = next(guide for guide in GUIDES.values() if guide.version != version)
    assert extensions(cancer, other.evidence) == []
    stu1 = {**CANCER["extension"][2], "url": f"{STRUCTURES}mcode-evidence-type"}
    older = {**CANCER, "extension": [*CANCER["extension"][:2], stu1]}
    assert cancer_of(made_of(older, version=version))["extension"] == cancer["extension"]


@pytest.mark.parametrize(
    ("version", "wanted", "other"),
    [
        (BALLOT, "encounter-diagnosis", "problem-list-item"),
        (PUBLISHED, "problem-list-item", "encounter-diagnosis"),
    ],
)
def test_the_category_of_the_version_is_added_to_the_chart_s_own_in_the_copy(
    version, wanted, other
):
    added, own = concept(CONDITION_CATEGORY, wanted), concept(CONDITION_CATEGORY, other)
    for held, sent in (([own], [own, added]), ([added], [added]), ([], [added])):
        made = made_of({**CANCER, "category": held}, version=version)
        assert cancer_of(made)["category"] == sent


def test_what_the_condition_lacks_comes_from_another_of_the_same_diagnosis():
    bare = without(CANCER, "extension", "bodySite")
    again = {**AGAIN, "extension": CANCER["extension"], "bodySite": CANCER["bodySite"]}
    made = made_of(bare, again)
    cancer = cancer_of(made)
    assert made.missing == ()
    assert [e["url"] for e in cancer["extension"]] == [
        *(e["url"] for e in CANCER["extension"][:2]),
        GUIDES[BALLOT].evidence,
    ]
    assert cancer["bodySite"] == CANCER["bodySite"]


def test_the_codes_of_all_conditions_of_the_diagnosis_go():
    again = {**AGAIN, "code": {"coding": [*AGAIN["code"]["coding"], {"code": "local"}]}}
    codes = [coding["code"] for coding in cancer_of(made_of(CANCER, again))["code"]["coding"]]
    assert codes == ["C50.411", "C50.411", "local"]


@pytest.mark.parametrize(
    ("lacking", "where", "sent_as"),
    [
        (0, "Condition.extension:assertedDate", None),
        (1, "Condition.extension:histologyMorphologyBehavior", None),
    ],
)
def test_a_date_or_histology_that_nobody_recorded_is_missing_and_not_invented(
    lacking, where, sent_as
):
    kept = [e for place, e in enumerate(CANCER["extension"]) if place != lacking]
    made = made_of({**CANCER, "extension": kept, "recordedDate": "2026-03-13"})
    assert told(made) == {where: sent_as}
    assert not made.conforms
    gone = CANCER["extension"][lacking]["url"]
    assert gone not in [e["url"] for e in cancer_of(made)["extension"]]


def test_a_body_site_that_nobody_recorded_is_sent_as_unknown_and_said():
    made = made_of(without(CANCER, "bodySite"))
    assert told(made) == {"Condition.bodySite": "unknown"}
    assert cancer_of(made)["bodySite"] == [UNKNOWN]
    assert made.conforms


def test_of_two_body_sites_one_goes_and_the_other_is_said():
    second = concept(SNOMED, "73056007", "Right breast structure")
    made = made_of({**CANCER, "bodySite": [*CANCER["bodySite"], second]})
    assert cancer_of(made)["bodySite"] == CANCER["bodySite"]
    assert [(one.key, one.what) for one in made.left_out if one.key == "Condition/breast"] == [
        ("Condition/breast", "Right breast structure")
    ]


def test_of_two_kinds_of_evidence_one_goes_and_the_other_is_said():
    more = extension("evidence", concept(SNOMED, "363679005", "Imaging"))
    made = made_of({**CANCER, "extension": [*CANCER["extension"], more]})
    assert [one.what for one in made.left_out if one.key == "Condition/breast"] == ["Imaging"]
    urls = [e["url"] for e in cancer_of(made)["extension"]]
    assert urls.count(GUIDES[BALLOT].evidence) == 1
    assert EXTENSION["evidence"] not in urls


def test_the_published_version_asks_for_an_encounter():
    record = read(PATIENT, CANCER)
    made = {v: report(record, record.primaries[0], SITE, v, AT) for v in VERSIONS}
    assert told(made[PUBLISHED]) == {"Composition.encounter": None}
    assert told(made[BALLOT]) == {}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "where", "element", "value"),
    [
        (
            "identifier",
            "Patient.identifier",
            "identifier",
            [{**MASKED, "_system": MASKED, "_value": MASKED}],
        ),
        ("name", "Patient.name", "name", [{**MASKED, "_family": MASKED, "_given": [MASKED]}]),
        (
            "telecom",
            "Patient.telecom",
            "telecom",
            [{**MASKED, "system": "other", "_value": MASKED}],
        ),
        ("address", "Patient.address", "address", [{**MASKED, "_state": MASKED}]),
        ("gender", "Patient.gender", "_gender", MASKED),
        ("birthDate", "Patient.birthDate", "_birthDate", MASKED),
    ],
)
def test_what_the_chart_does_not_have_of_the_patient_is_masked_and_said(
    name, where, element, value, version
):
    made = made_of(CANCER, patient=without(PATIENT, name), version=version)
    assert told(made) == {where: "masked"}
    assert patient_of(made)[element] == value


@pytest.mark.parametrize(
    ("patient", "where", "sent_as"),
    [
        (
            {**PATIENT, "extension": PATIENT["extension"][1:]},
            "Patient.extension:race",
            "masked",
        ),
        (
            {**PATIENT, "extension": PATIENT["extension"][:1]},
            "Patient.extension:ethnicity",
            "masked",
        ),
        (without(PATIENT, "deceasedBoolean"), "Patient.deceased[x]", "unknown"),
        (without(PATIENT, "communication"), "Patient.communication", "masked"),
    ],
)
def test_the_ballot_asks_for_more_of_the_patient(patient, where, sent_as):
    assert told(made_of(CANCER, patient=patient)) == {where: sent_as}
    made = made_of(CANCER, patient=patient, version=PUBLISHED)
    assert told(made) == {}
    assert without(patient_of(made), "meta") == as_json(patient)


@pytest.mark.parametrize(
    ("changed", "where", "part"),
    [
        ({"name": [{"given": ["Ana"]}]}, "Patient.name.family", "_family"),
        ({"name": [{"family": "Ortega"}]}, "Patient.name.given", "_given"),
        ({"address": [{"city": "Sampleton"}]}, "Patient.address.state", "_state"),
    ],
)
def test_a_part_of_a_name_or_address_that_is_not_there_is_sent_as_unknown(changed, where, part):
    made = made_of(CANCER, patient={**PATIENT, **changed})
    assert told(made) == {where: "unknown"}
    ((name, (value,)),) = changed.items()
    said = [UNKNOWN] if part == "_given" else UNKNOWN
    assert patient_of(made)[name] == [{**value, part: said}]


def test_a_patient_whose_elements_are_odd_is_reported_as_far_as_it_can_be_read():
    odd = {
        "name": {"family": "Ortega", "given": ["Ana"]},
        "telecom": "555-0111",
        "address": {"line": "2 Made-up Street", "state": "MA"},
        "identifier": [None, "123", {"value": "123"}],
        "communication": "English",
        "extension": {"url": 5},
    }
    made = made_of(CANCER, patient={**PATIENT, **odd})
    patient = patient_of(made)
    assert patient["name"] == [odd["name"]]
    assert patient["address"] == [odd["address"]]
    assert patient["identifier"] == [{"value": "123"}]
    assert set(told(made)) == {
        *("Patient.telecom", "Patient.communication"),
        *("Patient.extension:race", "Patient.extension:ethnicity"),
    }
    assert "2 Made-up Street, MA" in made.document


def test_of_the_patient_only_goes_what_a_registry_takes():
    more = {
        "photo": [{"url": "https://ehr.example.org/photo"}],
        "contact": [{"name": {"family": "Ortega"}, "relationship": [{"text": "Sister"}]}],
        "generalPractitioner": [{"reference": "Practitioner/gp"}],
        "link": [{"type": "seealso", "other": {"reference": "Patient/p2"}}],
        "text": {"status": "generated", "div": "<div>Ana</div>"},
    }
    made = made_of(CANCER, patient={**PATIENT, **more})
    assert without(patient_of(made), "meta") == as_json(PATIENT)


@pytest.mark.skipif(not charts.OFFICIAL.exists(), reason="the official examples are not at hand")
@pytest.mark.parametrize(
    ("name", "lacking"),
    [
        ("cancer-patient-eve-anyperson", {"Condition.extension:assertedDate": None}),
        (
            "cancer-patient-john-anyperson",
            {"Condition.extension:assertedDate": None, "Patient.address.state": "unknown"},
        ),
        (
            "cancer-patient-brian-l",
            {
                "Condition.extension:assertedDate": None,
                "Condition.extension:histologyMorphologyBehavior": None,
                "Condition.bodySite": "unknown",
                "Patient.address.state": "unknown",
            },
        ),
    ],
)
def test_the_official_patients_lack_what_the_guide_adds_to_mcode(name, lacking):
    record = charts.record_of(name)
    made = report(record, record.primaries[0], SITE, PUBLISHED, AT, Choices())
    assert told(made) == {
        "Patient.telecom": "masked",
        "Composition.encounter": None,
        **lacking,
    }
