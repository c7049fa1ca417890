import pytest

from app.forms.radiotherapy_volume import RadiotherapyVolume
from app.terminology.systems import SNOMED
from tests.forms.cases import concept
from tests.forms.treating import MCODE, amended, entered, errors, opened, subject_with, written


def volume(**more):
    return {
        "resourceType": "BodyStructure",
        "id": "ptv",
        "meta": {"versionId": "1", "profile": [f"{MCODE}radiotherapy-volume"]},
        "patient": {"reference": "Patient/pat"},
        **more,
    }


def test_the_typical_volume_is_written_as_the_profile_has_it():
    resource = written(entered(RadiotherapyVolume, subject_with()))["main"]
    own, name = resource.pop("identifier")
    assert own["system"] == "urn:ietf:rfc:3986"
    assert name == {"use": "usual", "value": "PTV 50"}

    def coded(code, display, text):
        return {
            "coding": [{"system": SNOMED, "code": code, "display": display}],
            "text": text,
        }

    assert resource == {
        "resourceType": "BodyStructure",
        "meta": {"profile": [f"{MCODE}radiotherapy-volume"]},
        "patient": {"reference": "Patient/pat"},
        "morphology": coded(
            "228793007", "Planning target volume (observable entity)", "Planning target volume"
        ),
        "location": coded("76752008", "Breast structure (body structure)", "Breast structure"),
        "locationQualifier": [coded("7771000", "Left (qualifier value)", "Left")],
        "description": "Whole left breast",
    }


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        (
            {"name": "", "words": ""},
            {"name": "Enter the name of the volume, or describe it below"},
        ),
        ({"name": ""}, {}),
        ({"words": ""}, {}),
        ({"site": "||Whole pelvis"}, {}),
    ],
)
def test_a_volume_is_known_by_something(changes, problems):
    assert errors(entered(RadiotherapyVolume, subject_with(), **changes)) == problems


def test_other_names_and_places_of_a_volume_are_left_alone():
    local = {"system": "urn:tps", "value": "4711"}
    held = volume(
        identifier=[local, {"use": "usual", "value": "PTV", "system": "urn:tps"}],
        location=concept("99", "Local place", "urn:tps"),
        locationQualifier=[concept("1", "local side", "urn:tps")],
        image=[{"title": "plan"}],
    )
    work = amended(RadiotherapyVolume, held, name="PTV 1")
    assert work.form.display("site") == "Local place"
    after = written(work)["main"]
    assert after == {
        **held,
        "identifier": [local, {"use": "usual", "value": "PTV 1", "system": "urn:tps"}],
    }


def test_the_volumes_on_record_stand_beside_the_form():
    subject = subject_with(volume(description="Left breast"))
    work = opened(RadiotherapyVolume, subject)
    assert work.form.chart_context(subject) == [("Volume", "Left breast", "")]
    own = amended(RadiotherapyVolume, volume(description="Left breast"))
    assert own.form.chart_context(own.subject) == []
