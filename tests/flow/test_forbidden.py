"""An EHR that refuses in spite of what it granted: each page says exactly what is known."""

import re

import pytest

from app.sandbox.access import TokenAccess
from app.sandbox.fhir.access import AccessDenied
from tests.flow.answers import PATHOLOGIC
from tests.live import Chart, Clinician

pytestmark = pytest.mark.server

T = "384625004"  # the code of the pathologic T category


@pytest.fixture
def deny(monkeypatch):
    """Refuse what `refuses(interaction, type, resource)` says, whatever the token allows."""
    check = TokenAccess.check

    def deny(refuses):
        def refusing(self, interaction, resource_type, resource):
            if refuses(interaction, resource_type, resource):
                raise AccessDenied(403, "The ward is closed to this user.")
            check(self, interaction, resource_type, resource)

        monkeypatch.setattr(TokenAccess, "check", refusing)

    return deny


@pytest.fixture
def allow(monkeypatch):
    """Take every refusal back."""
    return monkeypatch.undo


def reviewed(clinician, patient):
    clinician.launch(patient, "oncologist-owen")
    clinician.open("forms/tnm-stage/new").send(**PATHOLOGIC)
    if asked := re.findall(r'name="(confirm-[\w-]+)"', clinician.page.text):
        clinician.send(**dict.fromkeys(asked, "yes"))
    assert "Review before saving" in clinician.text
    return clinician


def stages(running, patient):
    """Return the pathologic T categories of a chart, asked for past the app."""
    found = Chart(running, patient).search("Observation?code=399504009,384625004&_count=50")
    return [item for item in found if item["code"]["coding"][0]["code"] == T]


@pytest.mark.parametrize(
    ("type_", "label"),
    [
        ("Procedure", "procedures"),
        ("MedicationStatement", "medication taken"),
        ("Specimen", "specimens"),
        ("FamilyMemberHistory", "family history"),
        ("AdverseEvent", "adverse events"),
        ("Condition", "diagnoses"),
    ],
)
def test_a_kind_that_is_refused_is_a_gap_of_the_summary(clinician, deny, type_, label):
    deny(lambda interaction, resource_type, _: (interaction, resource_type) == ("s", type_))
    clinician.launch("nadia-kowalczyk", "oncologist-owen")
    assert clinician.page.status_code == 200
    assert "This page is incomplete" in clinician.text
    assert f"{label}: Your permissions in the EHR do not include them." in clinician.text


def test_a_refused_write_is_not_saved_and_keeps_the_draft(running, clinician, deny, allow):
    reviewed(clinician, "elena-martinez")
    before = stages(running, "elena-martinez")
    deny(lambda interaction, *_: interaction == "c")
    clinician.send("save")
    assert clinician.page.status_code == 403
    assert "Nothing was saved" in clinician.text
    assert "The EHR said: The ward is closed to this user." in clinician.text
    allow()
    assert stages(running, "elena-martinez") == before
    again = Clinician(running).launch("elena-martinez", "oncologist-owen")
    assert again.open("forms/tnm-stage/new").inputs()["t"] == PATHOLOGIC["t"]
    clinician.send("save")
    assert len(clinician.written()) == 5


def test_one_record_that_is_refused_is_named(clinician, deny):
    reviewed(clinician, "linh-tran")
    deny(lambda interaction, _, resource: interaction == "c" and T in str(resource))
    clinician.send("save")
    assert clinician.page.status_code == 403
    assert "The ward is closed to this user. (Primary tumor (T))" in clinician.text
    assert "Bundle.entry" not in clinician.text


def of_observations(interaction, resource_type, _):
    return resource_type == "Observation" and interaction in "rs"


def test_what_was_stored_and_may_not_be_read_is_called_neither_saved_nor_not_saved(
    running, clinician, deny, allow
):
    reviewed(clinician, "desmond-clarke")
    deny(of_observations)
    clinician.send("save")
    assert "The EHR says that it stored this, and it could not be checked" in clinician.text
    assert (
        len(re.findall(r"as Observation/[\w.-]+: the EHR does not let you read", clinician.text))
        == 4
    )
    for wrong in ("Nothing was saved", "Saved to the chart", "Not in the chart"):
        assert wrong not in clinician.text
    clinician.send("save")
    assert "it could not be checked" in clinician.text
    allow()
    assert len(stages(running, "desmond-clarke")) == 1
    clinician.send("save")
    assert len([name for name in clinician.written() if name.startswith("Observation/")]) == 4
    assert len(stages(running, "desmond-clarke")) == 1


def test_one_who_looked_in_the_ehr_can_close_what_stays_unseen(running, clinician, deny, allow):
    reviewed(clinician, "jonah-pereira")
    stored = len(stages(running, "jonah-pereira"))
    deny(of_observations)
    clinician.send("save")
    page = clinician.page
    clinician.send("discard")
    assert clinician.page.status_code == 409
    clinician.page = page
    assert "I have looked in the EHR: close this entry" in clinician.text
    clinician.send("discard", looked="yes")
    assert "The entry is closed here." in clinician.text
    assert "Drafts that wait" not in clinician.text
    allow()
    assert len(stages(running, "jonah-pereira")) == stored + 1


def test_an_open_draft_is_discarded_whatever_was_looked_at(clinician):
    reviewed(clinician, "theo-lindgren")
    clinician.send("discard", looked="yes")
    assert "The draft is discarded. The chart was not changed." in clinician.text
