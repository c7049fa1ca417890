import json
from functools import cache

import pytest

from app.mcode import definitions
from app.mcode.definitions import compiled_value_set, profile, profiles
from app.mcode.definitions.shapes import Binding, short_name

SITE = "http://hl7.org/fhir/us/mcode/"
SNOMED = "http://snomed.info/sct"


def test_every_profile_and_extension_of_the_guide_is_there():
    found = profiles(definitions.MCODE)
    extensions = [item for item in found if item.type == "Extension"]
    assert (len(found), len(extensions)) == (53, 14)
    assert all(item.url.startswith(f"{SITE}StructureDefinition/mcode-") for item in found)


def test_the_packages_are_named_with_version_and_licence():
    assert set(definitions.packages()) >= {
        ("hl7.fhir.us.mcode", "4.0.0", "CC0-1.0"),
        ("hl7.fhir.us.core", "6.1.0", "CC0-1.0"),
        ("hl7.fhir.us.ctcae", "0.0.1", "CC0-1.0"),
    }
    assert all(all(package) for package in definitions.packages())


@pytest.mark.parametrize(
    "name",
    [
        "tumor-size",
        "mcode-tumor-size",
        f"{SITE}StructureDefinition/mcode-tumor-size",
        f"{SITE}StructureDefinition/mcode-tumor-size|4.0.0",
    ],
)
def test_a_profile_is_found_under_its_names(name):
    assert definitions.profile_url(name) == f"{SITE}StructureDefinition/mcode-tumor-size"


@pytest.mark.parametrize(
    "name", ["", "banana", "../packages", "http://example.org/StructureDefinition/tumor-size"]
)
def test_what_is_not_compiled_is_a_key_error(name):
    with pytest.raises(KeyError):
        profile(name)
    with pytest.raises(KeyError):
        compiled_value_set(name)


def test_a_profile_tells_cardinality_pattern_and_types():
    size = profile("tumor-size")
    longest = size.element("component:tumorLongestDimension")
    assert (size.type, longest.slice, longest.min, longest.max) == (
        "Observation",
        "tumorLongestDimension",
        1,
        "1",
    )
    assert longest.path == "Observation.component"
    code = size.element("Observation.component:tumorLongestDimension.code")
    assert code.pattern == {"coding": [{"system": "http://loinc.org", "code": "33728-7"}]}
    assert size.element("component").slicing.by == (("value", "code"),)
    assert [type_.code for type_ in size.element(f"{longest.id}.value[x]").types] == ["Quantity"]
    with pytest.raises(KeyError):
        size.element("banana")


def test_the_type_of_a_profile_is_known_from_both_packages():
    core = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-simple-observation"
    assert definitions.type_of(core) == "Observation"
    assert definitions.type_of("http://hl7.org/fhir/StructureDefinition/Group") == "Group"
    assert definitions.type_of("http://example.org/StructureDefinition/x") is None
    assert definitions.type_of("http://hl7.org/fhir/StructureDefinition/vitalsigns") is None


def test_a_binding_tells_strength_set_and_outer_limit():
    stage = profile("tnm-stage-group")
    assert stage.binding("code") == Binding(
        "preferred",
        f"{SITE}ValueSet/mcode-tnm-stage-group-staging-type-vs",
        f"{SITE}ValueSet/mcode-tnm-stage-group-staging-type-max-vs",
    )
    assert stage.binding("Observation.method").strength == "extensible"
    assert stage.binding("focus") is None


def test_invariants_of_mcode_us_core_and_fhir_come_with_their_places():
    rules = {rule.key: rule for rule in profile("tumor-size").invariants}
    assert rules["must-have-focus-or-specimen-invariant"].at == ("Observation",)
    assert rules["obs-6"].severity == "error"
    assert rules["obs-3"].at == ("Observation.referenceRange",)
    rules = {rule.key: rule for rule in profile("deauville-scale").invariants}
    assert rules["us-core-1"].at == ("Observation.effective[x]",)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("tumor-marker-test", 513),
        ("radiotherapy-treatment-location", 353),
        ("cancer-stage-type", 66),
        ("cancer-staging-method", 59),
        ("radiotherapy-modality", 12),
        ("radiotherapy-technique", 18),
        ("laterality-qualifier", 4),
        ("ctcae-grade", 6),
        ("adverse-event-seriousness", 2),
        ("adverse-event-seriousness-outcome", 6),
        ("adverse-event-relatedness", 6),
        ("adverse-event-expectation", 2),
        ("adverse-event-participant-function", 5),
    ],
)
def test_enumerated_sets_have_all_their_codes(name, size):
    found = compiled_value_set(name)
    assert found.complete
    assert len({concept.key for concept in found.concepts}) == len(found.concepts) == size


