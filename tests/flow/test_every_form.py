"""Every form over HTTP: refused in words, reviewed, saved, read back, amended and taken back."""

import html
import re

import pytest

from app.fhir.resource_types import resource_type
from app.forms._fields.base import FreeText
from app.forms._fields.dates import DateBoxes
from app.forms._fields.lines import ShortText
from app.forms._registry import all_forms, form_of
from app.mcode.conformance import problems
from app.mcode.retraction import is_retracted
from tests.flow import charts
from tests.forms.changing import another
from tests.forms.sending import inputs, sent
from tests.live import Chart, Clinician, demo

pytestmark = pytest.mark.server

ONCOLOGIST = "oncologist-owen"
every_form = pytest.mark.parametrize("slug", list(all_forms()))


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forms")
    with demo(folder, data=(charts.bundle(list(all_forms()), folder),)) as servers:
        yield servers


@every_form
def test_an_entry_goes_its_whole_way(running, slug):
    chart = Chart(running, charts.patient_of(slug), ONCOLOGIST)
    clinician = Clinician(running).launch(charts.patient_of(slug), ONCOLOGIST)
    before = _held(chart, slug)
    _refused_when_empty(clinician, slug)
    assert _held(chart, slug) == before
    main = _entered(clinician, chart, slug, before)
    _opened_and_unchanged(clinician, chart, slug, main)
    _amended(clinician, chart, slug, main)
    _taken_back(clinician, chart, slug, main)


def _refused_when_empty(clinician: Clinician, slug: str) -> None:
    """Send a form with nothing but what cannot be: sentences at the fields, and that is kept."""
    clinician.open(f"forms/{slug}/new")
    assert clinician.page.status_code == 200, clinician.text
    form = form_of(slug)()
    name, typed = _something_wrong(form)
    clinician.send(**{**dict.fromkeys(sent(form), ""), name: typed})
    assert clinician.page.status_code == 422, clinician.text
    told = re.findall(r'(?s)<a href="#([\w-]+)">\s*(.*?)\s*</a>', _summary(clinician))
    assert told
    for field, sentence in told:
        assert f'id="{field}"' in clinician.page.text, field
        words = html.unescape(re.sub(r"\s+", " ", sentence))
        assert clinician.text.count(words) >= 2, words
    assert clinician.inputs()[name] == typed


def _something_wrong(form) -> tuple[str, str]:
    for item in form.asked.values():
        if isinstance(item, FreeText) or (isinstance(item, ShortText) and not item.pattern):
            return item.name, "<b>kept</b>" + "x" * 2100
    day = next(item for item in form.asked.values() if isinstance(item, DateBoxes))
    return f"{day.name}-day", "41"


def _summary(clinician: Clinician) -> str:
    found = re.search(r'(?s)<div[^>]*class="[^"]*error-summary.*?</ul>', clinician.page.text)
    assert found, clinician.text
    return found[0]


def _entered(clinician: Clinician, chart: Chart, slug: str, before: dict) -> dict:
    """Enter the typical answers; gives the main resource as the chart holds it then."""
    answers = charts.typical_of(form_of(slug))
    _send(clinician, answers)
    assert "Review before saving" in clinician.text, clinician.text
    assert _held(chart, slug) == before
    clinician.send("save")
    written = clinician.written()
    new = {name: r for name, r in _held(chart, slug).items() if name not in before}
    assert set(new) <= set(written)
    for reference in written:
        resource = chart.read(reference)
        assert problems(resource) == []
        if resource["resourceType"] != "Provenance":
            whose = resource.get("subject") or resource.get("patient")
            assert whose == {"reference": f"Patient/{charts.patient_of(slug)}"}
    part = form_of(slug).parts[-1]
    (main,) = [r for r in new.values() if part.profile in r["meta"]["profile"]]
    provenance = chart.read(next(name for name in written if name.startswith("Provenance/")))
    targets = {target["reference"] for target in provenance["target"]}
    assert targets == {name for name in written if not name.startswith("Provenance/")}
    assert provenance["agent"][0]["who"]["reference"] == f"Practitioner/{ONCOLOGIST}"
    return main


def _opened_and_unchanged(clinician: Clinician, chart: Chart, slug: str, main: dict) -> None:
    """Open the entry: the answers stand there, and saving them again writes nothing."""
    clinician.open(f"forms/{slug}/{main['id']}")
    assert clinician.page.status_code == 200, clinician.text
    shown, form = clinician.inputs(), form_of(slug)()
    answers = charts.typical_of(form_of(slug))
    for item in form.asked.values():
        given = {name: answers[name] for name in inputs(item, "") if name in answers}
        if item.target and any(given.values()):
            item.process(_Sent(given))
            wanted = item.text
            item.process(_Sent(shown))
            assert item.text == wanted, item.name
    clinician.send()
    assert "Nothing is changed" in clinician.text, clinician.text
    assert chart.read(_name(main)) == main


def _amended(clinician: Clinician, chart: Chart, slug: str, main: dict) -> None:
    """Change one answer: what the receipt names has a new version, and nothing else."""
    before = _held(chart, slug)
    for name, item in form_of(slug)().asked.items():
        clinician.open(f"forms/{slug}/{main['id']}")
        item.process(_Sent(clinician.inputs()))
        other = another(item)
        if not item.target or other is None:
            continue
        _send(clinician, inputs(item, other))
        if "Review before saving" not in clinician.text:
            continue
        clinician.send("save")
        written = {r for r in clinician.written() if not r.startswith("Provenance/")}
        after = _held(chart, slug)
        versions = {n: r["meta"]["versionId"] for n, r in after.items()}
        changed = {n for n, r in before.items() if versions[n] != r["meta"]["versionId"]}
        assert changed == written & set(before), name
        assert changed
        return
    raise AssertionError(f"no answer of {slug} can be changed by itself: {clinician.text}")


def _taken_back(clinician: Clinician, chart: Chart, slug: str, main: dict) -> None:
    """Mark the entry as entered in error: it is no fact any more, and no form opens it."""
    clinician.open(f"forms/{slug}/{main['id']}/retract").send(reason="another patient's report")
    assert _name(main) in clinician.written()
    assert is_retracted(chart.read(_name(main)))
    clinician.open(f"forms/{slug}/{main['id']}")
    assert clinician.page.status_code == 404


def _send(clinician: Clinician, answers: dict[str, str]) -> None:
    """Send answers, and confirm whatever is asked about them."""
    clinician.send(**answers)
    questions = re.findall(r'name="(confirm-[\w-]+)"', clinician.page.text)
    if questions:
        clinician.send(**dict.fromkeys(questions, "yes"))


def _held(chart: Chart, slug: str) -> dict[str, dict]:
    """Return the patient's resources of the types that the form writes, by `Type/id`."""
    found = {}
    for type_ in {part.type for part in form_of(slug).parts}:
        name, value = resource_type(type_).patient_search(charts.patient_of(slug))
        for resource in chart.search(f"{type_}?{name}={value}&_count=200"):
            found[_name(resource)] = resource
    return found


def _name(resource: dict) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


class _Sent(dict):
    """What a browser sends, as a field asks for it."""

    def getlist(self, name: str) -> list[str]:
        return [self[name]] if name in self else []
