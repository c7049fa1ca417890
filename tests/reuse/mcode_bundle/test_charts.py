"""The bundles of whole charts: the sandbox's, mCODE's official examples, and other people's."""

import copy
import re
from functools import cache
from pathlib import Path

import pytest

from app.config import ROOT
from app.fhir import wire
from app.fhir.paths import literal_reference
from app.mcode.assembly import assemble
from app.mcode.conformance import problems
from app.mcode.profiles import profile_names
from app.reuse.mcode_bundle.builder import ndjson, patient_bundle
from tests.fuzz.chance import chance_of
from tests.r4_examples import needs_r4_examples, r4_chart, r4_patient
from tests.reuse.mcode_bundle.conftest import BASE, NOW, check, make, named
from tests.summary.test_odd_charts import broken

DATA = ROOT / "app" / "sandbox" / "data"
SHARED = ROOT.parent / "shared"
FILES = {
    path.stem: path
    for path in (
        *sorted(DATA.glob("*.json")),
        *sorted(SHARED.glob("examples/*.json")),
        *sorted(SHARED.glob("cases/**/*.json")),
    )
    if b'"entry"' in path.read_bytes() and path.stem != "practitioners"
}
OF_THE_SANDBOX = sorted(path.stem for path in DATA.glob("*-*.json"))
# What its author made untidy on purpose, and what mCODE has no place for.
FAULTS = {
    "desmond-clarke": {"desmond-clarke-disease-status-2025-05-26"},
    "ingrid-halvorsen": {"ingrid-halvorsen-stage-pathologic-m"},
    "ruth-abernathy": {
        "ruth-abernathy-melanoma",
        "ruth-abernathy-stage-breast-clinical",
        "ruth-abernathy-stage-breast-pathologic",
        "ruth-abernathy-stage-breast-pathologic-n",
        "ruth-abernathy-stage-breast-pathologic-t",
    },
}


def resources(path: Path):
    staff = wire.loads((DATA / "practitioners.json").read_bytes())["entry"]
    entries = wire.loads(path.read_bytes())["entry"]
    return [entry["resource"] for entry in (*entries, *(staff if path.parent == DATA else ()))]


def charts():
    for name, path in FILES.items():
        for resource in resources(path):
            if resource["resourceType"] == "Patient":
                yield pytest.param(path, resource["id"], id=f"{name}-{resource['id']}")


@cache
def made_of(path, patient_id):
    found = resources(path)
    (patient,) = (r for r in found if literal_reference(r) == f"Patient/{patient_id}")
    return make([r for r in found if r is not patient], patient), found


def differences(before, after, where=""):
    """Yield where a copy differs from the chart, but for references and claims of profiles."""
    if isinstance(before, dict) and isinstance(before.get("reference"), str):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before.keys() | after.keys():
            if f"{where}.{name}" not in {".meta", ".target"}:
                yield from differences(before.get(name), after.get(name), f"{where}.{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from differences(one, other, where)
    elif wire.dumps(before) != wire.dumps(after):
        yield where


@pytest.mark.parametrize(("path", "patient_id"), [*charts()])
def test_a_bundle_says_what_the_chart_says_to_the_digit_and_nothing_of_another(path, patient_id):
    made, found = made_of(path, patient_id)
    chart = {literal_reference(resource): resource for resource in found}
    others = {
        f'"Patient/{r["id"]}"'
        for r in found
        if r["resourceType"] == "Patient" and r["id"] != patient_id
    }
    for name, resource in named(made).items():
        assert list(differences(chart[name], resource)) == []
        text = wire.dumps(resource).decode()
        assert not [other for other in others if other in text]
        subject = resource.get("subject") or resource.get("patient")
        assert subject is None or subject["reference"] == f"Patient/{patient_id}"
    said = {note.reference for note in made.left_out}
    assert not said & named(made).keys()
    lines = [line for text in ndjson(made.resource).values() for line in text.split("\n") if line]
    assert [wire.loads(line) for line in lines] == list(named(made).values())


@pytest.mark.parametrize(("path", "patient_id"), [*charts()])
def test_each_claim_of_a_bundle_is_met_and_what_claims_none_is_named(path, patient_id):
    made, _ = made_of(path, patient_id)
    for resource in named(made).values():
        for name in profile_names(resource):
            assert problems(resource, name) == []
    assert made.conforms == (problems(made.resource, "patient-bundle") == [])


@pytest.mark.parametrize("name", OF_THE_SANDBOX)
def test_the_sandbox_s_patients_conform_but_where_they_are_untidy_on_purpose(name):
    made, _ = made_of(FILES[name], name)
    assert made.conforms
    assert made.unresolved == ()
    assert {fault.reference.partition("/")[2] for fault in made.faults} == FAULTS.get(name, set())


@needs_r4_examples
def test_the_examples_of_r4_make_a_bundle_that_is_closed():
    made = make(r4_chart(), r4_patient())
    assert len(made.resource["entry"]) > 10


@pytest.mark.fuzz
@pytest.mark.parametrize("name", OF_THE_SANDBOX)
def test_a_chart_with_elements_gone_wrong_makes_a_bundle_that_is_closed(name):
    chance = chance_of(f"bundle {name}")
    found = resources(FILES[name])
    for _ in range(4):
        spoilt = copy.deepcopy(found)
        for _ in range(8):
            place = chance.randrange(len(spoilt))
            if spoilt[place]["resourceType"] != "Patient":
                spoilt[place] = broken(spoilt[place], chance)
        (patient,) = (r for r in spoilt if literal_reference(r) == f"Patient/{name}")
        record = assemble(patient, [r for r in spoilt if r is not patient], base=BASE)
        check(patient_bundle(record, [BASE], NOW).resource, name)


def test_other_people_s_charts_are_among_these():
    if SHARED.exists():
        assert len(FILES) > 40
    assert not [name for name in FILES if not re.fullmatch(r"[\w-]+", name)]
