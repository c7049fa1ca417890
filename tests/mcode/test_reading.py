"""Reading a record from an EHR that answers as real ones do."""

import json
import re
import time
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from app.fhir.errors import FhirError, Forbidden, Unreachable
from app.fhir.resource_types import resource_type
from app.fhir.session import FhirSession, Limits
from app.mcode.plan import first_wave, reading_needs
from app.mcode.reading import read_record

BASE = "https://ehr.example/fhir"
ANYWHERE = re.compile(rf"{BASE}/.*")
PATIENT = {"resourceType": "Patient", "id": "p1"}
SUBJECT = {"reference": "Patient/p1"}
SNOMED = "http://snomed.info/sct"
CANCER = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": SUBJECT,
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C34.90"}]},
}
GROUP = {
    "resourceType": "Observation",
    "id": "g",
    "status": "final",
    "subject": SUBJECT,
    "code": {"coding": [{"system": SNOMED, "code": "399537006"}]},
    "focus": [{"reference": "Condition/c1"}],
    "hasMember": [{"reference": "Observation/t"}],
    "performer": [{"reference": "Practitioner/dr"}],
}
CATEGORY = {
    "resourceType": "Observation",
    "id": "t",
    "status": "final",
    "subject": SUBJECT,
    "code": {"coding": [{"system": SNOMED, "code": "399504009"}]},
    "performer": [{"reference": "Practitioner/other"}],
}
SEARCHED = ("Condition", "Observation", "DiagnosticReport", "Procedure", "MedicationRequest")
PARAMS = [{"name": name} for name in ("patient", "category", "code", "intent")]
OFFERED = [
    {"type": type_, "searchParam": PARAMS, "searchRevInclude": ["Provenance:target"]}
    for type_ in SEARCHED
]
CAPABILITY = {
    "resourceType": "CapabilityStatement",
    "rest": [{"mode": "server", "resource": OFFERED}],
}


class NoTokens:
    def current(self):
        return None

    def renew(self, spent):
        return None


class Chart:
    """An EHR's store: searches go by `rules`, reads by `resources`."""

    def __init__(self, *resources, capability=CAPABILITY):
        self.resources = {f"{r['resourceType']}/{r['id']}": r for r in (PATIENT, *resources)}
        self.capability = capability
        self.rules = []
        self.asked = []

    def rule(self, matches, status=200, found=None):
        """Answer searches for which `matches(type, params)` holds in another way."""
        self.rules.append((matches, status, found))

    def answer(self, request):
        address = urlsplit(request.url)
        path = address.path.removeprefix("/fhir/")
        params = dict(parse_qsl(address.query))
        self.asked.append((path, params))
        for matches, status, found in self.rules:
            if matches(path, params):
                return self._reply(status, self._bundle(found or []))
        if path == "metadata":
            return self._reply(200 if self.capability else 404, self.capability or {})
        if "/" in path:
            found = self.resources.get(path)
            return self._reply(200 if found else 404, found or {})
        return self._reply(200, self._bundle(self._search(path, params)))

    def _search(self, type_, params):
        codes = set(params.get("code", "").split(",")) - {""}
        found = [r for r in self.resources.values() if r["resourceType"] == type_]
        if "category" in params:
            return []
        if codes:
            return [r for r in found if {c["code"] for c in r["code"]["coding"]} & codes]
        return found

    def _bundle(self, resources):
        entries = [{"resource": resource} for resource in resources]
        return {"resourceType": "Bundle", "type": "searchset", "entry": entries}

    def _reply(self, status, body):
        return status, {}, json.dumps(body)

    def read(self, **limits):
        with responses.RequestsMock() as mock:
            mock.add_callback("GET", ANYWHERE, callback=self.answer)
            return read_record(FhirSession(BASE, NoTokens(), Limits(**limits)), "p1")

    def searches(self, type_):
        return [params for path, params in self.asked if path == type_]


def everything(type_):
    return lambda path, params: path == type_


def with_param(name):
    return lambda path, params: name in params


def test_the_record_is_put_together_and_authors_are_found():
    doctor = {"resourceType": "Practitioner", "id": "dr"}
    record = Chart(CANCER, GROUP, CATEGORY, doctor).read()
    (primary,) = record.primaries
    (stage,) = primary.stages
    assert (stage.group["id"], stage.t["id"]) == ("g", "t")
    assert record.people == {"Practitioner/dr": doctor}
    assert record.gaps == ()


