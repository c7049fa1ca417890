import pytest
from werkzeug.datastructures import MultiDict

from app.sandbox.fhir.access import AccessDenied, AllowAll
from app.sandbox.fhir.outcome import FhirError
from app.sandbox.fhir.search import search
from app.sandbox.fhir.search_parameters import TABLE

LOINC = "http://loinc.org"
MRN = "http://hospital.test/mrn"


def coded(*codings: tuple[str | None, str]) -> dict[str, object]:
    pairs = [{"system": system, "code": code} for system, code in codings]
    return {"coding": [{n: v for n, v in pair.items() if v} for pair in pairs]}


@pytest.fixture
def filled(chart, make):
    """Ada's and Grace's charts with three observations."""
    observations = {
        "stage": make.observation(
            code=coded((LOINC, "21908-9"), ("http://snomed.info/sct", "399537006")),
            category=[coded(("http://cat", "exam"))],
            effectiveDateTime="2026-03-12",
            focus=[{"reference": "Condition/breast"}],
        ),
        "marker": make.observation(
            code=coded((LOINC, "16112-5"), (None, "local,1")),
            status="preliminary",
            effectivePeriod={"start": "2026-04-01"},
            performer=[{"reference": "http://elsewhere.test/Practitioner/owen"}],
        ),
        "other": make.observation(
            "Patient/grace", code=coded((None, "16112-5")), effectiveDateTime="2025"
        ),
    }
    for id_, resource in observations.items():
        chart.put("Observation", id_, resource, "PUT")
    ada = make.patient(
        name=[{"family": "Løvelace-Bÿron", "given": ["Ada", "Augusta"]}],
        identifier=[{"system": MRN, "value": "A|1"}, {"value": "plain"}],
        gender="female",
        active=True,
    )
    chart.put("Patient", "ada", ada, "PUT")
    return chart


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("code=21908-9", "stage"),
        (f"code={LOINC}|21908-9", "stage"),
        (f"code={LOINC}|", "stage marker"),
        ("code=http://snomed.info/sct|21908-9", ""),
        ("code=16112-5", "marker other"),
        ("code=|16112-5", "other"),
        ("code=21908-9,16112-5", "stage marker other"),
        (r"code=local\,1", "marker"),
        ("code:not=21908-9", "marker other"),
        ("status=final", "stage other"),
        ("status=http://hl7.org/fhir/observation-status|final", "stage other"),
        ("category:missing=true", "marker other"),
        ("category:missing=false", "stage"),
        ("patient=ada", "stage marker"),
        ("patient=Patient/ada", "stage marker"),
        ("patient=http://ehr.test/fhir/Patient/ada", "stage marker"),
        ("patient=http://elsewhere.test/Patient/ada", ""),
        ("subject:Patient=ada", "stage marker"),
        ("subject=Group/ada", ""),
        ("performer=http://elsewhere.test/Practitioner/owen", "marker"),
        ("focus=Condition/breast", "stage"),
        ("patient=ada&code=16112-5", "marker"),
        ("date=2026-03-12", "stage"),
        ("date=2026-03", "stage"),
        ("date=2026-03-12T10:00:00Z", ""),
        ("date=ne2026-03", "marker other"),
        ("date=gt2026-03-12", "marker"),
        ("date=ge2026-03-12", "stage marker"),
        ("date=lt2026", "other"),
        ("date=le2025", "other"),
        ("date=sa2025", "stage marker"),
        ("date=eb2026", "other"),
        ("date=ap2026-03-12", "stage"),
        ("date=ge2026-01&date=lt2026-04", "stage"),
        ("date=gt2026-03-12T00:30:00+01:00", "stage marker"),
        ("_id=stage,other,none", "stage other"),
        ("_lastUpdated=gt2020", "stage marker other"),
        ("_lastUpdated=lt2020", ""),
        ("_count=0", ""),
        ("_sort=-date", "marker stage other"),
        ("_sort=date", "other stage marker"),
        ("_sort=status,-date", "stage other marker"),
        ("_sort=category,_id", "stage marker other"),
        ("_format=json&_pretty=true&status=final", "stage other"),
    ],
)
def test_observations_are_found(filled, ids, query, found):
    pairs = [tuple(pair.split("=", 1)) for pair in query.split("&")]
    expected = found.split()
    result = ids("Observation", *pairs)
    assert result == expected if "_sort" in query else sorted(result) == sorted(expected)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=love", ""),
        ("name=løvelace-by", "ada"),
        ("name=AUG", "ada"),
        ("name=ada augusta løv", "ada"),
        ("name:exact=Ada", "ada"),
        ("name:exact=ada", ""),
        ("name:contains=ugust", "ada"),
        ("family=ada", ""),
        ("given=ada", "ada"),
        ("name=hop,løv", "ada grace"),
        (rf"identifier={MRN}|A\|1", "ada"),
        (r"identifier=|plain", "ada"),
        (r"identifier=A\|1", "ada"),
        ("birthdate=1815-12-10", "ada grace"),
        ("birthdate=lt1815", ""),
        ("gender=female", "ada"),
        ("active=true", "ada"),
        ("name=%_", ""),
        ("name=' OR 1=1 --", ""),
    ],
)
def test_patients_are_found(filled, ids, query, found):
    assert sorted(ids("Patient", tuple(query.split("=", 1)))) == found.split()


