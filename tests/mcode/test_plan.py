from app.mcode.codes import TNM_CODES
from app.mcode.plan import MOST_CODES, authorship, first_wave, missing_references

SEARCHES = first_wave("p1")


def params(search):
    return dict(search.query.params)


def test_every_search_is_about_the_patient_and_says_what_it_looks_for():
    for search in SEARCHES:
        # R4 has no parameter `patient` of adverse events.
        own = search.query.type == "AdverseEvent"
        patient = ("subject", "Patient/p1") if own else ("patient", "p1")
        assert search.query.params[0] == patient
        assert search.query.label
        if search.simpler:
            assert search.simpler.params == (patient,)


def test_no_search_relies_on_profiles_or_on_what_us_core_does_not_promise():
    of_us_core = [search for search in SEARCHES if search.query.type != "AdverseEvent"]
    asked = {name for search in of_us_core for name in params(search)}
    assert asked <= {"patient", "category", "code", "intent", "_count", "_include"}


def test_old_and_new_codes_are_asked_for_in_short_searches():
    chunks = [params(s)["code"].split(",") for s in SEARCHES if "code" in params(s)]
    assert max(map(len, chunks)) <= MOST_CODES
    codes = [code for chunk in chunks for code in chunk]
    assert len(codes) == len(set(codes))
    assert {code for _, code in TNM_CODES} <= set(codes)
    assert {"97509-4", "88040-1", "21889-1", "89247-1", "C38144", "398192003"} <= set(codes)


def test_heights_and_weights_are_asked_for_and_no_other_vital_signs():
    codes = {code for s in SEARCHES if "code" in params(s) for code in params(s)["code"].split(",")}
    assert {"8302-2", "8306-3", "3137-7", "29463-7", "3141-9"} <= codes
    assert not {"85354-9", "8867-4"} & codes
    assert "vital-signs" not in {params(s).get("category") for s in SEARCHES}


def test_conditions_are_searched_with_and_without_a_category():
    categories = [params(s).get("category") for s in SEARCHES if s.query.type == "Condition"]
    assert set(categories) == {None, "problem-list-item", "health-concern", "encounter-diagnosis"}


def test_reports_of_pathology_and_radiology_are_asked_for():
    reports = {params(s).get("category") for s in SEARCHES if s.query.type == "DiagnosticReport"}
    assert reports == {None, "LAB", "GE", "LP7839-6", "LP29684-5"}


def test_care_plans_are_searched_with_and_without_the_category_of_us_core():
    found = [search for search in SEARCHES if search.query.type == "CarePlan"]
    assert {params(search).get("category") for search in found} == {None, "assess-plan"}
    assert all(search.optional for search in found)


def test_what_older_releases_and_findings_rest_on_is_probed():
    optional = {search.query.type for search in SEARCHES if search.optional}
    assert {"MedicationStatement", "Specimen", "BodyStructure", "AdverseEvent"} <= optional


def test_the_search_for_authors_asks_for_provenance():
    assert ("_revinclude", "Provenance:target") in authorship("p1").params


def test_only_cancer_data_are_followed_and_clinical_data_come_before_people():
    def observation(id_, code):
        return {
            "resourceType": "Observation",
            "id": id_,
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "performer": [{"reference": f"Practitioner/{id_}"}],
            "specimen": {"reference": f"Specimen/{id_}"},
            "encounter": {"reference": f"Encounter/{id_}"},
        }

    order = {
        "resourceType": "MedicationRequest",
        "medicationReference": {"reference": "Medication/m"},
        "requester": {"reference": "Practitioner/r"},
    }
    found = missing_references(
        [observation("marker", "39004-7"), observation("hb", "718-7"), order], {"Specimen/x"}, ""
    )
    assert found == ["Medication/m", "Specimen/marker", "Practitioner/marker"]


def test_what_is_known_is_not_read_again():
    stage = {
        "resourceType": "Observation",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "399537006"}]},
        "focus": [{"reference": "Condition/c"}],
    }
    assert missing_references([stage], set(), "") == ["Condition/c"]
    assert missing_references([stage], {"Condition/c"}, "") == []