def test_what_is_asked_of_an_ehr_is_what_reading_says_that_it_needs():
    order = {
        "resourceType": "MedicationRequest",
        "id": "o",
        "subject": SUBJECT,
        "medicationReference": {"reference": "Medication/drug"},
    }
    chart = Chart(CANCER, GROUP, CATEGORY, order)
    chart.read()
    needed = {(need.type, letter) for need in reading_needs() for letter in need.interactions}
    asked = {
        (path.partition("/")[0], "r" if "/" in path else "s")
        for path, _ in chart.asked
        if path != "metadata"
    }
    assert {("Patient", "r"), ("Medication", "r"), ("Practitioner", "r")} <= asked <= needed
    searched = {(type_, "s") for type_, letter in needed if letter == "s"}
    assert {found for found in asked if found[1] == "s"} == searched - {("Provenance", "s")}


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_patient_that_cannot_be_read_is_an_error(status):
    chart = Chart()
    chart.rule(lambda path, params: path == "Patient/p1", status=status)
    with pytest.raises(FhirError) as caught:
        chart.read()
    assert caught.value.http_status == status


@pytest.mark.parametrize(
    ("status", "reason"),
    [(403, "permissions"), (404, "does not offer"), (400, "does not accept"), (500, "fault")],
)
def test_a_refused_search_is_a_gap_and_the_rest_is_read(status, reason):
    chart = Chart(CANCER)
    chart.rule(everything("Procedure"), status=status)
    record = chart.read()
    assert [primary.id for primary in record.primaries] == ["c1"]
    (gap,) = record.gaps
    assert gap.label == "procedures"
    assert reason in gap.reason


@pytest.mark.parametrize("type_", sorted({search.query.type for search in first_wave("p1")}))
def test_what_the_ehr_does_not_let_this_person_read_is_a_gap_of_its_type(type_):
    chart = Chart(CANCER)
    chart.rule(everything(type_), status=403)
    gaps = chart.read().gaps
    assert {gap.forbidden for gap in gaps} == {type_}
    assert all("permissions" in gap.reason for gap in gaps)
    labels = {s.query.label for s in first_wave("p1") if s.query.type == type_}
    assert {gap.label for gap in gaps} == labels


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize(
    "type_",
    [
        *("MedicationAdministration", "MedicationStatement", "BodyStructure", "Specimen"),
        *("FamilyMemberHistory", "AdverseEvent"),
    ],
)
def test_types_outside_us_core_may_be_unknown_to_the_server(type_, status):
    chart = Chart(CANCER)
    chart.rule(everything(type_), status=status)
    assert chart.read().gaps == ()


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("type_", ["AdverseEvent", "MedicationAdministration"])
def test_a_type_outside_us_core_that_the_server_says_it_offers_is_a_gap_where_it_is_refused(
    type_, status
):
    offered = [*OFFERED, {"type": type_, "interaction": [{"code": "search-type"}]}]
    statement = {**CAPABILITY, "rest": [{"mode": "server", "resource": offered}]}
    chart = Chart(CANCER, capability=statement)
    chart.rule(everything(type_), status=status)
    (gap,) = chart.read().gaps
    assert gap.label == resource_type(type_).label
    assert gap.forbidden is None


def test_types_outside_us_core_that_are_forbidden_are_a_gap():
    chart = Chart(CANCER)
    chart.rule(everything("BodyStructure"), status=403)
    assert [gap.label for gap in chart.read().gaps] == ["tumors"]


def test_an_unknown_parameter_leads_to_the_simpler_search_without_a_gap():
    order = {"resourceType": "MedicationRequest", "id": "m", "subject": SUBJECT}
    order["medicationCodeableConcept"] = {"text": "Cisplatin"}
    chart = Chart(CANCER, order)
    chart.rule(with_param("intent"), status=400)
    record = chart.read()
    assert record.treatments == (order,)
    assert record.gaps == ()
    assert {"patient": "p1"} in chart.searches("MedicationRequest")


def test_the_simpler_search_is_asked_once_for_many():
    chart = Chart(CANCER, GROUP)
    chart.rule(lambda path, params: path == "Observation" and len(params) > 1, status=400)
    record = chart.read()
    assert record.primaries[0].stages[0].group == GROUP
    assert chart.searches("Observation").count({"patient": "p1"}) == 1