@pytest.mark.parametrize(
    "query",
    [
        "foo=1",
        "patient.name=ada",
        "_has:Condition:subject:code=x",
        "code:in=http://vs",
        "date:exact=2026",
        "_include=Observation:code",
        "_include=Nothing:patient",
        "_summary=true",
        "_elements=code",
    ],
)
def test_an_unknown_parameter_is_refused_or_ignored_as_the_client_prefers(filled, query):
    params = MultiDict([tuple(query.split("=", 1))])
    with pytest.raises(FhirError) as refused:
        search(filled, AllowAll(), "Observation", params)
    assert refused.value.status == 400
    bundle = search(filled, AllowAll(), "Observation", params, lenient=True)
    assert bundle["total"] == 3
    assert bundle["link"] == [{"relation": "self", "url": "http://ehr.test/fhir/Observation"}]


@pytest.mark.parametrize(
    "query",
    [
        "date=yesterday",
        "date=ge",
        "code=",
        "_count=-1",
        "_count=x",
        "_sort=foo",
        "code:missing=1",
        "code=" + ",".join(map(str, range(501))),
    ],
)
def test_a_bad_value_is_refused_even_where_the_client_prefers_leniency(filled, query):
    params = MultiDict([tuple(query.split("=", 1))])
    with pytest.raises(FhirError) as refused:
        search(filled, AllowAll(), "Observation", params, lenient=True)
    assert refused.value.status == 400


@pytest.mark.parametrize("resource_type", sorted(TABLE))
def test_each_parameter_that_is_advertised_can_be_searched_and_sorted_by(
    store, find, resource_type
):
    for name, parameter in TABLE[resource_type].items():
        value = "2026" if parameter.kind == "date" else "x"
        assert find(resource_type, (name, value), ("_sort", f"-{name}"))["total"] == 0


def test_pages_follow_each_other_and_stand_still(filled, find, make):
    def turn(bundle, relation):
        url = next(link["url"] for link in bundle["link"] if link["relation"] == relation)
        assert url.startswith("http://ehr.test/fhir/Observation?_page=")
        return find("Observation", _page=url.partition("_page=")[2])

    first = find("Observation", _count="2", _sort="_id")
    filled.put("Observation", "a-new-one", make.observation(), "PUT")
    second = turn(first, "next")
    got = [e["resource"]["id"] for page in (first, second) for e in page["entry"]]
    assert got == ["marker", "other", "stage"]
    assert [link["relation"] for link in second["link"]] == ["self", "first", "previous"]
    assert turn(second, "previous")["entry"] == first["entry"]
    filled.delete("Observation", "stage")
    assert "entry" not in turn(turn(second, "first"), "next")


