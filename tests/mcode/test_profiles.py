import pytest

from app.mcode.profiles import profile_names

SITE = "http://hl7.org/fhir/us/"


@pytest.mark.parametrize(
    ("claimed", "names"),
    [
        (f"{SITE}mcode/StructureDefinition/mcode-tumor-size", ["tumor-size"]),
        (f"{SITE}mcode/StructureDefinition/mcode-tumor-size|4.0.0", ["tumor-size"]),
        (f"{SITE}mcode/StructureDefinition/onco-core-TumorMarkerTest", ["TumorMarkerTest"]),
        (f"{SITE}mcode/StructureDefinition/mcode-of-the-future", ["of-the-future"]),
        (f"{SITE}ctcae/StructureDefinition/ctc-adverse-event", ["ctc-adverse-event"]),
        (f"{SITE}ctcae/StructureDefinition/ctc-adverse-event|0.0.1", ["ctc-adverse-event"]),
        (f"{SITE}ctcae/StructureDefinition/of-the-future", []),
        (f"{SITE}core/StructureDefinition/us-core-race", []),
        ("http://example.org/StructureDefinition/ctc-adverse-event", []),
        ("", []),
        (7, []),
    ],
)
def test_profiles_of_every_compiled_guide_are_named(claimed, names):
    assert list(profile_names({"meta": {"profile": [claimed]}})) == names
    assert list(profile_names({"meta": {"profile": claimed}})) == names


def test_a_resource_of_two_guides_has_both_names():
    urls = [f"{SITE}ctcae/StructureDefinition/ctc-adverse-event", f"{SITE}mcode/mcode-tumor"]
    assert list(profile_names({"meta": {"profile": urls}})) == ["ctc-adverse-event", "tumor"]


@pytest.mark.parametrize("meta", [None, [], "x", {}, {"profile": None}])
def test_odd_meta_names_nothing(meta):
    assert list(profile_names({"meta": meta})) == []
