import pytest

from app.fhir.errors import Missing, PatientMissing
from app.smart.errors import NoPatient
from app.smart.opening import NOBODY, Opener
from tests.smart.conftest import ISSUER


class Session:
    """Stands in for a session with the server; `patients` are those it has."""

    patients = ("elena",)

    def read(self, type_: str, id_: str) -> dict:
        if type_ != "Patient" or id_ not in self.patients:
            raise Missing
        return {"resourceType": type_, "id": id_}


@pytest.fixture
def opened(app):
    """Open for a patient; the launch as the store gives it to the browser's key."""
    smart, store = app.extensions["smart"], app.extensions["store"]

    def opened(patient_id: str | None):
        ehr = smart.registry.with_issuer(ISSUER)
        opener = Opener(store, hours=1)
        launch = opener.open_unprotected(ehr, "browser-key", patient_id, Session())
        assert store.launches.find(launch.id, "another-key") is None
        return store.launches.find(launch.id, "browser-key")

    return opened


def test_a_patient_of_the_server_is_opened_for_the_browser_without_a_token(opened):
    launch = opened("elena")
    assert launch.context["patient"] == "elena"
    assert launch.context["user"] == {"reference": None, "name": NOBODY.name}
    assert launch.tokens["access_token"] is None
    assert launch.tokens["refresh_token"] is None
    assert launch.tokens["scope"] == "user/*.cruds"


def test_nobody_shares_drafts_with_the_next_nobody(opened):
    assert opened("elena").owner != opened("elena").owner


def test_without_a_patient_one_is_yet_to_be_chosen(opened):
    launch = opened(None)
    assert launch.context["patient"] is None
    assert launch.owner == ""


@pytest.mark.parametrize(
    ("patient_id", "error"), [("martin", Missing), ("..", NoPatient), ("a/b", NoPatient)]
)
def test_a_patient_that_the_server_does_not_have_is_not_opened(opened, patient_id, error):
    with pytest.raises(error):
        opened(patient_id)


def test_who_is_not_there_is_looked_up_instead(opened):
    with pytest.raises(PatientMissing) as missing:
        opened("martin")
    assert missing.value.offer == (
        "Choose the patient",
        "/launch?iss=https%3A%2F%2Fehr.example%2Ffhir",
    )