def test_a_set_is_found_under_its_names():
    url = f"{SITE}ValueSet/mcode-tumor-size-method-vs"
    for name in ("tumor-size-method", "mcode-tumor-size-method-vs", url, f"{url}|4.0.0"):
        assert compiled_value_set(name).url == url


def test_a_set_of_sets_holds_their_codes_and_filters():
    primary = compiled_value_set("primary-cancer-disorder")
    assert not primary.complete
    assert ("http://hl7.org/fhir/sid/icd-10-cm", "C50.911") in {
        (concept.system, concept.code) for concept in primary.concepts
    }
    assert (SNOMED, (("concept", "is-a", "363346000"),)) in primary.filters
    assert primary.unknown == ()


def test_a_whole_system_and_an_unknown_set_are_told_apart():
    assert compiled_value_set("histologic-behavior-and-type").systems == (
        "http://terminology.hl7.org/CodeSystem/icd-o-3",
    )
    scores = compiled_value_set("http://loinc.org/vs/LL529-9")
    assert (scores.concepts, scores.unknown) == ((), ("http://loinc.org/vs/LL529-9",))
    assert not scores.complete


def test_all_sets_that_profiles_bind_can_be_had():
    for item in profiles():
        for element in item.elements:
            if binding := element.binding:
                for url in filter(None, (binding.value_set, binding.max_value_set)):
                    assert compiled_value_set(url).url == url
    assert len({found.name for found in definitions.compiled_value_sets(definitions.MCODE)}) == 209


def test_words_are_the_code_systems_own_where_the_package_has_them():
    method = compiled_value_set("tumor-size-method").concepts[0]
    assert method.official
    assert method.term not in {"", method.code}


CTCAE = "http://hl7.org/fhir/us/ctcae/"


def test_another_guide_answers_as_mcode_does():
    first, *others = definitions.guides()
    assert first == definitions.MCODE
    assert "hl7.fhir.us.ctcae" in others
    event = profile(f"{CTCAE}StructureDefinition/ctc-adverse-event|0.0.1")
    assert event == profile("ctc-adverse-event")
    assert event in profiles()
    assert [item.name for item in profiles("hl7.fhir.us.ctcae") if item.type != "Extension"] == [
        "ctc-adverse-event"
    ]
    assert definitions.type_of(event.url) == "AdverseEvent"
    assert event.element("extension:grade").min == 1
    assert event.binding("seriousness").strength == "required"


def test_the_terms_of_ctcae_are_all_there():
    terms = compiled_value_set(f"{CTCAE}ValueSet/ctcae-term-value-set")
    assert terms == compiled_value_set("ctcae-term")
    assert len({concept.key for concept in terms.concepts}) == len(terms.concepts) == 837
    words = {concept.term: concept.code for concept in terms.concepts}
    assert words["Febrile neutropenia"] == "C143481"
    assert all(concept.official for concept in terms.concepts)


@pytest.fixture
def guides_of(tmp_path, monkeypatch):
    """Let other guides be compiled: {name: addresses of profiles}."""

    def call(**found):
        for name, urls in found.items():
            folder = tmp_path / name
            (folder / "profiles").mkdir(parents=True)
            about = {"packages": [], "types": {}, "profiles": urls, "unknown_sets": []}
            (folder / "packages.json").write_text(json.dumps(about))
            for url in urls:
                content = {"url": url, "name": short_name(url), "type": "Observation"}
                lists = {"elements": [], "invariants": []}
                path = folder / "profiles" / f"{short_name(url)}.json"
                path.write_text(json.dumps(content | lists))
        monkeypatch.setattr(definitions, "FOLDER", tmp_path)
        cached = ("guides", "profile", "profiles", "_names", "_about")
        for name in cached:
            monkeypatch.setattr(definitions, name, cache(getattr(definitions, name).__wrapped__))

    return call


def test_an_address_is_exact_where_two_guides_use_a_name(guides_of):
    here, there = "http://a.test/same", "http://b.test/same"
    guides_of(a=[here], b=[there, "http://b.test/own"])
    assert [definitions.profile(url).url for url in (here, there)] == [here, there]
    assert definitions.profile("same").url == here
    names = [definitions.name_of(url) for url in (here, there, "http://b.test/own")]
    assert names == ["same", there, "own"]
    assert definitions.name_of("http://c.test/same") is None
    assert [item.url for item in definitions.profiles("b")] == [there, "http://b.test/own"]
