"""Reports from whole charts: built as the guide wants, complete, and with nothing else in them."""

import json
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from app.fhir.paths import literal_reference, local_reference, objects
from app.mcode.assembly import assemble
from app.reuse.registry.guide import GUIDES, SECTIONS, STRUCTURES
from app.reuse.registry.report import Choices, report
from tests.reuse.registry import charts
from tests.reuse.registry.charts import AT, SITE, VERSIONS, as_json

needs_official = pytest.mark.skipif(
    not charts.OFFICIAL.exists(), reason="the official examples are not at hand"
)
NAMES = [
    *charts.SANDBOX_NAMES,
    *(pytest.param(name, marks=needs_official) for name in charts.OFFICIAL_NAMES),
]
# What comes with a fact without a section of its own.
DETAILS = {
    *("Medication", "BodyStructure", "Specimen", "Device", "Location"),
    *("Practitioner", "PractitionerRole", "Organization"),
}


@pytest.fixture(scope="module", params=NAMES)
def record(request):
    return charts.record_of(request.param)


@pytest.fixture(scope="module", params=VERSIONS)
def reports(request, record):
    """Return the reports of all primary cancers of a chart, with the free text of reports."""
    choices = Choices(notes=True)
    return [(p, report(record, p, SITE, request.param, AT, choices)) for p in record.primaries]


def entries(made):
    return [as_json(entry["resource"]) for entry in made.bundle["entry"]]


def by_name(made):
    return {literal_reference(resource): resource for resource in entries(made)}


def read_xhtml(div):
    return ET.fromstring(div)  # noqa: S314 -- the app's own


def named(made, key):
    """Return the `Type/id` that a section names."""
    system, code = SECTIONS[key].code
    coded = {"coding": [{"system": system, "code": code}]}
    found = [s for s in made.composition["section"] if s["code"] == coded]
    return [entry["reference"] for section in found for entry in section["entry"]]


def test_a_report_begins_with_its_composition_and_has_each_resource_once(reports):
    assert reports
    for _, made in reports:
        assert made.bundle["type"] == "collection"
        names = [literal_reference(resource) for resource in entries(made)]
        assert names[0].startswith("Composition/")
        assert len(set(names)) == len(names)
        urls = [entry["fullUrl"] for entry in made.bundle["entry"]]
        assert urls == [f"{SITE.endpoint}/{name}" for name in names]


def test_every_reference_leads_to_an_entry(reports):
    for _, made in reports:
        held = by_name(made)
        for resource in held.values():
            inside = {f"#{part['id'].removeprefix('#')}" for part in resource.get("contained", [])}
            for node in objects(resource):
                if isinstance(node.get("reference"), str):
                    assert node["reference"] in held or node["reference"] in inside


def test_sections_are_coded_as_the_guide_wants_have_text_and_entries(reports):
    codes = [{"coding": [{"system": s.code[0], "code": s.code[1]}]} for s in SECTIONS.values()]
    for primary, made in reports:
        sections = made.composition["section"]
        places = [codes.index(section["code"]) for section in sections]
        assert places == sorted(set(places))
        assert named(made, "cancer") == [primary.reference]
        assert bool(named(made, "encounter")) <= made.guide.has_encounter_section
        for section, place in zip(sections, places, strict=True):
            most = list(SECTIONS.values())[place].most
            assert 1 <= len(section["entry"]) <= (most or len(section["entry"]))
            told = read_xhtml(section["text"]["div"])
            lines = list(told.iter("{http://www.w3.org/1999/xhtml}li"))
            assert len(lines) == len(section["entry"])
            assert all(line.text for line in lines)


def test_the_document_has_every_section(reports):
    for _, made in reports:
        words = " ".join(read_xhtml(made.document).itertext())
        for section in made.composition["section"]:
            assert section["title"] in words
            for line in read_xhtml(section["text"]["div"]).itertext():
                assert line in words


