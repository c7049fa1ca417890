import json
import re
from pathlib import Path

import pytest

from app.mcode.codes import STAGE_CODES
from app.mcode.staging_systems import (
    FIGO_SITES,
    figo_method,
    method,
    short,
    stage_systems,
    sure_system,
    systems_for,
)
from app.mcode.valuesets import value_set
from app.terminology.concept import Concept
from app.terminology.systems import NCIT, SNOMED

SYSTEMS = list(stage_systems().values())
GUIDE = Path(__file__).resolve().parents[3] / "shared" / "mcode" / "staging.json"
every_system = pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.key)


@every_system
def test_a_stage_is_recognised_by_the_code_that_is_written(system):
    assert STAGE_CODES[system.code.system, system.code.code] == system.key


@every_system
def test_every_value_has_a_short_form_of_its_own(system):
    words = [short(concept) for concept in system.concepts]
    assert len(words) == len(set(words))
    assert all(len(word) < 20 for word in words), words


@every_system
def test_the_values_are_those_of_the_guide_and_those_that_it_does_not_publish(system):
    known = set(value_set(system.values).concepts)
    assert set(system.concepts) - known == set(system.further)
    assert {concept.system for concept in system.further} <= {NCIT}


@pytest.mark.parametrize(
    ("concept", "words"),
    [
        (Concept(NCIT, "C128103", "FIGO Stage IIA1(i)"), "IIA1(i)"),
        (Concept(NCIT, "C7847", "Stage 0 Chronic Lymphocytic Leukemia"), "0"),
        (Concept(NCIT, "C141394", "RISS Stage I Plasma Cell Myeloma"), "I"),
        (Concept(SNOMED, "86069005", "Breslow depth <0.76 mm"), "<0.76 mm"),
        (Concept(SNOMED, "1556006", "Clark melanoma level 4 (finding)"), "4"),
        (
            Concept(SNOMED, "1279716004", "ISUP grade group 3 (Gleason score 4 + 3 = 7)"),
            "3 (4 + 3 = 7)",
        ),
        (Concept(NCIT, "C148012", "Intergroup Rhabdomyosarcoma Group I"), "I"),
        (Concept(SNOMED, "405918004", "IRS clinical group: not applicable"), "not applicable"),
        (Concept(NCIT, "C198011", "Localized PRETEX I Hepatoblastoma"), "I localized"),
        (Concept(NCIT, "C7142", "PRETEXT IV Hepatoblastoma"), "IV"),
        (Concept(NCIT, "C0", "something else"), "something else"),
    ],
)
def test_a_value_is_said_without_what_its_system_says(concept, words):
    assert short(concept) == words


def test_values_of_two_code_systems_stand_in_clinical_order():
    groups = [short(concept) for concept in stage_systems()["irs-group"].concepts]
    assert groups[:5] == ["I", "IA", "IB", "II", "IIA"]
    assert [short(c) for c in stage_systems()["wilms"].concepts] == ["I", "II", "III", "IV"]


def test_a_site_of_figo_names_one_of_its_methods():
    methods = set(stage_systems()["figo"].methods)
    assert {method(code) for code in FIGO_SITES.values()} <= methods


@pytest.mark.skipif(not GUIDE.exists(), reason="the guide's table is not at hand")
def test_the_table_is_the_guide_s():
    rows = {row["key"]: row for row in json.loads(GUIDE.read_text(encoding="utf-8"))["rows"]}
    elsewhere = {"lymphoma", "fab", "deauville", "rms-risk", "all-risk"}
    others = {key for key in rows if not key.startswith("tnm-")} - elsewhere
    assert set(stage_systems()) == others
    for key in others:
        row, system = rows[key], stage_systems()[key]
        assert (system.code.system, system.code.code) == tuple(row["code"][0][:2])
        assert value_set(row["valueSet"]).name == value_set(system.values).name
        for category in row["appliesICD10CM"]:
            assert re.match(system.cancers.icd10, category), (key, category)
        # The values of the retinoblastoma stage name their method themselves.
        if isinstance(row["method"], list) and key != "retino":
            assert {m.code for m in system.methods} == {code for _, code, _ in row["method"]}


@pytest.fixture
def cancer(chart):
    def make(code, words=None, **more):
        condition = chart.condition("c", code, **more)
        if words:
            condition["code"]["text"] = words
        return chart.read(condition).primary("c")

    return make


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("C53.9", ["figo"]),
        ("C58", ["figo"]),
        ("C91.10", ["binet", "rai"]),
        ("C90.00", ["iss", "riss"]),
        ("C43.59", ["breslow", "clark"]),
        ("D03.4", ["breslow", "clark"]),
        ("C61", ["gleason"]),
        ("C74.90", ["inss", "inrgss"]),
        ("C49.9", ["irs-group"]),
        ("C64.1", ["wilms"]),
        ("C22.2", ["pretext"]),
        ("C69.21", ["retino"]),
        ("C50.911", []),
        ("C91.00", []),
        ("C90.10", []),
        ("C22.0", []),
    ],
)
def test_the_systems_follow_from_the_icd_10_category(cancer, code, keys):
    assert [system.key for system in systems_for(cancer(code))] == keys


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("Multiple myeloma", ["iss", "riss"]),
        ("Embryonal rhabdomyosarcoma of orbit", ["irs-group"]),
        ("Chronic lymphocytic leukaemia", ["binet", "rai"]),
        ("Endometrioid carcinoma of the ovary", ["figo"]),
        ("Malignant melanoma of skin of back", ["breslow", "clark"]),
        ("Malignant neoplasm of lung", []),
    ],
)
def test_without_an_icd_10_code_they_follow_from_the_words(cancer, words, keys):
    found = cancer("363346000", words, system="http://snomed.info/sct")
    assert [system.key for system in systems_for(found)] == keys


@pytest.mark.parametrize(
    ("code", "words", "key"),
    [
        ("C61", None, "gleason"),
        ("C53.9", None, "figo"),
        ("C64.1", "Wilms tumor of right kidney", "wilms"),
        # Most tumors of these places are others.
        ("C64.1", "Renal cell carcinoma", None),
        ("C49.9", "Leiomyosarcoma", None),
        ("C90.00", None, None),
        ("C50.9", None, None),
    ],
)
def test_a_system_is_sure_where_it_is_the_only_one(cancer, code, words, key):
    found = sure_system(cancer(code, words))
    assert (found.key if found else None) == key


@pytest.mark.parametrize(
    ("code", "method"),
    [
        ("C53.9", "106250008"),
        ("C54.1", "106244003"),
        ("C56.1", "254386003"),
        ("C52", "254384000"),
        ("C58", "C99408"),
        # FIGO stages carcinoma and melanoma of the vulva apart.
        ("C51.9", None),
        ("C57.00", None),
    ],
)
def test_figo_s_method_follows_from_the_site(cancer, code, method):
    found = figo_method(cancer(code))
    assert (found.code if found else None) == method
