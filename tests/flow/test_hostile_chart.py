"""A chart whose every text is an attack: shown as text, wherever it is shown."""

import json
import re
from pathlib import Path

import html5lib
import pytest

from tests.flow.answers import PATHOLOGIC
from tests.live import Clinician, demo

pytestmark = pytest.mark.server

PAYLOAD = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}${7*7}"
DATA = Path(__file__).resolve().parents[2] / "app/sandbox/data"
# What has to stay as it is for the resources to be resources.
_KEPT = re.compile(
    r"^(resourceType|id|reference|url|system|code|status|unit|gender|use|intent|type|method|mode)$"
    r"|[dD]ate|Time|^(start|end|issued|authoredOn|recorded|lastUpdated|profile)$|fullUrl"
)


def poisoned(value, name=""):
    if isinstance(value, dict):
        return {key: poisoned(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item, name) for item in value]
    return PAYLOAD if isinstance(value, str) and not _KEPT.search(name) else value


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    paths = []
    for name in ("elena-martinez", "linh-tran", "ruth-abernathy", "nadia-kowalczyk"):
        bundle = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
        for entry in bundle["entry"]:
            entry["resource"] = poisoned(entry["resource"])
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps(bundle), encoding="utf-8")
    with demo(folder, data=tuple(paths)) as servers:
        yield servers


def assert_harmless(page) -> None:
    tree = html5lib.parse(page.text, namespaceHTMLElements=False)
    scripts = [node.get("src", "") for node in tree.iter("script")]
    assert all(source.startswith("/static/") for source in scripts), scripts
    for node in tree.iter():
        assert not any(str(name).lower().startswith("on") for name in node.attrib), node.attrib
        assert "alert(2)" not in json.dumps({k: v for k, v in node.attrib.items() if k == "src"})
    assert "alert(1)" in page.text
    assert "49" not in re.findall(r"onerror=alert\(2\)&gt;(\d*)\$", page.text)


@pytest.mark.parametrize(
    ("patient", "about"),
    [
        ("elena-martinez", "elena-martinez-breast-cancer"),
        ("linh-tran", "linh-tran-lung-cancer"),
        ("ruth-abernathy", "ruth-abernathy-melanoma"),
        ("nadia-kowalczyk", None),
    ],
)
def test_no_text_of_the_chart_becomes_markup(running, patient, about):
    clinician = Clinician(running).launch(patient, "oncologist-owen")
    assert clinician.page.status_code == 200
    assert_harmless(clinician.page)
    clinician.open("forms/")
    assert_harmless(clinician.page)
    if about is None:
        return
    clinician.open(f"forms/tnm-stage/new?about={about}")
    assert_harmless(clinician.page)
    clinician.send(**PATHOLOGIC, note=PAYLOAD)
    questions = re.findall(r'name="(confirm-[\w-]+)"', clinician.page.text)
    if questions:
        assert_harmless(clinician.page)
        clinician.send(**dict.fromkeys(questions, "yes"))
    assert "/review" in clinician.page.url, clinician.text[:500]
    assert_harmless(clinician.page)
    clinician.send("save")
    assert "Saved to the chart" in clinician.text
    assert_harmless(clinician.page)