def test_the_first_version_names_one_stage_group_at_most(reports):
    for _, made in reports:
        if made.guide.one_stage:
            stages = named(made, "stages")
            assert len(stages) <= 1
            members = {
                local_reference(m) for s in stages for m in by_name(made)[s].get("hasMember", [])
            }
            assert members <= set(by_name(made))


def test_profiles_are_claimed_as_the_guide_wants(reports):
    for primary, made in reports:
        held = by_name(made)
        cancer = held[primary.reference]
        profile = f"{STRUCTURES}central-cancer-registry-primary-cancer-condition"
        assert cancer["meta"] == {"profile": [profile]}
        assert held[made.composition["subject"]["reference"]]["meta"]["profile"] == [
            made.guide.patient
        ]
        author = held[made.composition["author"][0]["reference"]]
        assert author["meta"]["profile"] == [made.guide.organization]
        if encounter := made.composition.get("encounter"):
            assert held[encounter["reference"]]["meta"]["profile"] == [made.guide.encounter]


def test_every_fact_is_sent_or_said_to_be_left_out(record, reports):
    for primary, made in reports:
        sent = set(by_name(made))
        told = {one.key for one in made.left_out} - {primary.reference}
        facts = {literal_reference(fact) for fact in record.facts()}
        assert facts <= sent | told
        assert not sent & told
        odd = [*record.retracted, *record.misfiled, *record.not_interpreted]
        assert {literal_reference(resource) for resource in odd} <= told
        assert all(one.reason and one.what for one in made.left_out)


def test_nothing_is_sent_that_no_section_names_and_no_fact_needs(reports):
    for _, made in reports:
        composition, *rest = entries(made)
        own = {local_reference(node) for node in objects(composition) if "reference" in node}
        used = {local_reference(n) for r in rest for n in objects(r) if "reference" in n}
        for resource in rest:
            name = literal_reference(resource)
            is_detail = resource["resourceType"] in DETAILS and name in used
            is_member = made.guide.one_stage and name in used
            assert name in own or is_detail or is_member, name


def test_nothing_of_another_primary_is_sent(record, reports):
    for primary, made in reports:
        others = [p for p in record.primaries if p.id != primary.id]
        foreign = {name for other in others for name in other.keys}
        words = {other.code.get("text") for other in others} - {None}
        text = json.dumps(as_json(made.bundle))
        assert not foreign & set(by_name(made))
        for said in foreign | words:
            assert f'"{said}"' not in text


def test_retracted_and_misfiled_things_are_not_in_the_report(record, reports):
    odd = [*record.retracted, *record.misfiled, *record.not_interpreted]
    names = {literal_reference(resource) for resource in odd}
    for _, made in reports:
        assert not names & set(by_name(made))
        assert not {r for n in objects(made.bundle) if (r := local_reference(n)) in names}


# What a report adds to a chart's resources: where, and the values.
ADDED = {
    "Condition.category.coding.system",
    "Condition.category.coding.code",
    "Condition.bodySite.extension.url",
    "Condition.bodySite.extension.valueCode",
    "Condition.extension.url",
}
ABSENT = {
    *("http://hl7.org/fhir/StructureDefinition/data-absent-reason", "masked", "unknown"),
    "other",  # the system of a telecom that is masked
}


def leaves(value, path):
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, path)
    else:
        yield path, value


def test_every_leaf_is_of_the_chart_or_on_the_list_of_what_is_added(record, reports):
    for primary, made in reports:
        _, site, *rest = entries(made)
        assert site == as_json(SITE.as_organization(made.guide))
        for resource in rest:
            name = literal_reference(resource)
            originals = [record.find(name)]
            if name == primary.reference:
                originals = primary.conditions
            held = {leaf for r in originals for leaf in leaves(as_json(r), r["resourceType"])}
            for path, value in leaves(resource, resource["resourceType"]):
                is_absent = value in ABSENT and resource["resourceType"] == "Patient"
                is_renamed = path.endswith(".reference") and value == primary.reference
                is_inside = path.endswith(".reference") and value.startswith("#")
                is_claim = path.endswith(".meta.profile") and value.startswith("http://hl7.org/")
                known = (path, value) in held or is_absent or is_renamed or is_inside or is_claim
                assert known or path in ADDED, (name, path, value)
                if path in ADDED and (path, value) not in held:
                    assert str(value).startswith("http") or value in {
                        "encounter-diagnosis",
                        "problem-list-item",
                        *ABSENT,
                    }