@pytest.mark.parametrize("token", ["", "x.0", "x", ".", "x.-1", "x.²"])
def test_a_page_that_is_not_kept_is_gone(filled, find, token):
    with pytest.raises(FhirError) as refused:
        find("Observation", _page=token)
    assert refused.value.status == 410


def test_a_page_of_one_type_is_none_of_another(filled, find):
    url = find("Observation", _count="1")["link"][1]["url"]
    with pytest.raises(FhirError):
        find("Condition", _page=url.partition("_page=")[2])


def test_included_resources_come_once_and_are_marked(filled, find, make):
    drug = make.resource("Medication", "drug", code={"text": "x"})
    filled.put("Medication", "drug", drug, "PUT")
    for id_ in ("r1", "r2"):
        request = make.resource(
            "MedicationRequest",
            status="active",
            intent="order",
            subject={"reference": "Patient/ada"},
            medicationReference={"reference": "Medication/drug"},
        )
        filled.put("MedicationRequest", id_, request, "PUT")
    provenance = make.resource("Provenance", target=[{"reference": "MedicationRequest/r1"}])
    filled.put("Provenance", "p", provenance, "PUT")
    bundle = find(
        "MedicationRequest",
        ("_include", "MedicationRequest:medication"),
        ("_include", "MedicationRequest:subject:Group"),
        ("_revinclude", "Provenance:target"),
    )
    modes = [(e["resource"]["id"], e["search"]["mode"]) for e in bundle["entry"]]
    assert modes == [("r1", "match"), ("r2", "match"), ("drug", "include"), ("p", "include")]
    assert bundle["total"] == 2
    assert bundle["entry"][2]["fullUrl"] == "http://ehr.test/fhir/Medication/drug"


def test_iteration_follows_what_was_included(filled, find):
    names = ("_include:iterate", "Condition:subject"), ("_include", "Observation:focus")
    bundle = find("Observation", ("code", "21908-9"), *names)
    assert [e["resource"]["id"] for e in bundle["entry"]] == ["stage", "breast", "ada"]
    once = find("Observation", ("code", "21908-9"), ("_include", "Condition:subject"), names[1])
    assert [e["resource"]["id"] for e in once["entry"]] == ["stage", "breast"]


def test_what_may_not_be_seen_is_neither_counted_nor_included(filled, only, make):
    crossing = make.observation(focus=[{"reference": "Condition/lung"}])
    filled.put("Observation", "crossing", crossing, "PUT")
    params = MultiDict([("_include", "Observation:focus")])
    bundle = search(filled, only("ada"), "Observation", params)
    assert [e["resource"]["id"] for e in bundle["entry"]] == [
        "stage",
        "marker",
        "crossing",
        "breast",
    ]
    assert bundle["total"] == 3


def test_a_page_shows_only_what_the_one_who_turns_it_may_see(filled, only, find):
    url = find("Observation", _count="1", _sort="-_id")["link"][1]["url"]
    params = MultiDict({"_page": url.partition("_page=")[2]})
    bundle = search(filled, only("ada"), "Observation", params)
    assert "entry" not in bundle


def test_a_search_is_narrowed_by_the_access(filled):
    class Narrow(AllowAll):
        def narrow(self, resource_type, params):
            params.add("patient", "grace")
            return params

    params = MultiDict({"patient": "ada,grace"})
    bundle = search(filled, Narrow(), "Observation", params)
    assert [e["resource"]["id"] for e in bundle["entry"]] == ["other"]
    assert bundle["link"][0]["url"].endswith("?patient=ada%2Cgrace")


def test_a_search_needs_permission(filled, only):
    with pytest.raises(AccessDenied):
        search(filled, only("ada", "r"), "Observation", MultiDict())
