"""An EHR opens the app for one thing, and the app opens on it."""

import pytest

from tests.flow.answers import PATHOLOGIC
from tests.live import Chart, Clinician

pytestmark = pytest.mark.server

OWEN = "oncologist-owen"
BREAST = "ruth-abernathy-breast-cancer"


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ({}, ""),
        ({"intent": "disease-status"}, "forms/disease-status/new"),
        ({"intent": "forms"}, "forms/"),
        ({"intent": "something-else"}, ""),
        ({"context": f"Condition/{BREAST}"}, f"forms/primary-cancer/{BREAST}"),
        (
            {"context": f"Condition/{BREAST}", "intent": "tnm-stage"},
            f"forms/tnm-stage/new?about={BREAST}",
        ),
        ({"context": "Condition/ruth-abernathy-osteoporosis"}, "?not-found=1"),
    ],
)
def test_a_launch_opens_what_it_was_made_for(clinician, named, path):
    clinician.launch("ruth-abernathy", OWEN, **named)
    assert clinician.page.status_code == 200
    assert clinician.page.url == f"{clinician.home}{path}"
    assert ("was not found in this patient's record" in clinician.text) == ("not-found" in path)


def test_each_tab_has_what_it_was_opened_for(running, clinician):
    clinician.launch("ruth-abernathy", OWEN, intent="tnm-stage", context=f"Condition/{BREAST}")
    second = Clinician(running, http=clinician.http)
    second.launch("elena-martinez", OWEN, intent="disease-status")
    assert "ABERNATHY" in clinician.text
    assert "MARTINEZ" in second.text
    clinician.open("arrive")
    assert clinician.page.url.endswith(f"forms/tnm-stage/new?about={BREAST}")
    assert "ABERNATHY" in clinician.text


def test_the_visit_of_the_launch_stands_in_what_is_written(running, clinician):
    clinician.launch("elena-martinez", OWEN, visit="latest")
    clinician.open("forms/tnm-stage/new").send(**PATHOLOGIC).send("save")
    chart = Chart(running, "elena-martinez")
    stages = [chart.read(name) for name in clinician.written() if "Observation" in name]
    named = {stage["encounter"]["reference"] for stage in stages}
    assert len(stages) == 4
    assert len(named) == 1
    visit = chart.read(named.pop())
    assert visit["subject"]["reference"] == "Patient/elena-martinez"
