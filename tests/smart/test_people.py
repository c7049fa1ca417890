import pytest
import requests


@pytest.fixture
def name(ehr, launch, app, browser):
    """The user's name after a launch, for what the EHR has at fhirUser."""

    def name(resource):
        ehr.user = resource
        launch_id = launch()
        key = browser.get_cookie("__Host-oncoform", domain="app.example").value
        return app.extensions["smart"].find_launch(launch_id, key).user.name

    return name


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([{"text": "Dr Owen Hale"}], "Dr Owen Hale"),
        ([{"given": ["Owen", "J"], "family": "Hale"}], "Owen J Hale"),
        ([{"use": "old", "family": "Was"}, {"family": "Is"}], "Is"),
        ([{"family": "Nick"}, {"use": "official", "family": "Hale"}], "Hale"),
        ([{"family": "Nick"}, {"use": "usual", "family": "Hale"}], "Hale"),
        ([{"use": "nickname", "text": "Nick"}, {"use": "usual", "text": " Hale "}], "Hale"),
        ([{"text": "x" * 201}], "x" * 200),
        ([{}, {"family": "Hale"}], "Hale"),
        ([{"text": "H\ud800le"}], ""),
        ([{"given": "Owen", "family": ["Hale"], "prefix": [7]}], ""),
        ([7, None], ""),
        ({"family": "Hale"}, ""),
        (None, ""),
    ],
)
def test_a_name_is_read_as_the_ehr_writes_it(name, names, shown):
    assert name({"resourceType": "Practitioner", "id": "owen", "name": names}) == shown


@pytest.mark.parametrize(
    "resource",
    [
        (403, {}, ""),
        (404, {}, ""),
        (200, {}, "<html>"),
        {"resourceType": "Patient", "id": "owen", "name": [{"family": "X"}]},
        {"resourceType": "Practitioner", "id": "nancy", "name": [{"family": "X"}]},
        requests.ReadTimeout(),
    ],
)
def test_a_launch_goes_through_without_a_name(name, resource):
    assert name(resource) == ""


@pytest.mark.parametrize(
    ("practitioner", "shown"),
    [
        ({"reference": "Practitioner/owen", "display": "Owen H."}, "Owen H."),
        ({"reference": "Practitioner/owen"}, "Dr Owen Hale"),
        ({"reference": "https://ehr.example/fhir/Practitioner/owen"}, "Dr Owen Hale"),
        ({"display": "Owen H."}, "Owen H."),
        ({"reference": "Organization/o", "display": "Owen H."}, "Owen H."),
        ({"reference": "https://evil.example/fhir/Practitioner/owen"}, ""),
        ({"reference": "PractitionerRole/r1"}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_a_role_gives_the_name_of_its_practitioner(ehr, name, practitioner, shown):
    ehr.claims = {"fhirUser": "PractitionerRole/r1"}
    role = {"resourceType": "PractitionerRole", "id": "r1", "practitioner": practitioner}
    ehr.http.get(f"{ehr.issuer}/PractitionerRole/r1", json=role)
    assert name(ehr.user) == shown