def test_nothing_found_by_parameters_the_server_does_not_claim_is_not_believed():
    silent = Chart(CANCER, GROUP, capability=None)
    silent.rule(lambda path, params: path == "Observation" and len(params) > 1, found=[])
    assert silent.read().primaries[0].stages[0].group == GROUP
    honest = Chart(CANCER, GROUP)
    honest.rule(lambda path, params: path == "Observation" and len(params) > 1, found=[])
    assert honest.read().primaries[0].stages == ()
    assert {"patient": "p1"} not in honest.searches("Observation")


def test_conditions_refused_by_category_are_found_without():
    chart = Chart(CANCER)
    chart.rule(with_param("category"), status=400)
    record = chart.read()
    assert [primary.id for primary in record.primaries] == ["c1"]
    assert "diagnoses" not in [gap.label for gap in record.gaps]


def test_conditions_refused_without_a_category_are_found_by_it():
    chart = Chart(CANCER)
    chart.rule(lambda path, params: path == "Condition" and "category" not in params, status=400)
    chart.rule(lambda path, params: params.get("category") == "problem-list-item", found=[CANCER])
    record = chart.read()
    assert [primary.id for primary in record.primaries] == ["c1"]
    assert record.gaps == ()


def test_a_forbidden_condition_that_a_stage_names_makes_the_stage_misfiled():
    stray = {**GROUP, "focus": [{"reference": "Condition/elsewhere"}], "hasMember": []}
    chart = Chart(CANCER, stray)
    chart.rule(lambda path, params: path == "Condition/elsewhere", status=403)
    record = chart.read()
    assert record.misfiled == (stray,)
    assert record.primaries[0].stages == ()


def test_members_that_no_search_found_are_read_and_then_their_authors():
    local = {**CATEGORY, "code": {"coding": [{"system": "http://local", "code": "T"}]}}
    local["meta"] = {
        "profile": [
            "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-tnm-primary-tumor-category"
        ]
    }
    author = {"resourceType": "Practitioner", "id": "other"}
    record = Chart(CANCER, GROUP, local, author).read()
    assert record.find("Observation/t") == local
    assert "Practitioner/other" in record.people


def test_a_resource_of_another_patient_that_is_referred_to_is_not_shown():
    foreign = {**CATEGORY, "subject": {"reference": "Patient/p2"}}
    chart = Chart(CANCER, GROUP)
    chart.resources["Observation/t"] = foreign
    record = chart.read()
    assert foreign in record.misfiled
    assert record.primaries[0].stages[0].t is None


def test_an_unreachable_server_is_an_error():
    with responses.RequestsMock(assert_all_requests_are_fired=False), pytest.raises(Unreachable):
        read_record(FhirSession(BASE, NoTokens()), "p1")


def test_a_forbidden_patient_says_so():
    chart = Chart()
    chart.rule(lambda path, params: path == "Patient/p1", status=403)
    with pytest.raises(Forbidden):
        chart.read()


@pytest.mark.parametrize(("offered", "asked"), [(True, True), (False, False)])
def test_provenance_is_asked_for_only_where_the_server_offers_it(offered, asked):
    chart = Chart(CANCER, capability=CAPABILITY if offered else None)
    chart.read()
    assert any("_revinclude" in params for params in chart.searches("Observation")) is asked


def test_when_the_time_for_a_page_is_over_the_rest_is_a_gap_and_not_asked_for():
    """One time for all that is read: an EHR that is slow each time does not get it each time."""
    chart = Chart(CANCER)
    answer = chart.answer

    def slowly(request):
        if not request.url.partition("?")[0].endswith(("Patient/p1", "Condition")):
            time.sleep(0.5)
        return answer(request)

    chart.answer = slowly
    began = time.monotonic()
    record = chart.read(all_seconds=0.4)
    assert time.monotonic() - began < 5
    assert {"procedures", "observations"} <= {gap.label for gap in record.gaps}
    assert all("took too long" in gap.reason for gap in record.gaps)


def test_a_chart_of_more_entries_than_a_page_reads_is_incomplete_and_says_so():
    many = [CANCER | {"id": f"c{number}"} for number in range(30)]
    record = Chart(*many).read(all_resources=20)
    assert len(record.primaries) <= 20
    assert any("more entries than one page of the app reads" in gap.reason for gap in record.gaps)