def test_the_chart_is_left_as_it_is(record):
    before = [as_json(r) for r in (record.patient, *record.facts())]
    for primary in record.primaries:
        for version in VERSIONS:
            report(record, primary, SITE, version, AT)
    assert [as_json(r) for r in (record.patient, *record.facts())] == before


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["elena-martinez", "ruth-abernathy"])
def test_the_same_chart_gives_the_same_report_however_it_was_read(name, version):
    resources = charts.resources_of(name)
    patient = next(r for r in resources if r["resourceType"] == "Patient")
    rest = [r for r in resources if r is not patient]
    one, other = (assemble(patient, found) for found in (rest, rest[::-1]))
    for primary in one.primaries:
        made = report(one, primary, SITE, version, AT)
        again = report(other, other.primary(primary.id), SITE, version, AT)
        assert as_json(again.bundle) == as_json(made.bundle)
        later = report(one, primary, SITE, version, AT + timedelta(days=1))
        assert later.identifier == made.identifier
        assert later.bundle["id"] == made.bundle["id"]
        assert later.composition["date"] != made.composition["date"]


def test_another_chart_site_or_version_gives_another_id():
    record = charts.read(charts.PATIENT, charts.CANCER)
    amended = charts.read(charts.PATIENT, {**charts.CANCER, "onsetDateTime": "2026-01"})
    site = replace(SITE, npi="1999999992")
    ids = {
        report(read, read.primaries[0], at_site, version, AT).identifier
        for read in (record, amended)
        for at_site in (SITE, site)
        for version in VERSIONS
    }
    assert len(ids) == 8
    assert all(found.startswith("urn:uuid:") for found in ids)


def test_an_amended_report_names_the_one_that_it_replaces():
    record = charts.read(charts.PATIENT, charts.CANCER)
    earlier = report(record, record.primaries[0], SITE, "1.0.0", AT)
    choices = Choices(replaces=earlier.identifier)
    made = report(record, record.primaries[0], SITE, "1.0.0", AT, choices)
    assert made.composition["relatesTo"] == [
        {
            "code": "replaces",
            "targetIdentifier": {"system": "urn:ietf:rfc:3986", "value": earlier.identifier},
        }
    ]
    assert made.identifier != earlier.identifier
    assert made.fingerprint == earlier.fingerprint


def test_the_text_tells_the_date_of_diagnosis_from_others():
    dates = {"onsetDateTime": "2026-01", "recordedDate": "2026-03-14"}
    for condition, words in (
        ({**charts.CANCER, **dates}, "diagnosed: 12-Mar-2026; onset: Jan-2026; recorded: 14-Mar"),
        ({**charts.CANCER, **dates, "extension": []}, "onset: Jan-2026; recorded: 14-Mar-2026"),
    ):
        record = charts.read(charts.PATIENT, condition)
        document = report(record, record.primaries[0], SITE, "1.0.0", AT).document
        assert words in document
        assert ("diagnosed" in document) == ("diagnosed" in words)


def test_odd_characters_of_a_chart_do_not_break_the_document():
    code = {"text": "Cancer <of> the \x0b\x00breast & \ufffe\U0001f600"}
    record = charts.read(charts.PATIENT, {**charts.CANCER, "code": code})
    made = report(record, record.primaries[0], SITE, "1.0.0", AT)
    assert "<of> the breast & \U0001f600" in " ".join(read_xhtml(made.document).itertext())


def test_a_version_that_is_not_known_is_refused():
    record = charts.read(charts.PATIENT, charts.CANCER)
    assert set(GUIDES) == set(VERSIONS)
    with pytest.raises(KeyError):
        report(record, record.primaries[0], SITE, "3.0.0", AT)
